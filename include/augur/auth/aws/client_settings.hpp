#pragma once

#include <augur/call/environment.hpp>
#include <augur/core/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws {

/// What the environment and a profile say to a client of one AWS service; code wins over all of it.
/// `call::max_attempts_of` makes numbers of the retry settings.
struct client_settings
{
    std::string region;       ///< AWS_REGION, AWS_DEFAULT_REGION, the profile's
    std::string endpoint_url; ///< empty: the service's own host
    std::string max_attempts; ///< AWS_MAX_ATTEMPTS, the profile's; not yet a number
    std::string retry_mode;   ///< AWS_RETRY_MODE, the profile's
    bool fips = false;
    bool dual_stack = false;
    std::optional<error> unread; ///< a shared file that is there and could not be read: taken for an empty one
};

/// Reads the shared files once. `profile`: empty means AWS_PROFILE, else "default"; one that does not exist says
/// nothing. `service`: its key in a `services` section, such as "sagemaker_runtime"; `own_endpoint`: its own
/// AWS_ENDPOINT_URL_... variable, which wins over that section, that over AWS_ENDPOINT_URL, that over the profile's
/// `endpoint_url`. All of these are ignored if `ignore_configured_endpoint_urls` says so.
///
/// `errc::decode_error`: the files cannot be understood. One that cannot be read is no error here: it may hold nothing
/// that is needed, and who asks it for credentials says so.
result<client_settings> read_client_settings(call::environment const& e, std::string_view profile,
                                             std::string_view service, std::string_view own_endpoint);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/client_settings.ipp>
#endif

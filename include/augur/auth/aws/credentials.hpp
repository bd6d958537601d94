#pragma once

#include <augur/call/environment.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/secret.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws {

/// One consistent set: its three texts always belong together.
struct credentials
{
    std::string access_key_id;
    secret secret_access_key;
    secret session_token;              ///< empty for long-term keys
    std::optional<wall_time> expires;  ///< nothing: until they are refused
    std::string source;                ///< for people: "the environment", "profile dev"
};

/// A place where credentials may be found.
///
/// A source that has nothing to offer fails with `errc::credentials_unavailable` and the next one is
/// asked; any other failure ends the search.
class AUGUR_DECL credential_source
{
public:
    virtual ~credential_source();
    virtual net::task<result<credentials>> fetch(net::operation& op, steady_time until) = 0;
    /// Whether a later fetch may give other credentials.
    virtual bool can_change() const noexcept;
    /// For people.
    virtual std::string name() const = 0;
};

/// Keys given in code.
std::shared_ptr<credential_source> static_credentials(std::string access_key_id, secret secret_access_key,
                                                      secret session_token = {});

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN as `e` has them.
std::shared_ptr<credential_source> environment_credentials(call::environment e);

/// The plain keys of one profile in the shared credentials and config files; read at every fetch.
/// `profile`: empty means AWS_PROFILE, else "default". A profile that gets its credentials in another
/// way (role_arn, SSO, credential_process, ...) is `errc::unsupported`, which ends a search.
std::shared_ptr<credential_source> profile_credentials(call::environment e, std::string profile = {});

/// Asks each source in order and takes the first that has something.
std::shared_ptr<credential_source> chain(std::vector<std::shared_ptr<credential_source>> sources);

/// The environment, then the shared files. (Web identity, SSO, containers and instance metadata are
/// not implemented yet.)
std::shared_ptr<credential_source> default_chain(call::environment e, std::string profile = {});

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/credentials.ipp>
#endif

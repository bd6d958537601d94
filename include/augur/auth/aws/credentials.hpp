#pragma once

#include <augur/auth/source_report.hpp>
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
    bool outlives_its_end = false;     ///< if there are no newer ones they are used past `expires`
    std::string account_id;            ///< empty: not told
    std::string source;                ///< for people: "the environment", "profile dev"
};

using auth::source_report;
using auth::to_string;

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
    /// What the last fetch did. The default has nothing to tell beyond its result.
    virtual std::vector<source_report> explain() const;
};

/// Keys given in code.
std::shared_ptr<credential_source> static_credentials(std::string access_key_id, secret secret_access_key,
                                                      secret session_token = {});

/// AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN as `e` has them, until AWS_CREDENTIAL_EXPIRATION.
std::shared_ptr<credential_source> environment_credentials(call::environment e);

/// Asks each source in order and takes the first that has something.
std::shared_ptr<credential_source> chain(std::vector<std::shared_ptr<credential_source>> sources);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/credentials.ipp>
#endif

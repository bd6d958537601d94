#pragma once

#include <augur/auth/source_report.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>
#include <augur/fwd.hpp>

#include <compare>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra {

/// A bearer token of Entra.
struct access_token
{
    secret text;
    std::optional<wall_time> expires;    ///< by our own clock; nothing: until it is refused
    std::optional<wall_time> refresh_at; ///< when its giver wants to be asked again
    std::string source;                  ///< for people: "the client secret of app 1234..."
};

/// What is asked for. Two requests that are not equal never share a token.
class token_request
{
public:
    /// `scope`: one resource and "/.default"; see `scope_for`.
    explicit token_request(std::string scope) : scope_(std::move(scope)) {}

    /// Another tenant than the source's own, if the source allows that.
    token_request& tenant(std::string id) { return tenant_ = std::move(id), *this; }
    /// What a service demanded in a challenge: a JSON object.
    token_request& claims(std::string json) { return claims_ = std::move(json), *this; }
    /// Says that we can answer such challenges ("cp1"): tokens live longer, and can be revoked at once.
    token_request& with_continuous_evaluation(bool yes = true) noexcept { return cae_ = yes, *this; }

    std::string const& scope() const noexcept { return scope_; }
    std::string const& tenant() const noexcept { return tenant_; }
    std::string const& claims() const noexcept { return claims_; }
    bool continuous_evaluation() const noexcept { return cae_; }

    friend auto operator<=>(token_request const&, token_request const&) = default;

private:
    std::string scope_;
    std::string tenant_;
    std::string claims_;
    bool cae_ = false;
};

/// Somebody who gives tokens: one identity, for any scope.
///
/// Not configured is `errc::credentials_unavailable`, and a chain asks the next one; any other failure ends a
/// chain's search. Nothing is read or sent before `fetch`. May be asked on several executors at a time.
class AUGUR_DECL token_source
{
public:
    virtual ~token_source();
    /// Asks anew: whoever wants to keep tokens has a `token_store`. Ends by `until`. No secret in its error.
    virtual net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) = 0;
    /// Whether a later fetch may give another token.
    virtual bool can_change() const noexcept;
    /// What a fetch may take if a cache's own limit is shorter: a person may have to do something. Zero: nothing.
    virtual std::chrono::nanoseconds longest_fetch() const noexcept;
    /// For people.
    virtual std::string name() const = 0;
    /// What the last fetch did; by default nothing.
    virtual std::vector<source_report> explain() const;
};

/// A token that somebody else fetched; used until it is refused.
std::shared_ptr<token_source> fixed_token(secret text);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/token.ipp>
#endif

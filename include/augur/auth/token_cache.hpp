#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/result.hpp>
#include <augur/fwd.hpp>
#include <augur/policy/token_schedule.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace augur::inline AUGUR_ABI::auth {

/// A token or a set of credentials as a fetcher gives it. What is in it is the provider's business; it is
/// never changed once it is here, so that whoever holds it holds one consistent set.
struct fetched_token
{
    std::shared_ptr<void const> value;
    policy::token_life life;
};

/// Where a `token_cache` gets its tokens.
class AUGUR_DECL token_fetcher
{
public:
    virtual ~token_fetcher();
    /// Runs in a call of its own, on the executor of whoever needed the token first; never twice at a time
    /// for one cache, unless that executor stands still: a second after `until` another one starts. Ends by `until`.
    /// Its error is given to everybody who waits: no secrets in it.
    virtual net::task<result<fetched_token>> fetch(net::operation& op, steady_time until) = 0;
};

/// A token, and how long it may be used without asking again.
struct token_snapshot
{
    std::shared_ptr<void const> value; ///< null: call `refresh`
    std::uint64_t generation = 0;
    std::uint64_t version = 0; ///< of the cache when it was asked
    std::optional<wall_time> ask_again; ///< nothing: good until the version changes
};

namespace detail {
class cache_state;
}

/// Keeps one token: for one identity, one authority, one audience. Holds it in memory only.
///
/// - One fetch at a time, however many wait; it belongs to none of them, so whoever gives up disturbs nobody.
/// - A token is refreshed before it ends, in the background; in its last minutes callers wait for that, at
///   most `token_timing::patience`, and then use what is there. While a token is good no refresh that fails
///   makes a call fail.
/// - A failure is given to everybody who waits, and for a moment to those who come next.
/// - An executor that is stopped while a fetch runs on it keeps the others waiting until a second after
///   `token_timing::fetch_limit`; then one of them fetches.
/// - A refusal counts for the token it was about: a late one of an old generation does nothing.
///
/// Threads: any; one cache may serve clients on several executors. Destroying it stops a fetch that nobody
/// waits for.
class token_cache
{
public:
    explicit token_cache(std::shared_ptr<token_fetcher> from, policy::token_timing timing = {},
                         std::shared_ptr<random_source> random = {});
    token_cache(token_cache const&) = delete;
    token_cache& operator=(token_cache const&) = delete;
    ~token_cache();

    /// The token that may be used at `now`, if nothing has to be done first. Never waits for a fetch.
    token_snapshot look(wall_time now) const;
    /// The token that came last, whether or not it may be used: for telling whether it is the one that was refused.
    token_snapshot current() const;
    /// Sees to it that `look` has a token: at once when one is good, after a fetch when none is.
    /// `now`: the time by which the caller decides, his clock's known error corrected.
    /// Errors, all of phase `auth` and not sent: the fetch's own; `auth_timeout` at `until`, the call's own end
    /// or its cancellation.
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now);
    /// A service refused the token of that generation.
    void invalidate(std::uint64_t generation) noexcept;
    /// Grows with every token.
    std::uint64_t generation() const noexcept;
    /// Changes with every token and every refusal that counts; cheap.
    std::uint64_t version() const noexcept;

private:
    std::shared_ptr<detail::cache_state> state_;
};

} // namespace augur::inline AUGUR_ABI::auth

#if AUGUR_HEADER_ONLY
#include <augur/auth/impl/token_cache.ipp>
#endif

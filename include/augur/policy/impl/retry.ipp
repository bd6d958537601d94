#pragma once

#include <augur/policy/backoff.hpp>
#include <augur/policy/retry.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::policy {

namespace detail {

/// Failures that mean "too many of you": they wait longer and cost less.
inline bool is_throttling(error const& e) noexcept
{
    if (e.http_status() == 429 && e != condition::forbidden) // a quota that is spent is a 429, too
        return true;
    return e == condition::throttled || e == condition::not_ready;
}

inline bool is_transient(error const& e) noexcept
{
    // A full pool is our own limit: the waiting has been done already.
    if (e == errc::pool_timeout)
        return false;
    if (auto const word = e.attribute(should_retry_attribute); word == "true" || word == "false")
        return word == "true";
    return e == condition::transient || e == condition::overloaded || is_throttling(e);
}

/// A gateway's or server's own word that something failed, after which the peers repeat and so do we.
inline bool is_server_fault_status(int status) noexcept
{
    return status == 500 || status == 502 || status == 504;
}

/// The pool handed out a connection that the server had closed meanwhile.
inline bool is_stale_connection(error const& e, attempt_facts const& facts) noexcept
{
    return facts.connection_reused && !facts.response_started &&
           (e == errc::connection_lost || e == errc::write_failed);
}

/// What the service asked for, in a range that can be calculated with; negative is no answer.
inline std::optional<std::chrono::nanoseconds> asked_wait(error const& e) noexcept
{
    auto const asked = e.retry_after();
    if (!asked || asked->count() < 0)
        return std::nullopt;
    constexpr std::chrono::milliseconds century = std::chrono::hours(24 * 36500);
    return std::min(*asked, century);
}

} // namespace detail

AUGUR_INLINE std::string_view to_string(stop_reason reason) noexcept
{
    switch (reason) {
    case stop_reason::final_answer: return "a repeat would not help";
    case stop_reason::may_have_acted: return "not repeated: the service may already have acted";
    case stop_reason::committed: return "not repeated: a part of the answer was delivered";
    case stop_reason::body_not_replayable: return "not repeated: the request body cannot be read again";
    case stop_reason::attempts_used: return "all attempts were used";
    case stop_reason::quota_empty: return "not repeated: the retry quota of this client is empty";
    case stop_reason::asked_too_long: return "not repeated: the service asked for a longer wait than allowed";
    case stop_reason::deadline_too_close: return "not repeated: the back-off does not fit before the deadline";
    }
    return "unknown";
}

AUGUR_INLINE retry_decision retry_decision::stop(stop_reason reason) noexcept
{
    retry_decision out;
    out.reason_ = reason;
    return out;
}

AUGUR_INLINE retry_decision retry_decision::wait(std::chrono::nanoseconds delay, int cost, bool replayed,
                                                 bool fresh_connection) noexcept
{
    retry_decision out;
    out.stop_ = false;
    out.delay_ = delay;
    out.cost_ = cost;
    out.replayed_ = replayed;
    out.fresh_connection_ = fresh_connection;
    return out;
}

AUGUR_INLINE retry_decision retry_policy::after(error const& failure, augur::replay rule, attempt_facts const& facts,
                                                std::chrono::nanoseconds remaining, double unit,
                                                retry_quota& quota) const noexcept
{
    using stop = stop_reason;

    // Whether.
    if (facts.response_had_first_event || failure.outcome() == outcome::partial)
        return retry_decision::stop(stop::committed);
    if (failure.outcome() == outcome::complete || !detail::is_transient(failure))
        return retry_decision::stop(stop::final_answer);
    if (failure == errc::resource_exhausted && facts.attempt > 1)
        return retry_decision::stop(stop::final_answer); // once is enough: more would only spin
    bool const stale = detail::is_stale_connection(failure, facts);
    bool const stale_retry = stale && facts.stale_retries == 0;
    bool const replayed = failure.outcome() == outcome::unknown;
    if (replayed && rule != replay::replay_unknown) {
        bool const stated_exception = stale_retry || detail::is_server_fault_status(failure.http_status());
        if (rule == replay::at_most_once || !stated_exception)
            return retry_decision::stop(stop::may_have_acted);
    }
    if (!facts.body_replayable)
        return retry_decision::stop(stop::body_not_replayable);
    if (facts.attempt >= settings_.max_attempts)
        return retry_decision::stop(stop::attempts_used);

    // When.
    if (stale_retry) { // no fault of the service: at once, and at no cost
        if (remaining <= std::chrono::nanoseconds::zero())
            return retry_decision::stop(stop::deadline_too_close);
        auto out = retry_decision::wait({}, 0, replayed, true);
        out.stale_ = true;
        return out;
    }
    bool const throttling = detail::is_throttling(failure);
    int const number = facts.attempt - facts.stale_retries - facts.auth_repeats;
    auto delay = backoff_delay(std::max(number, 1), throttling ? settings_.throttling_base : settings_.other_base,
                               settings_.max_backoff, unit);
    auto too_late = stop::deadline_too_close;
    if (auto const asked = detail::asked_wait(failure)) {
        if (!failure.attribute(retry_hint_attribute).empty()) {
            delay = std::max(delay, std::min(*asked, delay + settings_.hint_reach));
        }
        else {
            if (*asked > settings_.max_retry_after)
                return retry_decision::stop(stop::asked_too_long);
            if (*asked >= delay)
                too_late = stop::asked_too_long;
            delay = std::max(delay, *asked);
        }
    }
    if (delay >= remaining)
        return retry_decision::stop(too_late);

    // At what cost. Last, so that an attempt that is not made costs nothing.
    int const cost = throttling ? settings_.throttling_cost : settings_.other_cost;
    if (!quota.try_take(cost))
        return retry_decision::stop(stop::quota_empty);
    return retry_decision::wait(delay, cost, replayed, stale);
}

} // namespace augur::inline AUGUR_ABI::policy

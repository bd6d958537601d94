#pragma once

#include <augur/core/call_options.hpp>
#include <augur/core/chrono.hpp>
#include <augur/core/error.hpp>
#include <augur/policy/retry_quota.hpp>

#include <cstdint>
#include <string_view>

namespace augur::inline AUGUR_ABI::policy {

/// The numbers of the AWS standard retry mode, behaviour 2.1.
struct retry_settings
{
    int max_attempts = 3; ///< sends, the first included
    int throttling_cost = 5;
    int other_cost = 14;
    std::chrono::nanoseconds throttling_base = std::chrono::seconds(1);
    std::chrono::nanoseconds other_base = std::chrono::milliseconds(50);
    std::chrono::nanoseconds max_backoff = std::chrono::seconds(20);
    /// How far `x-amz-retry-after` may go beyond the computed delay.
    std::chrono::nanoseconds hint_reach = std::chrono::seconds(5);
    /// A service that asks for a longer wait is not waited for; the error tells how long it asked.
    std::chrono::nanoseconds max_retry_after = std::chrono::seconds(120);
};

/// An error attribute that providers set when `error::retry_after` came from `x-amz-retry-after`,
/// which bounds the back-off, and not from `Retry-After`, which replaces it.
inline constexpr std::string_view retry_hint_attribute = "x-amz-retry-after";

/// An error attribute that providers set from the field of that name, in which some services say "true" or
/// "false". It decides whether a repeat would help; whether one may be made is decided as ever.
inline constexpr std::string_view should_retry_attribute = "x-should-retry";

/// What the transport knows of the attempt that failed, beside its error.
struct attempt_facts
{
    int attempt = 1;                       ///< sends of this call so far, this one included
    int stale_retries = 0;                 ///< of these, repeats made at once because a pooled connection was stale
    int auth_repeats = 0; ///< of these, repeats made at once with other credentials or a corrected clock
    bool connection_reused = false; ///< the request went out on a connection from the pool
    bool response_started = false; ///< at least one byte of a response arrived
    bool body_replayable = true; ///< the request body can be sent from its start again
    bool response_had_first_event = false; ///< a streamed event was delivered: nothing may be repeated
};

enum class stop_reason : std::uint8_t
{
    final_answer, ///< nothing would change: not transient
    may_have_acted, ///< the service may have acted, and the replay rule does not allow to risk it twice
    committed, ///< a part of the answer was delivered
    body_not_replayable, ///< the request body was consumed
    attempts_used, ///< `max_attempts` sends were made
    quota_empty, ///< too many retries of this client failed lately
    asked_too_long, ///< the service asked for a wait above the cap or the time left
    deadline_too_close, ///< the back-off does not fit into the time left
};

/// A sentence for people.
std::string_view to_string(stop_reason reason) noexcept;

/// Stop and give the error to the caller, or wait and send again.
class retry_decision
{
public:
    static retry_decision stop(stop_reason reason) noexcept;
    static retry_decision wait(std::chrono::nanoseconds delay, int cost, bool replayed, bool fresh_connection) noexcept;

    bool is_stop() const noexcept { return stop_; }
    /// Of a stop only.
    stop_reason reason() const noexcept { return reason_; }
    /// Before the next attempt.
    std::chrono::nanoseconds delay() const noexcept { return delay_; }
    /// What was taken from the quota; give it to `retry_quota::succeeded` if the call ends well.
    int cost() const noexcept { return cost_; }
    /// The failed attempt may have reached the service: set `meta::replayed`.
    bool replayed() const noexcept { return replayed_; }
    /// The next attempt must not use a pooled connection.
    bool fresh_connection() const noexcept { return fresh_connection_; }
    /// A repeat at once after a stale connection: count it in `attempt_facts::stale_retries`.
    bool is_stale_retry() const noexcept { return !stop_ && stale_; }

private:
    friend class retry_policy;

    std::chrono::nanoseconds delay_{};
    int cost_ = 0;
    stop_reason reason_ = stop_reason::final_answer;
    bool stop_ = true;
    bool replayed_ = false;
    bool fresh_connection_ = false;
    bool stale_ = false;
};

/// Decides whether a failed attempt is repeated, and when. Pure: time and randomness come in.
///
/// Whether: `not_sent` and `refused` failures that are transient. `unknown` ones only as the replay
/// rule allows; under `standard` these are 500, 502 and 504, and once per call a pooled connection
/// that died before any response byte. `partial` and `complete` never.
/// When, and at what cost: AWS retry behaviour 2.1; a status 429 is paced as throttling whatever the
/// service calls it.
class retry_policy
{
public:
    explicit retry_policy(retry_settings settings = {}) noexcept : settings_(settings) {}

    retry_settings const& settings() const noexcept { return settings_; }
    retry_policy& max_attempts(int n) noexcept { return settings_.max_attempts = n, *this; }

    /// `remaining`: until the deadline of the call. `unit`: uniform in [0, 1). Takes from `quota` only
    /// when the answer is to wait.
    retry_decision after(error const& failure, augur::replay rule, attempt_facts const& facts,
                         std::chrono::nanoseconds remaining, double unit, retry_quota& quota) const noexcept;

private:
    retry_settings settings_;
};

} // namespace augur::inline AUGUR_ABI::policy

#if AUGUR_HEADER_ONLY
#include <augur/policy/impl/retry.ipp>
#endif

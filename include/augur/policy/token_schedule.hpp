#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/clock.hpp>

#include <cstdint>
#include <optional>

namespace augur::inline AUGUR_ABI::policy {

/// When a token is fetched anew. All of it is optional.
struct token_timing
{
    using duration = std::chrono::nanoseconds;

    /// So long before its end a token is refreshed in the background; at most a quarter of its life.
    duration advisory_window = std::chrono::minutes(15);
    /// So long before its end callers wait for the refresh; at most a sixth of its life.
    duration mandatory_window = std::chrono::minutes(10);
    /// What they wait at most, and then use the token that is still good.
    duration patience = std::chrono::seconds(5);
    /// At most so much earlier, by chance, so that not all processes of a fleet refresh at once.
    duration jitter = std::chrono::minutes(1);
    /// One fetch, whoever waits for it. Not counted from any caller's call.
    duration fetch_limit = std::chrono::seconds(30);
    /// So long a failure answers everybody who has nothing else; longer if its giver asked for that.
    duration failure_memory = std::chrono::seconds(1);
    /// What a giver may ask for at most.
    duration longest_asked = std::chrono::minutes(5);
    /// The pause after a failure while there is a good token: doubled each time, at least half of it.
    duration retry_base = std::chrono::seconds(2);
    duration retry_cap = std::chrono::minutes(1);
    /// The pause while a token is used past its end (`token_life::outlives_its_end`), and as much as half
    /// of it more, by chance. Source: the static stability of EC2 metadata in the AWS SDKs.
    duration overtime_pause = std::chrono::minutes(10);
};

/// What a token says of itself.
///
/// Its end is a date and not a moment of the steady clock, because most givers name a date, and because steady clocks
/// stand still while a machine sleeps: a laptop would wake with a token that looks good. A date is wrong if somebody
/// sets the clock; then the service refuses the token, and it is fetched anew once.
struct token_life
{
    std::optional<wall_time> expires;    ///< nothing: good until it is refused
    std::optional<wall_time> refresh_at; ///< when its giver wants to be asked again
    /// If no newer one can be had, it is used past its end: the service may still take it.
    bool outlives_its_end = false;
};

/// What somebody who wants a token does.
enum class token_step : std::uint8_t
{
    use,           ///< take it
    start_and_use, ///< start a refresh, take the token that is there
    wait_a_little, ///< wait for a refresh, for `patience` at most; then take the token that is there
    wait,          ///< there is none: wait for a fetch
    fail,          ///< there is none, and the last fetch failed just now: take its error
};

/// Decides when a token is used, waited for and fetched. Pure: both times and chance come in.
///
/// At most one fetch runs at a time: `started` is called by whoever starts it, then `succeeded`, `failed`
/// or `abandoned`. The generation grows with every token, so that the late refusal of an old one is known.
class token_schedule
{
public:
    explicit token_schedule(token_timing timing = {}) noexcept : timing_(timing) {}

    token_step ask(steady_time now, wall_time wall) const noexcept;
    void started() noexcept { fetching_ = true, impatient_ = false; }
    /// A token came; false: it is over already, which counts as a failure. `unit` is uniform in [0, 1).
    bool succeeded(token_life life, steady_time now, wall_time wall, double unit) noexcept;
    /// `asked`: how long its giver wants to be left alone, if he said so: no fetch before that, with or without a
    /// token, but for `token_timing::longest_asked` at most.
    void failed(steady_time now, wall_time wall, double unit, std::chrono::nanoseconds asked = {}) noexcept;
    /// The fetch ended without a result: its executor went away, or nobody wanted it any more.
    void abandoned() noexcept { fetching_ = false; }
    /// Somebody waited his `patience` for the fetch that runs: nobody else waits for it.
    void patience_ended() noexcept { impatient_ = true; }
    /// A service refused the token of that generation. One that was fetched because of a refusal is kept
    /// for `failure_memory`: fetching in a loop does not help against a service that refuses everybody.
    void refused(std::uint64_t generation) noexcept;

    bool is_fetching() const noexcept { return fetching_; }
    std::uint64_t generation() const noexcept { return generation_; }
    /// Whether there is a token that may be used.
    bool is_usable(steady_time now, wall_time wall) const noexcept;
    /// The answer of `ask` was `use`, or whoever asked has done what it said: for a second, nobody needs to ask.
    void granted(wall_time wall) noexcept { grace_ = wall; }
    /// Whether the token may be used without asking, by somebody who knows the date and no other time.
    bool may_use(wall_time wall) const noexcept;
    /// For how long: nothing means for ever. Meant for a moment at which `may_use` is true.
    std::optional<wall_time> ask_again() const noexcept;
    token_timing const& timing() const noexcept { return timing_; }

private:
    static constexpr std::chrono::seconds grace{1};

    /// Also a moment before it began: another thread may have been granted it between a caller's look at the clock and
    /// his question.
    bool in_grace(wall_time wall) const noexcept { return grace_ && wall > *grace_ - grace && wall < *grace_ + grace; }
    void set_windows(token_life const& life, wall_time wall, double unit) noexcept;

    token_timing timing_;
    token_life life_;
    std::optional<wall_time> soft_; ///< refresh in the background
    std::optional<wall_time> hard_; ///< refresh and wait a little
    std::optional<wall_time> grace_;
    steady_time retry_at_{}; ///< no fetch before, while there is a usable token
    steady_time quiet_until_{}; ///< no fetch before, while there is none
    steady_time kept_until_{}; ///< a refusal does not count before
    std::uint64_t generation_ = 0;
    int failures_ = 0; ///< in a row
    bool has_token_ = false;
    bool refused_ = false;
    bool fetching_ = false;
    bool impatient_ = false;
};

} // namespace augur::inline AUGUR_ABI::policy

#if AUGUR_HEADER_ONLY
#include <augur/policy/impl/token_schedule.ipp>
#endif

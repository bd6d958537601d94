#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/limits.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// May a request be sent again when the service may already have acted on it?
enum class replay : std::uint8_t
{
    /// Repeats what was not sent or was refused, 500/502/504 within the retry quota, and one request
    /// that died on a reused connection before any response byte. Flagged in `meta::replayed`.
    standard,
    /// Never risks a second execution: only what was not sent or was refused is repeated.
    at_most_once,
    /// Repeats whatever failed transiently. For work that costs nothing to do twice.
    replay_unknown,
};

/// Options of one call. What is not set comes from the client.
///
///     client.infer(request, augur::deadline(30s).idle(1500ms).replay(augur::replay::at_most_once))
class call_options
{
public:
    using duration = std::chrono::nanoseconds;

    call_options() noexcept;
    call_options(call_options const& other);
    call_options(call_options&& other) noexcept;
    call_options& operator=(call_options const& other);
    call_options& operator=(call_options&& other) noexcept;
    ~call_options();

    /// The whole call: credentials, attempts and delays together. No attempt starts that cannot finish.
    call_options& deadline(duration d) noexcept { return total_ = given(d), *this; }
    call_options& auth(duration d) noexcept { return auth_ = given(d), *this; }
    call_options& pool_wait(duration d) noexcept { return pool_wait_ = given(d), *this; }
    call_options& resolve(duration d) noexcept { return resolve_ = given(d), *this; }
    call_options& connect(duration d) noexcept { return connect_ = given(d), *this; }
    call_options& proxy(duration d) noexcept { return proxy_ = given(d), *this; }
    call_options& tls(duration d) noexcept { return tls_ = given(d), *this; }
    call_options& write(duration d) noexcept { return write_ = given(d), *this; }
    call_options& first_byte(duration d) noexcept { return first_byte_ = given(d), *this; }
    /// Streams only: the first event, counted while the stream is read.
    call_options& first_event(duration d) noexcept { return first_event_ = given(d), *this; }
    /// Streams: the wait for one more event. A reader that pauses costs nothing; keep-alives are no events.
    call_options& idle(duration d) noexcept { return idle_ = given(d), *this; }
    /// Sends of this call at most, the first included.
    call_options& max_attempts(int n) noexcept { return max_attempts_ = n, *this; }
    call_options& replay(augur::replay rule) noexcept { return replay_ = rule, has_replay_ = true, *this; }
    /// One more request header. Checked when the call starts.
    call_options& header(std::string name, std::string value);

    phase_limits limits(phase_limits base) const noexcept;
    std::optional<int> max_attempts() const noexcept { return max_attempts_; }
    std::optional<augur::replay> replay() const noexcept;
    std::vector<std::pair<std::string, std::string>> const& headers() const noexcept { return headers_; }

private:
    // Plain values and not optionals, which every user's file would have to compile.
    static constexpr duration unset = duration::min();
    static duration given(duration d) noexcept;

    duration total_ = unset, auth_ = unset, pool_wait_ = unset, resolve_ = unset, connect_ = unset, proxy_ = unset;
    duration tls_ = unset, write_ = unset, first_byte_ = unset, first_event_ = unset;
    duration idle_ = unset;
    std::optional<int> max_attempts_;
    augur::replay replay_ = augur::replay::standard;
    bool has_replay_ = false;
    std::vector<std::pair<std::string, std::string>> headers_;
};

/// `augur::deadline(30s)`: options with a limit on the whole call.
call_options deadline(call_options::duration d);

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/call_options.ipp>
#endif

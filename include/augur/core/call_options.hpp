#pragma once

#include <augur/core/headers.hpp>
#include <augur/core/limits.hpp>

#include <chrono>
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

    call_options() = default;

    /// The whole call: credentials, attempts and delays together. No attempt starts that cannot finish.
    call_options& deadline(duration d) noexcept { return total_ = d, *this; }
    call_options& auth(duration d) noexcept { return auth_ = d, *this; }
    call_options& pool_wait(duration d) noexcept { return pool_wait_ = d, *this; }
    call_options& resolve(duration d) noexcept { return resolve_ = d, *this; }
    call_options& connect(duration d) noexcept { return connect_ = d, *this; }
    call_options& proxy(duration d) noexcept { return proxy_ = d, *this; }
    call_options& tls(duration d) noexcept { return tls_ = d, *this; }
    call_options& write(duration d) noexcept { return write_ = d, *this; }
    call_options& first_byte(duration d) noexcept { return first_byte_ = d, *this; }
    call_options& idle(duration d) noexcept { return idle_ = d, *this; }
    /// Sends of this call at most, the first included.
    call_options& max_attempts(int n) noexcept { return max_attempts_ = n, *this; }
    call_options& replay(augur::replay rule) noexcept { return replay_ = rule, *this; }
    /// One more request header. Checked when the call starts.
    call_options& header(std::string name, std::string value)
    {
        headers_.emplace_back(std::move(name), std::move(value));
        return *this;
    }

    phase_limits limits(phase_limits base) const noexcept;
    std::optional<int> max_attempts() const noexcept { return max_attempts_; }
    std::optional<augur::replay> replay() const noexcept { return replay_; }
    std::vector<std::pair<std::string, std::string>> const& headers() const noexcept { return headers_; }

private:
    std::optional<duration> total_, auth_, pool_wait_, resolve_, connect_, proxy_, tls_, write_, first_byte_, idle_;
    std::optional<int> max_attempts_;
    std::optional<augur::replay> replay_;
    std::vector<std::pair<std::string, std::string>> headers_;
};

inline phase_limits call_options::limits(phase_limits base) const noexcept
{
    auto const set = [](duration& to, std::optional<duration> from) { to = from.value_or(to); };
    set(base.total, total_);
    set(base.auth, auth_);
    set(base.pool_wait, pool_wait_);
    set(base.resolve, resolve_);
    set(base.connect, connect_);
    set(base.proxy, proxy_);
    set(base.tls, tls_);
    set(base.write, write_);
    set(base.first_byte, first_byte_);
    set(base.idle, idle_);
    return base;
}

/// `augur::deadline(30s)`: options with a limit on the whole call.
inline call_options deadline(call_options::duration d)
{
    call_options out;
    out.deadline(d);
    return out;
}

} // namespace augur::inline AUGUR_ABI

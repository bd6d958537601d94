#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/headers.hpp>
#include <augur/net/config.hpp>
#include <augur/net/endpoint.hpp>
#include <augur/net/pool_statistics.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

/// What the pool decides: pure functions of times and texts.
namespace augur::inline AUGUR_ABI::net::detail {

/// What a server's Keep-Alive header promises.
struct keep_alive_promise
{
    std::optional<std::chrono::seconds> timeout; ///< how long it keeps an idle connection
    std::optional<unsigned> exchanges;           ///< how many more it takes
    friend bool operator==(keep_alive_promise const&, keep_alive_promise const&) = default;
};

/// Reads "timeout=5, max=100". What cannot be understood promises nothing; of several promises the
/// smaller one counts.
inline keep_alive_promise parse_keep_alive(std::string_view text) noexcept
{
    keep_alive_promise out;
    auto const trim = [](std::string_view t) {
        while (!t.empty() && (t.front() == ' ' || t.front() == '\t' || t.front() == '"'))
            t.remove_prefix(1);
        while (!t.empty() && (t.back() == ' ' || t.back() == '\t' || t.back() == '"'))
            t.remove_suffix(1);
        return t;
    };
    while (!text.empty()) {
        auto const end = text.find_first_of(",;");
        auto const parameter = text.substr(0, end);
        text = end == text.npos ? std::string_view() : text.substr(end + 1);
        auto const equals = parameter.find('=');
        if (equals == parameter.npos)
            continue;
        auto const name = trim(parameter.substr(0, equals));
        auto const digits = trim(parameter.substr(equals + 1));
        unsigned value = 0;
        auto const [stop, code] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (code != std::errc() || stop != digits.data() + digits.size())
            continue;
        if (equal_ignoring_case(name, "timeout"))
            out.timeout = std::min(out.timeout.value_or(std::chrono::seconds::max()), std::chrono::seconds(value));
        else if (equal_ignoring_case(name, "max"))
            out.exchanges = std::min(out.exchanges.value_or(value), value);
    }
    return out;
}

/// Of all fields of that name together.
inline keep_alive_promise promise_in(headers const& fields) noexcept
{
    keep_alive_promise out;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        auto const [name, value] = fields.at(i);
        if (!equal_ignoring_case(name, "keep-alive"))
            continue;
        auto const one = parse_keep_alive(value);
        if (one.timeout)
            out.timeout = std::min(out.timeout.value_or(*one.timeout), *one.timeout);
        if (one.exchanges)
            out.exchanges = std::min(out.exchanges.value_or(*one.exchanges), *one.exchanges);
    }
    return out;
}

/// How long a connection may idle after an exchange; zero: it is not kept.
inline std::chrono::nanoseconds idle_limit(pool_config const& config, keep_alive_promise const& promise) noexcept
{
    if (promise.exchanges && *promise.exchanges == 0)
        return {};
    auto limit = config.idle_timeout;
    if (promise.timeout) // one second less than the server promises: our request must not meet its close
        limit = std::min<std::chrono::nanoseconds>(limit, *promise.timeout - std::chrono::seconds(1));
    return std::max(limit, std::chrono::nanoseconds(0));
}

/// The times of one connection.
struct connection_times
{
    steady_time opened{};
    steady_time idle_since{};
    steady_time idle_until{};
};

/// Why a connection must not be used at `now`; nothing: it may, if it is quiet.
inline std::optional<close_cause> why_not_reuse(connection_times const& c, pool_config const& config,
                                                steady_time now) noexcept
{
    if (now - c.opened >= config.max_age)
        return close_cause::max_age;
    if (now >= c.idle_until)
        return close_cause::idle_timeout;
    return std::nullopt;
}

/// Whether the end of `broken` speaks against `other`, which idles beside it: it was not heard of since.
/// What a connection did after `broken` began to idle proves that it outlived the cause.
inline bool shares_fate(connection_times const& broken, connection_times const& other) noexcept
{
    return other.idle_since <= broken.idle_since;
}

/// How often a name is looked up again because of 5xx answers or failed connections.
inline constexpr std::chrono::seconds lookup_interval{10};

inline bool may_look_up_again(std::optional<steady_time> last, steady_time now) noexcept
{
    return !last || now - *last >= lookup_interval;
}

/// Whether a name leads to `peer` now. An answer without addresses says nothing.
inline bool is_still_named(address const& peer, std::vector<address> const& named) noexcept
{
    return named.empty() || std::find(named.begin(), named.end(), peer) != named.end();
}

/// Whom a failing call speaks against, until the name was looked up again.
///
/// A service with many addresses names some of them at a time: that one is not named now says nothing about a
/// connection that works.
class suspicion
{
public:
    bool is_any() const noexcept { return is_any_; }
    /// The other end gave a 5xx. Where it is not known who that was, nobody is suspected.
    void add(std::optional<address> const& who) noexcept
    {
        is_any_ = true;
        if (!who || falls_on(*who))
            return;
        if (count_ < some_.size())
            some_[count_++] = *who;
        else
            add_all();
    }
    /// No connection could be opened: perhaps the service has moved.
    void add_all() noexcept { is_any_ = is_all_ = true; }
    bool falls_on(address const& one) const noexcept
    {
        auto const end = some_.begin() + static_cast<std::ptrdiff_t>(count_);
        return is_all_ || std::find(some_.begin(), end, one) != end;
    }

private:
    std::array<address, 8> some_;
    std::size_t count_ = 0;
    bool is_any_ = false;
    bool is_all_ = false;
};

/// The order in which addresses are tried: those that failed lately last, and else the resolver's order with
/// the families alternating (RFC 8305 section 4), so that a whole family without a route costs one delay.
inline std::vector<address> order_addresses(std::vector<address> const& found, std::vector<address> const& dead)
{
    std::vector<address> good, failed;
    for (auto const& a : found)
        (std::find(dead.begin(), dead.end(), a) == dead.end() ? good : failed).push_back(a);
    std::vector<address> out;
    out.reserve(found.size());
    auto const alternate = [&out](std::vector<address> const& some) {
        auto const begin = some.begin(), end = some.end();
        if (begin == end)
            return;
        bool const first = begin->is_v6;
        auto const next_of = [end](auto at, bool v6) {
            return std::find_if(at, end, [v6](address const& a) { return a.is_v6 == v6; });
        };
        auto mine = begin;
        auto other = next_of(begin, !first);
        while (mine != end || other != end) {
            if (mine != end) {
                out.push_back(*mine);
                mine = next_of(mine + 1, first);
            }
            if (other != end) {
                out.push_back(*other);
                other = next_of(other + 1, !first);
            }
        }
    };
    alternate(good);
    alternate(failed);
    return out;
}

/// A floor's connection that ends within this time is replaced; it is looked at every second.
inline constexpr std::chrono::seconds floor_horizon{2};

/// How long the keeper of a floor waits before it looks again, after so many failures in a row.
inline std::chrono::seconds floor_pause(unsigned failures) noexcept
{
    return std::chrono::seconds(failures == 0 ? 1 : std::min(1U << std::min(failures - 1, 5U), 30U));
}

} // namespace augur::inline AUGUR_ABI::net::detail

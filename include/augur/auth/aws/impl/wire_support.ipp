#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/codec/json_limits.hpp>
#include <augur/core/clock.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws::wire::detail {

using aws::detail::bad_answer;

/// Keys and tokens go into headers: what cannot stand there came from nobody we know.
inline bool is_clean(std::string_view text) noexcept
{
    return text.size() <= 16 * 1024 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

inline codec::json::limits small() noexcept
{
    codec::json::limits out;
    out.max_depth = 16;
    return out;
}

/// RFC 3339, whole seconds, UTC.
inline std::string time_text(wall_time when)
{
    using namespace std::chrono;
    auto const midnight = floor<days>(when);
    year_month_day const date(midnight);
    auto const of_day = floor<seconds>(when - midnight).count();
    auto const two = [](long long n) { return (n < 10 ? "0" : "") + std::to_string(n); };
    return std::to_string(static_cast<int>(date.year())) + "-" + two(static_cast<unsigned>(date.month())) + "-" +
           two(static_cast<unsigned>(date.day())) + "T" + two(of_day / 3600) + ":" + two(of_day / 60 % 60) + ":" +
           two(of_day % 60) + "Z";
}

} // namespace augur::inline AUGUR_ABI::auth::aws::wire::detail

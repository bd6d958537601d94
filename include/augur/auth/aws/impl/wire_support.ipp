#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/impl/wire_support.ipp>

#include <chrono>
#include <string>

namespace augur::inline AUGUR_ABI::auth::aws::wire::detail {

using auth::detail::add_to_form;
using auth::detail::bad_answer;
using auth::detail::is_clean;
using auth::detail::small;

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

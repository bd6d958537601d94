#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/token.hpp>
#include <augur/auth/impl/wire_support.ipp>
#include <augur/codec/http_date.hpp>
#include <augur/codec/json.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::entra::wire::detail {

using auth::detail::bad_answer;
using auth::detail::bad_setting;
using auth::detail::take;
using auth::detail::take_number;

inline constexpr double week = 7 * 24 * 3600;

/// A number, or a text that is one. Whole seconds; what is larger than the clock can count is cut.
inline std::optional<double> number_of(codec::json::value const& v)
{
    if (auto const number = v.as_double())
        return *number;
    auto const text = v.as_string();
    if (!text)
        return std::nullopt;
    double out = 0;
    auto const [end, ec] = std::from_chars(text->data(), text->data() + text->size(), out);
    if (ec != std::errc() || end != text->data() + text->size() || text->empty() || !(out == out))
        return std::nullopt;
    return out;
}

inline wall_time after(wall_time now, double seconds)
{
    auto const s = static_cast<std::int64_t>(std::clamp(seconds, -1.0, week));
    return now + std::chrono::seconds(s);
}

/// "06/20/2021 02:57:58 +00:00" and "6/20/2021 2:57:58 AM +00:00", as older hosts write it. Always UTC.
inline std::optional<wall_time> parse_american(std::string_view text) noexcept
{
    using namespace std::chrono;
    std::size_t at = 0;
    auto const one_or_two = [&text, &at] {
        auto const next = at + 1 < text.size() ? text[at + 1] : '\0';
        return take_number(text, at, next >= '0' && next <= '9' ? 2 : 1);
    };
    int const m = one_or_two();
    if (!take(text, at, "/"))
        return std::nullopt;
    int const d = one_or_two();
    if (!take(text, at, "/"))
        return std::nullopt;
    int const y = take_number(text, at, 4);
    if (!take(text, at, " "))
        return std::nullopt;
    int h = one_or_two();
    if (!take(text, at, ":"))
        return std::nullopt;
    int const min = take_number(text, at, 2);
    if (!take(text, at, ":"))
        return std::nullopt;
    int const s = take_number(text, at, 2);
    if (m < 1 || d < 1 || y < 1970 || y > 2200 || h < 0 || h > 23 || min < 0 || min > 59 || s < 0 || s > 60)
        return std::nullopt;
    auto rest = text.substr(at);
    if (rest.starts_with(" AM") || rest.starts_with(" PM")) {
        if (h < 1 || h > 12)
            return std::nullopt;
        h = h % 12 + (rest[1] == 'P' ? 12 : 0);
        rest.remove_prefix(3);
    }
    if (!rest.empty() && rest != " +00:00" && rest != "Z")
        return std::nullopt;
    year_month_day const date(year{y}, month{static_cast<unsigned>(m)}, day{static_cast<unsigned>(d)});
    if (!date.ok())
        return std::nullopt;
    return wall_time(sys_days(date)) + hours(h) + minutes(min) + seconds(std::min(s, 59));
}

inline std::optional<wall_time> moment_of(codec::json::value const& v, wall_time now)
{
    if (auto const seconds = number_of(v)) {
        auto const epoch = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        return after(now, *seconds - static_cast<double>(epoch));
    }
    auto const text = v.as_string();
    if (!text)
        return std::nullopt;
    std::optional<wall_time> out = auth::detail::parse_rfc3339(*text);
    if (!out)
        out = codec::parse_http_date(*text, now);
    if (!out)
        out = parse_american(*text);
    if (out)
        out = std::min(*out, after(now, week));
    return out;
}

/// The seconds between now and the token's end have been settled: when is it asked for again?
inline void plan_refresh(access_token& t, wall_time now, std::optional<double> refresh_in)
{
    auto const life = *t.expires - now;
    if (refresh_in && *refresh_in > 0)
        t.refresh_at = std::min(after(now, *refresh_in), *t.expires);
    else if (life >= std::chrono::hours(2))
        t.refresh_at = now + life / 2;
}

inline std::int64_t aadsts_of(std::string_view description) noexcept
{
    constexpr std::string_view mark = "AADSTS";
    auto const at = description.find(mark);
    std::int64_t out = 0;
    if (at != description.npos) {
        auto const digits = description.substr(at + mark.size(), 12);
        std::from_chars(digits.data(), digits.data() + digits.size(), out);
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::wire::detail

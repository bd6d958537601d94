#pragma once

#include <augur/auth/impl/source_support.ipp>
#include <augur/codec/json_limits.hpp>
#include <augur/codec/percent.hpp>
#include <augur/core/clock.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::detail {

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

inline void add_to_form(std::string& form, std::string_view name, std::string_view value)
{
    form.append(form.empty() ? "" : "&").append(name).append("=");
    codec::percent_encode_to(form, value);
}

/// `digits` of them at `at`, which moves on; -1 if they are not there.
inline int take_number(std::string_view text, std::size_t& at, std::size_t digits) noexcept
{
    if (at + digits > text.size())
        return -1;
    int out = 0;
    for (std::size_t i = 0; i < digits; ++i) {
        char const c = text[at + i];
        if (c < '0' || c > '9')
            return -1;
        out = out * 10 + (c - '0');
    }
    at += digits;
    return out;
}

inline bool take(std::string_view text, std::size_t& at, std::string_view any) noexcept
{
    if (at >= text.size() || any.find(text[at]) == any.npos)
        return false;
    ++at;
    return true;
}

/// RFC 3339, and "UTC" for "Z".
inline std::optional<wall_time> parse_rfc3339(std::string_view text) noexcept
{
    using namespace std::chrono;
    std::size_t at = 0;
    int const year_number = take_number(text, at, 4);
    if (!take(text, at, "-"))
        return std::nullopt;
    int const month_number = take_number(text, at, 2);
    if (!take(text, at, "-"))
        return std::nullopt;
    int const day_number = take_number(text, at, 2);
    if (!take(text, at, "Tt "))
        return std::nullopt;
    int const h = take_number(text, at, 2);
    if (!take(text, at, ":"))
        return std::nullopt;
    int const m = take_number(text, at, 2);
    if (!take(text, at, ":"))
        return std::nullopt;
    int const s = take_number(text, at, 2);
    if (year_number < 0 || month_number < 1 || day_number < 1 || h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s > 60)
        return std::nullopt;
    if (take(text, at, ".,")) {
        auto const from = at;
        while (take(text, at, "0123456789")) {
        }
        if (at == from)
            return std::nullopt;
    }
    minutes offset{0};
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
        int const sign = text[at++] == '-' ? -1 : 1;
        int const oh = take_number(text, at, 2);
        take(text, at, ":");
        int const om = take_number(text, at, 2);
        if (oh < 0 || oh > 23 || om < 0 || om > 59)
            return std::nullopt;
        offset = minutes(sign * (oh * 60 + om));
    }
    else if (text.substr(at) == "UTC") { // as older tools write it into their caches
        at = text.size();
    }
    else if (!take(text, at, "Zz")) {
        return std::nullopt;
    }
    if (at != text.size())
        return std::nullopt;
    year_month_day const date(year{year_number}, month{static_cast<unsigned>(month_number)},
                              day{static_cast<unsigned>(day_number)});
    if (!date.ok())
        return std::nullopt;
    if (year_number < 1700)
        return wall_time(sys_days(year{1700} / 1 / 1));
    if (year_number > 2250)
        return wall_time(sys_days(year{2250} / 1 / 1));
    return wall_time(sys_days(date)) + hours(h) + minutes(m) + seconds(std::min(s, 59)) - offset;
}

} // namespace augur::inline AUGUR_ABI::auth::detail

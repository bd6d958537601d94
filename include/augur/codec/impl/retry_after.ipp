#pragma once

#include <augur/codec/impl/http_date.ipp>
#include <augur/codec/retry_after.hpp>
#include <augur/core/headers.hpp>

#include <charconv>
#include <cmath>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline std::string_view trim_blanks(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// digits, ".5", "5.", "1.5", "1e3"; times `scale`, rounded up, at most longest_retry_after.
inline std::optional<std::chrono::milliseconds> parse_wait(std::string_view text, double scale) noexcept
{
    // from_chars would also take "inf", "nan" and a minus.
    bool digit = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        bool const is_digit = c >= '0' && c <= '9';
        digit = digit || is_digit;
        bool const exponent = digit && (c == 'e' || c == 'E');
        bool const sign = i != 0 && (c == '+' || c == '-');
        if (!is_digit && c != '.' && !exponent && !sign)
            return std::nullopt;
    }
    if (!digit)
        return std::nullopt;
    double number = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (end != text.data() + text.size())
        return std::nullopt;
    constexpr auto longest = static_cast<double>(longest_retry_after.count());
    if (code == std::errc::result_out_of_range) {
        // Too large or too small for a double; a negative exponent tells which.
        bool const tiny = text.find('-') != text.npos;
        return tiny ? std::chrono::milliseconds(0) : longest_retry_after;
    }
    // The product of a decimal fraction may lie a hair above the whole number it stands for.
    double const wait = std::ceil(number * scale - 1e-6);
    if (!(wait < longest))
        return longest_retry_after;
    return std::chrono::milliseconds(wait > 0 ? static_cast<std::chrono::milliseconds::rep>(wait) : 0);
}

} // namespace detail

AUGUR_INLINE std::optional<std::chrono::milliseconds>
parse_retry_after(std::string_view value, std::chrono::system_clock::time_point now) noexcept
{
    value = detail::trim_blanks(value);
    if (auto const wait = detail::parse_wait(value, 1000.0))
        return wait;
    auto const when = detail::parse_http_seconds(value, std::chrono::floor<std::chrono::seconds>(now));
    if (!when)
        return std::nullopt;
    // In whole seconds first: years 0 to 9999 do not fit the clock's nanoseconds.
    auto const seconds = *when - std::chrono::floor<std::chrono::seconds>(now);
    if (seconds >= longest_retry_after)
        return longest_retry_after;
    auto const past_second = now - std::chrono::floor<std::chrono::seconds>(now);
    auto const wait = std::chrono::milliseconds(seconds) - std::chrono::floor<std::chrono::milliseconds>(past_second);
    return wait.count() > 0 ? wait : std::chrono::milliseconds(0);
}

AUGUR_INLINE std::optional<std::chrono::milliseconds> parse_retry_after_ms(std::string_view value) noexcept
{
    return detail::parse_wait(detail::trim_blanks(value), 1.0);
}

AUGUR_INLINE std::optional<std::chrono::milliseconds> parse_amz_retry_after(std::string_view value) noexcept
{
    value = detail::trim_blanks(value);
    for (char const c : value) {
        if (c < '0' || c > '9')
            return std::nullopt;
    }
    return detail::parse_wait(value, 1.0);
}

AUGUR_INLINE std::optional<std::chrono::milliseconds>
retry_after_field(std::string_view name, std::string_view value, std::chrono::system_clock::time_point now) noexcept
{
    if (equal_ignoring_case(name, "retry-after"))
        return parse_retry_after(value, now);
    if (equal_ignoring_case(name, "retry-after-ms") || equal_ignoring_case(name, "x-ms-retry-after-ms"))
        return parse_retry_after_ms(value);
    return std::nullopt;
}

} // namespace augur::inline AUGUR_ABI::codec

#pragma once

#include <augur/config.hpp>

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec::json::detail {

/// RFC 8259 section 6.
inline bool is_number(std::string_view text) noexcept
{
    std::size_t i = 0;
    auto const digits = [&] {
        auto const first = i;
        while (i < text.size() && text[i] >= '0' && text[i] <= '9')
            ++i;
        return i - first;
    };
    if (i < text.size() && text[i] == '-')
        ++i;
    bool const zero = i < text.size() && text[i] == '0';
    auto const whole = digits();
    if (whole == 0 || (zero && whole > 1))
        return false;
    if (i < text.size() && text[i] == '.') {
        ++i;
        if (digits() == 0)
            return false;
    }
    if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
        ++i;
        if (i < text.size() && (text[i] == '+' || text[i] == '-'))
            ++i;
        if (digits() == 0)
            return false;
    }
    return i == text.size();
}

/// Of a number without fraction and exponent that fits; "-0" is 0.
template <class Integer>
std::optional<Integer> to_whole(std::string_view text) noexcept
{
    if (text == "-0")
        text.remove_prefix(1);
    Integer number = 0;
    auto const done = std::from_chars(text.data(), text.data() + text.size(), number);
    if (done.ec != std::errc{} || done.ptr != text.data() + text.size())
        return std::nullopt;
    return number;
}

/// The nearest double of a text that `is_number`; nullopt when that is an infinity.
inline std::optional<double> to_double(std::string_view text) noexcept
{
    double value = 0;
    auto const done = std::from_chars(text.data(), text.data() + text.size(), value);
    if (done.ec == std::errc{}) {
        if (value - value != 0)
            return std::nullopt;
        return value;
    }
    // Out of range is said of both ends. Below: zero is the nearest. The first digit's place tells which.
    bool const negative = text.front() == '-';
    auto const mark = text.find_first_of("eE");
    auto const digits = text.substr(negative ? 1 : 0, (mark == text.npos ? text.size() : mark) - (negative ? 1 : 0));
    auto const point = std::min(digits.find('.'), digits.size());
    auto const first = digits.find_first_of("123456789");
    long long place = 0;
    if (first != digits.npos)
        place = static_cast<long long>(point) - static_cast<long long>(first);
    long long exponent = 0;
    if (mark != text.npos) {
        auto from = mark + 1;
        if (text[from] == '+')
            ++from;
        auto const read = std::from_chars(text.data() + from, text.data() + text.size(), exponent);
        if (read.ec != std::errc{})
            exponent = text[from] == '-' ? std::numeric_limits<long long>::min() / 2
                                         : std::numeric_limits<long long>::max() / 2;
    }
    if (place + std::clamp(exponent, -(1LL << 60), 1LL << 60) > 0)
        return std::nullopt;
    return negative ? -0.0 : 0.0;
}

/// What Python and TensorFlow Serving write for numbers that JSON does not have.
inline std::optional<double> to_not_finite(std::string_view text) noexcept
{
    if (text == "NaN")
        return std::numeric_limits<double>::quiet_NaN();
    if (text == "Infinity")
        return std::numeric_limits<double>::infinity();
    if (text == "-Infinity")
        return -std::numeric_limits<double>::infinity();
    return std::nullopt;
}

} // namespace augur::inline AUGUR_ABI::codec::json::detail

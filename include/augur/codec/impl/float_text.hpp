#pragma once

#include <augur/codec/impl/byte_words.hpp>
#include <augur/codec/impl/json_number.hpp>

#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

/// @file
/// Decimal text to float: fast where two roundings cannot differ from one, exact everywhere.
namespace augur::inline AUGUR_ABI::codec::json::detail {

/// The high bit of each byte that is no digit.
constexpr std::uint64_t no_digits(std::uint64_t word) noexcept
{
    using codec::detail::byte_highs;
    using codec::detail::byte_ones;
    word ^= byte_ones * '0';
    return (((word & ~byte_highs) + byte_ones * (128 - 10)) | word) & byte_highs;
}

/// The value of eight digits; the first is in the lowest byte.
constexpr std::uint32_t eight_digits(std::uint64_t word) noexcept
{
    word -= 0x3030303030303030u;
    word = word * 10 + (word >> 8);
    return static_cast<std::uint32_t>(((word & 0x000000FF000000FFu) * 0x000F424000000064u +
                                       (word >> 16 & 0x000000FF000000FFu) * 0x0000271000000001u) >>
                                      32);
}

inline constexpr std::array<double, 23> powers_of_ten{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                                      1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                                      1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/// `digits` times ten to `exponent` as the nearest float, if that is certain. The double in between is rounded at most
/// twice, each time by half of its last place; unless it comes out within a few of those of a tie between two
/// floats, the float next to it is the one next to the true value.
inline bool nearest_float(std::uint64_t digits, int exponent, float& out) noexcept
{
    if (exponent < -22 || exponent > 22)
        return false;
    auto value = static_cast<double>(digits);
    value = exponent < 0 ? value / powers_of_ten[static_cast<std::size_t>(-exponent)]
                         : value * powers_of_ten[static_cast<std::size_t>(exponent)];
    constexpr std::uint64_t tie = std::uint64_t{1} << 28;
    constexpr std::uint64_t margin = 4;
    auto const below = std::bit_cast<std::uint64_t>(value) & (2 * tie - 1);
    bool const is_near_tie = below - (tie - margin) <= 2 * margin;
    bool const is_normal = value >= static_cast<double>(std::numeric_limits<float>::min()) &&
                           value <= static_cast<double>(std::numeric_limits<float>::max());
    out = static_cast<float>(value);
    return digits == 0 || (is_normal && !is_near_tie);
}

/// Reads one JSON array of numbers.
class float_array_reader
{
public:
    explicit float_array_reader(std::string_view text) noexcept : p_(text.data()), end_(text.data() + text.size()) {}

    char const* what() const noexcept { return what_; }

    /// Appends the numbers; false after a fault.
    bool read(std::vector<float>& out)
    {
        skip_blanks();
        if (p_ == end_ || *p_ != '[')
            return fail("wanted array");
        ++p_;
        skip_blanks();
        if (p_ != end_ && *p_ == ']')
            ++p_;
        else if (!read_elements(out))
            return false;
        skip_blanks();
        return p_ == end_ || fail("there is more text after the value");
    }

private:
    bool fail(char const* what) noexcept
    {
        what_ = what;
        return false;
    }

    void skip_blanks() noexcept
    {
        while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t'))
            ++p_;
    }

    bool read_elements(std::vector<float>& out)
    {
        for (;;) {
            float value = 0;
            if (!read_number(value))
                return false;
            out.push_back(value);
            skip_blanks();
            if (p_ == end_)
                return fail("the array does not end");
            char const c = *p_++;
            if (c == ']')
                return true;
            if (c != ',')
                return fail("a comma or a closing bracket is missing");
            skip_blanks();
        }
    }

    /// The digits from p on are added to `value`, which overflows behind the nineteenth. Returns where they end. How
    /// many there are differs from number to number, so the last few are not counted by branches.
    static char const* take_digits(char const* p, char const* end, std::uint64_t& value) noexcept
    {
        if constexpr (std::endian::native == std::endian::little) {
            constexpr std::array<std::uint64_t, 8> tens{1, 10, 100, 1000, 10'000, 100'000, 1'000'000, 10'000'000};
            for (; end - p >= 8; p += 8) {
                auto const word = codec::detail::load_eight(p);
                auto const others = no_digits(word);
                if (others == 0) {
                    value = value * 100'000'000 + eight_digits(word);
                    continue;
                }
                auto const count = static_cast<unsigned>(std::countr_zero(others)) / 8;
                auto const zeros = codec::detail::byte_ones * '0';
                // The digits move to the end of the word, zeros come in front of them.
                auto const last = count == 0 ? zeros : word << (64 - 8 * count) | zeros >> (8 * count);
                value = value * tens[count] + eight_digits(last);
                return p + count;
            }
        }
        for (; p != end && *p >= '0' && *p <= '9'; ++p)
            value = value * 10 + static_cast<std::uint64_t>(*p - '0');
        return p;
    }

    bool read_number(float& out) noexcept
    {
        char const* const end = end_;
        char const* p = p_;
        bool const is_negative = p != end && *p == '-';
        p += is_negative ? 1 : 0;
        std::uint64_t digits = 0;
        char const* const whole = p;
        if (p != end && *p == '0')
            ++p; // nearly always, and what follows is no digit
        else
            p = take_digits(p, end, digits);
        auto size = p - whole;
        if (size == 0)
            return fail("wanted number");
        int exponent = 0;
        if (p != end && *p == '.') {
            char const* const fraction = ++p;
            p = take_digits(p, end, digits);
            if (p == fraction)
                return fail("wanted number");
            exponent = static_cast<int>(-std::min<std::ptrdiff_t>(p - fraction, 1000));
            size += p - fraction - (*whole == '0' ? 1 : 0);
        }
        if (p != end && (*p | 0x20) == 'e') {
            p = take_exponent(p, end, exponent);
            if (!p)
                return fail("wanted number");
        }
        char const* const begin = std::exchange(p_, p);
        if (size <= 19 && nearest_float(digits, exponent, out)) {
            out = is_negative ? -out : out;
            return true;
        }
        return read_exactly({begin, static_cast<std::size_t>(p - begin)}, out);
    }

    /// From the letter on; null when it has no number.
    static char const* take_exponent(char const* p, char const* end, int& exponent) noexcept
    {
        ++p;
        bool const is_negative = p != end && *p == '-';
        if (p != end && (*p == '-' || *p == '+'))
            ++p;
        char const* const begin = p;
        int value = 0;
        for (; p != end && *p >= '0' && *p <= '9'; ++p)
            value = value < 10'000 ? value * 10 + (*p - '0') : value;
        exponent += is_negative ? -value : value;
        return p != begin ? p : nullptr;
    }

    bool read_exactly(std::string_view token, float& out) noexcept
    {
        auto const read = std::from_chars(token.data(), token.data() + token.size(), out);
        if (read.ec == std::errc{} && out - out == 0)
            return true;
        // Out of range is said of both ends; near zero, the nearest float is what the nearest double becomes.
        auto const wide = to_double(token);
        if (!wide || *wide >= 1 || *wide <= -1)
            return fail("the number is too large for a float");
        out = static_cast<float>(*wide);
        return true;
    }

    char const* p_;
    char const* end_;
    char const* what_ = "";
};

} // namespace augur::inline AUGUR_ABI::codec::json::detail

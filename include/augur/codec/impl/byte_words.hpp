#pragma once

#include <augur/config.hpp>

#include <cstdint>
#include <cstring>
#include <string_view>

/// @file
/// Questions about eight bytes at once. Signing looks at some 300 bytes of header; one at a time that
/// costs as much as hashing them. Nothing here depends on the byte order.
namespace augur::inline AUGUR_ABI::codec::detail {

inline constexpr std::uint64_t byte_ones = 0x0101010101010101u;
inline constexpr std::uint64_t byte_highs = 0x8080808080808080u;

inline std::uint64_t load_eight(char const* from) noexcept
{
    std::uint64_t word;
    std::memcpy(&word, from, 8);
    return word;
}

/// The high bit of each byte that lies in [First, Last]; exact for every byte.
template <unsigned First, unsigned Last>
constexpr std::uint64_t bytes_between(std::uint64_t word) noexcept
{
    static_assert(First > 0 && First <= Last && Last < 0x7f);
    std::uint64_t const low = word & ~byte_highs;
    std::uint64_t const not_above = byte_ones * (127 + Last + 1) - low;
    std::uint64_t const not_below = low + byte_ones * (127 - (First - 1));
    return not_above & not_below & ~word & byte_highs;
}

/// Not zero when a byte is a blank, a control character or DEL.
constexpr std::uint64_t any_blank_or_control(std::uint64_t word) noexcept
{
    std::uint64_t const below = (word - byte_ones * 0x21) & ~word & byte_highs;
    std::uint64_t const del = word ^ byte_ones * 0x7f;
    return below | ((del - byte_ones) & ~del & byte_highs);
}

/// True when `bad` answers 0 for every eight bytes; a shorter rest is filled up with "a".
template <class Question>
bool no_word(std::string_view text, Question bad) noexcept
{
    std::size_t const size = text.size();
    if (size < 8) {
        std::uint64_t word = byte_ones * 'a';
        for (char const c : text)
            word = word << 8 | static_cast<unsigned char>(c);
        return bad(word) == 0;
    }
    std::uint64_t found = bad(load_eight(text.data() + size - 8));
    for (std::size_t i = 0; i + 8 < size; i += 8)
        found |= bad(load_eight(text.data() + i));
    return found == 0;
}

/// Visible ASCII only.
inline bool is_visible(std::string_view text) noexcept
{
    return no_word(text, [](std::uint64_t word) { return any_blank_or_control(word) | (word & byte_highs); });
}

/// Nothing that would break out of a line of signed headers: visible ASCII without upper case and
/// without the range from ":" to "@".
inline bool is_lower_name(std::string_view name) noexcept
{
    return !name.empty() && no_word(name, [](std::uint64_t word) {
        return any_blank_or_control(word) | (word & byte_highs) | bytes_between<':', 'Z'>(word);
    });
}

/// Letters, digits, "-", "." and "/": what a path is made of nearly everywhere.
constexpr bool is_plain_path(std::uint64_t word) noexcept
{
    return (bytes_between<'a', 'z'>(word | byte_ones * 0x20) | bytes_between<'-', '9'>(word)) == byte_highs;
}

} // namespace augur::inline AUGUR_ABI::codec::detail

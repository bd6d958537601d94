#pragma once

#include <augur/codec/hex.hpp>

#include <bit>
#include <cstdint>
#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char c) noexcept
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

/// Eight digits of four bytes at once. Digits written in pairs stall the loads that copy them right
/// after; with three hashes per signature that was a tenth of its time.
inline void hex_encode_four(char const* bytes, char* out) noexcept
{
    std::uint32_t four;
    std::memcpy(&four, bytes, 4);
    std::uint64_t word = four;
    word = (word | word << 16) & 0x0000ffff0000ffffu;
    word = (word | word << 8) & 0x00ff00ff00ff00ffu;
    word = (word >> 4 & 0x000f000f000f000fu) | (word & 0x000f000f000f000fu) << 8;
    std::uint64_t const letter = (word + 0x0606060606060606u) >> 4 & 0x0101010101010101u;
    word += 0x3030303030303030u + letter * ('a' - '0' - 10);
    std::memcpy(out, &word, 8);
}

#if defined(__SSE2__)
/// The same for sixteen bytes.
inline void hex_encode_sixteen(char const* bytes, char* out) noexcept
{
    auto const low_half = _mm_set1_epi8(0x0f);
    auto const digits_of = [](__m128i nibbles) {
        auto const letters = _mm_cmpgt_epi8(nibbles, _mm_set1_epi8(9));
        auto const to_letters = _mm_and_si128(letters, _mm_set1_epi8('a' - '0' - 10));
        return _mm_add_epi8(_mm_add_epi8(nibbles, _mm_set1_epi8('0')), to_letters);
    };
    auto const all = _mm_loadu_si128(reinterpret_cast<__m128i const*>(bytes));
    auto const high = _mm_and_si128(_mm_srli_epi16(all, 4), low_half);
    auto const low = _mm_and_si128(all, low_half);
    auto* const to = reinterpret_cast<__m128i*>(out);
    _mm_storeu_si128(to, digits_of(_mm_unpacklo_epi8(high, low)));
    _mm_storeu_si128(to + 1, digits_of(_mm_unpackhi_epi8(high, low)));
}
#endif

} // namespace detail

AUGUR_INLINE std::size_t hex_encode_to(std::string_view bytes, char* out) noexcept
{
    constexpr char digits[] = "0123456789abcdef";
    std::size_t i = 0;
#if defined(__SSE2__)
    for (; i + 16 <= bytes.size(); i += 16)
        detail::hex_encode_sixteen(bytes.data() + i, out + 2 * i);
#endif
    if constexpr (std::endian::native == std::endian::little) {
        for (; i + 4 <= bytes.size(); i += 4)
            detail::hex_encode_four(bytes.data() + i, out + 2 * i);
    }
    for (; i < bytes.size(); ++i) {
        auto const byte = static_cast<unsigned char>(bytes[i]);
        out[2 * i] = digits[byte >> 4];
        out[2 * i + 1] = digits[byte & 15];
    }
    return bytes.size() * 2;
}

AUGUR_INLINE std::string hex_encode(std::string_view bytes)
{
    std::string text(bytes.size() * 2, '\0');
    hex_encode_to(bytes, text.data());
    return text;
}

AUGUR_INLINE result<std::string> hex_decode(std::string_view text)
{
    if (text.size() % 2 != 0)
        return make_error(errc::decode_error, phase::decode, outcome::complete, "hex: the number of digits is odd");
    std::string bytes(text.size() / 2, '\0');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        int const high = detail::hex_value(text[2 * i]);
        int const low = detail::hex_value(text[2 * i + 1]);
        if (high < 0 || low < 0) {
            return make_error(errc::decode_error, phase::decode, outcome::complete,
                              "hex: no hexadecimal digit in the pair at offset " + std::to_string(2 * i));
        }
        bytes[i] = static_cast<char>(high * 16 + low);
    }
    return bytes;
}

} // namespace augur::inline AUGUR_ABI::codec

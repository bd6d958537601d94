#pragma once

#include <augur/codec/base64.hpp>
#include <augur/codec/impl/base64_kernels.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <limits>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

inline constexpr char base64_standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
inline constexpr char base64_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// 64 marks a character outside the alphabet.
constexpr std::array<std::uint8_t, 256> base64_reverse(char const* alphabet) noexcept
{
    std::array<std::uint8_t, 256> table{};
    table.fill(64);
    for (std::uint8_t i = 0; i < 64; ++i)
        table[static_cast<unsigned char>(alphabet[i])] = i;
    return table;
}

inline constexpr auto base64_standard_values = base64_reverse(base64_standard);
inline constexpr auto base64_url_values = base64_reverse(base64_url);

inline error base64_error(std::string message)
{
    return make_error(errc::decode_error, phase::decode, outcome::complete, "base64: " + std::move(message));
}

} // namespace detail

AUGUR_INLINE std::size_t base64_encode_to(std::string_view bytes, char* out, base64_alphabet alphabet) noexcept
{
    char const* const digits = alphabet == base64_alphabet::standard ? detail::base64_standard : detail::base64_url;
    auto const byte = [&](std::size_t i) -> std::uint32_t { return static_cast<unsigned char>(bytes[i]); };
    char* p = out;
    std::size_t i = 0;
    for (; bytes.size() - i >= 3; i += 3) {
        std::uint32_t const group = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        *p++ = digits[group >> 18];
        *p++ = digits[group >> 12 & 63];
        *p++ = digits[group >> 6 & 63];
        *p++ = digits[group & 63];
    }
    std::size_t const rest = bytes.size() - i;
    if (rest != 0) {
        std::uint32_t const group = byte(i) << 16 | (rest == 2 ? byte(i + 1) << 8 : 0);
        *p++ = digits[group >> 18];
        *p++ = digits[group >> 12 & 63];
        if (rest == 2)
            *p++ = digits[group >> 6 & 63];
        if (alphabet == base64_alphabet::standard) {
            *p++ = '=';
            if (rest == 1)
                *p++ = '=';
        }
    }
    return static_cast<std::size_t>(p - out);
}

AUGUR_INLINE std::string base64_encode(std::string_view bytes, base64_alphabet alphabet)
{
    std::string text(base64_size(bytes.size(), alphabet), '\0');
    base64_encode_to(bytes, text.data(), alphabet);
    return text;
}

namespace detail {

/// What the length and the padding of a text say of it.
struct base64_text
{
    std::string_view digits; ///< without the padding
    std::size_t size;        ///< bytes it stands for
};

inline result<base64_text> base64_measure(std::string_view text, base64_alphabet alphabet)
{
    bool const padded = !text.empty() && text.back() == '=';
    if ((padded || alphabet == base64_alphabet::standard) && text.size() % 4 != 0)
        return base64_error("the length is not a multiple of four");
    if (padded)
        text.remove_suffix(text[text.size() - 2] == '=' ? 2 : 1);
    if (text.size() % 4 == 1)
        return base64_error("the length is impossible");
    return base64_text{text, text.size() / 4 * 3 + (text.size() % 4 == 0 ? 0 : text.size() % 4 - 1)};
}

/// Writes the bytes that a measured text stands for.
inline result<void> base64_decode_to(std::string_view text, base64_alphabet alphabet, char* p)
{
    auto const& values = alphabet == base64_alphabet::standard ? base64_standard_values : base64_url_values;
    auto const value = [&](std::size_t i) -> std::uint32_t { return values[static_cast<unsigned char>(text[i])]; };

    // A kernel that meets a foreign character leaves it to the loop below.
    std::size_t i = alphabet == base64_alphabet::standard ? base64_decode_wide(text, p) : 0;
    p += i / 4 * 3;
    std::uint32_t foreign = 0;
    for (; text.size() - i >= 4; i += 4) {
        std::uint32_t const a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
        foreign |= a | b | c | d;
        *p++ = static_cast<char>(a << 2 | b >> 4);
        *p++ = static_cast<char>((b & 15) << 4 | c >> 2);
        *p++ = static_cast<char>((c & 3) << 6 | (d & 63));
    }
    std::uint32_t lost = 0;
    if (text.size() - i >= 2) {
        std::uint32_t const a = value(i), b = value(i + 1);
        foreign |= a | b;
        *p++ = static_cast<char>(a << 2 | b >> 4);
        lost = b & 15;
        if (text.size() - i == 3) {
            std::uint32_t const c = value(i + 2);
            foreign |= c;
            *p++ = static_cast<char>((b & 15) << 4 | c >> 2);
            lost = c & 3;
        }
    }
    if ((foreign & 64) != 0) {
        std::size_t at = 0;
        while (value(at) < 64)
            ++at;
        return base64_error("foreign character at offset " + std::to_string(at));
    }
    if (lost != 0)
        return base64_error("the last character carries bits that belong to no byte");
    return {};
}

} // namespace detail

AUGUR_INLINE result<std::string> base64_decode(std::string_view text, base64_alphabet alphabet)
{
    auto const measured = detail::base64_measure(text, alphabet);
    if (!measured)
        return measured.error();
    std::string bytes(measured->size, '\0');
    if (auto const done = detail::base64_decode_to(measured->digits, alphabet, bytes.data()); !done)
        return done.error();
    return bytes;
}

AUGUR_INLINE result<std::vector<float>> base64_decode_floats(std::string_view text)
{
    static_assert(sizeof(float) == 4 && std::numeric_limits<float>::is_iec559);
    auto const measured = detail::base64_measure(text, base64_alphabet::standard);
    if (!measured)
        return measured.error();
    if (measured->size % sizeof(float) != 0)
        return detail::base64_error(std::to_string(measured->size) + " bytes are no whole number of floats");
    std::vector<float> floats(measured->size / sizeof(float));
    auto* const bytes = reinterpret_cast<char*>(floats.data());
    if (auto const done = detail::base64_decode_to(measured->digits, base64_alphabet::standard, bytes); !done)
        return done.error();
    if constexpr (std::endian::native == std::endian::big)
        for (std::size_t i = 0; i < measured->size; i += sizeof(float))
            std::reverse(bytes + i, bytes + i + sizeof(float));
    return floats;
}

} // namespace augur::inline AUGUR_ABI::codec

#pragma once

#include <augur/codec/hex.hpp>

#include <array>
#include <cstring>

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

/// Both digits of every byte: signatures write 192 digits each, and two at a time halves that.
constexpr std::array<char, 512> make_hex_pairs() noexcept
{
    constexpr char digits[] = "0123456789abcdef";
    std::array<char, 512> table{};
    for (std::size_t i = 0; i < 256; ++i) {
        table[2 * i] = digits[i / 16];
        table[2 * i + 1] = digits[i % 16];
    }
    return table;
}
inline constexpr auto hex_pairs = make_hex_pairs();

} // namespace detail

AUGUR_INLINE std::size_t hex_encode_to(std::string_view bytes, char* out) noexcept
{
    for (char const c : bytes) {
        std::memcpy(out, detail::hex_pairs.data() + 2 * static_cast<unsigned char>(c), 2);
        out += 2;
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

#pragma once

#include <augur/codec/impl/hex.ipp>
#include <augur/codec/percent.hpp>

#include <array>

namespace augur::inline AUGUR_ABI::codec {

namespace detail {

constexpr std::array<bool, 256> make_unreserved(bool slash) noexcept
{
    std::array<bool, 256> table{};
    for (char const c : std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"))
        table[static_cast<unsigned char>(c)] = true;
    table['/'] = slash;
    return table;
}

/// RFC 3986 section 2.3.
inline constexpr auto unreserved = make_unreserved(false);
inline constexpr auto unreserved_or_slash = make_unreserved(true);

inline constexpr char upper_hex_digits[] = "0123456789ABCDEF";

} // namespace detail

AUGUR_INLINE void percent_encode_to(std::string& out, std::string_view bytes, percent_keep keep)
{
    auto const& kept = keep == percent_keep::slash ? detail::unreserved_or_slash : detail::unreserved;
    for (char const c : bytes) {
        auto const byte = static_cast<unsigned char>(c);
        if (kept[byte]) {
            out.push_back(c);
        }
        else {
            char const code[] = {'%', detail::upper_hex_digits[byte >> 4], detail::upper_hex_digits[byte & 15]};
            out.append(code, 3);
        }
    }
}

AUGUR_INLINE std::string percent_encode(std::string_view bytes, percent_keep keep)
{
    std::string text;
    text.reserve(bytes.size() + bytes.size() / 4);
    percent_encode_to(text, bytes, keep);
    return text;
}

AUGUR_INLINE result<std::string> percent_decode(std::string_view text)
{
    std::string bytes;
    bytes.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            bytes.push_back(text[i]);
            continue;
        }
        int const high = text.size() - i > 2 ? detail::hex_value(text[i + 1]) : -1;
        int const low = text.size() - i > 2 ? detail::hex_value(text[i + 2]) : -1;
        if (high < 0 || low < 0) {
            return make_error(errc::decode_error, phase::decode, outcome::complete,
                              "percent encoding: two hexadecimal digits must follow the % at offset " +
                                  std::to_string(i));
        }
        bytes.push_back(static_cast<char>(high * 16 + low));
        i += 2;
    }
    return bytes;
}

} // namespace augur::inline AUGUR_ABI::codec

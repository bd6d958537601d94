#pragma once

#include <augur/codec/json.hpp>

#include <cstdint>
#include <cstring>

namespace augur::inline AUGUR_ABI::codec {

AUGUR_INLINE bool depth_ok(std::string_view text, std::size_t max_depth) noexcept
{
    std::size_t depth = 0;
    char const* p = text.data();
    char const* const end = p + text.size();
    while (p != end) {
        switch (*p++) {
        case '[':
        case '{':
            if (++depth > max_depth)
                return false;
            break;
        case ']':
        case '}': depth -= depth > 0 ? 1 : 0; break;
        case '"':
            for (; p != end && *p != '"'; ++p)
                if (*p == '\\' && ++p == end)
                    return true;
            if (p != end)
                ++p;
            break;
        default: break;
        }
    }
    return true;
}

AUGUR_INLINE std::size_t find_invalid_utf8(std::string_view text) noexcept
{
    auto const* const bytes = reinterpret_cast<unsigned char const*>(text.data());
    std::size_t const size = text.size();
    std::size_t i = 0;
    while (i < size) {
        if (i + 8 <= size) { // eight ASCII bytes at a time
            std::uint64_t word;
            std::memcpy(&word, bytes + i, 8);
            if ((word & 0x8080'8080'8080'8080U) == 0) {
                i += 8;
                continue;
            }
        }
        unsigned const lead = bytes[i];
        if (lead < 0x80) {
            ++i;
            continue;
        }
        // The second byte's range excludes overlong forms, surrogates and what lies above U+10FFFF.
        std::size_t more;
        unsigned low = 0x80;
        unsigned high = 0xBF;
        if (lead >= 0xC2 && lead <= 0xDF)
            more = 1;
        else if (lead >= 0xE0 && lead <= 0xEF) {
            more = 2;
            low = lead == 0xE0 ? 0xA0 : 0x80;
            high = lead == 0xED ? 0x9F : 0xBF;
        }
        else if (lead >= 0xF0 && lead <= 0xF4) {
            more = 3;
            low = lead == 0xF0 ? 0x90 : 0x80;
            high = lead == 0xF4 ? 0x8F : 0xBF;
        }
        else
            return i;
        if (size - i <= more || bytes[i + 1] < low || bytes[i + 1] > high)
            return i;
        for (std::size_t k = 2; k <= more; ++k)
            if ((bytes[i + k] & 0xC0U) != 0x80U)
                return i;
        i += more + 1;
    }
    return std::string_view::npos;
}

} // namespace augur::inline AUGUR_ABI::codec

#pragma once

#include <augur/config.hpp>

#include <cstddef>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// @file
/// Decoding of the standard base64 alphabet, 32 characters at a time.
namespace augur::inline AUGUR_ABI::codec::detail {

#if defined(__x86_64__)

/// W. Mula, D. Lemire, "Faster Base64 Encoding and Decoding using AVX2 Instructions", 2018. Returns how many
/// characters it decoded; stops before the last ones and before a foreign one.
[[gnu::target("avx2")]] inline std::size_t base64_decode_avx2(std::string_view text, char* out) noexcept
{
    // A character is foreign when the marks of its two halves have a bit in common.
    __m256i const low_marks = _mm256_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A,
                                               0x1B, 0x1B, 0x1B, 0x1A, 0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11,
                                               0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A);
    __m256i const high_marks = _mm256_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10,
                                                0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08,
                                                0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10);
    // What to add to a character, by its high half; "/" shares that of "+" and takes the place before.
    __m256i const offsets = _mm256_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0, //
                                             0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0);
    __m256i const slash = _mm256_set1_epi8('/');
    __m256i const pack = _mm256_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1, //
                                          2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1);
    __m256i const join = _mm256_setr_epi32(0, 1, 2, 4, 5, 6, -1, -1);
    std::size_t i = 0;
    // 24 bytes are made, 32 are written: the rest of the text must leave room for the difference.
    for (; text.size() - i >= 44; i += 32, out += 24) {
        __m256i const c = _mm256_loadu_si256(reinterpret_cast<__m256i const*>(text.data() + i));
        __m256i const high = _mm256_and_si256(_mm256_srli_epi32(c, 4), slash); // 0x2f keeps the half, and a bit
        __m256i const low = _mm256_and_si256(c, slash);                        // that the shuffles ignore
        if (!_mm256_testz_si256(_mm256_shuffle_epi8(low_marks, low), _mm256_shuffle_epi8(high_marks, high)))
            break;
        __m256i const place = _mm256_add_epi8(_mm256_cmpeq_epi8(c, slash), high);
        __m256i const values = _mm256_add_epi8(c, _mm256_shuffle_epi8(offsets, place));
        __m256i const pairs = _mm256_maddubs_epi16(values, _mm256_set1_epi32(0x01400140));
        __m256i const groups = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x00011000));
        __m256i const bytes = _mm256_permutevar8x32_epi32(_mm256_shuffle_epi8(groups, pack), join);
        _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bytes);
    }
    return i;
}

#endif

/// Decodes as much from the front as a wide kernel can, in steps of four characters; perhaps nothing.
inline std::size_t base64_decode_wide(std::string_view text, char* out) noexcept
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return base64_decode_avx2(text, out);
#endif
    static_cast<void>(text);
    static_cast<void>(out);
    return 0;
}

} // namespace augur::inline AUGUR_ABI::codec::detail

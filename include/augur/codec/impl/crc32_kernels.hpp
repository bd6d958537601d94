#pragma once

#include <augur/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

/// @file
/// The kernels of CRC-32. Each takes and returns the register, which is the complement of the checksum, and
/// each is compared with the definition bit by bit in the tests.
namespace augur::inline AUGUR_ABI::codec::detail {

/// Entry [k][b]: what byte b does to the register when k more bytes of zero follow.
constexpr std::array<std::array<std::uint32_t, 256>, 8> make_crc32_tables() noexcept
{
    std::array<std::array<std::uint32_t, 256>, 8> tables{};
    for (std::uint32_t b = 0; b < 256; ++b) {
        std::uint32_t r = b;
        for (int bit = 0; bit < 8; ++bit)
            r = r >> 1 ^ (r & 1 ? 0xEDB88320u : 0u);
        tables[0][b] = r;
    }
    for (std::size_t k = 1; k < 8; ++k)
        for (std::size_t b = 0; b < 256; ++b)
            tables[k][b] = tables[k - 1][b] >> 8 ^ tables[0][tables[k - 1][b] & 255];
    return tables;
}
inline constexpr auto crc32_tables = make_crc32_tables();

/// Eight bytes at a time, on any machine.
inline std::uint32_t crc32_by_eight(std::uint32_t r, std::string_view bytes) noexcept
{
    auto const& t = crc32_tables;
    auto const* p = reinterpret_cast<unsigned char const*>(bytes.data());
    std::size_t n = bytes.size();
    for (; n >= 8; n -= 8, p += 8) {
        r ^= p[0] | std::uint32_t{p[1]} << 8 | std::uint32_t{p[2]} << 16 | std::uint32_t{p[3]} << 24;
        r = t[7][r & 255] ^ t[6][r >> 8 & 255] ^ t[5][r >> 16 & 255] ^ t[4][r >> 24] ^ t[3][p[4]] ^ t[2][p[5]] ^
            t[1][p[6]] ^ t[0][p[7]];
    }
    for (; n != 0; --n)
        r = r >> 8 ^ t[0][(r ^ *p++) & 255];
    return r;
}

#if defined(__x86_64__)

inline bool has_carryless_multiply() noexcept
{
    return __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("sse4.1");
}

/// `x` moved forward over as many bits as the two constants stand for.
[[gnu::target("pclmul,sse4.1"), gnu::always_inline]] inline __m128i crc32_fold(__m128i x, __m128i constants) noexcept
{
    return _mm_xor_si128(_mm_clmulepi64_si128(x, constants, 0x00), _mm_clmulepi64_si128(x, constants, 0x11));
}

[[gnu::target("pclmul,sse4.1"), gnu::always_inline]] inline __m128i crc32_load(unsigned char const* p) noexcept
{
    return _mm_loadu_si128(reinterpret_cast<__m128i const*>(p));
}

/// Folds 64, then 16 bytes at a time (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using
/// PCLMULQDQ", Intel 2009). For 16 bytes and more.
[[gnu::target("pclmul,sse4.1")]] inline std::uint32_t crc32_carryless(std::uint32_t r, std::string_view bytes) noexcept
{
    // Powers of x modulo the polynomial, bits reversed: 512 + 32 and 512 - 32, 128 + 32 and 128 - 32, 64.
    __m128i const by_64_bytes = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
    __m128i const by_16_bytes = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
    __m128i const by_8_bytes = _mm_set_epi64x(0, 0x163cd6124);
    // The polynomial, and the quotient of x^64 by it.
    __m128i const reduction = _mm_set_epi64x(0x1f7011641, 0x1db710641);

    auto const* p = reinterpret_cast<unsigned char const*>(bytes.data());
    std::size_t n = bytes.size();
    __m128i x = _mm_xor_si128(crc32_load(p), _mm_cvtsi32_si128(static_cast<int>(r)));
    if (n >= 64) {
        __m128i x1 = crc32_load(p + 16);
        __m128i x2 = crc32_load(p + 32);
        __m128i x3 = crc32_load(p + 48);
        for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
            x = _mm_xor_si128(crc32_fold(x, by_64_bytes), crc32_load(p));
            x1 = _mm_xor_si128(crc32_fold(x1, by_64_bytes), crc32_load(p + 16));
            x2 = _mm_xor_si128(crc32_fold(x2, by_64_bytes), crc32_load(p + 32));
            x3 = _mm_xor_si128(crc32_fold(x3, by_64_bytes), crc32_load(p + 48));
        }
        x = _mm_xor_si128(crc32_fold(x, by_16_bytes), x1);
        x = _mm_xor_si128(crc32_fold(x, by_16_bytes), x2);
        x = _mm_xor_si128(crc32_fold(x, by_16_bytes), x3);
    }
    else {
        p += 16;
        n -= 16;
    }
    for (; n >= 16; p += 16, n -= 16)
        x = _mm_xor_si128(crc32_fold(x, by_16_bytes), crc32_load(p));
    if (n != 0) {
        // The rest is shorter than a block: the first n bytes of x are folded over what remains of x and the rest.
        alignas(16) static constexpr std::array<unsigned char, 48> places{
            128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128,
            0,   1,   2,   3,   4,   5,   6,   7,   8,   9,   10,  11,  12,  13,  14,  15,
            128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128, 128};
        __m128i const to_back = crc32_load(places.data() + n);
        __m128i const to_front = crc32_load(places.data() + 16 + n);
        __m128i const last = _mm_blendv_epi8(_mm_shuffle_epi8(x, to_front), crc32_load(p + n - 16), to_front);
        x = _mm_xor_si128(crc32_fold(_mm_shuffle_epi8(x, to_back), by_16_bytes), last);
    }
    // 128 bits to 96 to 64, then Barrett's reduction to 32.
    __m128i const low = _mm_setr_epi32(-1, 0, -1, 0);
    x = _mm_xor_si128(_mm_srli_si128(x, 8), _mm_clmulepi64_si128(x, by_16_bytes, 0x10));
    x = _mm_xor_si128(_mm_srli_si128(x, 4), _mm_clmulepi64_si128(_mm_and_si128(x, low), by_8_bytes, 0x00));
    __m128i quotient = _mm_clmulepi64_si128(_mm_and_si128(x, low), reduction, 0x10);
    quotient = _mm_clmulepi64_si128(_mm_and_si128(quotient, low), reduction, 0x00);
    return static_cast<std::uint32_t>(_mm_extract_epi32(_mm_xor_si128(x, quotient), 1));
}

#endif

} // namespace augur::inline AUGUR_ABI::codec::detail

#include <augur/codec/crc32.hpp>
#include <augur/codec/impl/crc32_kernels.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <iostream>
#include <string>
#include <string_view>

namespace codec = augur::codec;

namespace {

/// The definition, bit by bit.
std::uint32_t bitwise(std::uint32_t r, std::string_view bytes)
{
    for (char const c : bytes) {
        r ^= static_cast<unsigned char>(c);
        for (int bit = 0; bit < 8; ++bit)
            r = (r & 1) != 0 ? r >> 1 ^ 0xEDB88320u : r >> 1;
    }
    return r;
}

std::string noise(std::size_t size)
{
    std::string out;
    std::uint32_t state = 1;
    while (out.size() < size)
        out.push_back(static_cast<char>((state = state * 1664525u + 1013904223u) >> 24));
    return out;
}

using kernel = std::uint32_t (*)(std::uint32_t, std::string_view) noexcept;

/// Every length around every block size, at every alignment to 16, from three registers.
void compare(kernel tried, std::size_t least)
{
    auto const bytes = noise(700);
    int wrong = 0;
    for (std::size_t size = least; size < 340; ++size)
        for (std::size_t from = 0; from < 16; from += size < 100 ? 1 : 5) {
            auto const text = std::string_view(bytes).substr(from, size);
            for (std::uint32_t const r : {0xFFFFFFFFu, 0u, 0x12345678u})
                wrong += tried(r, text) != bitwise(r, text);
        }
    CHECK(wrong == 0);
    std::string const zeros(200, '\0');
    CHECK(tried(0xFFFFFFFFu, zeros) == bitwise(0xFFFFFFFFu, zeros));
}

} // namespace

TEST_CASE("crc32: the check value of the definition, and values of zlib")
{
    CHECK(codec::crc32("") == 0);
    CHECK(codec::crc32("123456789") == 0xCBF43926u); // the check value in every catalogue of checksums
    // Python: zlib.crc32(bytes(range(256))), zlib.crc32(b"a" * 1000)
    std::string all;
    for (int i = 0; i < 256; ++i)
        all.push_back(static_cast<char>(i));
    CHECK(codec::crc32(all) == 0x29058C73u);
    CHECK(codec::crc32(std::string(1000, 'a')) == 0x9A38DA03u);
}

TEST_CASE("crc32: each kernel is the definition bit by bit")
{
    compare(codec::detail::crc32_by_eight, 0);
#if defined(__x86_64__)
    if (codec::detail::has_carryless_multiply())
        compare(codec::detail::crc32_carryless, 16);
    else
        std::cout << "crc32: this processor multiplies with carry only: one kernel of two was run\n";
#endif
}

TEST_CASE("crc32: a checksum continues at every place")
{
    auto const bytes = noise(150);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        auto const text = std::string_view(bytes);
        CHECK(codec::crc32(text.substr(cut), codec::crc32(text.substr(0, cut))) == codec::crc32(bytes));
    }
}

// Frames that were read are written again byte for byte. Mutations hardly ever hit a checksum, so the first byte
// chooses: the bytes as they are; the bytes with checksums that fit; a frame made from the bytes, which must come back.
#include "fuzz/require.hpp"
#include "support/stream_decoder.hpp"

#include <augur/codec/crc32.hpp>
#include <augur/codec/eventstream.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace es = augur::codec::eventstream;

namespace {

std::string encode(es::frame const& f)
{
    std::vector<es::header> const headers(f.headers.begin(), f.headers.end());
    std::string out;
    // A value may be longer on the wire than what we would write.
    return es::encode_to(out, headers, f.payload) ? out : "too long";
}

std::string big_endian(std::uint32_t value)
{
    std::string out;
    for (unsigned shift : {24u, 16u, 8u, 0u})
        out.push_back(static_cast<char>(value >> shift & 255));
    return out;
}

/// The bytes as headers and payload of one frame.
std::string sealed(std::string_view bytes, std::size_t headers_size)
{
    auto out = big_endian(static_cast<std::uint32_t>(bytes.size() + 16)) +
               big_endian(static_cast<std::uint32_t>(headers_size));
    out += big_endian(augur::codec::crc32(out));
    out += bytes;
    return out + big_endian(augur::codec::crc32(out));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size < 2)
        return 0;
    std::string const rest(reinterpret_cast<char const*>(data) + 2, size - 2);
    std::string stream = rest;
    if (data[0] % 3 == 1)
        stream = sealed(rest, std::min<std::size_t>(data[1], rest.size()));
    if (data[0] % 3 == 2) {
        auto const half = rest.size() / 2;
        std::vector<es::header> const headers{{"text", std::string_view(rest).substr(0, half)},
                                              {"any", es::bytes{std::string_view(rest).substr(half)}},
                                              {"number", static_cast<std::int32_t>(size)},
                                              {"flag", data[1] % 2 == 0}};
        stream.clear();
        require(es::encode_to(stream, headers, rest).has_value());
        require(test_support::decode_whole(es::decoder(), stream, encode) == stream + "\n");
        stream += stream;
    }
    auto const whole = test_support::decode_whole(es::decoder(), stream, encode);
    if (whole == stream + "\n")
        require(stream.size() >= 16);
    else if (data[0] % 3 == 1)
        require(whole == "too long\n" || whole == "error: frame_error");
    auto seed = static_cast<std::uint32_t>(data[1]);
    auto const random_size = [&](std::size_t) { return std::size_t{(seed = seed * 1664525u + 1013904223u) >> 27}; };
    require(test_support::decode_in_chunks(es::decoder(), stream, encode, random_size) == whole);
    return 0;
}

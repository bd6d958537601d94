// What does it cost to check and take apart the frames of a SageMaker response stream?
//
// 200 bytes of payload per frame, both checksums compared, the three headers checked and read, pieces of 16 KB. The
// floor is zlib's crc32 over the same bytes in one call, which is what a decoder that uses zlib could at best reach.
#define BENCH_COUNT_ALLOCATIONS
#include "support/bench.hpp"

#include <augur/codec/crc32.hpp>
#include <augur/codec/eventstream.hpp>

#if defined(AUGUR_BENCH_ZLIB)
#include <zlib.h>
#endif

#include <cstdio>
#include <string>
#include <string_view>

namespace es = augur::codec::eventstream;

namespace {

constexpr std::size_t frames = 4096; // about a megabyte, which stays in the cache
constexpr std::size_t piece_size = 16 * 1024;

std::string make_stream()
{
    es::header const headers[] = {{":event-type", std::string_view("PayloadPart")},
                                  {":content-type", std::string_view("application/octet-stream")},
                                  {":message-type", std::string_view("event")}};
    std::string payload;
    std::string out;
    for (std::size_t i = 0; i < frames; ++i) {
        payload = "{\"outputs\": [\"";
        while (payload.size() < 200)
            payload.push_back(static_cast<char>('a' + (i * 7 + payload.size() * 11) % 26));
        if (!es::encode_to(out, headers, payload))
            std::abort();
    }
    return out;
}

/// The bytes of payload. The stream does not end here, so that a decoder can be used again.
std::size_t decode(es::decoder& decoder, std::string_view stream)
{
    std::size_t bytes = 0;
    for (; !stream.empty(); stream.remove_prefix(std::min(piece_size, stream.size()))) {
        decoder.feed(stream.substr(0, piece_size));
        for (;;) {
            auto const frame = decoder.next();
            if (!frame)
                std::abort();
            if (!*frame)
                break;
            if ((*frame)->headers.find_string(":event-type") == "PayloadPart")
                bytes += (*frame)->payload.size();
        }
    }
    return bytes;
}

} // namespace

int main(int argc, char** argv)
{
    bench::program program("eventstream", argc, argv);
    auto const stream = make_stream();
    es::decoder decoder;
    if (decode(decoder, stream) != frames * 200) {
        std::fprintf(stderr, "the stream does not come back\n");
        return 1;
    }
    std::printf("eventstream: frames of %zu bytes\n", stream.size() / frames);
    auto const measured = [](auto pass) {
        return [pass] {
            constexpr int passes = 5;
            double const start = bench::thread_cpu_ns();
            for (int i = 0; i < passes; ++i)
                pass();
            return (bench::thread_cpu_ns() - start) / (passes * static_cast<double>(frames));
        };
    };
#if defined(AUGUR_BENCH_ZLIB)
    program.add_measured(
        "floor/zlib_crc32", "ns_per_frame", measured([&] {
            bench::keep(::crc32(0, reinterpret_cast<Bytef const*>(stream.data()), static_cast<uInt>(stream.size())));
        }));
    program.add_measured("augur/payload_part", "ns_per_frame", measured([&] { bench::keep(decode(decoder, stream)); }))
        .floor("floor/zlib_crc32")
        .at_most(1.0);
#else
    std::printf("eventstream: zlib's header was not found when this was built (Debian: zlib1g-dev): the case "
                "augur/payload_part has no floor and is left out\n");
    if (program.checks())
        return 1; // its limit cannot be checked
#endif
    program.add_measured("augur/crc32", "ns_per_frame", measured([&] { bench::keep(augur::codec::crc32(stream)); }));
    program.add_allocations("augur/allocations", [&](std::size_t n) {
        while (n-- != 0)
            bench::keep(decode(decoder, stream));
    });
    return program.run();
}

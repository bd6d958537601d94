// The decoder against a naive splitter over the whole text; cut anywhere, the same.
#include "fuzz/require.hpp"
#include "support/stream_decoder.hpp"

#include <augur/codec/ndjson.hpp>

#include <cstdint>
#include <string>

namespace {

std::string show(std::string_view line)
{
    return std::string(line);
}

std::string naive(std::string const& text, std::size_t limit)
{
    std::string out;
    for (std::size_t from = 0; from < text.size();) {
        auto const end = std::min(text.find('\n', from), text.size());
        auto line = text.substr(from, end - from);
        if (line.ends_with('\r'))
            line.pop_back();
        if (line.size() > limit)
            return out + "error: event_limit";
        if (line.find_first_not_of(" \t\r") != line.npos)
            out += line + "\n";
        from = end + 1;
    }
    return out;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::size_t const limit = data[0] % 4 == 0 ? 8 : 1 << 20;
    std::string const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const expected = naive(text, limit);
    augur::codec::ndjson::decoder const decoder(limit);
    auto seed = static_cast<std::uint32_t>(data[0]);
    auto const random_size = [&](std::size_t) { return std::size_t{(seed = seed * 1664525u + 1013904223u) >> 28}; };
    require(test_support::decode_whole(decoder, text, show) == expected);
    require(test_support::decode_in_chunks(decoder, text, show, random_size) == expected);
    return 0;
}

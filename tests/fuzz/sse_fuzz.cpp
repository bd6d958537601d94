// The decoder against the standard's own algorithm, written down naively over the whole text; cut anywhere, the same.
#include "fuzz/require.hpp"
#include "support/stream_decoder.hpp"

#include <augur/codec/sse.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace {

std::string show(augur::codec::sse::event const& e)
{
    return std::string(e.type) + '\x1' + std::string(e.data) + '\x1' + std::string(e.id);
}

/// Every line with its end made LF, and whether the last one has an end.
std::vector<std::string> lines_of(std::string const& text, bool& last_is_whole)
{
    std::vector<std::string> lines(1);
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n')
            continue;
        if (text[i] == '\r' || text[i] == '\n')
            lines.emplace_back();
        else
            lines.back() += text[i];
    }
    last_is_whole = lines.back().empty();
    if (last_is_whole)
        lines.pop_back();
    return lines;
}

std::string naive(std::string text, std::size_t limit)
{
    if (text.starts_with("\xEF\xBB\xBF") || std::string("\xEF\xBB\xBF").starts_with(text))
        text.erase(0, 3);
    bool last_is_whole = true;
    auto const lines = lines_of(text, last_is_whole);
    std::string out, type, data, id;
    std::size_t size = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        auto const& line = lines[i];
        if (size + line.size() > limit)
            return out + "error: event_limit";
        if (i + 1 == lines.size() && !last_is_whole) {
            size += line.starts_with(':') ? 0 : line.size();
            break;
        }
        if (line.empty()) {
            if (!data.empty())
                out += show({type, std::string_view(data).substr(0, data.size() - 1), id}) + "\n";
            type.clear();
            data.clear();
            size = 0;
        }
        if (line.empty() || line.starts_with(':'))
            continue;
        size += line.size();
        auto const colon = line.find(':');
        auto const name = line.substr(0, colon);
        auto value = colon == line.npos ? std::string() : line.substr(colon + 1);
        if (value.starts_with(' '))
            value.erase(0, 1);
        if (name == "data")
            data += value + "\n";
        else if (name == "event")
            type = value;
        else if (name == "id" && value.find('\0') == value.npos)
            id = value;
    }
    return out + (size != 0 ? "error: truncated" : "");
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    if (size == 0)
        return 0;
    std::size_t const limit = data[0] % 4 == 0 ? 16 : 1 << 20;
    std::string const text(reinterpret_cast<char const*>(data) + 1, size - 1);
    auto const expected = naive(text, limit);
    augur::codec::sse::decoder const decoder(limit);
    auto seed = static_cast<std::uint32_t>(data[0]);
    auto const random_size = [&](std::size_t) { return std::size_t{(seed = seed * 1664525u + 1013904223u) >> 28}; };
    require(test_support::decode_whole(decoder, text, show) == expected);
    require(test_support::decode_in_chunks(decoder, text, show, random_size) == expected);
    return 0;
}

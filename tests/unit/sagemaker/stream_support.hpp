#pragma once

#include <augur/codec/eventstream.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Frames as the runtime sends them.
namespace test {

using frame_headers = std::vector<std::pair<std::string_view, std::string_view>>;

inline std::string frame(frame_headers const& fields, std::string_view payload)
{
    std::vector<augur::codec::eventstream::header> list;
    for (auto const& [name, value] : fields)
        list.push_back({name, value});
    std::string out;
    augur::codec::eventstream::encode_to(out, list, payload).value();
    return out;
}

inline std::string part(std::string_view payload)
{
    return frame(
        {{":event-type", "PayloadPart"}, {":content-type", "application/octet-stream"}, {":message-type", "event"}},
        payload);
}

inline std::string exception_frame(std::string_view type, std::string_view json)
{
    return frame({{":exception-type", type}, {":content-type", "application/json"}, {":message-type", "exception"}},
                 json);
}

/// A text in parts of so many bytes.
inline std::string parts_of(std::string_view text, std::size_t size)
{
    std::string out;
    for (std::size_t at = 0; at < text.size(); at += size)
        out += part(text.substr(at, size));
    return out;
}

/// Lines that end with '|', and perhaps an error behind them, as one line.
inline std::string joined(std::string text)
{
    for (std::string_view const what : {"|\n", "error: "})
        for (auto at = text.find(what); at != text.npos; at = text.find(what, at))
            text.erase(what == "|\n" ? at + 1 : at, what == "|\n" ? 1 : what.size());
    return text;
}

} // namespace test

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

/// Feeds `body` in two pieces cut at `cut`, or in pieces of `step` bytes, and takes what comes out.
template <class Decoder, class Take>
void decode(Decoder& decoder, std::string const& body, std::size_t cut, std::size_t step, Take take)
{
    auto const drain = [&] {
        for (;;) {
            auto item = decoder.next();
            if (!take(item))
                return false;
            if (!*item)
                return true;
        }
    };
    std::size_t at = 0;
    while (at < body.size()) {
        auto const size = std::min(at < cut ? cut - at : step, body.size() - at);
        auto const piece = body.substr(at, size); // gone after its turn: a view that is kept too long is noticed
        decoder.feed(piece);
        if (!drain())
            return;
        at += size;
    }
    decoder.finish();
    drain();
}

} // namespace test

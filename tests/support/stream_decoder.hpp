#pragma once

#include <augur/codec/stream_decoder.hpp>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

/// @file
/// Feeding a decoder in every way a network can. What it tells is written down as a text, one line per event, so that
/// two ways can be compared. Each chunk has its own memory, which is gone when the next comes.
namespace test_support {

/// Adds what comes out: the events as `show` writes them. False after an error, which is added too.
template <augur::codec::StreamDecoder Decoder, class Show>
bool drain(Decoder& decoder, Show show, std::string& out)
{
    for (;;) {
        auto const event = decoder.next();
        if (!event) {
            (out += "error: ") += to_string(static_cast<augur::errc>(event.error().code().value()));
            return false;
        }
        if (!*event)
            return true;
        out += show(**event) + "\n";
    }
}

/// Feeds `text` in chunks of `size(i)` bytes, the i-th from 0 on.
template <augur::codec::StreamDecoder Decoder, class Show, class Size>
std::string decode_in_chunks(Decoder decoder, std::string_view text, Show show, Size size)
{
    std::string out;
    for (std::size_t i = 0; !text.empty(); ++i) {
        std::string const chunk(text.substr(0, std::max<std::size_t>(size(i), 1)));
        text.remove_prefix(chunk.size());
        decoder.feed(chunk);
        if (!drain(decoder, show, out))
            return out;
    }
    decoder.finish();
    drain(decoder, show, out);
    return out;
}

template <augur::codec::StreamDecoder Decoder, class Show>
std::string decode_whole(Decoder decoder, std::string_view text, Show show)
{
    return decode_in_chunks(std::move(decoder), text, show, [&](std::size_t) { return text.size(); });
}

/// "" when whole, cut in two at every place, cut in three, and byte at a time agree; else the first way that does not.
template <augur::codec::StreamDecoder Decoder, class Show>
std::string where_cuts_matter(Decoder const& decoder, std::string_view text, Show show)
{
    auto const expected = decode_whole(decoder, text, show);
    for (std::size_t step = 1; step <= std::min<std::size_t>(text.size(), 7); ++step)
        if (decode_in_chunks(decoder, text, show, [&](std::size_t) { return step; }) != expected)
            return "chunks of " + std::to_string(step);
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        auto const in_two = [&](std::size_t i) { return i == 0 ? cut : text.size(); };
        if (decode_in_chunks(decoder, text, show, in_two) != expected)
            return "cut at " + std::to_string(cut);
        auto const in_three = [&](std::size_t i) { return i == 0 ? cut : i == 1 ? 1 + cut % 5 : text.size(); };
        if (decode_in_chunks(decoder, text, show, in_three) != expected)
            return "cut twice from " + std::to_string(cut);
    }
    return {};
}

} // namespace test_support

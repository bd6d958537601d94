#pragma once

#include "sanitized.hpp"

#include <augur/core/result.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

/// @file
/// Feeding a decoder in every way a network can. What it tells is written down as a text, one line per event, so that
/// two ways can be compared. Each chunk has its own memory, which is gone when the next comes.
namespace test_support {

/// A decoder that is fed and asked, or a function that makes one.
template <class T>
concept AnyDecoder = std::invocable<T const&> || requires(T d) {
    d.feed(std::string_view());
    d.next();
};

template <AnyDecoder D>
auto fresh(D const& from)
{
    if constexpr (std::invocable<D const&>)
        return from();
    else
        return D(from);
}

/// Adds what comes out: the events as `show` writes them. False after an error, which is added too.
template <class Decoder, class Show>
bool drain(Decoder& decoder, Show show, std::string& out)
{
    for (;;) {
        auto const event = decoder.next();
        if (!event) {
            out += "error: " + event.error().code().message();
            if (event.error().outcome() != augur::outcome::partial)
                out += ", and its outcome is not partial";
            auto const again = decoder.next();
            if (again || again.error().code() != event.error().code())
                out += ", and it does not come again";
            return false;
        }
        if (!*event)
            return true;
        out += show(**event) + "\n";
    }
}

inline constexpr auto nothing_more = [](auto&) { return std::string(); };

/// Feeds `text` in chunks of `size(i)` bytes, the i-th from 0 on. `last` writes what the decoder has to tell then.
template <AnyDecoder D, class Show, class Size, class Last = decltype(nothing_more)>
std::string decode_in_chunks(D const& from, std::string_view text, Show show, Size size, Last last = nothing_more)
{
    auto decoder = fresh(from);
    std::string out;
    bool is_good = true;
    for (std::size_t i = 0; is_good && !text.empty(); ++i) {
        std::string const chunk(text.substr(0, std::max<std::size_t>(size(i), 1)));
        text.remove_prefix(chunk.size());
        decoder.feed(chunk);
        is_good = drain(decoder, show, out);
    }
    if (is_good) {
        decoder.finish();
        drain(decoder, show, out);
    }
    return out + last(decoder);
}

template <AnyDecoder D, class Show, class Last = decltype(nothing_more)>
std::string decode_whole(D const& decoder, std::string_view text, Show show, Last last = nothing_more)
{
    return decode_in_chunks(decoder, text, show, [&](std::size_t) { return text.size(); }, last);
}

/// "" when whole, cut in two at every place, cut in three, and byte at a time agree; else the first way that does not.
/// Under a sanitizer the pieces of three are those of every fifth place.
template <AnyDecoder D, class Show, class Last = decltype(nothing_more)>
std::string where_cuts_matter(D const& decoder, std::string_view text, Show show, Last last = nothing_more)
{
    auto const expected = decode_whole(decoder, text, show, last);
    for (std::size_t step = 1; step <= std::min<std::size_t>(text.size(), 7); ++step)
        if (decode_in_chunks(decoder, text, show, [&](std::size_t) { return step; }, last) != expected)
            return "chunks of " + std::to_string(step);
    for (std::size_t cut = 1; cut < text.size(); ++cut) {
        auto const in_two = [&](std::size_t i) { return i == 0 ? cut : text.size(); };
        if (decode_in_chunks(decoder, text, show, in_two, last) != expected)
            return "cut at " + std::to_string(cut);
        if (is_sanitized && cut % 5 != 0)
            continue;
        auto const in_three = [&](std::size_t i) {
            return i == 0 ? cut : i == 1 ? 1 + (is_sanitized ? cut / 5 : cut) % 5 : text.size();
        };
        if (decode_in_chunks(decoder, text, show, in_three, last) != expected)
            return "cut twice from " + std::to_string(cut);
    }
    return {};
}

} // namespace test_support

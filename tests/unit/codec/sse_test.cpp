#include "support/stream_decoder.hpp"

#include <augur/codec/sse.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sse = augur::codec::sse;
using namespace std::string_view_literals;
using namespace test_support;

namespace {

/// "type|data|id" with LF and CR made visible.
std::string show(sse::event const& e)
{
    std::string out;
    for (auto const part : {e.type, "|"sv, e.data, "|"sv, e.id})
        for (char const c : part)
            c == '\n' ? out += "\\n" : c == '\r' ? out += "\\r" : out += c;
    return out;
}

std::string decode(std::string_view text, std::size_t limit = sse::default_max_event_size)
{
    return decode_whole(sse::decoder(limit), text, show);
}

struct row
{
    char const* what;
    std::string_view text;
    std::string_view events;
};

/// From the grammar of section 9.2 of the HTML standard and its examples.
row const table[] = {
    {"nothing", "", ""},
    {"one event", "data: a\n\n", "|a|\n"},
    {"only the first blank after the colon goes", "data:a\n\ndata:  a \n\n", "|a|\n| a |\n"},
    {"the standard's stock example", "data: YHOO\ndata: +2\ndata: 10\n\n", "|YHOO\\n+2\\n10|\n"},
    {"the standard's four blocks",
     ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
     "|first event|1\n|second event|\n| third event|\n"},
    {"a field without a colon has an empty value", "data\n\ndata\ndata\n\n", "||\n|\\n|\n"},
    {"a name", "event: delta\ndata: 1\n\ndata: 2\n\n", "delta|1|\n|2|\n"},
    {"the last name counts", "event: a\nevent: b\ndata: 1\n\n", "b|1|\n"},
    {"without data no event, and no name for the next", "event: ping\n\nid: 7\n\ndata: x\n\n", "|x|7\n"},
    {"an id stays", "id: 1\ndata: a\n\ndata: b\n\nid:\ndata: c\n\n", "|a|1\n|b|1\n|c|\n"},
    {"an id with NUL is none", "id: 1\nid: 2\0\ndata: a\n\n"sv, "|a|1\n"},
    {"NUL in data stays", "data: a\0b\n\n"sv, "|a\0b|\n"sv},
    {"comments", ":\n: ping\n\n:data: x\ndata: a\n: in between\ndata: b\n\n", "|a\\nb|\n"},
    {"unknown fields and other spellings", "foo: 1\nData: x\n data: y\ndata : z\ndata: a\n\n", "|a|\n"},
    {"colons in a value", "data: a: b:\n\n", "|a: b:|\n"},
    {"LF, CR LF and CR", "data: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r", "|a\\nb\\nc|\n|d|\n"},
    {"CR LF is one end, LF CR are two", "data: a\r\n\r\ndata: b\n\rdata: c\r\r\n\n", "|a|\n|b|\n|c|\n"},
    {"a byte order mark in front",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     "|a|\n"},
    {"only one, and only there",
     "\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: a\n\ndata: b\n\xEF\xBB\xBF"
     "data: c\n\n",
     "|b|\n"},
    {"a mark and nothing else", "\xEF\xBB\xBF", ""},
    {"a mark cut short by the end", "\xEF\xBB", ""},
    {"a mark cut short by a line end is a field nobody knows", "\xEF\xBB\n", "error: truncated"},
    {"bytes that are no UTF-8 pass", "data: \xC3\x28\xFF\n\n", "|\xC3\x28\xFF|\n"},
    {"many bytes per character", "data: Gr\xC3\xBC\xC3\x9F \xF0\x9F\xA6\x9C\n\n",
     "|Gr\xC3\xBC\xC3\x9F \xF0\x9F\xA6\x9C|\n"},
    {"blank lines", "\n\n\r\n\rdata: a\n\n\n\n", "|a|\n"},
    {"no final blank line", "data: a\n\ndata: b\n", "|a|\nerror: truncated"},
    {"no final line end", "data: a\n\ndata: b", "|a|\nerror: truncated"},
    {"a cut name of a field", "data: a\n\nda", "|a|\nerror: truncated"},
    {"an event begun by its name", "event: a\n", "error: truncated"},
    {"comments may be cut", "data: a\n\n: ping", "|a|\n"},
    {"comments need no blank line", ": ping\n", ""},
    {"an end between CR and LF", "data: a\r\n\r", "|a|\n"},
    {"a chat", "data: {\"a\":\"b\"}\n\ndata: [DONE]\n\n", "|{\"a\":\"b\"}|\n|[DONE]|\n"},
};

} // namespace

TEST_CASE("sse: the standard's grammar, and the same wherever the bytes are cut")
{
    for (auto const& [what, text, events] : table) {
        CAPTURE(what);
        CHECK(decode(text) == events);
        CHECK(where_cuts_matter(sse::decoder(), text, show) == "");
        auto const no_limit = sse::decoder(std::numeric_limits<std::size_t>::max());
        CHECK(where_cuts_matter(no_limit, text, show) == "");
    }
}

TEST_CASE("sse: an event of exactly the limit passes, one byte more is event_limit, wherever it is cut")
{
    std::string_view const exact = "data: 4567\n\n";
    CHECK(decode(exact, 10) == "|4567|\n");
    for (std::string_view const text : {"data: a\n\ndata: 45678\n\n"sv, "event: a\ndata: b\n\n"sv, "data: 45678"sv,
                                        ": 23456789a"sv, "data: 4\n: 3456789\n\n"sv,
                                        "\xEF\xBB\xBF"
                                        "data: 4567\n\n"sv,
                                        ": 3456789\n: 3456789\n\n"sv, "data: 1\r\n: 1\r\n: 1\r\n: 1\r\n\r\n"sv}) {
        CAPTURE(text);
        CHECK(where_cuts_matter(sse::decoder(10), text, show) == "");
    }
    CHECK(decode("data: a\n\ndata: 45678\n\n", 10) == "|a|\nerror: event_limit");
    CHECK(decode("event: a\ndata: b\n\n", 10) == "error: event_limit");
    CHECK(decode("\xEF\xBB\xBF"
                 "data: 4567\n\n",
                 10) == "|4567|\n");
    // Comments are not held: any number of them may stand inside an event.
    CHECK(decode("data: 1\n: 1\n: 1\n: 1\n\n", 10) == "|1|\n");
}

TEST_CASE("sse: an endless line fails at the limit, and no more of it is held or looked at")
{
    std::string const chunk(16 * 1024, 'x');
    sse::decoder decoder;
    std::size_t fed = 0;
    for (; fed < (std::size_t{64} << 20); fed += chunk.size()) {
        decoder.feed(chunk);
        if (!decoder.next())
            break;
    }
    CHECK(fed == sse::default_max_event_size);
    decoder.feed(chunk); // is not looked at
    auto const again = decoder.next();
    CHECK(again.error() == augur::errc::event_limit);
    CHECK(again.error().outcome() == augur::outcome::partial);
}

TEST_CASE("sse: an event inside one chunk is a view of it")
{
    std::string const chunk = "event: delta\ndata: abc\n\n";
    sse::decoder decoder;
    decoder.feed(chunk);
    auto const event = decoder.next().value().value();
    CHECK(event.data.data() == chunk.data() + chunk.find("abc"));
    CHECK(event.type.data() == chunk.data() + chunk.find("delta"));
}

TEST_CASE("sse: retry is a number of milliseconds or nothing")
{
    auto const retry = [](std::string_view text) {
        sse::decoder decoder;
        decoder.feed(text);
        CHECK(decoder.next().has_value());
        return decoder.retry() ? decoder.retry()->count() : -1;
    };
    CHECK(retry("data: a\n\n") == -1);
    CHECK(retry("retry: 2500\n\n") == 2500);
    CHECK(retry("retry:0\n\n") == 0);
    CHECK(retry("retry: 1\nretry: 2\n\n") == 2);
    for (std::string_view const none :
         {"retry:\n\n", "retry: -1\n\n", "retry: 1.5\n\n", "retry: 1s\n\n", "retry:  1\n\n"}) {
        CAPTURE(none);
        CHECK(retry(none) == -1);
    }
    CHECK(retry("retry: 99999999999999999999\n\n") == std::chrono::milliseconds::max().count());
}

TEST_CASE("stream decoders: feeding before the last chunk is used up, or after the end, is the caller's mistake")
{
    sse::decoder decoder;
    decoder.feed("data: a\n\ndata: b\n\n");
    CHECK(decoder.next().value().has_value());
    CHECK_THROWS_AS(decoder.feed("x"), std::logic_error);
    CHECK(decoder.next().value()->data == "b");
    decoder.feed("data: c\n\n"); // the last event was the end of its chunk
    CHECK(decoder.next().value()->data == "c");
    CHECK_FALSE(decoder.next().value().has_value());
    decoder.finish();
    CHECK_FALSE(decoder.next().value().has_value());
    CHECK_THROWS_AS(decoder.feed("x"), std::logic_error);
}

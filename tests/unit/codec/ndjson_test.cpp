#include "support/stream_decoder.hpp"

#include <augur/codec/ndjson.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

namespace ndjson = augur::codec::ndjson;
using namespace std::string_view_literals;
using namespace test_support;

namespace {

std::string show(std::string_view line)
{
    return "<" + std::string(line) + ">";
}

struct row
{
    char const* what;
    std::string_view text;
    std::string_view lines;
};

row const table[] = {
    {"nothing", "", ""},
    {"two lines", "{\"a\":1}\n{\"a\":2}\n", "<{\"a\":1}>\n<{\"a\":2}>\n"},
    {"no last line end", "1\n2", "<1>\n<2>\n"},
    {"CR LF", "1\r\n2\r\n", "<1>\n<2>\n"},
    {"CR alone is a byte like others", "1\r2\n3\r\r\n", "<1\r2>\n<3\r>\n"},
    {"CR at the end of the input", "1\r\n2\r", "<1>\n<2>\n"},
    {"blank lines", "\n\n1\n \t\n\r\n2\n\n \r", "<1>\n<2>\n"},
    {"blanks around a line stay", " 1 \n", "< 1 >\n"},
    {"any bytes", "\"\xFF\xC3\0\"\n\xF0\x9F\n"sv, "<\"\xFF\xC3\0\">\n<\xF0\x9F>\n"sv},
    {"many bytes per character", "\"\xF0\x9F\xA6\x9C\"\n", "<\"\xF0\x9F\xA6\x9C\">\n"},
};

} // namespace

TEST_CASE("ndjson: lines come out the same wherever the bytes are cut")
{
    for (auto const& [what, text, lines] : table) {
        CAPTURE(what);
        CHECK(decode_whole(ndjson::decoder(), text, show) == lines);
        CHECK(where_cuts_matter(ndjson::decoder(), text, show) == "");
    }
}

TEST_CASE("ndjson: a line of exactly the limit passes, one byte more is event_limit, wherever it is cut")
{
    for (auto const& [what, text, lines] : {
             row{"exact", "12345\n12345\r\n12345", "<12345>\n<12345>\n<12345>\n"},
             row{"complete", "1\n123456\n2\n", "<1>\nerror: event_limit"},
             row{"open", "1\n123456", "<1>\nerror: event_limit"},
             row{"a return in the line", "12345\r6\n", "error: event_limit"},
             row{"blanks", "      \n1\n", "error: event_limit"},
         }) {
        CAPTURE(what);
        CHECK(decode_whole(ndjson::decoder(5), text, show) == lines);
        CHECK(where_cuts_matter(ndjson::decoder(5), text, show) == "");
    }
}

TEST_CASE("ndjson: an endless line fails at the limit")
{
    std::string const chunk(16 * 1024, ' ');
    ndjson::decoder decoder;
    std::size_t fed = 0;
    for (; fed < (std::size_t{64} << 20); fed += chunk.size()) {
        decoder.feed(chunk);
        if (!decoder.next())
            break;
    }
    CHECK(fed == ndjson::default_max_line_size);
    CHECK(decoder.next().error() == augur::errc::event_limit);
    CHECK(decoder.next().error().outcome() == augur::outcome::partial);
}

TEST_CASE("ndjson: a line inside one chunk is a view of it")
{
    std::string const chunk = "1\n{\"a\":2}\r\n3";
    ndjson::decoder decoder;
    decoder.feed(chunk);
    CHECK(decoder.next().value()->data() == chunk.data());
    CHECK(decoder.next().value()->data() == chunk.data() + 2);
    CHECK_FALSE(decoder.next().value().has_value());
}

#include <augur/codec/scoring.hpp>

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::codec::scoring;

namespace {

result<table> read(std::string_view text, std::string_view type = "application/jsonlines")
{
    auto found = decode(type, std::string(text));
    if (!found)
        return found.error();
    return std::get<table>(*found);
}

options lines(std::string key = {})
{
    options o;
    o.format = format::json_lines;
    o.line_key = std::move(key);
    return o;
}

} // namespace

TEST_CASE("json lines: one value per line, bare, under a key, or as an object")
{
    auto const two = rows{{1, rows::missing}, {3, 4}}.with_columns({"a", "b"});
    CHECK(encode(two, lines()).value().content_type == "application/jsonlines");
    CHECK(encode(two, lines()).value().body == "[1.0,null]\n[3.0,4.0]\n");
    CHECK(encode(two, lines("features")).value().body == "{\"features\":[1.0,null]}\n{\"features\":[3.0,4.0]}\n");
    auto objects = lines();
    objects.rows_as_objects = true;
    CHECK(encode(two, objects).value().body == "{\"a\":1.0,\"b\":null}\n{\"a\":3.0,\"b\":4.0}\n");
    CHECK(encode(tensor(std::vector<float>{1, 2, 3, 4}, {2, 2}), lines()).value().body == "[1.0,2.0]\n[3.0,4.0]\n");
    CHECK(encode(tensor(std::vector<std::string>{"a\nb", "c"}, {2}), lines()).value().body == "\"a\\nb\"\n\"c\"\n");
    CHECK(encode_text("two\nlines", lines()).value().body == "\"two\\nlines\"\n");
}

TEST_CASE("json lines: each line is a row; the last line end and blank lines do not matter")
{
    for (auto const* text :
         {"{\"s\":1}\n{\"s\":2}", "{\"s\":1}\n{\"s\":2}\n", "\n{\"s\":1}\r\n\r\n \t\n{\"s\":2}\r\n\n"}) {
        CAPTURE(text);
        auto const t = read(text).value();
        CHECK(t.row_count() == 2);
        CHECK(t.at<std::int64_t>(1, "s").value() == 2);
    }
    CHECK(read("").value().row_count() == 0);
    CHECK(read("0.5\n\"x\"\n[1,2]\n").value().column_count() == 3);
    for (auto const* type : {"application/x-ndjson", "application/jsonl", "Application/JSONLines; charset=utf-8"})
        CHECK(read("1\n", type).value().row_count() == 1);
}

TEST_CASE("json lines: an error names the line and the path")
{
    CHECK(read("1\n\n{\"a\":[1,tru]}\n").error().message() ==
          "line 3: $.a[1]: neither a number nor true, false or null");
    CHECK(read("{\"a\":1e999}\n").error().message() == "line 1: $.a: the number 1e999 is too large for a double");
    CHECK(read("{\"a\":1}{\"a\":2}\n").error() == errc::decode_error);
    CHECK(read("[1,\n2]\n").error() == errc::decode_error); // a value may not span lines
}

TEST_CASE("json lines: a server finds the rows under the key of the lines")
{
    auto const r = rows{{1, 2}, {3, rows::missing}};
    for (auto const& o : {lines(), lines("features")}) {
        auto const body = encode(r, o).value();
        CHECK(decode_rows(body.content_type, body.body, o).value() == r);
    }
}

#include <augur/codec/scoring.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <random>

using namespace augur;
using namespace augur::codec::scoring;

namespace {

options csv(bool header = false)
{
    options o;
    o.format = format::csv;
    o.csv_header = header;
    o.csv_answer_header = header ? csv_header_line::present : csv_header_line::absent;
    return o;
}

result<table> read(std::string_view text, bool header = false)
{
    auto found = decode("text/csv", std::string(text), csv(header));
    if (!found)
        return found.error();
    return std::get<table>(*found);
}

std::string failure(std::string_view text, bool header = false)
{
    auto const found = read(text, header);
    if (found)
        return "(accepted)";
    CHECK(found.error() == errc::decode_error);
    return std::string(found.error().message());
}

/// "kind:value" of each cell, rows ended by '/'.
std::string shown(table const& t)
{
    std::string out;
    for (std::size_t r = 0; r < t.row_count(); ++r) {
        for (std::size_t c = 0; c < t.column_count(); ++c) {
            auto const& value = t(r, c);
            out += c == 0 ? "" : "|";
            if (auto const* i = std::get_if<std::int64_t>(&value))
                out += "i:" + std::to_string(*i);
            else if (auto const* d = std::get_if<double>(&value)) {
                char buffer[64];
                std::snprintf(buffer, sizeof buffer, "d:%g", *d);
                out += buffer;
            }
            else if (auto const* s = std::get_if<std::string>(&value))
                out += "s:" + *s;
            else
                out += "-";
        }
        out += '/';
    }
    return out;
}

} // namespace

TEST_CASE("csv: rows are written one per line, numbers shortest, missing cells empty")
{
    auto const body = encode(rows{{5.1, 3.5, 1.4, 0.2}, {6, rows::missing, -0.0, 1e22}}, csv()).value();
    CHECK(body.content_type == "text/csv");
    CHECK(body.body == "5.1,3.5,1.4,0.2\n6.0,,-0.0,1e+22\n");
    auto const named = rows{{1, 2}}.with_columns({"a", "b,c"});
    CHECK(encode(named, csv()).value().body == "1.0,2.0\n");
    CHECK(encode(named, csv(true)).value().body == "a,\"b,c\"\n1.0,2.0\n");
    CHECK(encode(rows{{rows::missing}}, csv()).value().body == "nan\n"); // many readers pass over an empty line
    CHECK(encode(rows(), csv()).value().body.empty());
    CHECK(encode(rows{{}}, csv()).error() == errc::invalid_argument);
}

TEST_CASE("csv: tensors of one and two dimensions are rows of their own type")
{
    CHECK(encode(tensor::row({0.1F, 2.0F}), csv()).value().body == "0.1,2.0\n");
    CHECK(encode(tensor(std::vector<std::int32_t>{1, 2, 3}, {3}), csv()).value().body == "1\n2\n3\n");
    CHECK(encode(tensor(std::vector<std::string>{"a", "1", "b\"c", ""}, {2, 2}), csv()).value().body ==
          "a,\"1\"\n\"b\"\"c\",\"\"\n");
    CHECK(encode(tensor(std::vector<bool>{true, false}, {1, 2}), csv()).value().body == "true,false\n");
    CHECK(encode(tensor(std::vector<float16>{float16(0.5F)}, {1}), csv()).value().body == "0.5\n");
    CHECK(encode(tensor::row({0.1F, 2.0F}), csv(true)).value().body == "\"0\",\"1\"\n0.1,2.0\n");
    CHECK(encode(tensor(std::vector<std::int32_t>{1, 2}, {2}), csv(true)).value().body == "\"0\"\n1\n2\n");
    CHECK(encode(tensor(std::vector<float>(8), {2, 2, 2}), csv()).error().message() ==
          "the format csv cannot carry tensors of rank 3");
    CHECK(encode(tensor(std::vector<float>(1), {}), csv()).error() == errc::unsupported);
    std::vector<tensor> const two(2);
    CHECK(encode(std::span<tensor const>(two), csv()).error().message() == "the format csv cannot carry 2 tensors");
}

TEST_CASE("csv: cells are read with the type that they show")
{
    struct row
    {
        std::string_view text;
        std::string_view cells;
    };
    row const rows_[] = {
        {"0.5\n1\n", "d:0.5/i:1/"},
        {"1,2\r\n3,4\r\n", "i:1|i:2/i:3|i:4/"},
        {"1,2\r3,4", "i:1|i:2/i:3|i:4/"},
        {"1,,x\n", "i:1|-|s:x/"},
        {",\n", "-|-/"},
        {"1,2,", "i:1|i:2|-/"},
        {"\"1\",\"\",\"a,b\"\n", "s:1|s:|s:a,b/"},
        {"\"a\"\"b\",\"\"\"\"\n", "s:a\"b|s:\"/"},
        {"\"two\nlines\",1\n", "s:two\nlines|i:1/"},
        {" 0.5, 1 ,\tx\n", "d:0.5|i:1|s:\tx/"},
        {"  \n", "s:  /"},
        {"1e3,-0,-1.5E-2\n", "d:1000|d:-0|d:-0.015/"},
        {"007,+1,.5,5.,0x10,1_000\n", "s:007|s:+1|s:.5|s:5.|s:0x10|s:1_000/"},
        {"nan,NaN,inf,-inf,Infinity,nano\n", "d:nan|d:nan|d:inf|d:-inf|d:inf|s:nano/"},
        {"-nan,+nan,NAN,-NaN\n", "d:nan|d:nan|d:nan|d:nan/"}, // as C prints them
        {"+inf,INFINITY,-INFINITY,+Inf,-infinity\n", "d:inf|d:inf|d:-inf|d:inf|d:-inf/"},
        {"+-inf,--nan,infinite,nan(0),-,+\n", "s:+-inf|s:--nan|s:infinite|s:nan(0)|s:-|s:+/"},
        {"9223372036854775807,9223372036854775808,1e999\n", "i:9223372036854775807|s:9223372036854775808|s:1e999/"},
        {"true,False\n", "s:true|s:False/"},
        {"1,2\n3\n4,5,6\n", "i:1|i:2|-/i:3|-|-/i:4|i:5|i:6/"},
        {"1,2\n\n3,4\n\n\n", "i:1|i:2/i:3|i:4/"},
        {"\xEF\xBB\xBF"
         "1,2\n",
         "i:1|i:2/"},
        {"", ""},
    };
    for (auto const& r : rows_) {
        CAPTURE(r.text);
        auto const found = read(r.text);
        REQUIRE(found.has_value());
        CHECK(shown(*found) == r.cells);
    }
}

TEST_CASE("csv: a blank line between the rows of one column is a row whose cell is missing")
{
    struct row
    {
        std::string_view text;
        std::string_view cells;
    };
    row const rows_[] = {
        {"0.5\n\n0.25\n", "d:0.5/-/d:0.25/"},
        {"0.5\r\n\r\n\r\n0.25\r\n", "d:0.5/-/-/d:0.25/"},
        {"0.5\r\r0.25", "d:0.5/-/d:0.25/"},
        {"\n0.5\n", "-/d:0.5/"}, // the first prediction is missing
        {"\xEF\xBB\xBF\n0.5\n", "-/d:0.5/"},
        {"0.5\n\n\n", "d:0.5/"}, // the end of a body is no row
        {"\n\n", ""},
        {"\"a\n\nb\"\n\n1\n", "s:a\n\nb/-/i:1/"},
        {"\n1,2\n\n3,4\n", "i:1|i:2/i:3|i:4/"},
        {"1\n\n2,3\n\n4\n", "i:1|-/-|-/i:2|i:3/i:4|-/"}, // one column until the third row
    };
    for (auto const& r : rows_) {
        CAPTURE(r.text);
        auto const found = read(r.text);
        REQUIRE(found.has_value());
        CHECK(shown(*found) == r.cells);
    }
    CHECK(shown(read("\nscore\n\n0.5\n\n", true).value()) == "-/d:0.5/"); // nothing comes before a header
    auto const numbers = decode_rows("text/csv", "0.5\n\n0.25\n", csv()).value();
    REQUIRE(numbers.row_count() == 3);
    CHECK(std::isnan(numbers.values()[1]));
    CHECK(numbers.values()[2] == 0.25);
    CHECK(failure("1\n\n\"x") == "line 3: a quoted field does not end");
}

TEST_CASE("csv: a header names the columns, by option or by media type")
{
    auto const named = read("label,\"p,q\"\nsetosa,0.5\n", true).value();
    CHECK(named.at<double>(0, "p,q").value() == 0.5);
    CHECK(named.row_count() == 1);
    auto const typed = decode("Text/CSV; charset=utf-8; Header=Present", "a,b\n1,2\n").value();
    CHECK(std::get<table>(typed).at<std::int64_t>(0, "b").value() == 2);
    auto const plain = decode("text/csv; charset=utf-8", "1,2\n").value();
    CHECK(std::get<table>(plain).column_names()[1] == "1");
    CHECK(read("a,b\n", true).value().row_count() == 0);
    CHECK(read("", true).value().column_count() == 0);
    CHECK(failure("a,b\n1,2,3\n", true) == "line 2: more fields than the header has names");
}

TEST_CASE("csv: a header in the request says nothing about the answer")
{
    options o;
    o.format = format::csv;
    o.csv_header = true;
    CHECK(encode(rows{{1, 2}}.with_columns({"a", "b"}), o).value().body == "a,b\n1.0,2.0\n");
    auto const answer = [&o](char const* type) { return std::get<table>(decode(type, "0.25\n0.5\n", o).value()); };
    CHECK(shown(answer("text/csv")) == "d:0.25/d:0.5/"); // the first prediction is no name
    CHECK(shown(answer("text/csv; header=absent")) == "d:0.25/d:0.5/");
    CHECK(shown(answer("text/csv; header=present")) == "d:0.5/");
    o.csv_answer_header = csv_header_line::present;
    CHECK(shown(answer("text/csv")) == "d:0.5/");
    CHECK(shown(answer("text/csv; header=absent")) == "d:0.5/"); // who was told knows better than the container
    o.csv_answer_header = csv_header_line::absent;
    CHECK(shown(answer("text/csv; header=present")) == "d:0.25/d:0.5/");
}

TEST_CASE("csv: the server reads a header by its option, unless the request declares it")
{
    auto const count = [](char const* type, bool header) {
        return decode_rows(type, "1,2\n3,4\n", csv(header)).value().row_count();
    };
    CHECK(count("text/csv", false) == 2);
    CHECK(count("text/csv", true) == 1);
    CHECK(count("text/csv; header=present", false) == 1);
    CHECK(count("text/csv; header=absent", true) == 2);
}

TEST_CASE("csv: an answer with a header is read back as it was, whoever decides about the header")
{
    table t({"label", "score"});
    t.add_row({std::string("setosa"), 0.5});
    for (bool const in_requests : {false, true})
        for (auto const in_answers : {csv_header_line::declared, csv_header_line::present, csv_header_line::absent}) {
            CAPTURE(in_requests);
            CAPTURE(static_cast<int>(in_answers));
            options o;
            o.format = format::csv;
            o.csv_header = in_requests;
            o.csv_answer_header = in_answers;
            auto const body = encode(t, o).value();
            auto const back = std::get<table>(decode(body.content_type, body.body, o).value());
            CHECK(shown(back) == "s:setosa|d:0.5/");
            bool const named = in_answers == csv_header_line::present ||
                               (in_answers == csv_header_line::declared && in_requests);
            CHECK(back.column_names()[1] == (named ? "score" : "1"));
        }
}

TEST_CASE("csv: broken quoting is refused with the line")
{
    CHECK(failure("1\n2,\"x\n") == "line 2: a quoted field does not end");
    CHECK(failure("\"a\"b\n") == "line 1: text after a closing quote");
    CHECK(failure("1\na\"b\n") == "line 2: a quote inside a field that is not quoted");
    CHECK(failure("\"a\nb\nc\",1\n\"") == "line 4: a quoted field does not end");
    CHECK(failure("\"\"\"\n") == "line 1: a quoted field does not end");
    CHECK(failure("ok,\xFF\n") == "byte 3 of the CSV text is not valid UTF-8");
}

TEST_CASE("csv: a few bytes cannot make rows times columns of memory")
{
    std::string text;
    for (int i = 0; i < 20'000; ++i)
        text += "1,";
    text += "1\n";
    for (int i = 0; i < 20'000; ++i)
        text += "1\n";
    auto const message = failure(text);
    CHECK(message.find("too large for its source") != message.npos);
    CHECK(failure(std::string(2'000'000, ',')).find("more than 1048576 columns") != std::string::npos);
    // Every full table is within the bound.
    std::string full;
    for (int r = 0; r < 1'000; ++r)
        full += std::string(999, ',') + "1\n";
    CHECK(read(full).has_value());
}

TEST_CASE("csv: random rows survive the round trip bit by bit")
{
    std::mt19937_64 random(11);
    for (int round = 0; round < 200; ++round) {
        auto const columns = 1 + random() % 6;
        rows r;
        for (auto count = random() % 8; count > 0; --count) {
            std::vector<double> cells(columns);
            for (auto& c : cells)
                c = random() % 5 == 0 ? rows::missing : std::bit_cast<double>(random());
            REQUIRE(r.append(cells).has_value());
        }
        auto const body = encode(r, csv()).value();
        auto const back = decode_rows(body.content_type, body.body, csv()).value();
        REQUIRE(back.row_count() == r.row_count());
        unsigned wrong = 0;
        for (std::size_t i = 0; i < r.values().size(); ++i) {
            auto const a = r.values()[i];
            auto const b = back.values()[i];
            wrong += std::isnan(a) ? !std::isnan(b)
                                   : std::bit_cast<std::uint64_t>(a) != std::bit_cast<std::uint64_t>(b);
        }
        CHECK(wrong == 0);
    }
}

TEST_CASE("csv: random tables survive the round trip with their types")
{
    std::mt19937_64 random(12);
    std::string_view const texts[] = {"",     "a",   "1",  "1.5",  "nan", "a,b", "\"",
                                      "x\ny", " x ", "\r", "true", "é😀", "inf"};
    for (int round = 0; round < 300; ++round) {
        table t({"0", "1", "2"});
        for (auto count = random() % 6; count > 0; --count) {
            std::vector<cell> cells;
            for (int c = 0; c < 3; ++c) {
                switch (random() % 4) {
                case 0: cells.emplace_back(); break;
                case 1: cells.emplace_back(static_cast<std::int64_t>(random())); break;
                case 2: cells.emplace_back(std::bit_cast<double>(random())); break;
                default: cells.emplace_back(std::string(texts[random() % std::size(texts)])); break;
                }
            }
            t.add_row(std::move(cells));
        }
        auto const body = encode(t, csv(true)).value();
        CAPTURE(body.body);
        CHECK(read(body.body, true).value() == t);
    }
}

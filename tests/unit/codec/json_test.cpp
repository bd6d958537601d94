#include <augur/codec/json.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <random>

using namespace augur;
using namespace augur::codec;

namespace {

std::string failure(std::string_view text, json::limits limits = {})
{
    auto const read = json::parse(text, limits);
    if (read)
        return "(accepted)";
    CHECK(read.error() == errc::decode_error);
    CHECK(read.error().phase() == phase::decode);
    CHECK(read.error().outcome() == outcome::complete);
    return std::string(read.error().message());
}

bool starts_with(std::string const& text, std::string_view prefix)
{
    return text.starts_with(prefix);
}

/// Every value, depth first, as "path=source".
void list(json::value v, std::string& out)
{
    out.append(v.path()).append("=").append(v.raw()).append("\n");
    for (auto const e : v.elements())
        list(e, out);
    for (auto const& [key, e] : v.members())
        list(e, out);
}

} // namespace

TEST_CASE("json: members can be asked in any order, again and again")
{
    auto const doc = json::parse(R"({"b": {"x": [1, 2.5]}, "a": "text", "c": null, "t": true})").value();
    auto const root = doc.root();
    CHECK(root.size() == 4);
    CHECK(root.at("a")->as_string().value() == "text");
    CHECK(root.at("b")->at("x")->at(1)->as_double().value() == 2.5);
    CHECK(root.at("a")->as_string().value() == "text");
    CHECK(root.at("b")->at("x")->at(std::size_t{0})->as_int64().value() == 1);
    CHECK(root.at("c")->is_null());
    CHECK(root.at("t")->as_bool().value());
    CHECK_FALSE(root.find("none").has_value());
    CHECK(root.find_string("a") == "text");
    CHECK_FALSE(root.find_string("b").has_value());
}

TEST_CASE("json: a view lives as long as any copy of the document")
{
    auto const keep = [] {
        auto doc = json::parse(R"(["a long text that fits no small buffer at all, really"])").value();
        return doc;
    }();
    auto const copy = keep;
    CHECK(copy.root().at(std::size_t{0})->as_string().value() ==
          "a long text that fits no small buffer at all, really");
}

TEST_CASE("json: every value knows its path and its source")
{
    std::string out;
    auto const doc = json::parse(R"( {"a": [1 , {"b c": -0.5e1}], "": [ ], "d": { } } )").value();
    list(doc.root(), out);
    CHECK(out == "$={\"a\": [1 , {\"b c\": -0.5e1}], \"\": [ ], \"d\": { } }\n"
                 "$.a=[1 , {\"b c\": -0.5e1}]\n"
                 "$.a[0]=1\n"
                 "$.a[1]={\"b c\": -0.5e1}\n"
                 "$.a[1][\"b c\"]=-0.5e1\n"
                 "$[\"\"]=[ ]\n"
                 "$.d={ }\n");
}

TEST_CASE("json: scalars may stand alone")
{
    CHECK(json::parse(" 5 ")->root().as_int64().value() == 5);
    CHECK(json::parse("\"a\\u00e9\"")->root().as_string().value() == "a\xC3\xA9");
    CHECK(json::parse("null")->root().is_null());
    CHECK(json::parse("\xEF\xBB\xBF{}")->root().is_object()); // a byte order mark may be ignored
}

TEST_CASE("json: what is not JSON is refused with the path of the place")
{
    struct row
    {
        std::string_view text;
        std::string_view path;
    };
    row const rows[] = {
        {"", "$: the text is empty"},
        {" \n", "$: the text is empty"},
        {"{\"a\": 1", "$"},
        {"[1, 2", "$"},
        {"[1, 2,]", "$[2]"},
        {"[1 2]", "$"},
        {"[,1]", "$[0]"},
        {"{\"a\" 1}", "$"},
        {"{\"a\":}", "$.a"},
        {"{\"a\":1,}", "$"},
        {"{a:1}", "$"},
        {"{'a':1}", "$"},
        {"[1] x", "$: there is more text"},
        {"[1][2]", "$: there is more text"},
        {"{} {}", "$: there is more text"},
        {"1 2", "$"},
        {"\"a\" \"b\"", "$: there is more text"},
        {"[1]]", "$"},
        {"tru", "$"},
        {"[truee]", "$[0]: neither"},
        {"{\"predictions\": [0, 1, 2, {\"score\": 01}]}", "$.predictions[3].score: neither"},
        {"{\"predictions\": [{\"score\": NaN}]}", "$.predictions[0].score: NaN and Infinity"},
        {"[-Infinity]", "$[0]: NaN and Infinity"},
        {"[1.]", "$[0]"},
        {"[.5]", "$[0]"},
        {"[+1]", "$[0]"},
        {"[1e]", "$[0]"},
        {"[0x10]", "$[0]"},
        {"[-]", "$[0]"},
        {"{\"a\": [\"\\ud800\"]}", "$.a[0]: a string with an invalid escape or a lone surrogate"},
        {"[\"\\udc00\\ud800\"]", "$[0]: a string"},
        {"[\"\\ud800x\"]", "$[0]: a string"},
        {"{\"\\ud800\": 1}", "$: a string"},
        {"[\"\\x\"]", "$[0]: a string"},
        {"[\"\\u12\"]", "$[0]: a string"},
        {"\"\\ud800\"", "$: a string"},
        {"[\"\xFF\"]", "$: byte 2 is not valid UTF-8"},
        {"[\"\xC0\xAF\"]", "$: byte 2 is not valid UTF-8"},
        {"[\"\xED\xA0\x80\"]", "$: byte 2 is not valid UTF-8"},
        {"[\"\xE2\x82\"]", "$: byte 2 is not valid UTF-8"},
        {"[\"a\nb\"]", "$: a string holds a control character"},
        {"[\"a]", "$: a string does not end"},
        {"// no\n[1]", "$"},
        {"[1] // no", "$"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const text = failure(r.text);
        CAPTURE(text);
        CHECK(text != "(accepted)");
        CHECK(starts_with(text, r.path));
    }
    using namespace std::string_view_literals;
    CHECK(failure("[1]\0"sv) != "(accepted)");
    CHECK(failure("\0"sv) != "(accepted)");
}

TEST_CASE("json: a text cut off anywhere is refused")
{
    std::string_view const text = R"({"a": [1, "b\"\\", {"c": null}], "d\n": "é😀"})";
    CHECK(json::parse(text).has_value());
    for (std::size_t cut = 0; cut < text.size(); ++cut) {
        CAPTURE(cut);
        CHECK(failure(text.substr(0, cut)) != "(accepted)");
    }
}

TEST_CASE("json: a number is judged when it is asked for, with its path")
{
    struct row
    {
        std::string_view text;
        bool int64;
        bool uint64;
        bool real;
    };
    row const rows[] = {
        {"0", true, true, true},
        {"-0", true, true, true},
        {"9223372036854775807", true, true, true},
        {"9223372036854775808", false, true, true},
        {"-9223372036854775808", true, false, true},
        {"-9223372036854775809", false, false, true},
        {"18446744073709551615", false, true, true},
        {"18446744073709551616", false, false, true}, // 2^64
        {"1e3", false, false, true},
        {"1.0", false, false, true},
        {"1e308", false, false, true},
        {"1e309", false, false, false},
        {"1e999", false, false, false},
        {"-1e999", false, false, false},
        {"1e-999", false, false, true},
        {"1e99999999999999999999", false, false, false},
        {"1e-99999999999999999999", false, false, true},
        {"0e99999999999999999999", false, false, true},
        {"0.0e999", false, false, true},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        auto const doc = json::parse("{\"known\": 1, \"x\": [" + std::string(r.text) + "]}");
        REQUIRE(doc.has_value()); // a field that nobody asks for harms nobody
        CHECK(doc->root().at("known")->as_int64().value() == 1);
        auto const v = doc->root().at("x")->at(std::size_t{0}).value();
        CHECK(v.as_int64().has_value() == r.int64);
        CHECK(v.as_uint64().has_value() == r.uint64);
        CHECK(v.as_double().has_value() == r.real);
        if (!r.int64)
            CHECK(v.as_int64().error().message().starts_with("$.x[0]: the number "));
        if (!r.real)
            CHECK(v.as_double().error().message().ends_with("is too large for a double"));
    }
    auto const zero = json::parse("[-0, -0.0, -1e-400, 0e999999]").value();
    for (std::size_t i = 0; i < 3; ++i)
        CHECK(std::signbit(zero.root().at(i)->as_double().value()));
    CHECK(zero.root().at(3)->as_double().value() == 0.0);
    CHECK(json::parse("5e-324")->root().as_double().value() == std::numeric_limits<double>::denorm_min());
    CHECK(json::parse("1.7976931348623157e308")->root().as_double().value() == std::numeric_limits<double>::max());
    CHECK(json::parse("1.7976931348623159e308")->root().as_double().has_error());
    CHECK(json::parse(std::string(400, '1'))->root().as_double().has_error());
    CHECK(json::parse("0." + std::string(400, '0') + "1")->root().as_double().value() == 0.0);
}

TEST_CASE("json: the wrong type is an error that names both and the path")
{
    auto const doc = json::parse(R"({"predictions": [{"score": "high"}, 5], "n": null})").value();
    auto const message = [](auto const& r) { return std::string(r.error().message()); };
    auto const list_value = doc.root().at("predictions").value();
    auto const score = list_value.at(std::size_t{0})->at("score").value();
    CHECK(message(score.as_double()) == "$.predictions[0].score: wanted number, found string");
    CHECK(message(score.as_bool()) == "$.predictions[0].score: wanted boolean, found string");
    CHECK(message(doc.root().at("n")->as_string()) == "$.n: wanted string, found null");
    CHECK(message(list_value.at("x")) == "$.predictions: wanted object, found array");
    CHECK(message(list_value.at(2)) == "$.predictions: there is no element 2, only 2");
    CHECK(message(doc.root().at("missing")) == "$: there is no member \"missing\"");
}

TEST_CASE("json: a key that is there twice means neither value")
{
    auto const doc = json::parse(R"({"a": 1, "b": 2, "a": 3, "\u0062": 4})").value();
    CHECK(doc.root().size() == 4);
    CHECK(doc.root().at("a").error().message() == "$.a: the key is there more than once");
    CHECK(doc.root().at("b").has_error()); // an escape does not hide it
    CHECK_FALSE(doc.root().find("a").has_value());
}

TEST_CASE("json: nesting is limited to 64 by default and 512 at most")
{
    auto const nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    CHECK(json::parse(nested(64)).has_value());
    CHECK(failure(nested(65)).ends_with(": nested too deeply"));
    CHECK(json::parse(nested(512), {.max_depth = 100'000}).has_value());
    CHECK(failure(nested(513), {.max_depth = 100'000}).ends_with(": nested too deeply"));
    CHECK(failure(nested(1'000'000)).ends_with(": nested too deeply"));
    CHECK(failure(std::string(1'000'000, '[')) != "(accepted)");
    std::string objects;
    for (int i = 0; i < 200'000; ++i)
        objects += "{\"a\":";
    CHECK(failure(objects) != "(accepted)");
    CHECK(failure(objects).size() < 1'000);
}

TEST_CASE("json: the depth gate counts brackets outside strings only")
{
    CHECK(depth_ok("[[[]]]", 3));
    CHECK_FALSE(depth_ok("[[[]]]", 2));
    CHECK(depth_ok("[\"[[[[\\\"[[\", {}]", 2));
    CHECK(depth_ok("[],[],[],[]", 1));
    CHECK(depth_ok("]]]][", 1));
    CHECK(depth_ok("", 0));
    CHECK(depth_ok("\"\\", 0));
    CHECK_FALSE(depth_ok("{", 0));
    CHECK_FALSE(depth_ok(std::string(1'000'000, '['), 512));
    std::string balanced = std::string(1'000'000, '[') + std::string(1'000'000, ']');
    CHECK(depth_ok(balanced, 1'000'000));
}

TEST_CASE("json: a million keys are read and found")
{
    std::string text = "{";
    for (int i = 0; i < 1'000'000; ++i)
        text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    text.back() = '}';
    auto const doc = json::parse(text).value();
    CHECK(doc.root().size() == 1'000'000);
    CHECK(doc.root().at("k999999")->as_int64().value() == 999'999);
}

TEST_CASE("json: a string of 100 MiB is read within the limit and refused beyond it")
{
    std::string text(100U << 20, 'a');
    text.front() = '"';
    text.back() = '"';
    CHECK(json::parse(text)->root().as_string()->size() == text.size() - 2);
    CHECK(failure(text, {.max_size = 1U << 20}) == "$: 104857600 bytes of JSON, the limit is 1048576");
}

TEST_CASE("json: a reader can be used again after a failure")
{
    json::reader reader;
    CHECK(reader.read("[1").has_error());
    CHECK(reader.read("[1]").has_value());
    CHECK(reader.read("\"\\ud800\"").has_error());
    auto const first = reader.read("[1]").value();
    auto const second = reader.read_owned("[2]").value();
    CHECK(first.root().raw() == "[1]");
    CHECK(second.root().raw() == "[2]");
}

TEST_CASE("json: UTF-8 is judged as RFC 3629 does")
{
    struct row
    {
        std::string_view text;
        std::size_t bad;
    };
    constexpr auto none = std::string_view::npos;
    row const rows[] = {
        {"", none},
        {"plain ascii of more than eight bytes", none},
        {"\xC2\x80", none},
        {"\xDF\xBF", none},
        {"\xE0\xA0\x80", none},
        {"\xED\x9F\xBF", none},
        {"\xEE\x80\x80", none},
        {"\xF0\x90\x80\x80", none},
        {"\xF4\x8F\xBF\xBF", none},
        {"\x80", 0},
        {"a\xC1\xBF", 1},
        {"\xC2", 0},
        {"\xC2\x41", 0},
        {"\xE0\x9F\xBF", 0},
        {"\xED\xA0\x80", 0},
        {"\xE2\x82", 0},
        {"12345678\xF0\x8F\xBF\xBF", 8},
        {"\xF4\x90\x80\x80", 0},
        {"\xF5\x80\x80\x80", 0},
        {"\xF0\x90\x80", 0},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(find_invalid_utf8(r.text) == r.bad);
    }
}

TEST_CASE("json: NaN and Infinity are doubles where a reader allows them, and never whole numbers")
{
    json::limits allowed;
    allowed.not_finite = true;
    auto const document = json::parse("[NaN,Infinity,-Infinity,1e999,7,\"NaN\"]", allowed).value();
    auto const at = [&](std::size_t i) { return document.root().at(i).value(); };
    CHECK(at(0).as_double().value() != at(0).as_double().value());
    CHECK(at(1).as_double().value() == std::numeric_limits<double>::infinity());
    CHECK(at(2).as_double().value() == -std::numeric_limits<double>::infinity());
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(at(i).kind() == json::kind::number);
        CHECK_FALSE(at(i).is_integer());
        CHECK(at(i).as_int64().has_error());
        CHECK(at(i).as_uint64().has_error());
    }
    CHECK(at(3).as_double().has_error()); // too large is still too large
    CHECK(at(4).is_integer());
    CHECK(at(5).kind() == json::kind::string);
    CHECK(failure("[NaN]", allowed) == "(accepted)");
    for (auto const* text : {"[nan]", "[+Infinity]", "[-NaN]", "[Infinity1]", "[inf]", "[NaN NaN]", "{NaN:1}"}) {
        CAPTURE(text);
        CHECK(failure(text, allowed) != "(accepted)");
    }
}

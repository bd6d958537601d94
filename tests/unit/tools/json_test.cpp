// From described C++ types to JSON schemas, and from JSON texts to values and back.
#include "support/npc_action.hpp"

#include <augur/tools/from_json.hpp>
#include <augur/tools/json_schema.hpp>
#include <augur/tools/to_json.hpp>

#include <doctest/doctest.h>

#include <iterator>

using namespace augur;

namespace shapes {

struct base
{
    int one = 0;
};
BOOST_DESCRIBE_STRUCT(base, (), (one))
struct derived : base
{
    int two = 0;
};
BOOST_DESCRIBE_STRUCT(derived, (base), (two))

struct tree
{
    std::vector<tree> children;
};
BOOST_DESCRIBE_STRUCT(tree, (), (children))

} // namespace shapes

namespace {

std::string action(std::string const& member, std::string const& value)
{
    std::string out = "{";
    for (auto const& [name, usual] : {std::pair<std::string, std::string>("verb", R"("run")"),
                                      {"target", "null"},
                                      {"urgency", "3"},
                                      {"mood", R"("angry")"},
                                      {"path", R"([{"x":1,"y":2.5}])"},
                                      {"goal", "null"},
                                      {"loud", "true"},
                                      {"level", "255"},
                                      {"speed", "1.5"}}) {
        auto const& used = name == member ? value : usual;
        if (!used.empty())
            out.append(out.size() > 1 ? "," : "").append("\"" + name + "\":" + used);
    }
    if (member.starts_with("+"))
        out += ",\"" + member.substr(1) + "\":" + value;
    return out + "}";
}

} // namespace

TEST_CASE("json schema: nested structs, optionals, vectors, enums and descriptions, strict at every level")
{
    std::string const place =
        R"({"type":"object","properties":{"x":{"type":"number"},"y":{"type":"number"}},"required":["x","y"],)"
        R"("additionalProperties":false})";
    CHECK(json_schema_of<game::npc_action>() ==
          R"({"description":"What the character does next","type":"object","properties":{)"
          R"("verb":{"type":"string"},)"
          R"("target":{"anyOf":[{"type":"string"},{"type":"null"}]},)"
          R"("urgency":{"description":"0 is calm, 10 is panic","type":"integer"},)"
          R"("mood":{"type":"string","enum":["calm","angry"]},)"
          R"("path":{"type":"array","items":)" +
              place + R"(},"goal":{"anyOf":[)" + place +
              R"(,{"type":"null"}]},"loud":{"type":"boolean"},"level":{"type":"integer"},"speed":{"type":"number"}},)"
              R"("required":["verb","target","urgency","mood","path","goal","loud","level","speed"],)"
              R"("additionalProperties":false})");
    CHECK(json_schema_of<shapes::derived>() ==
          R"({"type":"object","properties":{"one":{"type":"integer"},"two":{"type":"integer"}},)"
          R"("required":["one","two"],"additionalProperties":false})");
}

TEST_CASE("json schema: what is no struct becomes the member value of an object")
{
    CHECK(json_schema_of<std::vector<int>>() ==
          R"({"type":"object","properties":{"value":{"type":"array","items":{"type":"integer"}}},)"
          R"("required":["value"],"additionalProperties":false})");
    CHECK(from_json<std::vector<int>>(R"({"value":[1,2]})").value() == std::vector<int>{1, 2});
    CHECK(from_json<game::mood>(R"({"value":"angry"})").value() == game::mood::angry);
    CHECK(from_json<std::vector<int>>("[1,2]").error() == errc::decode_error);
    for (char const* text :
         {R"({"value":[1],"more":2})", R"({"more":2,"value":[1]})", R"({"value":[1],"value":[1]})"}) {
        auto const read = from_json<std::vector<int>>(text);
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == errc::decode_error);
        CHECK(read.error().outcome() == outcome::complete);
    }
    CHECK(from_json<std::optional<int>>(R"({"value":null})").value() == std::nullopt);
}

TEST_CASE("json schema: a type that contains itself is a programmer's mistake")
{
    CHECK_THROWS_AS(json_schema_of<shapes::tree>(), std::logic_error);
}

TEST_CASE("from_json: a value that fits is read, whatever the order of its members")
{
    auto const read = from_json<game::npc_action>(action("target", R"("the \u00fcber-door")"));
    REQUIRE_MESSAGE(read.has_value(), read.error());
    CHECK(read->verb == "run");
    CHECK(read->target == "the \xc3\xbc"
                          "ber-door");
    CHECK(read->urgency == 3);
    CHECK(read->mood == game::mood::angry);
    REQUIRE(read->path.size() == 1);
    CHECK(read->path[0].y == 2.5);
    CHECK_FALSE(read->goal);
    CHECK(read->loud);
    CHECK(read->level == 255);
    CHECK(read->speed == 1.5F);
    auto const again = from_json<game::npc_action>(to_json(*read).value());
    REQUIRE(again.has_value());
    CHECK(to_json(*again).value() == to_json(*read).value());
    auto const base = from_json<shapes::derived>(R"({"two":2,"one":1})");
    REQUIRE(base.has_value());
    CHECK(base->one == 1);
    CHECK_FALSE(from_json<game::npc_action>(action("target", ""))->target); // absent is empty
}

TEST_CASE("from_json: what does not fit is an error with its path")
{
    struct row
    {
        char const* member;
        char const* value; ///< empty: left out
        char const* path;
        char const* says;
    };
    row const rows[] = {
        {"verb", "5", "$.verb", ""},
        {"verb", "null", "$.verb", ""},
        {"verb", "", "$", "\"verb\" is missing"},
        {"target", "7", "$.target", ""},
        {"urgency", "\"3\"", "$.urgency", ""},
        {"urgency", "3.5", "$.urgency", ""},
        {"urgency", "3000000000", "$.urgency", "too large"},
        {"urgency", "-3000000000", "$.urgency", "too large"},
        {"urgency", "1e99", "$.urgency", ""},
        {"mood", "\"happy\"", "$.mood", "calm, angry"},
        {"mood", "1", "$.mood", ""},
        {"path", "{}", "$.path", "array"},
        {"path", R"([{"x":1,"y":2},{"x":1}])", "$.path[1]", "\"y\" is missing"},
        {"path", R"([{"x":1,"y":2},{"x":1,"y":"2"}])", "$.path[1].y", ""},
        {"path", R"([{"x":1,"y":2,"z":3}])", "$.path[0]", "\"z\""},
        {"goal", "[]", "$.goal", "object"},
        {"loud", "1", "$.loud", ""},
        {"level", "256", "$.level", "too large"},
        {"level", "-1", "$.level", ""},
        {"speed", "1e39", "$.speed", "too large"},
        {"+extra", "1", "$", "\"extra\""},
        {"+verb", "\"run\"", "$", "\"verb\" is missing, or there twice"},
        {"+target", "\"door\"", "$", "\"target\" is missing, or there twice"},
        {"+goal", "null", "$", "\"goal\" is missing, or there twice"},
        {"+verb", "\"walk\"", "$", "\"verb\""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.member);
        CAPTURE(row.value);
        auto const read = from_json<game::npc_action>(action(row.member, row.value));
        REQUIRE_FALSE(read.has_value());
        CHECK(read.error() == errc::decode_error);
        auto const text = std::string(read.error().message());
        CAPTURE(text);
        CHECK(text.find(std::string(row.path)) != std::string::npos);
        CHECK(text.find(row.says) != std::string::npos);
    }
    for (char const* text : {"", "null", "[]", "{", "5", "{}", "{\"verb\":\"run\"} x", "\xff"})
        CHECK(from_json<game::npc_action>(text).error() == errc::decode_error);
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("to_json: what has no JSON form is refused")
{
    game::npc_action odd;
    odd.mood = static_cast<game::mood>(9);
    CHECK(to_json(odd).error() == errc::invalid_argument);
    odd = {};
    odd.verb = "\xff";
    CHECK(to_json(odd).error() == errc::invalid_argument);
}

#include "openai_support.hpp"
#include "schema_check.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <doctest/doctest.h>

#include <set>

using namespace emulator_test;
using augur::emulator::llm::count_tokens;

namespace {

/// What people write as parameters and as formats, and what is hard for a generator.
std::vector<json> const& schemas()
{
    static std::vector<json> const list = [] {
        std::vector<json> all;
        for (
            auto const* text : {
                R"({"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false})",
                R"({"type":"object","properties":{"city":{"type":"string"},"unit":{"type":"string","enum":["c","f"]},"days":{"type":"integer","minimum":1,"maximum":14}},"required":["city","unit","days"],"additionalProperties":false})",
                R"({"type":"object","properties":{"verb":{"type":"string"},"target":{"type":["string","null"]},"urgency":{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":4}},"required":["verb","target","urgency"],"additionalProperties":false})",
                R"({"type":"object","properties":{"rows":{"type":"array","items":{"type":"array","items":{"type":"number","minimum":-1,"maximum":1},"minItems":2,"maxItems":3},"minItems":1,"maxItems":4}},"required":["rows"],"additionalProperties":false})",
                R"({"type":"object","properties":{"tags":{"type":"array","items":{"enum":["a","b","c","d"]},"minItems":3,"uniqueItems":true}},"required":["tags"],"additionalProperties":false})",
                R"({"type":"object","properties":{"id":{"type":"string","pattern":"^[A-Z]{3}-\\d{4}(-x|-yz)?$"},"code":{"type":"string","minLength":5,"maxLength":8},"price":{"type":"number","multipleOf":0.25,"minimum":1}},"required":["id","code","price"],"additionalProperties":false})",
                R"({"type":"object","properties":{"shape":{"anyOf":[{"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number","exclusiveMinimum":0}},"required":["kind","r"],"additionalProperties":false},{"type":"null"},{"type":"string","maxLength":3}]}},"required":["shape"],"additionalProperties":false})",
                R"({"type":"object","properties":{"tree":{"$ref":"#/$defs/node"}},"required":["tree"],"additionalProperties":false,"$defs":{"node":{"type":"object","properties":{"name":{"type":"string"},"children":{"type":"array","items":{"$ref":"#/$defs/node"}}},"required":["name","children"],"additionalProperties":false}}})",
                R"({"type":"object","properties":{"next":{"anyOf":[{"$ref":"#"},{"type":"null"}]}},"required":["next"],"additionalProperties":false})",
                R"({"type":"object","properties":{"ok":{"type":"boolean"},"none":{"type":"null"},"even":{"type":"integer","multipleOf":2,"minimum":-10,"maximum":-3}},"required":["ok","none","even"],"additionalProperties":false})",
            })
            all.push_back(json::parse(text));
        return all;
    }();
    return list;
}

json tool(std::string name, std::string description, json parameters, bool strict = true)
{
    json f = {{"name", std::move(name)},
              {"description", std::move(description)},
              {"parameters", std::move(parameters)},
              {"strict", strict}};
    return {{"type", "function"}, {"function", std::move(f)}};
}

json with_tools(std::string text, json tools)
{
    auto body = question(std::move(text));
    body["tools"] = std::move(tools);
    return body;
}

json const& calls(json const& answer)
{
    return answer.at("choices").at(0).at("message").at("tool_calls");
}

} // namespace

TEST_CASE("openai service: the arguments of every call satisfy the function's schema")
{
    openai_bench bench;
    for (std::size_t i = 0; i < schemas().size(); ++i)
        for (int seed = 0; seed < 40; ++seed) {
            auto body =
                with_tools("Plan 3 days in Paris with 2.5 hours of rain", json::array({tool("f", "x", schemas()[i])}));
            body["tool_choice"] = "required";
            body["seed"] = seed;
            auto const a = bench.chat_json(body);
            CAPTURE(i);
            CAPTURE(a.dump());
            REQUIRE(a.contains("choices"));
            CHECK(a["choices"][0]["finish_reason"] == "tool_calls");
            for (auto const& call : calls(a)) {
                auto const arguments = json::parse(call["function"]["arguments"].get<std::string>());
                CHECK(schema_check(schemas()[i]).problem(arguments) == "");
            }
        }
}

TEST_CASE("openai service: every structured answer satisfies its schema, and differs by seed")
{
    openai_bench bench;
    for (std::size_t i = 0; i < schemas().size(); ++i) {
        std::set<std::string> answers;
        for (int seed = 0; seed < 40; ++seed) {
            auto body = question("Describe the dragon and the 4 knights of Paris");
            json const wrapped = {{"name", "answer"}, {"schema", schemas()[i]}, {"strict", true}};
            body["response_format"] = {{"type", "json_schema"}, {"json_schema", wrapped}};
            body["seed"] = seed;
            auto const a = bench.chat_json(body);
            CAPTURE(a.dump());
            REQUIRE(a.contains("choices"));
            auto const text = a["choices"][0]["message"]["content"].get<std::string>();
            CHECK(schema_check(schemas()[i]).problem(json::parse(text)) == "");
            CHECK(a["usage"]["completion_tokens"] == count_tokens(text));
            answers.insert(text);
        }
        CHECK((answers.size() > 1 || i == 0)); // there is one name to put into the first
    }
}

TEST_CASE("openai service: the tools that a question is about are called, and the result is read back")
{
    openai_bench bench;
    json const place = schemas()[0];
    auto const tools = json::array(
        {tool("get_weather", "Current weather in a city", place), tool("get_time", "Current time in a city", place)});
    auto const one = bench.chat_json(with_tools("What is the weather in Paris?", tools));
    REQUIRE(calls(one).size() == 1);
    CHECK(calls(one)[0]["function"]["name"] == "get_weather");
    CHECK(json::parse(calls(one)[0]["function"]["arguments"].get<std::string>())["city"] == "Paris");
    CHECK(one["choices"][0]["message"]["content"].is_null());
    CHECK(one["usage"]["completion_tokens"] ==
          count_tokens("get_weather") + count_tokens(calls(one)[0]["function"]["arguments"].get<std::string>()));

    auto const two = bench.chat_json(with_tools("What are the weather and the time in Paris?", tools));
    REQUIRE(calls(two).size() == 2);
    CHECK(calls(two)[1]["function"]["name"] == "get_time");
    CHECK(calls(two)[0]["id"] != calls(two)[1]["id"]);

    auto const cities = bench.chat_json(with_tools("Is the weather better in Paris or in Rome?", tools));
    REQUIRE(calls(cities).size() == 2);
    CHECK(calls(cities)[1]["function"]["arguments"] == R"({"city":"Rome"})");
    auto serial = with_tools("Is the weather better in Paris or in Rome?", tools);
    serial["parallel_tool_calls"] = false;
    CHECK(calls(bench.chat_json(serial)).size() == 1);

    auto const none = bench.chat_json(with_tools("Why is the sky blue?", tools));
    CHECK(none["choices"][0]["finish_reason"] == "stop");

    auto follow = with_tools("What is the weather in Paris?", tools);
    follow["messages"].push_back(one["choices"][0]["message"]);
    follow["messages"].push_back({{"role", "tool"}, {"tool_call_id", calls(one)[0]["id"]}, {"content", "21 degrees"}});
    auto const said = bench.chat_json(follow);
    CHECK(said["choices"][0]["finish_reason"] == "stop");
    CHECK(said["choices"][0]["message"]["content"].get<std::string>().find("21 degrees") != std::string::npos);
}

TEST_CASE("openai service: a call that goes back may not keep its place in a stream")
{
    openai_bench bench;
    auto body = question("What is the weather in Paris?");
    json call = {{"id", "c1"}, {"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}};
    auto const send = [&] {
        auto asked = body;
        asked["messages"].push_back({{"role", "assistant"}, {"tool_calls", json::array({call})}});
        asked["messages"].push_back({{"role", "tool"}, {"tool_call_id", "c1"}, {"content", "22"}});
        return bench.chat(asked).status;
    };
    CHECK(send() == 200);
    call["index"] = 0;
    CHECK(send() == 400);
}

TEST_CASE("openai service: the choice of tools is obeyed")
{
    openai_bench bench;
    auto const tools = json::array({tool("alpha", "x", schemas()[0]), tool("beta", "y", schemas()[1])});
    auto body = with_tools("Hello", tools);
    body["tool_choice"] = "required";
    CHECK(calls(bench.chat_json(body))[0]["function"]["name"] == "alpha");
    body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "beta"}}}};
    CHECK(calls(bench.chat_json(body))[0]["function"]["name"] == "beta");
    body["tool_choice"] = {{"type", "function"}, {"function", {{"name", "gamma"}}}};
    CHECK(bench.chat(body).status == 400);
    body["tool_choice"] = json::parse(
        R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"beta"}}]}})");
    CHECK(calls(bench.chat_json(body))[0]["function"]["name"] == "beta");
    body = with_tools("alpha", tools);
    body["tool_choice"] = "none";
    CHECK(bench.chat_json(body)["choices"][0]["finish_reason"] == "stop");
    body = question("Hello");
    body["tool_choice"] = "auto";
    CHECK(bench.chat(body).status == 400);
}

TEST_CASE("openai service: a stream's fragments of arguments join to what the document says")
{
    openai_bench bench;
    auto const tools = json::array({tool("get_weather", "weather in a city", schemas()[1])});
    auto body = with_tools("weather in München, Paris and Zürich", tools);
    auto const whole = bench.chat_json(body);
    REQUIRE(calls(whole).size() == 3);
    body["stream"] = true;
    std::vector<std::string> names(3), arguments(3), ids(3);
    std::size_t most_fragments = 0;
    for (auto const& chunk : chunks_of(bench.chat(body)))
        for (auto const& part : chunk["choices"][0]["delta"].value("tool_calls", json::array())) {
            auto const i = part["index"].get<std::size_t>();
            names.at(i) += part["function"].value("name", "");
            ids.at(i) += part.value("id", "");
            arguments.at(i) += part["function"]["arguments"].get<std::string>();
            ++most_fragments;
        }
    CHECK(most_fragments > 6);
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(names[i] == "get_weather");
        CHECK(ids[i].starts_with("call_"));
        CHECK(arguments[i] == calls(whole)[i]["function"]["arguments"].get<std::string>());
    }
}

TEST_CASE("openai service: what strict refuses, and schemas that cannot be served")
{
    openai_bench bench;
    auto const status = [&](json schema, bool strict) {
        auto body = question("x");
        json const wrapped = {{"name", "a"}, {"schema", std::move(schema)}, {"strict", strict}};
        body["response_format"] = {{"type", "json_schema"}, {"json_schema", wrapped}};
        return bench.chat(body).status;
    };
    auto const open = json::parse(R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"]})");
    auto const optional =
        json::parse(R"({"type":"object","properties":{"a":{"type":"string"}},"additionalProperties":false})");
    CHECK(status(open, true) == 400);
    CHECK(status(open, false) == 200);
    CHECK(status(optional, true) == 400);
    CHECK(status(optional, false) == 200);
    CHECK(status(json::parse(R"({"type":"object","not":{}})"), false) == 400);
    CHECK(status(json::parse(R"({"type":"object","properties":{"a":{"$ref":"#/nowhere"}},"required":["a"]})"), false) ==
          400);
    CHECK(status(json::parse(R"({"$ref":"#"})"), false) == 400);
    CHECK(status(json::parse(R"x({"type":"string","pattern":"(a{900}){900}"})x"), false) == 400);
    CHECK(status(json::parse(R"x({"type":"string","pattern":"(?=a)"})x"), false) == 400);
    auto const large_set = "[" + std::string(1000, 'a') + "]"; // read once, and once for each repetition
    CHECK(status({{"type", "string"}, {"pattern", large_set + "{399}"}}, false) == 200);
    CHECK(status({{"type", "string"}, {"pattern", large_set + "{400}"}}, false) == 400);
    CHECK(status(json::parse(R"({"type":"integer","minimum":5,"maximum":4})"), false) == 400);
    CHECK(status(json::parse(R"({"type":"array","items":{"const":1},"minItems":2,"uniqueItems":true})"), false) == 400);

    auto body = question("give me JSON");
    body["response_format"] = {{"type", "json_object"}};
    CHECK(json::parse(bench.chat_json(body)["choices"][0]["message"]["content"].get<std::string>()).is_object());
    body["messages"] = user("give me something");
    CHECK(bench.chat(body).status == 400);
}

TEST_CASE("openai service: a choice takes what the question names, however much there is of both" *
          doctest::timeout(20))
{
    openai_bench bench;
    std::string text = "Which of them is it, Item899?";
    auto list = json::array();
    for (int i = 0; i < 900; ++i) {
        list.push_back("item" + std::to_string(i));
        text += " word" + std::to_string(i);
    }
    auto body = question(text);
    body["n"] = 128;
    json const schema = {{"type", "object"}, {"properties", {{"a", {{"enum", list}}}}}, {"required", {"a"}}};
    body["response_format"] = {{"type", "json_schema"}, {"json_schema", {{"name", "a"}, {"schema", schema}}}};
    auto const answer = bench.chat_json(body);
    REQUIRE(answer["choices"].size() == 128);
    for (auto const& choice : answer["choices"])
        CHECK(choice["message"]["content"] == R"({"a":"item899"})");
}

TEST_CASE("openai service: a refusal comes in its own member")
{
    openai_bench bench;
    auto body = question("please refuseme");
    auto const a = bench.chat_json(body)["choices"][0]["message"];
    CHECK(a["content"].is_null());
    CHECK(a["refusal"] == "I cannot help with that.");
    body["stream"] = true;
    std::string refusal;
    for (auto const& chunk : chunks_of(bench.chat(body)))
        if (auto const& delta = chunk["choices"][0]["delta"]; delta.contains("refusal") && delta["refusal"].is_string())
            refusal += delta["refusal"].get<std::string>();
    CHECK(refusal == "I cannot help with that.");
}

#include "openai_support.hpp"

#include <augur/emulator/language_container.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace augur::emulator;
using namespace emulator_test;

namespace {

using generator = std::mt19937;

std::size_t below(generator& random, std::size_t n)
{
    return random() % n;
}

/// Values that a careless reader trips over.
json odd_value(generator& random)
{
    static std::vector<json> const values = {
        json(),
        json(true),
        json(-1),
        json(0),
        json(7),
        json(1e300),
        json(std::numeric_limits<std::uint64_t>::max()),
        json(""),
        json("x"),
        json(std::string(300, 'y')),
        json::array(),
        json::object(),
        json::array({1, "x", nullptr}),
        json{{"type", 7}},
        json{{"type", "object"}, {"properties", 7}},
        json{{"type", "array"}, {"items", false}, {"minItems", 3}},
        json{{"enum", json::array()}},
        json{{"anyOf", json::array({7})}},
        json{{"$ref", "#/properties"}},
        json{{"$ref", 7}},
        json{{"allOf", json::array({json{{"$ref", "#"}}})}},
        json{{"pattern", "[z-a]{3"}, {"minLength", 4}},
    };
    return values[below(random, values.size())];
}

/// Changes something, somewhere.
void mutate(json& value, generator& random, int depth = 0)
{
    if (depth > 8 || !value.is_structured() || value.empty() || below(random, 4) == 0) {
        value = odd_value(random);
        return;
    }
    auto at = value.begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(random, value.size())));
    if (below(random, 6) == 0)
        value.erase(at);
    else
        mutate(*at, random, depth + 1);
}

json const chat = json::parse(R"({"model":"chat","seed":1,"n":2,"stream":true,"stream_options":{"include_usage":true},
 "temperature":1,"top_p":0.5,"stop":["a","b"],"max_completion_tokens":50,"logprobs":true,"top_logprobs":2,
 "messages":[{"role":"system","content":"x"},{"role":"user","content":[{"type":"text","text":"weather in Rome"},
  {"type":"image_url","image_url":{"url":"data:,"}}]},
  {"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},
  {"role":"tool","tool_call_id":"c","content":"y"},{"role":"user","content":"weather in Paris"}],
 "tools":[{"type":"function","function":{"name":"weather","description":"d","strict":false,"parameters":
  {"type":"object","properties":{"a":{"type":"string","pattern":"^[a-z]{2,3}$"},"b":{"anyOf":[{"type":"null"},{"type":"integer","minimum":1}]},
  "c":{"type":"array","items":{"$ref":"#/$defs/d"},"minItems":1}},"required":["a","b","c"],"$defs":{"d":{"type":"number"}}}}}],
 "tool_choice":{"type":"function","function":{"name":"weather"}},
 "response_format":{"type":"json_schema","json_schema":{"name":"n","strict":true,"schema":
  {"type":"object","properties":{"a":{"enum":["x","y"]}},"required":["a"],"additionalProperties":false}}}})");

json const response_body =
    json::parse(R"({"model":"thinker","seed":1,"instructions":"x","stream":true,"max_output_tokens":60,
 "input":[{"role":"user","content":[{"type":"input_text","text":"weather in Rome"}]},
  {"type":"function_call","call_id":"c","name":"f","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"y"}],
 "tools":[{"type":"function","name":"weather","parameters":{"type":"object","properties":{"a":{"type":"string"}}}}],
 "tool_choice":"auto","include":["reasoning.encrypted_content"],"reasoning":{"effort":"low","summary":"auto"},
 "text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object"}}},"metadata":{"a":"b"}})");

json const inputs = json::parse(R"({"inputs":"x","stream":true,"parameters":{"max_new_tokens":5,"seed":1,"details":true,
 "stop":["a"],"temperature":0.5,"return_full_text":true}})");

} // namespace

TEST_CASE("openai service: requests that are wrong in any place are refused, and nothing is thrown")
{
    openai_bench bench;
    generator random(11);
    std::size_t refused = 0;
    for (int round = 0; round < 4000; ++round) {
        auto body = round % 2 == 0 ? chat : response_body;
        for (auto times = 1 + below(random, 2); times > 0; --times)
            mutate(body, random);
        CAPTURE(body.dump());
        auto const r = bench.send("POST", round % 2 == 0 ? "/v1/chat/completions" : "/openai/v1/responses", body);
        REQUIRE((r.status == 200 || r.status == 400 || r.status == 404));
        refused += r.status == 200 ? 0 : 1;
        if (r.status != 200)
            REQUIRE(json::parse(r.body).contains("error"));
    }
    CHECK(refused > 1000);
    CHECK(refused < 3900);
}

TEST_CASE("openai service: parts of a schema that do not fit together are refused")
{
    openai_bench bench;
    auto body = json::parse(R"({"model":"chat","messages":[{"role":"user","content":"x"}],
 "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":
  {"type":"object","properties":{},"required":[],"allOf":[{"properties":[],"required":7}]}}}})");
    auto const r = bench.chat(body);
    CHECK(r.status == 400);
    CHECK(r.body.find("properties must be an object") != std::string::npos);
}

TEST_CASE("openai service: unchanged, those requests are answered")
{
    openai_bench bench;
    CHECK(bench.chat(chat).status == 200);
    CHECK(bench.send("POST", "/v1/responses", response_body).status == 200);
}

TEST_CASE("language container: wrong inputs and parameters are refused, and nothing is thrown")
{
    using dialect = language_container::dialect;
    language_container const host(ngrams(), dialect::lmi);
    generator random(12);
    for (int round = 0; round < 2000; ++round) {
        auto body = inputs;
        mutate(body, random);
        CAPTURE(body.dump());
        container_call call;
        call.body = body.dump();
        auto const reply = host.answer(call, 1);
        REQUIRE((reply.status == 200 || reply.status == 422));
    }
}

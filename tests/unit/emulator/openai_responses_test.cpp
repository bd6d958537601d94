#include "openai_support.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <doctest/doctest.h>

using namespace emulator_test;
using augur::emulator::openai_quirks;
using augur::emulator::llm::count_tokens;

namespace {

json request_of(json input, std::string model = "chat")
{
    return {{"model", std::move(model)}, {"input", std::move(input)}, {"seed", 1}};
}

json create(openai_bench& bench, json const& body, std::string const& base = "/v1")
{
    return json::parse(bench.send("POST", base + "/responses", body).body);
}

json get(openai_bench& bench, json const& id, std::string const& more = "")
{
    return json::parse(bench.send("GET", "/v1/responses/" + id.get<std::string>() + more).body);
}

std::string text_of(json const& r)
{
    std::string text;
    for (auto const& item : r.at("output"))
        for (auto const& part : item.value("content", json::array()))
            if (part["type"] == "output_text")
                text += part["text"].get<std::string>();
    return text;
}

std::vector<std::string> types_of(std::vector<json> const& events)
{
    std::vector<std::string> types;
    for (auto const& e : events)
        if (types.empty() || e["type"] != json(types.back())) // deltas as one
            types.push_back(e["type"]);
    return types;
}

json const weather = {
    {"type", "function"},
    {"name", "get_weather"},
    {"description", "weather in a city"},
    {"parameters",
     {{"type", "object"}, {"properties", {{"city", {{"type", "string"}}}}}, {"required", json::array({"city"})}}}};

} // namespace

TEST_CASE("responses: created, kept, listed and deleted")
{
    openai_bench bench;
    auto const r = create(bench, request_of("Why is the sky blue?"));
    CHECK(r["object"] == "response");
    CHECK(r["status"] == "completed");
    CHECK(r["usage"]["input_tokens"] == count_tokens("Why is the sky blue?"));
    CHECK(r["usage"]["output_tokens"] == count_tokens(text_of(r)));
    auto const chat = bench.chat_json(question("Why is the sky blue?"));
    CHECK(text_of(r) == chat["choices"][0]["message"]["content"].get<std::string>());
    CHECK(get(bench, r["id"]) == r);
    auto const items = get(bench, r["id"], "/input_items");
    CHECK(items["data"][0]["content"][0]["text"] == "Why is the sky blue?");
    CHECK(items["has_more"] == false);
    auto const gone = bench.send("DELETE", "/v1/responses/" + r["id"].get<std::string>());
    CHECK(json::parse(gone.body)["deleted"] == true);
    CHECK(bench.send("GET", "/v1/responses/" + r["id"].get<std::string>()).status == 404);

    auto body = request_of("Hello");
    body["store"] = false;
    auto const forgotten = create(bench, body);
    CHECK(bench.send("GET", "/v1/responses/" + forgotten["id"].get<std::string>()).status == 404);
    auto const dated = bench.send("POST", "/openai/responses?api-version=2025-04-01-preview", request_of("Hello"));
    CHECK(text_of(json::parse(dated.body)) == text_of(forgotten));
}

TEST_CASE("responses: large ones are kept for a shorter time")
{
    auto options = openai_test_options();
    options.most_stored_bytes = 1u << 20;
    openai_bench bench(std::move(options));
    auto body = request_of("Hello");
    body["metadata"]["note"] = std::string(20'000, 'a');
    std::vector<std::string> ids;
    for (int i = 0; i < 10; ++i)
        ids.push_back(create(bench, body)["id"]);
    auto const kept = [&](std::string const& id) { return bench.send("GET", "/v1/responses/" + id).status == 200; };
    CHECK_FALSE(kept(ids.front()));
    auto const oldest = std::find_if(ids.begin(), ids.end(), kept);
    REQUIRE(ids.end() - oldest > 2);
    CHECK(std::all_of(oldest, ids.end(), kept));
    // What is deleted makes room: nothing else goes for the next one.
    CHECK(bench.send("DELETE", "/v1/responses/" + ids.back()).status == 200);
    CHECK(kept(create(bench, body)["id"]));
    CHECK(kept(*oldest));
}

TEST_CASE("responses: a stream has the events in their order, numbered, and ends with the whole")
{
    openai_bench bench;
    auto body = request_of("Why is the sky blue?");
    auto const whole = create(bench, body);
    body["stream"] = true;
    auto const r = bench.send("POST", "/v1/responses", body);
    auto const events = chunks_of(r);
    CHECK(types_of(events) == std::vector<std::string>{"response.created", "response.in_progress",
                                                       "response.output_item.added", "response.content_part.added",
                                                       "response.output_text.delta", "response.output_text.done",
                                                       "response.content_part.done", "response.output_item.done",
                                                       "response.completed"});
    std::string text;
    for (std::size_t i = 0; i < events.size(); ++i) {
        CHECK(events[i]["sequence_number"] == i);
        CHECK(r.pieces[i].bytes.starts_with("event: " + events[i]["type"].get<std::string>() + "\n"));
        if (events[i]["type"] == "response.output_text.delta")
            text += events[i]["delta"].get<std::string>();
    }
    CHECK(text == text_of(whole));
    CHECK(text_of(events.back()["response"]) == text);
    CHECK(events.back()["response"]["usage"] == whole["usage"]);
    CHECK(get(bench, events.back()["response"]["id"]) == events.back()["response"]);
}

TEST_CASE("responses: a function is called, its output answered, and the conversation goes on")
{
    openai_bench bench;
    auto body = request_of("What is the weather in Paris?");
    body["tools"] = json::array({weather});
    auto const first = create(bench, body);
    REQUIRE(first["output"].size() == 1);
    auto const call = first["output"][0];
    CHECK(call["type"] == "function_call");
    CHECK(call["arguments"] == R"({"city":"Paris"})");
    body["stream"] = true;
    auto const types = types_of(chunks_of(bench.send("POST", "/v1/responses", body)));
    CHECK(types == std::vector<std::string>{"response.created", "response.in_progress", "response.output_item.added",
                                            "response.function_call_arguments.delta",
                                            "response.function_call_arguments.done", "response.output_item.done",
                                            "response.completed"});
    json const output = {{"type", "function_call_output"}, {"call_id", call["call_id"]}, {"output", "21 degrees"}};
    auto next = request_of(json::array({output}));
    CHECK(bench.send("POST", "/v1/responses", next).status == 400); // the call is not known without the first response
    next["previous_response_id"] = first["id"];
    CHECK(text_of(create(bench, next)).find("21 degrees") != std::string::npos);
    next["input"] = "Never mind";
    CHECK(bench.send("POST", "/v1/responses", next).status == 400); // the call waits for its output
    next["previous_response_id"] = "resp_nothing";
    CHECK(bench.send("POST", "/v1/responses", next).status == 400);
}

TEST_CASE("responses: structured output, limits, refusals, filters and failures have their states")
{
    openai_bench bench;
    auto body = request_of("Tell me of Paris");
    body["text"] = json::parse(
        R"({"format":{"type":"json_schema","name":"a","strict":true,"schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}})");
    CHECK(json::parse(text_of(create(bench, body)))["city"] == "Paris");

    body = request_of("Hello");
    body["max_output_tokens"] = 7;
    auto const cut = create(bench, body);
    CHECK(cut["status"] == "incomplete");
    CHECK(cut["incomplete_details"]["reason"] == "max_output_tokens");
    CHECK(count_tokens(text_of(cut)) == 7);
    body["stream"] = true;
    CHECK(chunks_of(bench.send("POST", "/v1/responses", body)).back()["type"] == "response.incomplete");

    auto const refused = create(bench, request_of("refuseme"));
    CHECK(refused["output"][0]["content"][0]["type"] == "refusal");
    CHECK(create(bench, request_of("blockedanswer"))["incomplete_details"]["reason"] == "content_filter");
    CHECK(create(bench, request_of("failresponse"))["error"]["code"] == "server_error");
    CHECK(bench.send("POST", "/openai/v1/responses", request_of("blockedprompt")).status == 400);
}

TEST_CASE("responses: a reasoning model tells what it thought only when asked for a summary")
{
    openai_bench bench;
    auto const plain = create(bench, request_of("Hello", "thinker"));
    CHECK(plain["output"][0]["type"] == "reasoning");
    CHECK(plain["output"][0]["summary"].empty());
    auto const thoughts = plain["usage"]["output_tokens_details"]["reasoning_tokens"].get<std::size_t>();
    CHECK(plain["usage"]["output_tokens"] == thoughts + count_tokens(text_of(plain)));
    auto body = request_of("Hello", "thinker");
    body["reasoning"] = {{"effort", "low"}, {"summary", "auto"}};
    body["include"] = json::array({"reasoning.encrypted_content"});
    auto const told = create(bench, body);
    CHECK(count_tokens(told["output"][0]["summary"][0]["text"].get<std::string>()) == thoughts);
    CHECK(told["output"][0].contains("encrypted_content"));
    body["stream"] = true;
    auto const types = types_of(chunks_of(bench.send("POST", "/v1/responses", body)));
    CHECK(std::find(types.begin(), types.end(), "response.reasoning_summary_text.delta") != types.end());
}

TEST_CASE("responses: in the background one is queued, runs, and is done at the second look")
{
    openai_bench bench;
    auto body = request_of("Hello");
    body["background"] = true;
    auto const queued = create(bench, body);
    CHECK(queued["status"] == "queued");
    CHECK(get(bench, queued["id"])["status"] == "in_progress");
    auto const done = get(bench, queued["id"]);
    CHECK(done["status"] == "completed");
    CHECK(text_of(done) == text_of(create(bench, request_of("Hello"))));

    auto const other = create(bench, body);
    auto const path = "/v1/responses/" + other["id"].get<std::string>();
    CHECK(json::parse(bench.send("POST", path + "/cancel").body)["status"] == "cancelled");
    CHECK(json::parse(bench.send("POST", path + "/cancel").body)["status"] == "cancelled");
    CHECK(get(bench, other["id"])["status"] == "cancelled");
    auto const synchronous = create(bench, request_of("Hello"));
    CHECK(bench.send("POST", "/v1/responses/" + synchronous["id"].get<std::string>() + "/cancel").status == 400);
    CHECK(bench.send("GET", "/v1/responses/" + synchronous["id"].get<std::string>() + "?stream=true").status == 400);
    body["store"] = false;
    CHECK(bench.send("POST", "/v1/responses", body).status == 400);
}

TEST_CASE("responses: a stream in the background is taken up after any event")
{
    openai_bench bench;
    auto body = request_of("Hello");
    body["background"] = true;
    body["stream"] = true;
    auto const all = events_of(bench.send("POST", "/v1/responses", body));
    auto const id = json::parse(all.back())["response"]["id"].get<std::string>();
    CHECK(json::parse(all[1])["type"] == "response.queued");
    for (std::size_t last = 0; last < all.size(); ++last) {
        auto const rest =
            events_of(bench.send("GET", "/v1/responses/" + id + "?stream=true&starting_after=" + std::to_string(last)));
        CHECK(rest == std::vector<std::string>(all.begin() + static_cast<std::ptrdiff_t>(last) + 1, all.end()));
    }
    CHECK(bench.send("GET", "/v1/responses/" + id + "?stream=true&starting_after=x").status == 400);
}

TEST_CASE("responses: pages of input items, and a count without an answer")
{
    openai_bench bench;
    auto input = json::array();
    for (int i = 0; i < 5; ++i)
        input.push_back({{"role", "user"}, {"content", "text " + std::to_string(i)}});
    auto const r = create(bench, request_of(input));
    auto const page = get(bench, r["id"], "/input_items?limit=2&order=asc");
    CHECK(page["data"].size() == 2);
    CHECK(page["has_more"] == true);
    auto const next = get(bench, r["id"], "/input_items?limit=3&order=asc&after=" + page["last_id"].get<std::string>());
    CHECK(next["data"][0]["content"][0]["text"] == "text 2");
    CHECK(next["has_more"] == false);
    CHECK(get(bench, r["id"], "/input_items")["data"][0]["content"][0]["text"] == "text 4");
    CHECK(bench.send("GET", "/v1/responses/" + r["id"].get<std::string>() + "/input_items?limit=0").status == 400);
    auto const counted = bench.send("POST", "/v1/responses/input_tokens", request_of(input));
    CHECK(json::parse(counted.body)["input_tokens"] == r["usage"]["input_tokens"]);
}

TEST_CASE("responses: an error in mid-stream, padding, and a [DONE] that some servers send")
{
    openai_bench bench;
    auto body = request_of("Hello");
    body["stream"] = true;
    openai_quirks q;
    q.error_after = 5;
    bench.service.set_quirks(q);
    auto const broken = chunks_of(bench.send("POST", "/v1/responses", body));
    REQUIRE(broken.size() == 6);
    CHECK(broken.back()["type"] == "error");
    CHECK(broken.back()["code"] == "server_error");
    CHECK(broken.back()["sequence_number"] == 5);
    q = {};
    q.obfuscation = q.done_on_responses = true;
    bench.service.set_quirks(q);
    auto const r = bench.send("POST", "/v1/responses", body);
    CHECK(events_of(r).back() == "[DONE]");
    CHECK(chunks_of(r)[4].contains("obfuscation"));
}

TEST_CASE("responses: bodies of another shape are refused and nothing more")
{
    openai_bench bench;
    for (auto const* input :
         {"null", "7", "[]", "[7]", R"([{"role":7}])", R"([{"role":"user"}])", R"([{"role":"user","content":[7]}])",
          R"([{"role":"user","content":[{"type":"x"}]}])", R"([{"type":"function_call"}])",
          R"([{"type":"function_call_output"}])", R"([{"type":"x"}])"}) {
        CAPTURE(input);
        CHECK(bench.send("POST", "/v1/responses", request_of(json::parse(input))).status == 400);
    }
    for (auto const* member : {"text", "reasoning", "include", "tools", "stream", "metadata"}) {
        auto body = request_of("x");
        body[member] = 7;
        CAPTURE(member);
        CHECK(bench.send("POST", "/v1/responses", body).status <= 400);
    }
}

TEST_CASE("responses: the output of a call is of the kind of the call")
{
    openai_bench bench;
    json const words = {{"type", "message"}, {"role", "user"}, {"content", "Run it"}};
    json const custom = {{"type", "custom_tool_call"}, {"call_id", "c1"}, {"name", "sql"}, {"input", "select"}};
    json const function = {{"type", "function_call"}, {"call_id", "c1"}, {"name", "f"}, {"arguments", "{}"}};
    for (auto const& call : {custom, function})
        for (char const* type : {"custom_tool_call_output", "function_call_output"}) {
            json const output = {{"type", type}, {"call_id", "c1"}, {"output", "22"}};
            auto const r = bench.send("POST", "/v1/responses", request_of(json::array({words, call, output})));
            bool const fits = type == call["type"].get<std::string>() + "_output";
            CAPTURE(r.body);
            CHECK(r.status == (fits ? 200 : 400));
        }
}

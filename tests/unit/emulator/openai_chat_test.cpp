#include "openai_support.hpp"

#include <augur/emulator/llm/tokens.hpp>

#include <doctest/doctest.h>

using namespace emulator_test;
using augur::emulator::openai_quirks;
using augur::emulator::llm::count_tokens;

namespace {

std::string content(json const& answer, std::size_t i = 0)
{
    return answer.at("choices").at(i).at("message").at("content").get<std::string>();
}

/// The texts of a stream by choice.
std::vector<std::string> streamed(std::vector<json> const& chunks, std::size_t choices)
{
    std::vector<std::string> texts(choices);
    for (auto const& c : chunks)
        for (auto const& choice : c.at("choices"))
            if (choice.contains("delta") && choice["delta"].contains("content") &&
                choice["delta"]["content"].is_string())
                texts.at(choice.at("index")) += choice["delta"]["content"].get<std::string>();
    return texts;
}

} // namespace

TEST_CASE("openai service: a chat completion, the same for the same seed")
{
    openai_bench bench;
    auto const a = bench.chat_json(question("Why is the sky blue?"));
    auto const b = bench.chat_json(question("Why is the sky blue?"));
    auto other = question("Why is the sky blue?");
    other["seed"] = 2;
    CHECK(content(a) == content(b));
    CHECK(content(a) != content(bench.chat_json(other)));
    CHECK(content(a) != content(bench.chat_json(question("Why is the sea blue?"))));
    CHECK(a["object"] == "chat.completion");
    CHECK(a["choices"][0]["finish_reason"] == "stop");
    CHECK(a["usage"]["completion_tokens"] == count_tokens(content(a)));
    CHECK(a["usage"]["prompt_tokens"] == count_tokens("Why is the sky blue?"));
    CHECK(a["usage"]["total_tokens"] == count_tokens(content(a)) + count_tokens("Why is the sky blue?"));
}

TEST_CASE("openai service: without a seed each answer is another, and a reset begins again")
{
    openai_bench bench;
    auto body = question("Hello");
    body.erase("seed");
    auto const first = content(bench.chat_json(body));
    CHECK(first != content(bench.chat_json(body)));
    bench.service.reset();
    CHECK(first == content(bench.chat_json(body)));
}

TEST_CASE("openai service: n choices, max tokens and stop sequences")
{
    openai_bench bench;
    auto body = question("Hello");
    body["n"] = 3;
    body["max_completion_tokens"] = 7;
    auto const a = bench.chat_json(body);
    REQUIRE(a["choices"].size() == 3);
    std::size_t counted = 0;
    for (std::size_t i = 0; i < 3; ++i) {
        CHECK(a["choices"][i]["finish_reason"] == "length");
        CHECK(count_tokens(content(a, i)) == 7);
        counted += count_tokens(content(a, i));
    }
    CHECK(content(a, 0) != content(a, 1));
    CHECK(a["usage"]["completion_tokens"] == counted);

    auto whole = content(bench.chat_json(question("Hello")));
    auto stopping = question("Hello");
    stopping["stop"] = json::array({whole.substr(20, 5)});
    auto const b = bench.chat_json(stopping);
    CHECK(content(b) == whole.substr(0, whole.find(whole.substr(20, 5))));
    CHECK(b["choices"][0]["finish_reason"] == "stop");
}

TEST_CASE("openai service: a stream says what the document says")
{
    openai_bench bench;
    auto body = question("Why is the sky blue?");
    body["n"] = 2;
    body["logprobs"] = true;
    body["top_logprobs"] = 2;
    auto const whole = bench.chat_json(body);
    body["stream"] = true;
    body["stream_options"] = {{"include_usage", true}};
    auto const r = bench.chat(body);
    CHECK(r.headers.get("content-type") == "text/event-stream; charset=utf-8");
    CHECK(events_of(r).back() == "[DONE]");
    auto const chunks = chunks_of(r);
    auto const texts = streamed(chunks, 2);
    CHECK(texts[0] == content(whole, 0));
    CHECK(texts[1] == content(whole, 1));
    CHECK(chunks.back()["choices"].empty());
    CHECK(chunks.back()["usage"] == whole["usage"]);
    auto logprobs = json::array();
    for (std::size_t i = 0; i + 1 < chunks.size(); ++i) {
        CHECK(chunks[i]["usage"].is_null());
        CHECK(chunks[i]["id"] == chunks[0]["id"]);
        auto const& choice = chunks[i]["choices"][0];
        if (choice["index"] == 0 && !choice["logprobs"].is_null())
            logprobs.insert(logprobs.end(), choice["logprobs"]["content"].begin(), choice["logprobs"]["content"].end());
    }
    CHECK(logprobs == whole["choices"][0]["logprobs"]["content"]);
}

TEST_CASE("openai service: the three ways to write the same path")
{
    openai_bench bench;
    auto const body = question("Hello");
    auto nameless = body;
    nameless.erase("model");
    auto const expected = content(bench.chat_json(body));
    CHECK(content(bench.chat_json(body, "/openai/v1")) == expected);
    CHECK(content(bench.chat_json(body, "/api/projects/p/openai/v1")) == expected);
    auto const dated = bench.send("POST", "/openai/deployments/chat/chat/completions?api-version=2024-10-21", nameless);
    CHECK(content(json::parse(dated.body)) == expected);
    CHECK(bench.send("POST", "/openai/deployments/chat/chat/completions", nameless).status == 404);
    CHECK(bench.send("POST", "/openai/deployments/chat/chat/completions?api-version=2024", nameless).status == 404);
    CHECK(bench.send("POST", "/openai/v1/chat/completions?api-version=2024-10-21", body).status == 400);
    CHECK(bench.send("POST", "/openai/v1/chat/completions?api-version=preview", body).status == 200);
    CHECK(bench.send("POST", "/v1/chat/completion", body).status == 404);
    // Dated: these two belong to a deployment, and everything else to none.
    CHECK(bench.send("POST", "/openai/chat/completions?api-version=2024-10-21", body).status == 404);
    CHECK(bench.send("POST", "/openai/embeddings?api-version=2024-10-21", body).status == 404);
    CHECK(bench.send("POST", "/openai/deployments/chat/responses?api-version=2025-04-01-preview", body).status == 404);
    CHECK(bench.send("GET", "/openai/deployments/chat/models?api-version=2024-10-21").status == 404);
    CHECK(bench.send("GET", "/v1/chat/completions").status == 404);
}

TEST_CASE("openai service: keys are verified, in the words of each service")
{
    openai_bench bench;
    auto const status = [&](std::string target, std::string header, std::string value) {
        auto r = post(std::move(target), question("Hello").dump());
        r.headers.set(header, std::move(value));
        return ask(bench.service, r);
    };
    CHECK(status("/openai/v1/chat/completions", "api-key", "azure-two").status == 200);
    CHECK(status("/openai/v1/chat/completions", "authorization", "Bearer azure-one").status == 200);
    CHECK(status("/v1/chat/completions", "authorization", "bearer sk-one").status == 200);
    std::string const dated = "/openai/deployments/chat/chat/completions?api-version=2024-10-21";
    CHECK(status(dated, "api-key", "azure-one").status == 200);
    CHECK(status(dated, "authorization", "Bearer azure-one").status == 401); // there only Entra's tokens are bearers
    auto const wrong = status("/openai/v1/chat/completions", "api-key", "sk-one");
    CHECK(wrong.status == 401);
    CHECK(json::parse(wrong.body)["error"]["code"] == "401");
    CHECK(status("/openai/v1/chat/completions", "x-nothing", "").status == 401);
    CHECK(status("/v1/chat/completions", "api-key", "sk-one").status == 401);
    auto const refused = status("/v1/chat/completions", "authorization", "Bearer azure-one");
    CHECK(refused.status == 401);
    CHECK(json::parse(refused.body)["error"]["code"] == "invalid_api_key");
}

TEST_CASE("openai service: errors have the shapes of the services")
{
    openai_bench bench;
    auto const error = [&](json const& body, std::string const& base = "/v1") {
        auto const r = bench.chat(body, base);
        CHECK(r.status >= 400);
        return json::parse(r.body).at("error");
    };
    CHECK(error(question("x", "nobody"))["code"] == "model_not_found");
    CHECK(error(question("x", "nobody"), "/openai/v1")["code"] == "DeploymentNotFound");
    CHECK(error(question("x", "embedder"), "/openai/v1")["code"] == "OperationNotSupported");
    CHECK(error({{"model", "chat"}})["param"] == "messages");
    CHECK(error({{"messages", user("x")}})["message"] == "you must provide a model parameter");
    std::string long_prompt;
    for (int i = 0; i < 41; ++i)
        long_prompt += " word";
    CHECK(error(question(long_prompt, "small"))["code"] == "context_length_exceeded");
    auto body = question("x");
    body["temperature"] = 2.5;
    CHECK(error(body)["param"] == "temperature");
    body = question("x");
    body["n"] = "2";
    CHECK(error(body)["code"] == "invalid_type");
    body = question("x");
    body["min_tokens"] = 1000;
    body["n"] = 33; // what is written in one go stays small
    CHECK(error(body)["param"] == "n");
    body = question("x", "thinker");
    body["max_tokens"] = 5;
    CHECK(error(body)["code"] == "unsupported_parameter");

    auto const blocked = error(question("say blockedprompt"), "/openai/v1");
    CHECK(blocked["code"] == "content_filter");
    CHECK(blocked["innererror"]["content_filter_result"]["violence"]["filtered"] == true);
    auto const cut = bench.chat_json(question("say blockedanswer"), "/openai/v1");
    CHECK(cut["choices"][0]["finish_reason"] == "content_filter");
    CHECK(cut["choices"][0]["content_filter_results"]["violence"]["filtered"] == true);
}

TEST_CASE("openai service: a call of a tool must be answered, and only once")
{
    openai_bench bench;
    json const call = {{"id", "call_1"}, {"type", "function"}, {"function", {{"name", "f"}, {"arguments", "{}"}}}};
    json const assistant = {{"role", "assistant"}, {"content", nullptr}, {"tool_calls", json::array({call})}};
    json const result = {{"role", "tool"}, {"tool_call_id", "call_1"}, {"content", "21 degrees"}};
    auto const status = [&](std::vector<json> messages) {
        auto body = question("x");
        for (auto& m : messages)
            body["messages"].push_back(std::move(m));
        return bench.chat(body).status;
    };
    CHECK(status({assistant, result}) == 200);
    CHECK(status({assistant}) == 400);
    CHECK(status({assistant, {{"role", "user"}, {"content", "y"}}}) == 400);
    CHECK(status({result}) == 400);
    CHECK(status({assistant, result, result}) == 400);
}

TEST_CASE("openai service: the quirks of Azure can be switched, and change no text")
{
    openai_bench bench;
    auto body = question("Why is the sky blue?");
    auto const expected = content(bench.chat_json(body));
    body["stream"] = true;
    auto const stream = [&](openai_quirks q) {
        bench.service.set_quirks(q);
        return bench.chat(body, "/openai/v1");
    };
    openai_quirks q;
    auto const usual = chunks_of(stream(q));
    CHECK(usual[0]["choices"].empty());
    CHECK(usual[0]["id"] == "");
    CHECK(usual[0].contains("prompt_filter_results"));
    CHECK(usual[2]["choices"][0]["content_filter_results"].contains("hate"));
    CHECK(streamed(usual, 1)[0] == expected);

    q.prompt_filter_chunk = q.filter_annotations = false;
    auto const plain = chunks_of(stream(q));
    CHECK(!plain[0]["choices"].empty());
    CHECK(!plain[2]["choices"][0].contains("content_filter_results"));

    q = {};
    q.prompt_annotations = true;
    auto const older = chunks_of(stream(q));
    CHECK(older[0]["choices"].empty());
    CHECK(older[0]["prompt_annotations"] == usual[0]["prompt_filter_results"]);
    CHECK(!older[0].contains("prompt_filter_results"));
    CHECK(streamed(older, 1)[0] == expected);
    auto asked_whole = body;
    asked_whole.erase("stream");
    auto const older_answer = json::parse(bench.chat(asked_whole, "/openai/v1").body);
    CHECK(older_answer["prompt_annotations"] == usual[0]["prompt_filter_results"]);
    CHECK(!older_answer.contains("prompt_filter_results"));
    CHECK(content(older_answer) == expected);

    // Azure says `usage: null` until the last chunk, which has no choices; other servers leave it away.
    auto const counted = [&](bool null_usage) {
        openai_quirks with;
        with.null_usage = null_usage;
        bench.service.set_quirks(with);
        auto asked = body;
        asked["stream_options"] = {{"include_usage", true}};
        auto chunks = chunks_of(bench.chat(asked, "/openai/v1"));
        CHECK(chunks.back()["choices"].empty());
        CHECK(chunks.back()["usage"]["total_tokens"] > 0);
        std::size_t nulls = 0;
        for (auto const& c : chunks)
            nulls += c.contains("usage") && c["usage"].is_null() ? 1 : 0;
        CHECK(streamed(chunks, 1)[0] == expected);
        return std::pair(nulls, chunks.size());
    };
    auto const [nulls, all] = counted(true);
    CHECK(nulls == all - 2); // all but the prompt's filters and the usage itself
    CHECK(counted(false).first == 0);

    q = {};
    q.asynchronous_filter = q.obfuscation = q.no_done = true;
    auto const r = stream(q);
    auto const late = chunks_of(r);
    std::size_t without_delta = 0;
    for (auto const& c : late)
        without_delta += !c["choices"].empty() && !c["choices"][0].contains("delta") ? 1 : 0;
    CHECK(without_delta > 0);
    CHECK(late[1].contains("obfuscation"));
    CHECK(events_of(r).back() != "[DONE]");
    CHECK(streamed(late, 1)[0] == expected);

    q = {};
    q.crlf = q.comments = q.byte_order_mark = true;
    auto const framed = stream(q);
    CHECK(framed.pieces[0].bytes.starts_with("\xEF\xBB\xBF: keep-alive\r\n\r\ndata: {"));
    CHECK(framed.pieces[0].bytes.ends_with("}\r\n\r\n"));
    CHECK(streamed(chunks_of(framed), 1)[0] == expected);

    q = {};
    q.error_after = 3;
    auto const broken = events_of(stream(q));
    REQUIRE(broken.size() == 4);
    CHECK(json::parse(broken[3]).contains("error"));

    bench.service.reset();
    CHECK(events_of(bench.chat(body, "/openai/v1")).back() == "[DONE]");
}

TEST_CASE("openai service: a model that reasons counts its thoughts apart")
{
    openai_bench bench;
    auto const a = bench.chat_json(question("Why is the sky blue?", "thinker"));
    auto const thoughts = a["usage"]["completion_tokens_details"]["reasoning_tokens"].get<std::size_t>();
    CHECK(thoughts > 0);
    CHECK(a["usage"]["completion_tokens"] == thoughts + count_tokens(content(a)));
    CHECK(!a["choices"][0]["message"].contains("reasoning_content"));
    openai_quirks q;
    q.reasoning_content = true;
    bench.service.set_quirks(q);
    auto const b = bench.chat_json(question("Why is the sky blue?", "thinker"));
    CHECK(count_tokens(b["choices"][0]["message"]["reasoning_content"].get<std::string>()) == thoughts);
}

TEST_CASE("openai service: embeddings as floats and as base64, models")
{
    openai_bench bench;
    json const body = {{"model", "embedder"}, {"input", json::array({"the sky is blue", "ein Gruß"})}};
    auto const floats = json::parse(bench.send("POST", "/v1/embeddings", body).body);
    REQUIRE(floats["data"].size() == 2);
    CHECK(floats["data"][0]["embedding"].size() == 1536);
    CHECK(floats["usage"]["prompt_tokens"] == count_tokens("the sky is blue") + count_tokens("ein Gruß"));
    auto packed = body;
    packed["encoding_format"] = "base64";
    packed["dimensions"] = 3;
    auto const text =
        json::parse(bench.send("POST", "/openai/deployments/embedder/embeddings?api-version=2024-10-21", packed).body);
    CHECK(text["data"][1]["embedding"].get<std::string>().size() == 16); // 12 bytes
    for (json const& wrong : {json(""), json::array(), json::array({1, ""}), json(7), json::array({json::array()})}) {
        auto bad = body;
        bad["input"] = wrong;
        CAPTURE(wrong.dump());
        CHECK(bench.send("POST", "/v1/embeddings", bad).status == 400);
    }
    for (json const& right : {json("x"), json::array({1, 2}), json::array({json::array({1, 2}), json::array({3})})}) {
        auto good = body;
        good["input"] = right;
        CHECK(bench.send("POST", "/v1/embeddings", good).status == 200);
    }
    auto const list = json::parse(bench.send("GET", "/v1/models").body);
    CHECK(list["data"].size() == 4);
    CHECK(json::parse(bench.send("GET", "/openai/models/chat?api-version=2024-10-21").body)["id"] == "chat");
    CHECK(bench.send("GET", "/v1/models/nobody").status == 404);
}

TEST_CASE("openai service: bodies that are no JSON, or another one, are refused and nothing more")
{
    openai_bench bench;
    for (auto const* body :
         {"", "{", "[]", "null", "7", R"({"model":7,"messages":[]})", R"({"model":"chat","messages":7})",
          R"({"model":"chat","messages":[7]})", R"({"model":"chat","messages":[{"role":7}]})",
          R"({"model":"chat","messages":[{"role":"user","content":7}]})",
          R"({"model":"chat","messages":[{"role":"user","content":[7]}]})",
          R"({"model":"chat","messages":[{"role":"user","content":"x"}],"tools":7})",
          R"({"model":"chat","messages":[{"role":"user","content":"x"}],"tools":[7]})",
          R"({"model":"chat","messages":[{"role":"user","content":"x"}],"stop":[7]})",
          R"({"model":"chat","messages":[{"role":"user","content":"x"}],"response_format":7})"}) {
        CAPTURE(body);
        auto r = post("/v1/chat/completions", body);
        r.headers.set("authorization", "Bearer sk-one");
        CHECK(ask(bench.service, r).status == 400);
    }
}

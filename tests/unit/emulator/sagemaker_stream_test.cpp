#include "openai_support.hpp"

#include <augur/codec/base64.hpp>
#include <augur/codec/eventstream.hpp>
#include <augur/emulator/language_container.hpp>
#include <augur/emulator/llm/tokens.hpp>
#include <augur/emulator/sagemaker_service.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace augur::emulator;
using namespace emulator_test;
namespace eventstream = augur::codec::eventstream;
using dialect = language_container::dialect;

namespace {

// A token of the published scheme, made elsewhere on 21 August 2026 at noon for twelve hours in us-west-2.
constexpr std::string_view token =
    "sagemaker-api-key-c2FnZW1ha2VyLmFtYXpvbmF3cy5jb20vP0FjdGlvbj1DYWxsV2l0aEJlYXJlclRva2VuJlgtQW16LUFsZ29yaXRobT1BV1M0"
    "LUhNQUMtU0hBMjU2JlgtQW16LUNyZWRlbnRpYWw9QUtJQUlPU0ZPRE5ON0VYQU1QTEUlMkYyMDI2MDgyMSUyRnVzLXdlc3QtMiUyRnNhZ2VtYWtlci"
    "Uy"
    "RmF3czRfcmVxdWVzdCZYLUFtei1EYXRlPTIwMjYwODIxVDEyMDAwMFomWC1BbXotRXhwaXJlcz00MzIwMCZYLUFtei1TaWduZWRIZWFkZXJzPWhvc3"
    "Qm"
    "WC1BbXotU2lnbmF0dXJlPWU0ZDIwZjM3ZGZjZTZkMDY1NWY5YjJkZGIyODJiNDM5MGNiNTA2NmJkOTJhNDYyMjM4MDNiNjc1YzFjYTJjYjUmVmVyc2"
    "lv"
    "bj0x";
constexpr system_clock::time_point token_made = std::chrono::sys_days(std::chrono::year(2026) / 8 / 21) +
                                                std::chrono::hours(12);

/// A token that is made and signed at the moment and lasts so many seconds.
std::string token_for(std::string const& seconds)
{
    std::string const scope = "20150830/us-east-1/sagemaker/aws4_request";
    auto const query = "Action=CallWithBearerToken&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE"
                       "%2F20150830%2Fus-east-1%2Fsagemaker%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-Expires=" +
                       seconds + "&X-Amz-SignedHeaders=host";
    auto const canonical = "POST\n/\n" + query + "\nhost:sagemaker.amazonaws.com\n\nhost\n" + sha256_hex("");
    auto const to_sign = "AWS4-HMAC-SHA256\n20150830T123600Z\n" + scope + "\n" + sha256_hex(canonical);
    auto key = "AWS4" + signing().secret_key;
    for (auto const* part : {"20150830", "us-east-1", "sagemaker", "aws4_request"})
        key = hmac(key, part);
    auto const signature = hmac(key, to_sign);
    return "sagemaker-api-key-" +
           augur::codec::base64_encode("sagemaker.amazonaws.com/?" + query + "&X-Amz-Signature=" +
                                       hex(reinterpret_cast<unsigned char const*>(signature.data()), signature.size()) +
                                       "&Version=1");
}

sagemaker_options options()
{
    sagemaker_options o;
    aws_credential main, of_token;
    main.access_key = signing().access_key;
    main.secret_key = signing().secret_key;
    of_token.access_key = "AKIAIOSFODNN7EXAMPLE";
    of_token.secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    o.credentials = {main, of_token};
    o.regions = {"us-east-1", "us-west-2"};
    auto const add = [&](std::string name, std::shared_ptr<container> host) -> sagemaker_endpoint& {
        auto& e = o.endpoints.emplace_back();
        e.name = std::move(name);
        e.variants = {{"AllTraffic", 1, std::move(host)}};
        return e;
    };
    auto const model = [](dialect d) { return std::make_shared<language_container>(ngrams(), d); };
    add("chat", model(dialect::messages));
    add("tgi", model(dialect::tgi));
    add("lmi", model(dialect::lmi));
    add("outputs", model(dialect::outputs));
    add("plain", std::make_shared<function_container>([](container_call const& call) {
            return container_reply{200, "text/plain", call.accept + "|" + call.body, {}};
        }));
    add("failing", std::make_shared<function_container>(
                       [](container_call const&) { return container_reply{500, "text/plain", "no memory", {}}; }));
    add("parts", model(dialect::messages)).components = {{"one", model(dialect::messages)}};
    return o;
}

response stream(sagemaker_service& s, std::string const& name, std::string body, header_list::line header = {})
{
    auto r = post("/endpoints/" + name + "/invocations-response-stream", std::move(body));
    if (!header.first.empty())
        r.headers.set(header.first, header.second);
    sign(r, {});
    return ask(s, r);
}

/// What the library's decoder reads: it shares nothing with the emulator's encoder.
struct told
{
    std::string bytes; ///< of all parts
    std::size_t parts = 0;
    std::size_t others = 0;
    std::string exception, payload;
    bool broken = false;
};

told read(response const& r)
{
    told t;
    eventstream::decoder decoder;
    for (auto const& p : r.pieces) {
        decoder.feed(p.bytes);
        for (;;) {
            auto frame = decoder.next();
            if (!frame) {
                t.broken = true;
                return t;
            }
            if (!*frame)
                break;
            auto const& headers = (*frame)->headers;
            auto const type = headers.find_string(":message-type");
            if (type == "event" && headers.find_string(":event-type") == "PayloadPart") {
                t.bytes += (*frame)->payload;
                ++t.parts;
            }
            else if (type == "exception") {
                t.exception = headers.find_string(":exception-type").value();
                t.payload = (*frame)->payload;
            }
            else if (type == "error") {
                t.exception = "error " + std::string(headers.find_string(":error-code").value());
            }
            else {
                ++t.others;
            }
        }
    }
    return t;
}

std::string const chat_body = R"({"messages":[{"role":"user","content":"Hello"}],"seed":1,"stream":true})";
std::string const inputs_body =
    R"({"inputs":"Hello","parameters":{"seed":1,"max_new_tokens":9,"details":true},"stream":true})";

std::string text_of_events(std::string_view sse)
{
    std::string text;
    for (std::size_t at = 0; (at = sse.find("data: {", at)) != sse.npos; ++at) {
        auto const chunk = json::parse(sse.substr(at + 6, sse.find('\n', at) - at - 6));
        for (auto const& choice : chunk["choices"])
            text += choice["delta"].value("content", "");
    }
    return text;
}

std::vector<json> lines_of(std::string const& text)
{
    std::vector<json> lines;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
        lines.push_back(json::parse(text.substr(at, text.find('\n', at) - at)));
    return lines;
}

} // namespace

TEST_CASE("sagemaker stream: a chat in server-sent events, one part for each")
{
    sagemaker_service s(options());
    auto const r = stream(s, "chat", chat_body);
    CHECK(r.status == 200);
    CHECK(r.headers.get("content-type") == "application/vnd.amazon.eventstream");
    CHECK(r.headers.get("x-amzn-sagemaker-content-type").starts_with("text/event-stream"));
    CHECK(r.headers.get("x-amzn-invoked-production-variant") == "AllTraffic");
    auto const t = read(r);
    CHECK(t.parts == r.pieces.size());
    CHECK(t.bytes.ends_with("data: [DONE]\n\n"));
    openai_bench bench;
    CHECK(text_of_events(t.bytes) ==
          bench.chat_json(question("Hello"))["choices"][0]["message"]["content"].get<std::string>());
}

TEST_CASE("sagemaker stream: three forms of inputs and parameters")
{
    sagemaker_service s(options());
    auto const lmi = lines_of(read(stream(s, "lmi", inputs_body)).bytes);
    REQUIRE(lmi.size() == 9);
    std::string text;
    for (auto const& line : lmi)
        text += line["token"]["text"].get<std::string>();
    CHECK(lmi.back()["generated_text"] == json(text));
    CHECK(lmi.back()["details"]["finish_reason"] == "length");
    CHECK(!lmi.front().contains("details"));
    CHECK(llm::count_tokens(text) == 9);

    std::string outputs;
    for (auto const& line : lines_of(read(stream(s, "outputs", inputs_body)).bytes))
        outputs += line["outputs"][0].get<std::string>();
    CHECK(outputs == text);

    auto const tgi = read(stream(s, "tgi", inputs_body)).bytes;
    CHECK(tgi.starts_with("data:{"));
    CHECK(tgi.find(json(text).dump()) != tgi.npos);

    auto r = post("/endpoints/lmi/invocations", R"({"inputs":"Hello","parameters":{"seed":1,"max_new_tokens":9}})");
    sign(r, {});
    CHECK(json::parse(ask(s, r).body)["generated_text"] == json(text));
    CHECK(stream(s, "lmi", R"({"inputs":7})").status == 424);
    CHECK(stream(s, "lmi", "x").status == 424);
    CHECK(stream(s, "chat", R"({"messages":7})").status == 424);
    CHECK(stream(s, "chat", R"({"model":"nobody","messages":[{"role":"user","content":"x"}]})").status == 424);
}

TEST_CASE("sagemaker stream: prompt and answer fit into the model's window together")
{
    language_container const host(ngrams(), dialect::tgi);
    auto const status = [&](std::size_t words, std::size_t answer) {
        container_call call;
        json body = {{"inputs", "a"}, {"parameters", {{"max_new_tokens", answer}}}};
        for (std::size_t i = 1; i < words; ++i)
            body["inputs"] = body["inputs"].get<std::string>() + " a";
        call.body = body.dump();
        return host.answer(call, 1).status;
    };
    CHECK(status(92, 8100) == 200);
    CHECK(status(93, 8100) == 422);
    CHECK(status(1, 8192) == 422);
}

TEST_CASE("sagemaker stream: a container that does not stream gives one part, and its own accept header travels apart")
{
    sagemaker_service s(options());
    auto const r = stream(s, "plain", "body", {"x-amzn-sagemaker-accept", "text/plain"});
    CHECK(read(r).parts == 1);
    CHECK(read(r).bytes == "text/plain|body");
    auto const whole = read(stream(s, "plain", std::string(200'000, 'x')));
    CHECK(whole.parts == 4);
    CHECK(whole.bytes.size() == 200'001);
}

TEST_CASE("sagemaker stream: errors before the first byte are those of any call")
{
    sagemaker_service s(options());
    CHECK(stream(s, "failing", "x").status == 424);
    CHECK(stream(s, "nobody", "x").status == 400);
    CHECK(stream(s, "plain", "x", {"x-amzn-sagemaker-session-id", "NEW_SESSION"}).status == 400);
    auto unsigned_request = post("/endpoints/plain/invocations-response-stream", "x");
    CHECK(ask(s, unsigned_request).status == 403);
}

TEST_CASE("sagemaker stream: exceptions, odd frames and cuts can be switched")
{
    sagemaker_service s(options());
    auto const usual = read(stream(s, "chat", chat_body));
    sagemaker_stream_quirks q;
    q.part_bytes = 7;
    q.empty_parts = q.unknown_events = true;
    s.set_stream_quirks(q);
    auto const odd = read(stream(s, "chat", chat_body));
    CHECK(text_of_events(odd.bytes) == text_of_events(usual.bytes));
    CHECK(odd.parts > usual.parts);
    CHECK(odd.others > 0);

    q = {};
    q.exception_after = 3;
    s.set_stream_quirks(q);
    auto const broken = read(stream(s, "chat", chat_body));
    CHECK(broken.parts == 3);
    CHECK(broken.exception == "ModelStreamError");
    CHECK(json::parse(broken.payload)["ErrorCode"] == "StreamBroken");
    q.exception = "InternalStreamFailure";
    q.exception_after = 0;
    s.set_stream_quirks(q);
    auto const failed = read(stream(s, "chat", chat_body));
    CHECK(failed.exception == "InternalStreamFailure");
    CHECK(failed.parts == 0);
    CHECK(!json::parse(failed.payload).contains("ErrorCode"));
    q.as_error = true;
    s.set_stream_quirks(q);
    CHECK(read(stream(s, "chat", chat_body)).exception == "error InternalStreamFailure");
    q = {};
    q.bad_checksum = true;
    s.set_stream_quirks(q);
    CHECK(read(stream(s, "chat", chat_body)).broken);
    s.reset();
    CHECK(read(stream(s, "chat", chat_body)).parts == usual.parts);
}

TEST_CASE("sagemaker chat path: a bearer token is verified, and the container's answer comes as it is")
{
    sagemaker_service s(options());
    auto const chat = [&](std::string const& path, std::string authorization, std::string body = chat_body,
                          system_clock::time_point now = token_made + std::chrono::hours(1)) {
        auto r = post("/endpoints/" + path + "/openai/v1/chat/completions", std::move(body));
        r.headers.set("authorization", std::move(authorization));
        return ask(s, r, now);
    };
    auto const bearer = "Bearer " + std::string(token);
    auto const r = chat("chat", bearer);
    CHECK(r.status == 200);
    CHECK(r.headers.get("content-type").starts_with("text/event-stream"));
    CHECK(events_of(r).back() == "[DONE]");
    auto const whole = chat("chat", bearer, R"({"model":"","messages":[{"role":"user","content":"Hello"}],"seed":1})");
    CHECK(json::parse(whole.body)["object"] == "chat.completion");
    CHECK(chat("parts/inference-components/one", bearer).status == 200);
    CHECK(chat("parts", bearer).status == 400);
    CHECK(chat("parts/inference-components/two", bearer).status == 400);
    CHECK(chat("tgi", bearer).status == 200); // every container of these has this path

    CHECK(chat("chat", bearer, chat_body, token_made + std::chrono::hours(13)).status == 403);
    CHECK(chat("chat", bearer, chat_body, token_made - std::chrono::hours(1)).status == 403);
    CHECK(chat("chat", "Bearer " + token_for("43200"), chat_body, moment).status == 200);
    CHECK(chat("chat", "Bearer " + token_for("43201"), chat_body, moment).status == 403); // longer than twelve hours
    CHECK(chat("chat", "Bearer sagemaker-api-key-!").status == 403);
    CHECK(chat("chat", "Bearer something").status == 403);
    CHECK(chat("chat", "Basic x").status == 403);
    auto forged = bearer;
    forged[forged.size() - 30] = forged[forged.size() - 30] == 'A' ? 'B' : 'A';
    CHECK(chat("chat", forged).status == 403);
    auto const unknown = chat("chat", bearer, R"({"model":"nobody","messages":[{"role":"user","content":"x"}]})");
    CHECK(unknown.status == 424);
    CHECK(json::parse(unknown.body)["OriginalStatusCode"] == 404);
    CHECK(json::parse(json::parse(unknown.body)["OriginalMessage"].get<std::string>())["error"]["type"] ==
          "NotFoundError");

    auto with_signature = post("/endpoints/chat/openai/v1/chat/completions", chat_body);
    sign(with_signature, {});
    CHECK(ask(s, with_signature).status == 403);
}

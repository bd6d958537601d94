// Streams of the SageMaker clients, from the caller's request to the caller's events.

#include "stream_support.hpp"
#include "support/doubles.hpp"
#include "support/pieces.hpp"

#include <augur/auth/key.hpp>
#include <augur/codec/hex.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <sys/wait.h>
#include <unistd.h>

using namespace test;
using testing::reply;

namespace {

std::string const path = "/endpoints/llama/invocations-response-stream";

reply streamed(std::string body, std::string type = "application/jsonlines")
{
    return reply::with(200,
                       {{"content-type", "application/vnd.amazon.eventstream"},
                        {"x-amzn-sagemaker-content-type", std::move(type)},
                        {"x-amzn-invoked-production-variant", "blue"},
                        {"x-amzn-requestid", "6f5e"}},
                       std::move(body));
}

struct bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    sagemaker::chat_config config;

    bench()
    {
        config.region = "eu-west-1";
        config.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret"));
        config.client.transport = transport;
        config.client.timers = time;
        config.client.random = std::make_shared<half_random>();
        config.client.max_attempts = 3;
    }
    sagemaker::chat_endpoint llama() { return sagemaker::chat_endpoint(io.get_executor(), "llama", config); }
    template <class T>
    T run(asio::awaitable<T> main)
    {
        return testing::run(io, *time, std::move(main));
    }
};

sagemaker::invoke_endpoint_request request()
{
    sagemaker::invoke_endpoint_request out("llama", body("{}"));
    out.content_type("application/json").accept("application/jsonlines");
    return out;
}

/// Reads to the end: what came, joined by '|'; then "." or the error.
template <class Stream, class Text>
asio::awaitable<std::string> read_all(Stream& from, Text text)
{
    std::string out;
    for (;;) {
        auto item = co_await from.next();
        if (!item)
            co_return out + item.error().code().message();
        if (!*item)
            co_return out + ".";
        out.append(text(**item)).append("|");
    }
}

asio::awaitable<std::string> read_lines(sagemaker::runtime_client client, call_options options)
{
    auto const text = [](std::string_view l) { return std::string(l); };
    auto stream = co_await client.invoke_endpoint_with_response_lines(request(), std::move(options));
    if (!stream)
        co_return stream.error().code().message();
    CHECK(stream->head().content_type == "application/jsonlines");
    CHECK(stream->head().invoked_production_variant == "blue");
    CHECK(stream->meta().request_id == "6f5e");
    CHECK(stream->meta().variant == "blue");
    co_return co_await read_all(*stream, text);
}

asio::awaitable<std::string> read_parts(sagemaker::runtime_client client)
{
    auto const text = [](sagemaker::payload_part p) { return std::string(p.bytes); };
    auto stream = co_await client.invoke_endpoint_with_response_stream(request());
    if (!stream)
        co_return stream.error().code().message();
    co_return co_await read_all(*stream, text);
}

/// Which variant the head names before and after the first part, which may need a second attempt.
asio::awaitable<std::string> read_variants(sagemaker::runtime_client client)
{
    call_options options;
    options.replay(replay::replay_unknown);
    auto stream = co_await client.invoke_endpoint_with_response_stream(request(), options);
    if (!stream)
        co_return stream.error().code().message();
    auto out = stream->head().invoked_production_variant + ", ";
    auto const item = co_await stream->next();
    if (!item)
        co_return out + item.error().code().message();
    co_return out.append((*item)->bytes).append(" by ").append(stream->head().invoked_production_variant);
}

asio::awaitable<std::string> read_events(sagemaker::runtime_client client)
{
    auto const text = [](codec::sse::event const& e) { return std::string(e.data); };
    auto stream = co_await client.invoke_endpoint_with_response_events(request());
    if (!stream)
        co_return stream.error().code().message();
    co_return co_await read_all(*stream, text);
}

asio::awaitable<std::string> ask(sagemaker::chat_endpoint llama, call_options options)
{
    auto const text = [](chat_event const& e) { return std::string(e.text().value_or("-")); };
    chat_request question;
    question.user("Why is the sky blue?");
    auto stream = co_await llama.stream(std::move(question), std::move(options));
    if (!stream)
        co_return stream.error().code().message();
    auto out = co_await read_all(*stream, text);
    co_return out + " " + stream->text();
}

} // namespace

TEST_CASE("sagemaker streams: parts, lines and events of a signed request")
{
    bench b;
    auto client = b.llama().client();
    b.transport->expect("POST", path, streamed(parts_of("{\"a\":1}\n{\"b\":2}\n", 5)).in_pieces_of(3));
    CHECK(b.run(read_lines(client, {})) == "{\"a\":1}|{\"b\":2}|.");
    b.transport->expect("POST", path, streamed(part("one") + part("two")).in_pieces_of(1));
    CHECK(b.run(read_parts(client)) == "one|two|.");
    b.transport->expect("POST", path, streamed(parts_of("data: 1\n\n: ping\n\ndata: 2\n\n", 4)));
    CHECK(b.run(read_events(client)) == "1|2|.");
    CHECK(b.transport->ok());
    auto const& seen = b.transport->seen().front();
    CHECK(seen.field("authorization").starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    CHECK(seen.field("x-amzn-sagemaker-accept") == "application/jsonlines");
    CHECK(seen.field("content-type") == "application/json");
    CHECK(seen.field("amz-sdk-request") == "attempt=1; max=3");
    CHECK(seen.content == "{}");
}

TEST_CASE("sagemaker streams: whole, cut at every byte and a byte at a time they are the same")
{
    auto const failure = exception_frame("ModelStreamError", R"({"Message":"gone"})");
    auto const lines = parts_of("{\"a\":1}\n{\"b\":\"\xC3\xBC\"}\n", 10);
    auto const events = parts_of("data: 1\n\n: ping\n\ndata: \xC3\xBC\r\n\r\n", 10);
    auto const bytes = part("one") + part("") + part("two\xC3");
    struct row
    {
        char const* what;
        std::string body;
        asio::awaitable<std::string> (*read)(sagemaker::runtime_client);
        char const* told;
    };
    auto const as_lines = [](sagemaker::runtime_client c) { return read_lines(std::move(c), {}); };
    for (auto const& r :
         {row{"parts", bytes, &read_parts, "one|two\xC3|."},
          row{"lines", lines, as_lines, "{\"a\":1}|{\"b\":\"\xC3\xBC\"}|."},
          row{"events", events, &read_events, "1|\xC3\xBC|."},
          row{"parts, and a failure", bytes + failure, &read_parts, "one|two\xC3|model_stream_error"},
          row{"lines, and a failure", lines + failure, as_lines, "{\"a\":1}|{\"b\":\"\xC3\xBC\"}|model_stream_error"},
          row{"a cut frame", bytes.substr(0, bytes.size() - 3), &read_parts, "one|truncated"}}) {
        CAPTURE(r.what);
        bench b;
        auto const client = b.llama().client();
        auto const read = [&](std::size_t pieces) {
            b.transport->expect("POST", path, streamed(r.body).in_pieces_of(pieces));
            return b.run(r.read(client));
        };
        CHECK(test_support::where_pieces_matter(r.body.size(), read) == "");
        CHECK(read(r.body.size()) == r.told);
    }
}

TEST_CASE("sagemaker streams: a failure in the stream comes after what was before it, and is not repeated")
{
    bench b;
    auto client = b.llama().client();
    for (auto const* name : {"ModelStreamError", "InternalStreamFailure"}) {
        b.transport->expect(streamed(part("{\"a\":1}\n{\"b\"") + exception_frame(name, R"({"Message":"gone"})")));
        auto const seen = b.run(read_lines(client, {}));
        CHECK(seen == (std::string_view(name) == "ModelStreamError" ? "{\"a\":1}|model_stream_error"
                                                                    : "{\"a\":1}|internal_stream_failure"));
    }
    CHECK(b.transport->seen().size() == 2);
    CHECK(b.time->elapsed() == 0ns);
}

TEST_CASE("sagemaker streams: a transient refusal before the stream is repeated, a final one is told")
{
    bench b;
    auto client = b.llama().client();
    b.transport->expect(aws_error(503, "ServiceUnavailable"));
    b.transport->expect(aws_error(429, "ModelNotReadyException"));
    b.transport->expect(streamed(part("{\"a\":1}\n")));
    CHECK(b.run(read_lines(client, {})) == "{\"a\":1}|.");
    CHECK(b.transport->seen().size() == 3);
    b.transport->expect(aws_error(424, "ModelError"));
    CHECK(b.run(read_lines(client, {})) == "model_error");
    CHECK(b.transport->ok());
}

TEST_CASE("sagemaker streams: frames that carry nothing do not count as progress")
{
    bench b;
    std::string empty;
    for (int i = 0; i < 100; ++i)
        empty += part("");
    b.transport->expect(streamed(part("{\"a\":1}\n") + empty).in_pieces_of(part("").size()).each_after(100ms));
    call_options options;
    options.idle(2s);
    CHECK(b.run(read_lines(b.llama().client(), options)) == "{\"a\":1}|idle_timeout");
    CHECK(b.time->elapsed() < 3s);
}

TEST_CASE("sagemaker chat: events that add nothing do not count as progress, in frames or without")
{
    for (auto const form : {sagemaker::chat_form::messages, sagemaker::chat_form::openai}) {
        bench b;
        b.config.form = form;
        bool const is_framed = form == sagemaker::chat_form::messages;
        auto const carried = [is_framed](std::string const& text) { return is_framed ? part(text) : text; };
        auto const nothing = carried("data: {\"choices\":[{\"index\":0,\"delta\":{}}]}\n\n");
        std::string body;
        for (int i = 0; i < 100; ++i)
            body += nothing;
        auto head = is_framed ? streamed(body, "text/event-stream")
                              : reply::with(200, {{"content-type", "text/event-stream"}}, body);
        b.transport->expect(head.in_pieces_of(nothing.size()).each_after(100ms));
        call_options options;
        options.idle(2s);
        auto const ended = b.run(ask(b.llama(), options));
        CHECK_MESSAGE(ended.find("idle_timeout") != std::string::npos, ended);
        CHECK(b.time->elapsed() < 3s);
    }
}

TEST_CASE("sagemaker streams: a success that is no event stream is an error that says what it is")
{
    bench b;
    b.transport->expect(reply::with(200, {{"content-type", "text/html"}}, "<html>"));
    CHECK(b.run(read_parts(b.llama().client())) == "decode_error");
}

TEST_CASE("sagemaker streams: the configuration limits lines and events, and parts are what they are")
{
    bench b;
    b.config.client.sizes.stream_event = 50;
    std::string const line(51, 'x');
    b.transport->expect(streamed(part(line)));
    CHECK(b.run(read_lines(b.llama().client(), {})) == "event_limit");
    b.transport->expect(streamed(part("data:" + line)));
    CHECK(b.run(read_events(b.llama().client())) == "event_limit");
    b.transport->expect(streamed(part(line)));
    CHECK(b.run(read_parts(b.llama().client())) == line + "|.");
    for (auto const form : {sagemaker::chat_form::messages, sagemaker::chat_form::openai}) {
        b.config.form = form;
        std::string const event = "data: " + line;
        b.transport->expect(form == sagemaker::chat_form::openai
                                ? reply::with(200, {{"content-type", "text/event-stream"}}, event)
                                : streamed(part(event), "text/event-stream"));
        CHECK(b.run(ask(b.llama(), {})) == "event_limit ");
    }
}

TEST_CASE("sagemaker streams: the head is that of the attempt that is read")
{
    bench b;
    testing::reply::field_list fields{{"content-type", "application/vnd.amazon.eventstream"},
                                      {"x-amzn-sagemaker-content-type", "text/plain"},
                                      {"x-amzn-invoked-production-variant", "one"}};
    b.transport->expect(reply::with(200, fields, part("Blue")).cut_after(3));
    fields[2].second = "two";
    b.transport->expect(reply::with(200, fields, part("Blue")));
    CHECK(b.run(read_variants(b.llama().client())) == "one, Blue by two");
    b.transport->expect(reply::with(200, fields, part("Blue")).cut_after(3));
    b.transport->expect(reply::with(200, {{"content-type", "text/html"}}, "<html>"));
    CHECK(b.run(read_variants(b.llama().client())) == "two, decode_error");
}

TEST_CASE("sagemaker chat: the same loop over every form of container")
{
    std::string const vllm =
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ray\"},\"finish_reason\":null}]}\n\n"
        "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"leigh.\"},"
        "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";
    bench of_events;
    auto const framed = parts_of(vllm, 17);
    auto const as_events = [&](std::size_t pieces) {
        of_events.transport->expect("POST", path, streamed(framed, "text/event-stream").in_pieces_of(pieces));
        return of_events.run(ask(of_events.llama(), {}));
    };
    CHECK(test_support::where_pieces_matter(framed.size(), as_events) == "");
    CHECK(as_events(framed.size()) == "Ray|leigh.|. Rayleigh.");
    CHECK(of_events.transport->seen()[0].content.find("\"stream\":true") != std::string::npos);
    bench b;
    b.config.form = sagemaker::chat_form::inputs;
    b.config.target_variant = "blue";
    auto const outputs = parts_of("{\"outputs\":[\"Ray\"]}\n{\"outputs\":[\"leigh.\"]}\n", 9);
    auto const as_outputs = [&](std::size_t pieces) {
        b.transport->expect("POST", path, streamed(outputs).in_pieces_of(pieces));
        return b.run(ask(b.llama(), {}));
    };
    CHECK(test_support::where_pieces_matter(outputs.size(), as_outputs) == "");
    CHECK(as_outputs(outputs.size()) == "Ray|leigh.|. Rayleigh.");
    CHECK(b.transport->seen()[0].content == R"({"inputs":"Why is the sky blue?","parameters":{},"stream":true})");
    CHECK(b.transport->seen()[0].field("x-amzn-sagemaker-target-variant") == "blue");
}

TEST_CASE("sagemaker chat: a stream that breaks keeps the text so far")
{
    bench b;
    b.config.form = sagemaker::chat_form::inputs;
    auto const body = parts_of("{\"outputs\":[\"Ray\"]}\n{\"outputs\":[\"leigh.\"]}\n", 19);
    auto const first = part(std::string(19, 'x')).size();
    for (std::size_t cut = first; cut < body.size(); ++cut) {
        b.transport->expect(streamed(body).cut_after(cut));
        auto const seen = b.run(ask(b.llama(), {}));
        CHECK((seen == "truncated " || seen == "Ray|truncated Ray" || seen == "Ray|leigh.|truncated Rayleigh."));
    }
    CHECK(b.transport->ok()); // and nothing was repeated
}

TEST_CASE("sagemaker chat: one whole answer")
{
    bench b;
    b.config.form = sagemaker::chat_form::inputs;
    auto const go = [](sagemaker::chat_endpoint llama) -> asio::awaitable<result<chat_response>> {
        chat_request question;
        question.user("Why?");
        co_return co_await llama.chat(std::move(question));
    };
    b.transport->expect("POST", "/endpoints/llama/invocations",
                        reply::with(200, {{"x-amzn-requestid", "6f5e"}}, R"([{"generated_text":"Rayleigh."}])"));
    auto const answer = b.run(go(b.llama()));
    REQUIRE(answer.has_value());
    CHECK(answer->text() == "Rayleigh.");
    CHECK(answer->meta.request_id == "6f5e");
    b.transport->expect("POST", "/endpoints/llama/invocations",
                        reply::with(200, {{"x-amzn-requestid", "6f5f"}}, "<html>"));
    auto const broken = b.run(go(b.llama()));
    REQUIRE_FALSE(broken.has_value());
    CHECK(broken.error() == errc::decode_error);
    CHECK(broken.error().outcome() == outcome::complete);
    CHECK(broken.error().http_status() == 200);
    CHECK(broken.error().request_id() == "6f5f");
    CHECK(broken.error().message().find("web page") != std::string_view::npos);
    for (auto const form :
         {sagemaker::chat_form::inputs, sagemaker::chat_form::messages, sagemaker::chat_form::openai}) {
        b.config.form = form;
        b.transport->expect(reply::with(200, {{"content-type", "text/event-stream"}, {"x-amzn-requestid", "6f60"}},
                                        "data: {\"choices\":[]}\n\n"));
        auto const streamed = b.run(go(b.llama()));
        REQUIRE_FALSE(streamed.has_value());
        CHECK(streamed.error() == errc::decode_error);
        CHECK(streamed.error().outcome() == outcome::complete);
        CHECK(streamed.error().request_id() == "6f60");
        CHECK_MESSAGE(streamed.error().message().find("stream of events (text/event-stream)") != std::string_view::npos,
                      streamed.error());
    }
}

namespace {

std::string const openai_path = "/endpoints/llama/openai/v1/chat/completions";
std::string const spoken = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Ray\"}}]}\n\n"
                           "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"leigh.\"},"
                           "\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

reply spoken_by_container(std::string body)
{
    return reply::with(200, {{"content-type", "text/event-stream"}, {"x-amzn-requestid", "6f5e"}}, std::move(body));
}

} // namespace

TEST_CASE("sagemaker chat: the OpenAI-compatible path takes a bearer token and sends no frames")
{
    bench b;
    b.config.form = sagemaker::chat_form::openai;
    auto llama = b.llama();
    auto const whole = [&](std::size_t pieces) {
        b.transport->expect("POST", openai_path, spoken_by_container(spoken).in_pieces_of(pieces));
        return b.run(ask(llama, {}));
    };
    CHECK(test_support::where_pieces_matter(spoken.size(), whole) == "");
    CHECK(whole(spoken.size()) == "Ray|leigh.|. Rayleigh.");
    for (std::size_t cut = 0; cut < spoken.size(); ++cut) {
        b.transport->expect("POST", openai_path, spoken_by_container(spoken).cut_after(cut));
        auto const seen = b.run(ask(llama, {}));
        CHECK((seen == "truncated " || seen == "Ray|truncated Ray" || seen == "Ray|leigh.|truncated Rayleigh."));
    }
    auto const& seen = b.transport->seen().front();
    CHECK(seen.field("authorization").starts_with("Bearer sagemaker-api-key-"));
    CHECK(seen.field("x-amz-date").empty());
    CHECK(seen.field("content-type") == "application/json");
    CHECK(seen.content.find("\"stream\":true") != std::string::npos);
    CHECK(b.transport->seen().back().field("authorization") == seen.field("authorization"));
    b.time->advance(31min);
    b.transport->expect("POST", openai_path, spoken_by_container(spoken));
    CHECK(b.run(ask(llama, {})) == "Ray|leigh.|. Rayleigh.");
    CHECK(b.transport->seen().back().field("authorization") != seen.field("authorization"));
    CHECK(b.transport->ok());
}

TEST_CASE("sagemaker chat: a client from before a fork is refused in the child also on the path it had not used yet")
{
    bench b;
    b.config.form = sagemaker::chat_form::openai;
    auto llama = b.llama();
    b.transport->expect("POST", openai_path, spoken_by_container(spoken));
    auto const child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        ::alarm(20);
        bool const refused = b.run(ask(llama, {})) == make_error_code(augur::errc::forked).message();
        ::_exit(refused && b.transport->seen().empty() ? 0 : 1);
    }
    int status = -1;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(b.run(ask(llama, {})) == "Ray|leigh.|. Rayleigh.");
}

TEST_CASE("sagemaker chat: one whole answer over the OpenAI-compatible path, of a component, and its errors")
{
    bench b;
    b.config.form = sagemaker::chat_form::openai;
    b.config.inference_component = "small";
    auto const go = [](sagemaker::chat_endpoint llama) -> asio::awaitable<result<chat_response>> {
        chat_request question;
        question.user("Why?");
        co_return co_await llama.chat(std::move(question));
    };
    auto const of_small = "/endpoints/llama/inference-components/small/openai/v1/chat/completions";
    b.transport->expect("POST", of_small, aws_error(503, "ServiceUnavailable"));
    b.transport->expect("POST", of_small,
                        reply::with(200, {{"x-amzn-requestid", "6f5e"}},
                                    R"({"choices":[{"index":0,"message":{"content":"Rayleigh."}}]})"));
    auto const answer = b.run(go(b.llama()));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    CHECK(answer->text() == "Rayleigh.");
    CHECK(answer->meta.request_id == "6f5e");
    CHECK(answer->meta.attempts == 2);

    b.transport->expect("POST", of_small, aws_error(424, "ModelError"));
    CHECK(b.run(go(b.llama())).error() == sagemaker::errc::model_error);
    b.transport->expect("POST", of_small, aws_error(403, "AccessDeniedException"));
    CHECK(b.run(go(b.llama())).error() == sagemaker::errc::access_denied);

    b.config.client.auth = auth::bearer(secret("of my own"));
    b.transport->expect("POST", of_small, aws_error(424, "ModelError"));
    CHECK(b.run(go(b.llama())).error() == sagemaker::errc::model_error);
    CHECK(b.transport->seen().back().field("authorization") == "Bearer of my own");
    CHECK(b.transport->ok());

    b.config.target_variant = "blue";
    CHECK(b.run(go(b.llama())).error() == errc::unsupported);
    b.config.target_variant.clear();
    for (auto const* name : {"a/b", "", "a b", "-a"}) {
        b.config.inference_component = std::string("x") + name + "/";
        CHECK(b.run(go(b.llama())).error() == errc::invalid_argument);
    }
}

TEST_CASE("sagemaker streams: the public streams of the service through the client, whole and cut at every byte")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (root == nullptr || *root == '\0') {
        std::cout << "sagemaker streams: AUGUR_SPECS_DIR is not set: own streams only\n";
        return;
    }
    std::ifstream file(std::string(root) + "/aws/event-stream/scenario-streams.json");
    REQUIRE(file.good());
    auto const scenarios = nlohmann::json::parse(file).at("scenarios");
    int streams = 0;
    for (auto const& s : scenarios) {
        auto const name = s.at("name").get<std::string>();
        CAPTURE(name);
        if (name.starts_with("bedrock_")) // another service, whose client is not here
            continue;
        auto const& expected = s.at("expect");
        auto const bytes = codec::hex_decode(s.at("stream_hex").get<std::string>()).value();
        bench b;
        auto const client = b.llama().client();
        auto const told = [&](std::size_t pieces) {
            b.transport->expect(streamed(bytes).in_pieces_of(pieces));
            return b.run(read_parts(client));
        };
        CHECK(test_support::where_pieces_matter(bytes.size(), told) == "");
        auto read = told(bytes.size());
        read.erase(std::remove(read.begin(), read.end(), '|'), read.end());
        auto const end = expected.at("end").get<std::string>();
        auto const type = expected.value("exception_type", expected.value("error_code", std::string()));
        std::string const how = end == "clean"                    ? "."
                                : end == "truncated"              ? "truncated"
                                : type == "ModelStreamError"      ? "model_stream_error"
                                : type == "InternalStreamFailure" ? "internal_stream_failure"
                                                                  : "internal_failure";
        CHECK(read.ends_with(how));
        auto const text = read.substr(0, read.size() - how.size());
        if (expected.contains("concatenated_utf8"))
            CHECK(text == expected["concatenated_utf8"].get<std::string>());
        if (expected.contains("concatenated_hex"))
            CHECK(text == codec::hex_decode(expected["concatenated_hex"].get<std::string>()).value());
        ++streams;
    }
    CHECK(streams == 8);
    std::cout << "sagemaker streams: " << streams << " public streams through the client\n";
}

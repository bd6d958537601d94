// Streams of the Responses API: to their end, across a break, and in the neutral vocabulary.

#include "support/pieces.hpp"
#include "support/stream_decoder.hpp"
#include "unit/azure_openai/support.hpp"

#include <augur/azure_openai/impl/stream_decoder.hpp>

#include <doctest/doctest.h>

using namespace test;
using azure_openai::response_request;
using azure_openai::response_stream;
using azure_openai::responses_client;
using azure_openai::resume_request;
using testing::reply;

namespace {

testing::reply::field_list const sse{{"content-type", "text/event-stream"}, {"apim-request-id", "g-1"}};

std::string event(std::string const& type, int number, std::string const& rest)
{
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\",\"sequence_number\":" + std::to_string(number) +
           rest + "}\n\n";
}

std::string state(std::string const& type, int number, std::string const& status, std::string const& output = "")
{
    return event(type, number,
                 R"(,"response":{"id":"resp_1","object":"response","created_at":1,"status":")" + status +
                     R"(","model":"m","output":[)" + output + "]}");
}

std::string delta(int number, std::string const& text)
{
    return event("response.output_text.delta", number,
                 R"(,"item_id":"msg_1","output_index":0,"content_index":0,"delta":")" + text + "\"");
}

std::string const message_item = R"({"type":"message","id":"msg_1","status":"completed","role":"assistant",)"
                                 R"("content":[{"type":"output_text","text":"Blue sky.","annotations":[]}]})";

std::vector<std::string> events()
{
    return {state("response.created", 0, "queued"),
            state("response.in_progress", 1, "in_progress"),
            delta(2, "Blue"),
            delta(3, " sky"),
            delta(4, "."),
            state("response.completed", 5, "completed", message_item)};
}

std::string joined(std::size_t from, std::size_t to)
{
    std::string out;
    auto const all = events();
    for (std::size_t i = from; i < to; ++i)
        out += all[i];
    return out;
}

struct read_all
{
    int events = 0;
    std::string told; ///< the type and the words of each, on a line
    std::optional<error> failure;
};

asio::awaitable<read_all> read(response_stream& from)
{
    read_all out;
    for (;;) {
        auto item = co_await from.next();
        if (!item)
            out.failure = item.error();
        if (!item || !*item)
            co_return out;
        ++out.events;
        out.told.append((*item)->type).append(" ").append((*item)->delta).append("\n");
    }
}

result<response_stream> open(openai_bench& b, response_request request)
{
    responses_client responses(b.client());
    return b.start<response_stream>(
        [&](auto handler) { responses.async_stream_response(std::move(request), {}, std::move(handler)); });
}

/// All that comes of a streamed answer in pieces of so many bytes: the events, then the response or the error.
std::string told(openai_bench& b, std::string const& body, std::size_t pieces)
{
    b.transport->expect("POST", "/openai/v1/responses", reply::with(200, sse, body).in_pieces_of(pieces));
    auto stream = open(b, response_request("", "Why?").background());
    REQUIRE_MESSAGE(stream.has_value(), stream.error());
    auto const got = testing::run(b.io, *b.time, read(*stream));
    auto const whole = stream->take();
    CHECK(got.failure.has_value() != whole.has_value());
    return got.told + (whole ? whole->text() : got.failure->code().message()) + " " + stream->text();
}

/// The same in the neutral vocabulary.
std::string neutrally_told(openai_bench& b, std::string const& body, std::size_t pieces)
{
    responses_client responses(b.client());
    b.transport->expect("POST", "/openai/v1/responses", reply::with(200, sse, body).in_pieces_of(pieces));
    auto stream = b.start<chat_stream>(
        [&](auto handler) { responses.async_stream(chat_request().user("Why?"), {}, std::move(handler)); });
    REQUIRE_MESSAGE(stream.has_value(), stream.error());
    auto const go = [](chat_stream& from) -> asio::awaitable<std::string> {
        std::string out;
        for (;;) {
            auto item = co_await from.next();
            if (!item || !*item)
                co_return out + (item ? "." : item.error().code().message()) + " " + from.text();
            out.append((*item)->text().value_or("-")).append("|");
        }
    };
    return testing::run(b.io, *b.time, go(*stream));
}

result<response_stream> resume(openai_bench& b, resume_request request)
{
    responses_client responses(b.client());
    return b.start<response_stream>(
        [&](auto handler) { responses.async_resume(std::move(request), {}, std::move(handler)); });
}

} // namespace

TEST_CASE("response stream: it is read to the event that ends it, and the response is there with its meta")
{
    openai_bench b;
    b.transport->expect("POST", "/openai/v1/responses", reply::with(200, sse, joined(0, 6)));
    auto stream = open(b, response_request("", "Why?").background());
    REQUIRE_MESSAGE(stream.has_value(), stream.error());
    auto const got = testing::run(b.io, *b.time, read(*stream));
    CHECK_FALSE(got.failure);
    CHECK(got.events == 6);
    CHECK(stream->text() == "Blue sky.");
    auto const whole = stream->take();
    REQUIRE(whole.has_value());
    CHECK(whole->text() == "Blue sky.");
    CHECK(whole->meta.request_id == "g-1");
    CHECK(b.transport->seen().at(0).content.find(R"("stream":true)") != std::string::npos);
    CHECK(b.transport->seen().at(0).content.find(R"("model":"gpt-4o-mini")") != std::string::npos);
}

TEST_CASE("response stream: through the client it is the same whole, cut at every byte and a byte at a time")
{
    auto const failed = event("response.failed", 3,
                              R"(,"response":{"id":"resp_1","object":"response","status":"failed","model":"m",)"
                              R"("error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]})");
    struct row
    {
        std::string body;
        char const* end;
        char const* neutral_end;
    };
    for (auto const& r : {row{joined(0, 6), "\nBlue sky. Blue sky.", "|. Blue sky."},
                          row{joined(0, 4), "\ntruncated Blue sky", "|truncated Blue sky"},
                          row{joined(0, 3) + failed, "\nrate_limited Blue", "|rate_limited Blue"}}) {
        openai_bench b;
        auto const own = [&](std::size_t pieces) { return told(b, r.body, pieces); };
        auto const neutral = [&](std::size_t pieces) { return neutrally_told(b, r.body, pieces); };
        CHECK(test_support::where_pieces_matter(r.body.size(), own) == "");
        CHECK(test_support::where_pieces_matter(r.body.size(), neutral) == "");
        auto const all = own(r.body.size()), neutral_all = neutral(r.body.size());
        CHECK(all.substr(all.rfind('\n')) == r.end);
        CHECK(neutral_all.substr(neutral_all.rfind('|')) == r.neutral_end);
        CHECK(b.transport->ok());
    }
}

TEST_CASE("response stream: in both vocabularies the events are the same wherever the body is cut")
{
    using azure_openai::detail::streamed;
    using azure_openai::detail::typed_decoder;
    auto const body = state("response.created", 0, "queued") + delta(1, "Blue") + ": ping\n\n" + delta(2, " sky.") +
                      state("response.completed", 3, "completed");
    auto const own = [] { return typed_decoder(openai_wire::response_stream_decoder(), streamed::events); };
    auto const neutral = [] { return azure_openai::detail::neutral_decoder(); };
    auto const plain = [] { return typed_decoder(openai_wire::chat_stream_decoder(), streamed::events); };
    auto const kind = [](openai_wire::response_event const& e) { return std::string(e.type) + " " + e.delta; };
    auto const text = [](chat_event const& e) { return std::string(e.text().value_or("-")); };
    auto const said = [](auto& decoder) { return decoder.response().text(); };
    for (auto const& bytes : {body, body.substr(0, body.size() - 40)}) { // one that was cut, too
        CHECK(test_support::where_cuts_matter(own, bytes, kind) == "");
        CHECK(test_support::where_cuts_matter(neutral, bytes, text, said) == "");
    }
    CHECK(test_support::decode_whole(neutral, body, text, said).ends_with("Blue sky."));
    auto const chat = std::string(R"(data: {"choices":[{"index":0,"delta":{"content":"a"}}]})") + "\n\n: ping\n\n" +
                      R"(data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]})" + "\n\ndata: [DONE]\n\n";
    CHECK(test_support::where_cuts_matter(plain, chat, text, said) == "");
    auto const page = [] { return typed_decoder(openai_wire::chat_stream_decoder(), streamed::page); };
    CHECK(test_support::where_cuts_matter(page, "<html>not here</html>", text) == "");
    CHECK(test_support::decode_whole(page, "<html>", text) == "error: decode_error");
}

TEST_CASE("response stream: after a break it goes on behind the last event, and nothing comes twice or is lost")
{
    for (std::size_t broken = 1; broken < 6; ++broken) {
        for (std::size_t overlap : {0U, 1U}) {
            CAPTURE(broken);
            CAPTURE(overlap);
            openai_bench b;
            b.transport->expect(reply::with(200, sse, joined(0, broken)));
            auto const last = std::to_string(broken - 1);
            b.transport->expect("GET", "/openai/v1/responses/resp_1?stream=true&starting_after=" + last,
                                reply::with(200, sse, joined(broken - overlap, 6)));
            auto first = open(b, response_request("", "Why?").background());
            REQUIRE(first.has_value());
            auto const before = testing::run(b.io, *b.time, read(*first));
            REQUIRE(before.failure);
            CHECK(*before.failure == augur::errc::truncated);
            CHECK(before.failure->attribute("response_id") == "resp_1");
            CHECK_FALSE(first->take().has_value());
            auto second = resume(b, resume_request(first->progress()));
            REQUIRE_MESSAGE(second.has_value(), second.error());
            auto const after = testing::run(b.io, *b.time, read(*second));
            CHECK_FALSE(after.failure);
            CHECK(before.events + after.events == 6);
            CHECK(second->text() == "Blue sky.");
            CHECK(second->take()->text() == "Blue sky.");
            CHECK(b.transport->ok());
        }
    }
}

TEST_CASE("response stream: another process resumes with the id and a number alone")
{
    openai_bench b;
    b.transport->expect("GET", "/openai/v1/responses/resp_1?stream=true&starting_after=3",
                        reply::with(200, sse, joined(4, 6)));
    b.transport->expect("GET", "/openai/v1/responses/resp_1?stream=true", reply::with(200, sse, joined(0, 6)));
    auto tail = resume(b, resume_request("resp_1", 3));
    REQUIRE(tail.has_value());
    CHECK(testing::run(b.io, *b.time, read(*tail)).events == 2);
    CHECK(tail->take()->text() == "Blue sky.");
    auto all = resume(b, resume_request("resp_1"));
    REQUIRE(all.has_value());
    CHECK(testing::run(b.io, *b.time, read(*all)).events == 6);
}

TEST_CASE("response stream: an event may be as large as the configuration says, an image for instance")
{
    auto const image = event("response.image_generation_call.partial_image", 2,
                             R"(,"item_id":"ig_1","output_index":0,"partial_image_index":0,"partial_image_b64":")" +
                                 std::string(2 << 20, 'A') + "\"");
    for (std::size_t const limit : {std::size_t{4} << 20, size_limits().stream_event}) {
        CAPTURE(limit);
        openai_bench b;
        b.config.client.sizes.stream_event = limit;
        auto const answer = joined(0, 2) + image + state("response.completed", 3, "completed", message_item);
        for (int i = 0; i < 2; ++i)
            b.transport->expect(reply::with(200, sse, answer).in_pieces_of(60'000));
        auto stream = open(b, response_request("", "Draw."));
        REQUIRE(stream.has_value());
        auto const got = testing::run(b.io, *b.time, read(*stream));
        CHECK(got.failure.has_value() == (limit < image.size()));
        CHECK(got.events == (limit < image.size() ? 2 : 4));
        if (got.failure)
            CHECK(*got.failure == augur::errc::event_limit);
    }
}

TEST_CASE("response stream: each attempt is read as what its own head says it is")
{
    testing::reply::field_list const json{{"content-type", "application/json"}};
    std::string const overloaded = R"({"error":{"code":"server_is_overloaded","message":"later"}})";
    {
        openai_bench b;
        b.transport->expect(reply::with(200, json, overloaded));
        b.transport->expect(reply::with(200, sse, joined(0, 6)));
        auto stream = resume(b, resume_request("resp_1"));
        REQUIRE(stream.has_value());
        auto const got = testing::run(b.io, *b.time, read(*stream));
        CHECK_FALSE(got.failure);
        CHECK(got.events == 6);
        CHECK(stream->take()->text() == "Blue sky.");
    }
    openai_bench b;
    b.transport->expect(reply::with(200, sse, ": hello\n\n"));
    b.transport->expect(reply::with(200, json, R"({"error":{"code":"DeploymentNotFound","message":"no"}})"));
    auto stream = resume(b, resume_request("resp_1"));
    REQUIRE(stream.has_value());
    auto const got = testing::run(b.io, *b.time, read(*stream));
    REQUIRE(got.failure);
    CHECK(*got.failure == azure_openai::errc::deployment_not_found);
    CHECK(b.transport->seen().size() == 2);
}

TEST_CASE("response stream: a response that failed is an error with its name")
{
    openai_bench b;
    auto const failed = event("response.failed", 2,
                              R"(,"response":{"id":"resp_1","object":"response","status":"failed","model":"m",)"
                              R"("error":{"code":"rate_limit_exceeded","message":"slow"},"output":[]})");
    b.transport->expect(reply::with(200, sse, joined(0, 2) + failed));
    auto stream = open(b, response_request("", "Why?"));
    REQUIRE(stream.has_value());
    auto const got = testing::run(b.io, *b.time, read(*stream));
    REQUIRE(got.failure);
    CHECK(*got.failure == azure_openai::errc::rate_limited);
    CHECK(got.failure->outcome() == outcome::partial);
    CHECK(got.events == 2);
}

TEST_CASE("response stream: the loop over chat events runs unchanged over the Responses API")
{
    openai_bench b;
    responses_client responses(b.client());
    b.transport->expect("POST", "/openai/v1/responses", reply::with(200, sse, joined(0, 6)));
    auto stream = b.start<chat_stream>(
        [&](auto handler) { responses.async_stream(chat_request().user("Why?"), {}, std::move(handler)); });
    REQUIRE_MESSAGE(stream.has_value(), stream.error());
    auto const go = [](chat_stream& from) -> asio::awaitable<std::string> {
        std::string text;
        for (;;) {
            auto item = co_await from.next();
            if (!item || !*item)
                co_return item ? text : item.error().to_string();
            text += (*item)->text().value_or("");
        }
    };
    CHECK(testing::run(b.io, *b.time, go(*stream)) == "Blue sky.");
    CHECK(stream->text() == "Blue sky.");
    CHECK(stream->response().finished() == finish::stop);

    b.transport->expect("POST", "/openai/v1/responses",
                        reply::with(200, {{"apim-request-id", "g-2"}},
                                    R"({"id":"resp_1","object":"response","created_at":1,"status":"completed",)"
                                    R"("model":"m","output":[)" +
                                        message_item + "]}"));
    auto const whole = b.run(responses.chat(chat_request().user("Why?")));
    REQUIRE_MESSAGE(whole.has_value(), whole.error());
    CHECK(whole->text() == "Blue sky.");
    CHECK(whole->meta.request_id == "g-2");
    CHECK(b.run(responses.chat(chat_request().user("?").seed(1))).error() == augur::errc::unsupported);
    CHECK(b.transport->ok());
}

// Streams of chat completions: what Azure and its relatives send, and what the reader sees of it.

#include "support/pieces.hpp"
#include "unit/azure_openai/support.hpp"

#include <augur/model/chat_client.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

testing::reply::field_list const sse{{"content-type", "text/event-stream; charset=utf-8"}, {"apim-request-id", "g-1"}};

std::string event(std::string const& json)
{
    return "data: " + json + "\n\n";
}

std::string piece(std::string const& text, std::string const& finish = "null")
{
    return event(R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":)"
                 R"({"content":")" +
                 text + R"("},"finish_reason":)" + finish + "}],\"usage\":null}");
}

std::string const filters_first =
    event(R"({"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0,)"
          R"("content_filter_results":{"hate":{"filtered":false,"severity":"safe"}}}]})");
std::string const filter_behind =
    event(R"({"id":"","object":"","created":0,"model":"","choices":[{"index":0,"finish_reason":null,)"
          R"("content_filter_results":{"violence":{"filtered":false,"severity":"low"}},)"
          R"("content_filter_offsets":{"check_offset":44,"start_offset":44,"end_offset":198}}]})");
std::string const usage_last =
    event(R"({"id":"c1","object":"chat.completion.chunk","created":1,"model":"m","choices":[],)"
          R"("usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})");
std::string const end = event("[DONE]");

std::string azure_answer()
{
    return filters_first +
           event(R"({"id":"c1","model":"m","choices":[{"index":0,"delta":{"role":"assistant",)"
                 R"("content":"","refusal":null},"finish_reason":null}],"usage":null})") +
           piece("Blue") + ": ping\n\n" + piece(", says \xc3\xbc") + filter_behind + piece(".") +
           piece("", "\"stop\"") + usage_last + end;
}

struct told
{
    std::string text;
    std::string failure; ///< empty: the end was whole
    std::int64_t tokens = 0;
    int prompt_filters = 0;
    int offsets = 0;
    std::string whole; ///< of what the stream put together
    std::string request_id;
    augur::error error;
};

template <ChatClient Client>
asio::awaitable<told> tell(Client client, chat_request request, call_options options)
{
    told out;
    auto stream = co_await client.stream(std::move(request), std::move(options));
    if (!stream) {
        out.error = stream.error();
        out.failure = stream.error().code().message();
        co_return out;
    }
    for (;;) {
        auto item = co_await stream->next();
        if (!item) {
            out.error = item.error();
            out.failure = item.error().code().message();
            break;
        }
        if (!*item)
            break;
        out.text += (*item)->text().value_or("");
        out.prompt_filters += static_cast<int>((*item)->prompt_filters().size());
        for (auto const& choice : (*item)->choices())
            out.offsets += choice.filter_end_offset ? 1 : 0;
        if (auto const* usage = (*item)->usage())
            out.tokens = usage->total_tokens;
    }
    out.whole = stream->text();
    out.request_id = stream->meta().request_id;
    co_return out;
}

told stream_of(openai_bench& b, call_options options = {}, chat_request request = chat_request().user("Why?"))
{
    return testing::run(b.io, *b.time, tell(b.client(), std::move(request), std::move(options)));
}

std::string all_of(told const& t)
{
    auto const counts = {t.tokens, std::int64_t{t.prompt_filters}, std::int64_t{t.offsets}};
    std::string out = t.text + "|" + t.whole + "|" + t.request_id + "|" + t.failure;
    for (auto const count : counts)
        out.append("|").append(std::to_string(count));
    return t.failure.empty() ? out : out + "|" + t.error.to_string();
}

/// After it was seen that it is the same whole, cut at every byte and a byte at a time.
told stream_of(std::string const& body, testing::reply::field_list const& fields = sse,
               chat_request const& request = chat_request().user("Why?"))
{
    openai_bench b;
    told out;
    auto const read = [&](std::size_t pieces) {
        b.transport->expect("POST", "/openai/v1/chat/completions", reply::with(200, fields, body).in_pieces_of(pieces));
        out = stream_of(b, {}, request);
        return all_of(out);
    };
    CHECK(test_support::where_pieces_matter(body.size(), read) == "");
    read(body.size());
    CHECK(b.transport->ok());
    return out;
}

} // namespace

TEST_CASE("azure_openai stream: all of Azure's habits in one answer, cut anywhere")
{
    auto const got = stream_of(azure_answer());
    CHECK(got.failure.empty());
    CHECK(got.text == "Blue, says \xc3\xbc.");
    CHECK(got.whole == got.text);
    CHECK(got.tokens == 5);
    CHECK(got.prompt_filters == 1);
    CHECK(got.offsets == 1);
    CHECK(got.request_id == "g-1");
}

TEST_CASE("azure_openai stream: the request asks for events and for usage at their end")
{
    openai_bench b;
    b.transport->expect(reply::with(200, sse, azure_answer()));
    CHECK(stream_of(b).failure.empty());
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.field("accept") == "text/event-stream");
    CHECK(sent.field("api-key") == "canary-key");
    CHECK(sent.content.find(R"("stream":true,"stream_options":{"include_usage":true})") != std::string::npos);
}

TEST_CASE("azure_openai stream: an answer is whole when every choice has ended, with [DONE] or without")
{
    auto const without_mark = piece("Blue") + piece("", "\"stop\"");
    CHECK(stream_of(without_mark).failure.empty());
    CHECK(stream_of(without_mark + usage_last).tokens == 5);
    // What comes behind the mark is nobody's business.
    CHECK(stream_of(without_mark + end + "garbage\n\n").failure.empty());
}

TEST_CASE("azure_openai stream: an answer that was cut is an error that keeps the text so far")
{
    auto const whole = azure_answer();
    auto const last_word = whole.find("\"stop\"");
    int cuts = 0;
    for (std::size_t size = 0; size < last_word; size += test_support::is_sanitized ? 13 : 1, ++cuts) {
        openai_bench b;
        b.transport->expect(reply::with(200, sse, whole.substr(0, size)));
        auto const got = stream_of(b);
        CAPTURE(size);
        CHECK(got.error == augur::errc::truncated);
        CHECK(got.error.outcome() == outcome::partial);
        CHECK(got.error.attempts() == 1);
        CHECK(got.whole == got.text);
        CHECK(got.error.request_id() == "g-1");
    }
    // Also when the mark says that it is over.
    CHECK(stream_of(piece("Blue") + end).error == augur::errc::truncated);
    MESSAGE("cuts: " << cuts);
}

TEST_CASE("azure_openai stream: an error in the middle is typed and keeps the text so far")
{
    auto const got = stream_of(piece("Blue") + event(R"({"error":{"code":"server_error","message":"Sorry."}})"));
    CHECK(got.error == azure_openai::errc::server_error);
    CHECK(got.error.outcome() == outcome::partial);
    CHECK(got.error.service_message() == "Sorry.");
    CHECK(got.text == "Blue");
    auto const filtered = stream_of(piece("Blue") + piece("", "\"content_filter\"") + end);
    CHECK(filtered.failure.empty()); // a reason to end, which the last event tells
    CHECK(filtered.text == "Blue");
}

TEST_CASE("azure_openai stream: the configuration limits its events")
{
    for (std::size_t const limit : {std::size_t{1000}, std::size_t{200}}) {
        openai_bench b;
        b.config.client.sizes.stream_event = limit;
        b.transport->expect(reply::with(200, {{"content-type", "text/event-stream"}}, piece(std::string(150, 'x'))));
        auto client = b.client();
        auto stream = b.start<chat_stream>([&](auto to) { client.async_stream(chat_request().user("?"), {}, to); });
        REQUIRE(stream.has_value());
        auto const item = testing::run(b.io, *b.time, stream->next());
        CHECK(item.has_value() == (limit == 1000));
        if (!item)
            CHECK(item.error() == augur::errc::event_limit);
    }
}

TEST_CASE("azure_openai stream: a body that is no stream says what it is")
{
    auto const json = stream_of(chat_answer(), {{"content-type", "application/json"}});
    CHECK(json.error == augur::errc::decode_error);
    CHECK(json.error.message().find("does not stream") != std::string_view::npos);
    auto const error_body = stream_of(R"({"error":{"code":"DeploymentNotFound","message":"no"}})",
                                      {{"content-type", "application/json; charset=utf-8"}});
    CHECK(error_body.error == azure_openai::errc::deployment_not_found);
    auto const page = stream_of("<html></html>", {{"content-type", "text/html"}});
    CHECK(page.error.message().find("web page") != std::string_view::npos);
    // Servers that forget the type, or say another, are read.
    CHECK(stream_of(azure_answer(), testing::reply::field_list()).failure.empty());
    CHECK(stream_of(azure_answer(), {{"content-type", "text/plain"}}).failure.empty());
}

TEST_CASE("azure_openai stream: a refusal before the first event is the error of stream(), and 429 is waited for")
{
    openai_bench b;
    b.transport->expect(reply::with(404, {}, R"({"error":{"code":"DeploymentNotFound","message":"no"}})"));
    auto const got = stream_of(b);
    CHECK(got.error == azure_openai::errc::deployment_not_found);
    CHECK(got.error.message().find("\"gpt-4o-mini\"") != std::string_view::npos);

    openai_bench busy;
    busy.transport->expect(reply::with(429, {{"retry-after-ms", "700"}}));
    busy.transport->expect(reply::with(200, sse, azure_answer()));
    CHECK(stream_of(busy).failure.empty());
    CHECK(busy.time->elapsed() == 700ms);

    openai_bench refused;
    auto const bad = stream_of(refused, {}, chat_request().user("x").extra_header("api-key", "y"));
    CHECK(bad.error == augur::errc::invalid_argument);
    CHECK(refused.transport->seen().empty());
}

TEST_CASE("azure_openai stream: several answers are complete only together")
{
    auto const of = [](int index, std::string const& finish) {
        return event(R"({"id":"c1","model":"m","choices":[{"index":)" + std::to_string(index) +
                     R"(,"delta":{"content":"x"},"finish_reason":)" + finish + "}]}");
    };
    auto const two = chat_request().user("?").choices(2);
    CHECK(stream_of(of(0, "\"stop\"") + end, sse, two).error == augur::errc::truncated);
    CHECK(stream_of(of(0, "\"stop\"") + of(1, "\"length\"") + end, sse, two).failure.empty());
}

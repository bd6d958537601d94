// Streams from their bytes: whole, cut at every byte and byte by byte they give the same events and the same end.
// The public streams run, too, when $AUGUR_SPECS_DIR names the folder that holds them.
#include "digest.hpp"
#include "support/stream_decoder.hpp"

#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/stream.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

using namespace augur;
using openai_wire::chat_stream_decoder;
using openai_wire::response_stream_decoder;

namespace {

std::string end_of(error const& e)
{
    return e.code().message() + ", " + std::string(to_string(e.outcome()));
}

/// Behind all events, on a line of its own: the answer or the error.
auto const answer = [](auto& decoder) {
    auto const all = std::move(decoder).take();
    return "\n" + (all ? "answer: " + digest::of(*all) : "error: " + end_of(all.error()));
};
auto const show = [](auto const& event) { return digest::of(event); };

/// The last line, after it was seen that cuts do not matter.
template <class Make>
std::string ending_of(Make make, std::string_view text)
{
    CHECK(test_support::where_cuts_matter(make, text, show, answer) == "");
    auto const whole = test_support::decode_whole(make, text, show, answer);
    return whole.substr(whole.rfind('\n') + 1);
}
template <class Decoder>
std::string ending(std::string_view text)
{
    return ending_of([] { return Decoder(); }, text);
}

std::string chunk(std::string_view choices)
{
    return "data: {\"id\":\"i\",\"choices\":[" + std::string(choices) + "]}\n\n";
}

std::string const hello = chunk(R"({"index":0,"delta":{"content":"Gr\u00fc"}})") + ": ping\n\n" +
                          chunk("{\"index\":0,\"delta\":{\"content\":\"\xC3\x9F \xF0\x9F\xA6\x9C\"}}");
std::string const stop = chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})");

} // namespace

TEST_CASE("chat stream: how it ends is how it is reported, wherever it is cut")
{
    struct row
    {
        char const* what;
        std::string text;
        char const* end;
    };
    std::string const partial = "error: truncated, partial";
    auto const said = "answer: id=i choices=[said=role=assistant content=Grüß 🦜 end=finish=stop]";
    row const rows[] = {
        {"end mark", hello + stop + "data: [DONE]\n\n", said},
        {"no end mark, but every choice has ended", hello + stop, said},
        {"end mark without its blank line", hello + stop + "data: [DONE]", said},
        {"usage after the end",
         hello + stop + "data: {\"choices\":[],\"usage\":{\"total_tokens\":3}}\n\ndata: [DONE]\n\n",
         "answer: id=i choices=[said=role=assistant content=Grüß 🦜 end=finish=stop] usage={total=3}"},
        {"what comes after the end mark is nothing", hello + stop + "data: [DONE]\n\ndata: {broken\n\n", said},
        {"end mark, but the choice has not ended", hello + "data: [DONE]\n\n", "error: truncated, partial"},
        {"no end at all", hello, "error: truncated, partial"},
        {"nothing", "", "error: truncated, partial"},
        {"only comments", ": ping\n\n: ping\n\n", "error: truncated, partial"},
        {"cut inside an event", hello + "data: {\"id\":\"i\",\"choi", "error: truncated, partial"},
        {"an event that is no JSON", hello + "data: {\"choi\n\n" + stop, "error: decode_error, partial"},
        {"an error of the service",
         hello + "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n" + stop,
         "error: server_error, partial"},
        {"an error after the end of the text", hello + stop + "data: {\"error\":{\"code\":\"429\"}}\n\n",
         "error: too_many_requests, partial"},
        {"carriage returns",
         "data: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\r\n\r\ndata: [DONE]\r\n\r\n",
         "answer: choices=[said=role=assistant end=finish=stop]"},
        {"a byte order mark, lines of data",
         "\xEF\xBB\xBF"
         "data: {\"choices\":[\ndata: {\"index\":0,\"finish_reason\":\"stop\"}]}\n\n",
         "answer: choices=[said=role=assistant end=finish=stop]"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        CHECK(ending<chat_stream_decoder>(row.text) == row.end);
    }
}

TEST_CASE("chat stream: cut off at every byte before its end it is partial, with the text so far")
{
    auto const text = hello + stop;
    for (std::size_t size = 0; size < text.size(); ++size) {
        CAPTURE(size);
        chat_stream_decoder stream;
        std::string seen;
        stream.feed(std::string_view(text).substr(0, size));
        for (auto event = stream.next(); *event; event = stream.next())
            seen += (*event)->text().value_or("");
        CHECK(stream.response().text() == seen);
        stream.finish();
        bool const complete = size + 1 >= text.size(); // the last line's end makes no difference
        if (complete)
            continue;
        CHECK(stream.next().error() == errc::truncated);
        CHECK(stream.next().error().outcome() == outcome::partial); // and again
        CHECK(std::move(stream).take().error() == errc::truncated);
    }
}

TEST_CASE("chat stream: a stream of two answers needs both ends")
{
    auto const text = stop + chunk(R"({"index":1,"delta":{"content":"b"}})");
    auto const more = chunk(R"({"index":1,"delta":{},"finish_reason":"length"})");
    auto const two = [] { return chat_stream_decoder(2); };
    CHECK(ending_of(two, text) == "error: truncated, partial");
    CHECK(ending_of(two, text + more).starts_with("answer: "));
}

TEST_CASE("chat stream: an event over the limit is an error and not memory")
{
    chat_stream_decoder stream(1, 100);
    auto const short_event = hello.substr(0, hello.find(": ping"));
    stream.feed(short_event);
    CHECK((*stream.next())->text() == "Grü");
    CHECK(!*stream.next());
    std::string const long_line = "data: " + std::string(200, 'x');
    stream.feed(long_line);
    CHECK(stream.next().error() == errc::event_limit);
    CHECK(stream.response().text() == "Grü");
}

TEST_CASE("response stream: it ends with its last event, and a break can be mended")
{
    std::string const head = "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"r\","
                             "\"status\":\"in_progress\"},\"sequence_number\":0}\n\n";
    std::string const delta = "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\","
                              "\"delta\":\"Hi\",\"sequence_number\":1}\n\n";
    std::string const tail =
        "data: {\"type\":\"response.completed\",\"response\":{\"id\":\"r\",\"status\":\"completed\"},"
        "\"sequence_number\":2}\n\n";
    CHECK(ending<response_stream_decoder>(head + delta + tail) == "answer: id=r status=completed");
    CHECK(ending<response_stream_decoder>(head + delta + tail + "data: [DONE]\n\n") == "answer: id=r status=completed");
    CHECK(ending<response_stream_decoder>(head + delta) == "error: truncated, partial");
    CHECK(ending<response_stream_decoder>(head + delta + "data: [DONE]\n\n") == "error: truncated, partial");
    CHECK(ending<response_stream_decoder>(
              head + "data: {\"type\":\"error\",\"code\":\"server_error\",\"message\":\"m\"}\n\n") ==
          "error: server_error, partial");

    response_stream_decoder first;
    auto const begin = head + delta;
    first.feed(begin);
    while (*first.next())
        continue;
    first.finish();
    auto const broken = first.next();
    CHECK(broken.error().attribute("response_id") == "r");
    CHECK(broken.error().attribute("sequence_number") == "1");
    response_stream_decoder second(first.progress());
    auto const again = delta + tail; // the delta once more
    second.feed(again);
    CHECK((*second.next())->kind == openai_wire::event_kind::completed);
    CHECK(second.progress().text() == "Hi");
    CHECK(std::move(second).take()->id == "r");
}

TEST_CASE("streams: the public ones give what their notes say, wherever they are cut")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root) {
        std::cout << "openai_wire streams: AUGUR_SPECS_DIR is not set: own streams only\n";
        return;
    }
    auto const fixture = [root](std::string const& name) {
        std::ifstream in(std::string(root) + "/azure/" + name, std::ios::binary);
        REQUIRE_MESSAGE(in.good(), name);
        return std::string(std::istreambuf_iterator<char>(in), {});
    };
    auto const chat = ending<chat_stream_decoder>(fixture("fixtures/azure-chat-stream.sse"));
    CHECK(chat.starts_with("answer: id=chatcmpl-AbC123 model=gpt-4.1-2025-04-14 created=1767225600 fp=fp_0 "
                           "choices=[said=role=assistant content=Grüß dich 🦜 end=finish=stop filters="));
    CHECK(chat.find("usage={in=12 out=5 total=17") != std::string::npos);
    CHECK(ending<chat_stream_decoder>(fixture("fixtures/azure-chat-stream.crlf.sse")) == chat);
    CHECK(ending<chat_stream_decoder>(fixture("fixtures/azure-chat-tools-stream.sse"))
              .find("calls=[at=0 id=call_a function=get_weather arguments={\"city\":\"Paris\"}") != std::string::npos);
    CHECK(ending<chat_stream_decoder>(fixture("fixtures/azure-chat-truncated.sse")) == "error: truncated, partial");
    CHECK(ending<chat_stream_decoder>(fixture("fixtures/azure-chat-midstream-error.sse")) ==
          "error: server_error, partial");

    auto const dropped = fixture("fixtures/responses-stream-dropped-after-6.sse");
    auto const resumed = fixture("fixtures/responses-stream-resumed-starting_after-6.sse");
    auto const full = ending<response_stream_decoder>(fixture("fixtures/responses-stream-full.sse"));
    CHECK(full.starts_with(
        "answer: id=resp_1 status=completed model=gpt-5-mini created=1767225600 completed=1767225603"));
    CHECK(ending<response_stream_decoder>(dropped) == "error: truncated, partial");
    response_stream_decoder first;
    first.feed(dropped);
    while (*first.next())
        continue;
    CHECK(first.progress().last_sequence_number() == 6);
    CHECK(ending_of([&first] { return response_stream_decoder(first.progress()); }, resumed) == full);
    // This sample comes without the blank line behind its last event.
    auto const sample = fixture("openai/examples/post_responses__streaming.response.sse");
    CHECK(ending<response_stream_decoder>(sample + "\n\n").starts_with("answer: id="));
    std::cout << "openai_wire streams: 9 public streams\n";
}

// Streams from their bytes: whole, cut at every byte and byte by byte they give the same events and the same end.
// The public streams run, too, when $AUGUR_SPECS_DIR names the folder that holds them.
#include "chat_table.hpp"
#include "digest.hpp"
#include "responses_table.hpp"
#include "support/sanitized.hpp"
#include "support/stream_decoder.hpp"

#include <augur/model/impl/chat_content.hpp>
#include <augur/openai_wire/chat_chunk.hpp>
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

TEST_CASE("chat events: what a reader has read before makes no difference to what it reads")
{
    std::vector<std::string> chunks;
    for (auto const& row : wire_table::chat_chunks)
        chunks.emplace_back(row.json);
    auto const add = [&chunks](std::string const& front, std::string const& delta, std::string const& back) {
        chunks.push_back("{" + front + R"("id":"i","object":"chat.completion.chunk","choices":[{"index":0,"delta":{)" +
                         delta + R"(},"finish_reason":null}])" + back + "}");
    };
    for (char const* content : {"a", "bc", R"(\n)", R"(\u00fc)", "\xC3\xBC", "", R"(a\")", R"(a\\)", R"(\ud83e)",
                                R"(\x)", "\xC3", "a\tb", R"(a","role":"user)"})
        for (char const* back : {"", R"(,"obfuscation":"Ab1")", R"(,"obfuscation":"x\u0041")", R"(,"obfuscation":"")",
                                 R"(,"obfuscation":"a","model":"m")", R"(,"obfuscation":"\x")", R"(,"obfuscation":7)",
                                 R"(,"obfuscation":"a","obfuscation":"b")", R"(,"x":{"obfuscation":"a"})"})
            add("", R"("content":")" + std::string(content) + '"', back);
    add(R"("obfuscation":"a",)", R"("content":"a")", "");
    add("", R"("content":"a","content":"b")", "");
    add("", R"("content":"a","refusal":"b")", "");
    add("", R"("content":"a","tool_calls":[{"index":0}])", "");
    add("", R"("content":"a")", R"(,"usage":{"total_tokens":1})");
    add("", R"("content":"a")", R"(,"error":{"code":"x"})");
    chunks.emplace_back("[DONE]");
    auto const event_of = [](openai_wire::chat_event_reader& reader, std::string const& chunk) {
        auto const read = reader.read(chunk);
        return read ? digest::of(*read) + *openai_wire::write_chat_event(*read) + read->raw()
                    : read.error().to_string();
    };
    auto const delta_of = [](openai_wire::chat_chunk_reader& reader, std::string const& chunk) {
        auto const read = reader.read(chunk);
        std::string out = read ? "" : read.error().to_string();
        if (!read)
            return out;
        for (auto const& d : read->deltas)
            for (auto const text : {d.content, d.refusal, d.tool_calls, d.finish_reason})
                out.append(std::to_string(d.choice)).append(text).append("|");
        if (auto const& usage = read->usage)
            for (auto const count : {usage->prompt_tokens, usage->completion_tokens, usage->total_tokens})
                out.append(" ").append(std::to_string(count));
        return out.append(" error ").append(read->error).append(read->is_end ? " end" : "");
    };
    std::vector<std::string> fresh; // what each says to who has read nothing
    for (auto const& chunk : chunks) {
        openai_wire::chat_event_reader events;
        openai_wire::chat_chunk_reader deltas;
        fresh.push_back(event_of(events, chunk) + delta_of(deltas, chunk));
    }
    std::size_t different = 0, tried = 0;
    for (std::size_t first = 0; first < chunks.size(); ++first)
        for (std::size_t second = test_support::is_sanitized ? first % 5 : 0; second < chunks.size();
             second += test_support::is_sanitized ? 5 : 1) {
            ++tried;
            openai_wire::chat_event_reader events;
            openai_wire::chat_chunk_reader deltas;
            // Learned, then known by its frame, twice and by turns.
            for (auto const now : {first, second, first, first, second})
                if (event_of(events, chunks[now]) + delta_of(deltas, chunks[now]) != fresh[now]) {
                    ++different;
                    FAIL_CHECK(chunks[now] << " among " << chunks[first] << " and " << chunks[second]);
                }
        }
    MESSAGE("pairs: " << tried << " of " << chunks.size() * chunks.size());
    CHECK(different == 0);
}

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
        {"an error that the event's type tells",
         hello + "event: error\ndata: {\"message\":\"engine died\",\"code\":500}\n\n",
         "error: internal_server_error, partial"},
        {"an error without a name", hello + "event: error\ndata: {\"message\":\"engine died\"}\n\n",
         "error: stream_error, partial"},
        {"an error that is a text", hello + "event: error\ndata: engine died\n\n", "error: stream_error, partial"},
        {"a choice is no error, whatever its type",
         "event: error\ndata: {\"choices\":[{\"index\":0,\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
         "answer: choices=[said=role=assistant end=finish=stop]"},
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

TEST_CASE("chat stream: events that repeat the one before add all that they repeat, not their text alone")
{
    // What stands beside the text, the same in each event.
    char const* const beside[] = {"", R"(,"role":"assistant")", R"(,"reasoning_content":"r")", R"(,"reasoning":"r")",
                                  R"(,"audio":{"id":"a"})"};
    char const* const around[] = {
        "",
        R"(,"finish_reason":null)",
        R"(,"logprobs":{"content":[{"token":"t","logprob":-0.5,"bytes":[116]}]})",
        R"(,"logprobs":{"refusal":[{"token":"t","logprob":-0.5}]})",
        R"(,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}})",
        R"(,"content_filter_results":{"error":{"code":"c","message":"m"}})",
    };
    char const* const behind[] = {"", R"(,"usage":null)", R"(,"obfuscation":"abc")",
                                  R"(,"prompt_filter_results":[{"prompt_index":0}])"};
    for (auto const* in_delta : beside)
        for (auto const* in_choice : around)
            for (auto const* at_end : behind) {
                CAPTURE(in_delta);
                CAPTURE(in_choice);
                CAPTURE(at_end);
                chat_stream_decoder stream;
                chat_accumulator all;
                for (auto const* text : {"a", "b", R"(\n)", "", "c", "d"}) {
                    auto const data = std::string(R"({"id":"i","choices":[{"index":0,"delta":{"content":")") + text +
                                      '"' + in_delta + '}' + in_choice + "}]" + at_end + '}';
                    auto const piece = "data: " + data + "\n\n";
                    stream.feed(piece);
                    auto const event = stream.next();
                    REQUIRE((event && *event));
                    CHECK_FALSE(*stream.next());
                    CHECK(stream.last_has_content() == augur::detail::has_content(**event));
                    // A reader that has seen nothing else, and an accumulator that knows one way only.
                    REQUIRE(all.add(openai_wire::chat_event_reader().read(data).value()));
                    CHECK(digest::of(stream.response()) == digest::of(all.response()));
                }
            }
}

TEST_CASE("streams: an error that only its event's type tells keeps its words")
{
    for (std::string const data : {R"({"message":"engine died","code":500,"param":"p"})", "engine died"}) {
        auto const text = "event: error\ndata: " + data + "\n\n";
        chat_stream_decoder chat;
        chat.feed(text);
        auto const said = chat.next();
        REQUIRE_FALSE(said.has_value());
        CHECK(said.error().service_message() == "engine died");
        CHECK(said.error().outcome() == outcome::partial);
        openai_wire::response_stream_decoder responses;
        responses.feed(text);
        auto const told = responses.next();
        REQUIRE_FALSE(told.has_value());
        CHECK(told.error().service_message() == "engine died");
        CHECK(told.error().outcome() == outcome::partial);
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

TEST_CASE("streams: an event without data is a keep-alive, wherever it is cut")
{
    std::string const nothing = "data:\n\n";
    CHECK(ending<chat_stream_decoder>(nothing + hello + nothing + stop + nothing + "data: [DONE]\n\n") ==
          ending<chat_stream_decoder>(hello + stop + "data: [DONE]\n\n"));
    response_stream_decoder responses;
    auto const delta = nothing + R"(data: {"type":"response.output_text.delta","delta":"a"})" + "\n\n" + nothing;
    responses.feed(delta);
    CHECK(responses.next().value()->delta == "a");
    CHECK(responses.last_has_content());
    CHECK(!responses.next().value().has_value());
    responses.feed("data: {\"type\":\"keepalive\",\"sequence_number\":3}\n\n");
    CHECK(responses.next().value()->type == "keepalive");
    CHECK(!responses.last_has_content());
}

TEST_CASE("chat stream: an event adds something or is a sign of life, whatever its empty members are called")
{
    for (
        auto const* const nothing :
        {R"({})", R"({"choices":[]})", R"({"choices":[{"index":0,"delta":{}}]})",
         R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})",
         R"({"choices":[{"index":0,"delta":{"content":null,"tool_calls":[]},"finish_reason":null,"stop_reason":null}]})",
         R"({"choices":[{"index":0,"delta":{"x\"y":""},"more":[{},[""],false]}],"obfuscation":"abc"})"}) {
        CAPTURE(nothing);
        chat_stream_decoder decoder;
        auto const bytes = "data: " + std::string(nothing) + "\n\n";
        decoder.feed(bytes);
        REQUIRE(decoder.next().value().has_value());
        CHECK(!decoder.last_has_content());
    }
    for (auto const* const something :
         {R"({"choices":[{"index":0,"delta":{"content":" "}}]})",
          R"({"choices":[{"index":0,"delta":{"sound":"AA=="}}]})",
          R"({"choices":[{"index":0,"delta":{"content":"","more":{"empty":"","next" : "x"}}}]})",
          R"({"choices":[{"index":0,"delta":{},"token_ids":[7]}]})", R"({"choices":[{"index":0,"delta":{},"x":-1}]})",
          R"({"choices":[{"index":0,"delta":{"x":true}}]})", R"({"choices":[{"index":0,"delta":{"x":"\\"}}]})"}) {
        CAPTURE(something);
        chat_stream_decoder decoder;
        auto const bytes = "data: " + std::string(something) + "\n\n";
        decoder.feed(bytes);
        REQUIRE(decoder.next().value().has_value());
        CHECK(decoder.last_has_content());
    }
}

TEST_CASE("response stream: cut at every byte before its last event it is partial, with the text so far")
{
    std::string text;
    for (int i = 0; i < 4; ++i)
        text +=
            R"(data: {"type":"response.output_text.delta","item_id":"m","output_index":0,"content_index":0,"delta":"ab )" +
            std::to_string(i) + "\"}\n\n";
    auto const whole = text + R"(data: {"type":"response.completed","response":{"id":"r","status":"completed"}})" +
                       "\n";
    for (std::size_t cut = 0; cut < whole.size() - 1; ++cut) {
        CAPTURE(cut);
        response_stream_decoder decoder;
        decoder.feed(std::string_view(whole).substr(0, cut));
        std::string said;
        auto item = decoder.next();
        for (; item && *item; item = decoder.next())
            said += (*item)->delta;
        REQUIRE(item.has_value());
        decoder.finish();
        item = decoder.next();
        REQUIRE(!item.has_value());
        CHECK(item.error() == errc::truncated);
        CHECK(item.error().outcome() == outcome::partial);
        auto const blanks = std::string_view(whole).substr(0, cut);
        std::size_t events = 0;
        for (auto at = blanks.find("\n\n"); at != blanks.npos; at = blanks.find("\n\n", at + 2))
            ++events;
        CHECK(said == std::string("ab 0ab 1ab 2ab 3").substr(0, 4 * events));
        CHECK(decoder.progress().text() == said);
    }
}

TEST_CASE("chat stream: the arguments of a call can be read while they come")
{
    chat_stream_decoder decoder;
    auto const call = [](std::string const& name, std::string const& arguments) {
        return chunk(R"({"index":0,"delta":{"tool_calls":[{"index":0,)" + name + R"("function":{"arguments":")" +
                     arguments + R"("}}]}})");
    };
    auto const begun = chunk(R"({"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","type":"function","function":)"
                             R"({"name":"weather","arguments":""}}]}})");
    decoder.feed(begun);
    REQUIRE(decoder.next().value().has_value());
    std::string so_far;
    for (char const* piece : {R"({\"city\":)", R"( \"Pa)", R"(ris\"})"}) {
        REQUIRE(!decoder.next().value().has_value());
        auto const more = call("", piece);
        decoder.feed(more);
        auto const event = decoder.next().value();
        REQUIRE(event->tool_calls().size() == 1);
        so_far += event->tool_calls()[0].arguments;
        REQUIRE(decoder.response().tool_calls().size() == 1);
        CHECK(decoder.response().tool_calls()[0].name == "weather");
        CHECK(decoder.response().tool_calls()[0].arguments == so_far);
    }
    CHECK(so_far == R"({"city": "Paris"})");
}

TEST_CASE("response stream: every event is its typed value between others, wherever the bytes are cut")
{
    auto const sent = [](std::string const& json) { return "data: " + json + "\n\n"; };
    auto const delta = [&sent](int number) {
        return sent(R"({"type":"response.output_text.delta","delta":"Hi","sequence_number":)" + std::to_string(number) +
                    "}");
    };
    auto const shown = [](int number) {
        return "event=response.output_text.delta seq=" + std::to_string(number) + " delta=Hi\n";
    };
    auto const end = sent(R"({"type":"response.completed","response":{"id":"r","status":"completed"}})");
    std::string const end_shown = "event=response.completed response={id=r status=completed}\n";
    std::size_t known = 0;
    for (auto const& row : wire_table::response_events) {
        CAPTURE(row.what);
        auto const event = openai_wire::response_event_reader().read(row.json).value();
        known += event.kind == openai_wire::event_kind::unknown ? 0 : 1;
        CHECK(event.raw() == row.json);
        auto const number = static_cast<int>(event.sequence_number.value_or(42));
        auto const bytes = delta(number - 1) + ": ping\n\n" + sent(row.json) + delta(number + 1) + end;
        auto expected = shown(number - 1);
        if (auto const failure = event.failure())
            expected += "error: " + failure->code().message();
        else if (event.is_terminal())
            expected += row.digest + std::string("\n");
        else
            expected += row.digest + ("\n" + shown(number + 1)) + end_shown;
        auto const make = [] { return response_stream_decoder(); };
        CHECK(test_support::decode_whole(make, bytes, show) == expected);
        CHECK(test_support::where_cuts_matter(make, bytes, show) == "");
    }
    CHECK(known >= 59);
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

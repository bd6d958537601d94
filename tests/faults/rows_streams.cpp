// Rows S and E: streams of a chat, and the frames that carry them.
#include "faults/matrix.hpp"
#include "unit/sagemaker/stream_support.hpp"

#include <augur/openai_wire/errc.hpp>

#include <cstdio>

namespace faults {
namespace {

using test::exception_frame;
using test::frame;
using test::part;
using test::parts_of;

std::string const head = "HTTP/1.1 200 OK\r\ncontent-type: application/vnd.amazon.eventstream\r\n"
                         "x-amzn-sagemaker-content-type: text/event-stream\r\nx-amzn-requestid: 6f5e\r\n"
                         "transfer-encoding: chunked\r\n\r\n";
std::string const last_chunk = "0\r\n\r\n";

std::string chunk(std::string const& bytes)
{
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

/// A piece of the answer, as the container writes it.
std::string says(std::string const& text)
{
    return R"(data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":")" +
           text + "\"},\"finish_reason\":null}]}\n\n";
}

std::string const finishes =
    R"(data: {"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},)"
    "\"finish_reason\":\"stop\"}]}\n\n";
std::string const done = "data: [DONE]\n\n";

/// The whole response: each text in a frame and a chunk of its own.
std::string response(std::initializer_list<std::string> texts)
{
    auto out = head;
    for (auto const& t : texts)
        out += chunk(part(t));
    return out + last_chunk;
}

std::string const& whole()
{
    static std::string const text = response({says("Blue"), says(", says "), says("\xc3\xbc."), finishes, done});
    return text;
}
std::string_view const whole_text = "Blue, says \xc3\xbc.";

/// The same without its end: what `text` is made of, and nothing that ends it.
std::string begun()
{
    return head + chunk(part(says("Blue")));
}

ending truncated()
{
    return ending::broken(make_error_code(errc::truncated), phase::body);
}

connection_script gives(std::string const& bytes)
{
    return connection_script().read_request().send(bytes);
}

row& stream_row(matrix& m, std::string id, std::string fault)
{
    return m.add(std::move(id), std::move(fault)).only_to(service::sagemaker_chat);
}

void add_bytes(matrix& m)
{
    stream_row(m, "S01", "a stream of one byte a packet").run([](bench& b) {
        b.server().script(connection_script().read_request().slice(1).send(whole()).slice(1 << 20).serve(b.ok()));
        b.check(b.call().content == whole_text, "the text is whole");
    });
    stream_row(m, "S01", "a byte order mark, all kinds of line ends, comments and fields that nobody knows")
        .run([](bench& b) {
            auto const text = "\xEF\xBB\xBF: hello\r\rretry: 10\nid: 1\r\nwhatever: x\r\nevent: message\r\ndata" +
                              says("Blue").substr(4) + "\r\n\r\n:\n\n" + says(", says ") + says("\xc3\xbc.") +
                              finishes + done;
            b.server().script(gives(head + chunk(parts_of(text, 9)) + last_chunk).serve(b.ok()));
            b.check(b.call().content == whole_text, "the text is whole");
        });
    stream_row(m, "S02", "an event without end")
        .ends(ending::broken(make_error_code(errc::event_limit), phase::decode))
        .run([](bench& b) {
            b.memory_cap(6 * 1024 * 1024);
            b.server().script(gives(begun()).send_often(chunk(part(std::string(60'000, 'x'))), 40).drain());
            b.check(b.call().content == "Blue", "the text before it is kept");
        });
    stream_row(m, "S07", "characters that are cut between frames, chunks and packets").run([](bench& b) {
        auto const text = says("Blue, says \xc3\xbc.") + finishes + done;
        auto bytes = head;
        for (char const c : text)
            bytes += chunk(part(std::string(1, c)));
        b.server().script(
            connection_script().read_request().slice(701).send(bytes + last_chunk).slice(1 << 20).serve(b.ok()));
        b.check(b.call().content == whole_text, "the characters are whole");
    });
    stream_row(m, "S07", "bytes that are no UTF-8")
        .ends(ending::broken(make_error_code(errc::decode_error), phase::decode))
        .run([](bench& b) {
            b.server().script(gives(begun() + chunk(part(says("\xc3")))).drain());
            b.check(b.call().content == "Blue", "the text before it is kept");
        });
}

void add_ends(matrix& m)
{
    stream_row(m, "S03", "an error of the container in the place of an event")
        .ends(ending::broken(make_error_code(openai_wire::errc::server_error), phase::body))
        .run([](bench& b) {
            auto const failure = R"(data: {"error":{"message":"engine died","type":"server_error"}})"
                                 "\n\n";
            b.server().script(gives(begun() + chunk(part(failure))).drain());
            auto const& end = b.call();
            b.check(end.service_message() == "engine died", "the container's words are there");
            b.check(end.content == "Blue", "the text before it is kept");
        });
    stream_row(m, "S04", "FIN in the middle").ends(truncated()).run([](bench& b) {
        b.server().script(gives(begun()).fin());
        b.check(b.call().content == "Blue", "the text before it is kept");
    });
    stream_row(m, "S04", "a reset in the middle").ends(truncated()).run([](bench& b) {
        b.server().script(gives(begun()).wait_for_step().rst());
        b.start();
        b.run_until([&b] { return b.text_so_far() == "Blue"; });
        b.server().step();
        b.check(b.finish().content == "Blue", "the text before it is kept");
    });
    stream_row(m, "S04", "FIN between two frames, after every text but before its finish reason")
        .ends(truncated())
        .run([](bench& b) {
            b.server().script(gives(begun() + chunk(part(says(", says "))) + chunk(part(says("\xc3\xbc.")))).fin());
            b.check(b.call().content == whole_text, "the text is there, and called truncated");
        });
    stream_row(m, "S04", "a response that ends well, of an output that does not")
        .ends(truncated().keeps(1))
        .run([](bench& b) {
            b.server().script(gives(begun() + last_chunk).serve(b.ok()));
            b.check(b.call().content == "Blue", "the text before it is kept");
        });
    stream_row(m, "S04", "no end mark, but a finish reason and a response that ends well").run([](bench& b) {
        b.server().script(gives(response({says("Blue"), says(", says "), says("\xc3\xbc."), finishes})).serve(b.ok()));
        b.check(b.call().content == whole_text, "that is a whole answer");
    });
    stream_row(m, "S06", "a JSON body where a stream should be")
        .ends(ending::broken(make_error_code(errc::decode_error), phase::decode))
        .run([](bench& b) {
            b.server().script(gives(b.ok()).drain());
            b.check(b.call().message().find("application/json") != std::string_view::npos, "it says what came");
        });
    stream_row(m, "S06", "a refusal where a stream should be")
        .ends(ending::refused(424, sagemaker::errc::model_error, azure_ml::errc::model_error, outcome::complete))
        .run([](bench& b) {
            b.server().script(
                gives(b.answer(424, "x-amzn-errortype: ModelError\r\n", R"({"Message":"boom"})")).serve(b.ok()));
            b.check(b.call().service_message() == "boom", "the container's words are there");
        });
    stream_row(m, "S06", "503 and then a stream").ends(ending::answered().attempts(2)).run([](bench& b) {
        b.server().script(gives(b.answer(503, "", "{}")).read_request().send(whole()).serve(b.ok()));
        b.check(b.call().content == whole_text, "the text is whole");
    });
}

/// The server's next bytes go out and are read.
void let_send(bench& b, std::uint64_t sent_then)
{
    b.server().step();
    b.check(b.server().wait_for_sent_bytes(sent_then), "the bytes were sent");
    b.settle();
}

void add_time(matrix& m)
{
    stream_row(m, "S05", "nothing but keep-alives from the start")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::broken(make_error_code(errc::first_event_timeout), phase::body))
        .run([](bench& b) {
            b.options().first_event(10s);
            auto const ping = chunk(part(": ping\n\n"));
            auto script = gives(head);
            for (int i = 0; i < 9; ++i)
                script.wait_for_step().send(ping);
            b.server().script(script.drain());
            b.start();
            b.run_until([&b] { return b.server().sent_bytes() == head.size(); });
            for (std::uint64_t i = 1; i <= 9; ++i) {
                b.settle();
                b.time().advance(1s);
                let_send(b, head.size() + i * ping.size());
            }
            b.passes(1s);
        });
    stream_row(m, "S05", "nothing but keep-alives after the first event")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::broken(make_error_code(errc::idle_timeout), phase::body))
        .run([](bench& b) {
            b.options().idle(5s);
            auto const ping = chunk(part("event: ping\n\n") + part(""));
            auto script = gives(begun());
            for (int i = 0; i < 4; ++i)
                script.wait_for_step().send(ping);
            b.server().script(script.drain());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            for (std::uint64_t i = 1; i <= 4; ++i) {
                b.settle();
                b.time().advance(1s);
                let_send(b, begun().size() + i * ping.size());
            }
            b.passes(1s);
            b.check(b.finish().content == "Blue", "the text before it is kept");
        });
    stream_row(m, "S05", "silence in the middle")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::broken(make_error_code(errc::idle_timeout), phase::body))
        .run([](bench& b) {
            b.server().script(gives(begun()).hold());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.passes(60s);
        });
    stream_row(m, "S05", "a stream that outlives its deadline")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::broken(make_error_code(errc::deadline_exceeded), phase::body))
        .run([](bench& b) {
            b.options().deadline(30s);
            b.server().script(gives(begun()).hold());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.passes(30s);
        });
    stream_row(m, "S08", "the caller leaves in the middle")
        .ends(ending::broken(make_error_code(errc::cancelled), phase::body))
        .run([](bench& b) {
            b.server().script(gives(begun()).drain());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.leave_stream();
            b.finish();
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    stream_row(m, "S08", "the caller cancels in the middle")
        .ends(ending::broken(make_error_code(errc::cancelled), phase::body))
        .run([](bench& b) {
            b.server().script(gives(begun()).drain());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.cancel();
            b.finish();
            b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        });
    stream_row(m, "S08", "the caller pauses for ten minutes").driven_by("FS, CLK").on_manual_clock().run([](bench& b) {
        b.options().deadline(1h).idle(1s).first_event(1s);
        b.server().script(gives(begun()).wait_for_step().send(whole().substr(begun().size())).serve(b.ok()));
        b.start();
        b.pause_reading();
        b.run_until([&b] { return b.text_so_far() == "Blue"; });
        b.time().advance(10min);
        b.settle();
        b.check(!b.is_over(), "a pause is no fault");
        b.server().step();
        b.resume_reading();
        b.check(b.finish().content == whole_text, "the text is whole");
    });
}

void add_frames(matrix& m)
{
    struct damage
    {
        char const* fault;
        std::string bytes;
    };
    auto const good = part(says(", says "));
    auto const with = [&good](std::size_t at, char c) {
        auto out = good;
        out[at] = static_cast<char>(out[at] ^ c);
        return out;
    };
    for (auto const& d : {
             damage{"a frame whose first checksum is wrong", with(9, 1)},
             damage{"a frame whose last checksum is wrong", with(good.size() - 20, 1)},
             damage{"a frame that says it has 3 GB", with(0, static_cast<char>(0xB0))},
             damage{"a frame of a message type that nobody knows", frame({{":message-type", "surprise"}}, "x")},
             damage{"a frame without a message type", frame({}, "x")},
         }) {
        bool const is_damaged = d.bytes.size() == good.size();
        stream_row(m, is_damaged ? "E01" : "E02", d.fault)
            .ends(ending::broken(make_error_code(errc::frame_error), is_damaged ? phase::decode : phase::body))
            .run([bytes = d.bytes](bench& b) {
                b.server().script(gives(begun() + chunk(bytes)).drain());
                b.check(b.call().content == "Blue", "the text before it is kept");
            });
    }
    for (auto const code : {sagemaker::errc::model_stream_error, sagemaker::errc::internal_stream_failure}) {
        std::string const name = code == sagemaker::errc::model_stream_error ? "ModelStreamError"
                                                                             : "InternalStreamFailure";
        stream_row(m, "E02", "a frame with " + name)
            .ends(ending::broken(make_error_code(code), phase::body))
            .run([name](bench& b) {
                b.server().script(
                    gives(begun() + chunk(exception_frame(name, R"({"Message":"gone","ErrorCode":"StreamBroken"})")))
                        .drain());
                auto const& end = b.call();
                b.check(end.service_message() == "gone", "the service's words are there");
                b.check(end.content == "Blue", "the text before it is kept");
            });
    }
    stream_row(m, "E02", "a frame with an exception that nobody knows")
        .ends(ending::broken(make_error_code(sagemaker::errc::internal_stream_failure), phase::body))
        .run([](bench& b) {
            b.server().script(gives(begun() + chunk(exception_frame("Surprise", "{}"))).drain());
            b.check(b.call().failure->provider_code() == "Surprise", "its name is told");
        });
    stream_row(m, "E02", "a frame with an error")
        .ends(ending::broken(make_error_code(sagemaker::errc::internal_failure), phase::body))
        .run([](bench& b) {
            auto const failure =
                frame({{":message-type", "error"}, {":error-code", "InternalFailure"}, {":error-message", "oops"}}, "");
            b.server().script(gives(begun() + chunk(failure)).drain());
            b.check(b.call().service_message() == "oops", "the service's words are there");
        });
    stream_row(m, "E03", "a response that ends well inside a frame").ends(truncated().keeps(1)).run([good](bench& b) {
        b.server().script(gives(begun() + chunk(good.substr(0, good.size() / 2)) + last_chunk).serve(b.ok()));
        b.check(b.call().content == "Blue", "the text before it is kept");
    });
    stream_row(m, "E03", "FIN inside a frame").ends(truncated()).run([good](bench& b) {
        b.server().script(gives(begun() + chunk(good).substr(0, good.size() / 2)).fin());
        b.check(b.call().content == "Blue", "the text before it is kept");
    });
}

registrar const rows([](matrix& m) {
    add_bytes(m);
    add_ends(m);
    add_time(m);
    add_frames(m);
});

} // namespace
} // namespace faults

// Rows S and E: streams, and the frames that carry them.
#include "faults/streams.hpp"
#include "unit/sagemaker/stream_support.hpp"

#include <augur/codec/crc32.hpp>
#include <augur/openai_wire/errc.hpp>

using namespace faults;

namespace {

using test::exception_frame;
using test::frame;
using test::part;

services const raw{service::sagemaker_parts, service::sagemaker_lines, service::sagemaker_events};
services const in_frames{service::sagemaker_parts, service::sagemaker_lines, service::sagemaker_events,
                         service::sagemaker_chat, service::sagemaker_inputs};
services const of_openai{service::openai_stream, service::openai_response_stream, service::openai_response_chat};
services const of_responses{service::openai_response_stream, service::openai_response_chat};
services const in_lines{service::sagemaker_inputs};
std::string const any_bytes = "to it the model's output is any bytes";
std::string const no_end_mark = "only the response's end ends it";
std::string const whatever_it_writes = "whatever the model writes is its output";
std::string const lines_are_json = "its lines are JSON and nothing else";

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
    return m.add(std::move(id), std::move(fault)).only_to(all_streams());
}

row& chat_row(matrix& m, std::string id, std::string fault, std::string const& why_not_raw)
{
    return stream_row(m, std::move(id), std::move(fault)).not_for(raw, why_not_raw);
}

row& frame_row(matrix& m, std::string id, std::string fault)
{
    return m.add(std::move(id), std::move(fault))
        .only_to(all_streams())
        .not_for(of_openai, "its streams have no frames")
        .not_for({service::sagemaker_openai_stream}, "its streams have no frames");
}

/// A call whose stream breaks after its first event.
ended const& breaks_after_blue(bench& b)
{
    auto const& end = b.call();
    b.check(end.content == "Blue", "the text before it is kept");
    return end;
}

/// What the container writes with the text of `whole_text`, as nobody would write it.
std::string odd(bench const& b)
{
    dialect const d(b.to());
    auto const rest = d.says(", says ") + d.says("\xc3\xbc.") + d.ends();
    if (b.to() == service::sagemaker_lines || b.to() == service::sagemaker_inputs) {
        auto const first = d.says("Blue");
        return first.substr(0, first.size() - 1) + "\r\n\n \r\n" + rest.substr(0, rest.size() - 1); // no last line end
    }
    return "\xEF\xBB\xBF: hello\r\rretry: 10\nid: 1\r\nwhatever: x\r\nevent: message\r\ndata" +
           d.says("Blue").substr(4) + "\r\n\r\n:\n\n" + rest;
}

void add_bytes(matrix& m)
{
    stream_row(m, "S01", "a stream of one byte a packet").run([](bench& b) {
        b.server().script(
            connection_script().read_request().slice(1).send(dialect(b.to()).whole()).slice(1 << 20).serve(b.ok()));
        b.check(b.call().content == whole_text, "the text is whole");
    });
    stream_row(m, "S01", "a byte order mark, all kinds of line ends, comments and fields that nobody knows")
        .not_for({service::sagemaker_parts}, any_bytes)
        .run([](bench& b) {
            dialect const d(b.to());
            std::string bytes;
            auto const text = odd(b);
            for (std::size_t at = 0; at < text.size(); at += 9)
                bytes += d.carried(text.substr(at, 9));
            b.server().script(gives(d.head() + d.chunk(bytes) + d.last_chunk()).serve(b.ok()));
            b.check(b.call().content == whole_text, "the text is whole");
        });
    stream_row(m, "S02", "an event without end")
        .not_for({service::sagemaker_parts}, "a part is passed on as it comes")
        .ends(ending::broken(make_error_code(errc::event_limit), phase::decode))
        .run([](bench& b) {
            dialect const d(b.to());
            b.memory_cap(6 * 1024 * 1024);
            bool const is_line = b.to() == service::sagemaker_lines || b.to() == service::sagemaker_inputs;
            std::string const begin = is_line ? "" : "data: ";
            b.server().script(gives(d.begun() + d.chunk(d.carried(begin)))
                                  .send_often(d.chunk(d.carried(std::string(60'000, 'x'))), 40)
                                  .drain());
            breaks_after_blue(b);
        });
    stream_row(m, "S07", "characters that are cut between frames, chunks and packets").run([](bench& b) {
        dialect const d(b.to());
        auto bytes = d.head();
        for (char const c : d.says("Blue, says \xc3\xbc.") + d.ends())
            bytes += d.chunk(d.carried(std::string(1, c)));
        b.server().script(
            connection_script().read_request().slice(701).send(bytes + d.last_chunk()).slice(1 << 20).serve(b.ok()));
        b.check(b.call().content == whole_text, "the characters are whole");
    });
    chat_row(m, "S07", "bytes that are no UTF-8", "they are passed on as they are")
        .ends(ending::broken(make_error_code(errc::decode_error), phase::decode))
        .run([](bench& b) {
            dialect const d(b.to());
            b.server().script(gives(d.begun() + d.chunk(d.carried(d.says("\xc3")))).drain());
            breaks_after_blue(b);
        });
    stream_row(m, "S07", "bytes that are no UTF-8, in an output that need not be").only_to(raw).run([](bench& b) {
        dialect const d(b.to());
        b.server().script(gives(d.response({d.says("a\xc3"), d.says("\xff\x80z")})).serve(b.ok()));
        b.check(b.call().content == "a\xc3\xff\x80z", "the bytes are what was sent");
    });
}

void add_ends(matrix& m)
{
    auto const told = [&m](std::string fault, services const& to, auto written) -> row& {
        auto& out = stream_row(m, "S03", std::move(fault)).only_to(to);
        out.ends(ending::broken(make_error_code(openai_wire::errc::server_error), phase::body))
            .run([written](bench& b) {
                dialect const d(b.to());
                b.server().script(gives(d.begun() + d.chunk(d.carried(written(d)))).drain());
                b.check(breaks_after_blue(b).service_message() == "engine died", "the model's words are there");
            });
        return out;
    };
    std::string const words = R"("message":"engine died")";
    auto const in_its_place = [words](dialect const& d) {
        return d.event(R"({"error":{"type":"server_error",)" + words + "}}");
    };
    told("an error of the model in the place of an event", all_streams(), in_its_place).not_for(raw, any_bytes);
    told("an event called error", all_streams(),
         [in_its_place](dialect const& d) { return "event: error\n" + in_its_place(d); })
        .not_for(raw, any_bytes)
        .not_for(in_lines, lines_are_json);
    told("an error as an event of its own type", of_responses,
         [words](dialect const& d) { return d.event(R"({"type":"error","code":"server_error",)" + words + "}"); });
    told("a response that failed", of_responses, [words](dialect const& d) {
        return d.event(R"({"type":"response.failed","response":{"id":"r","status":"failed","output":[],)"
                       R"("error":{"code":"server_error",)" +
                       words + "}}}");
    });
    stream_row(m, "S04", "FIN in the middle").ends(truncated()).run([](bench& b) {
        b.server().script(gives(dialect(b.to()).begun()).fin());
        breaks_after_blue(b);
    });
    stream_row(m, "S04", "a reset in the middle").ends(truncated()).run([](bench& b) {
        b.server().script(gives(dialect(b.to()).begun()).wait_for_step().rst());
        b.start();
        b.run_until([&b] { return b.text_so_far() == "Blue"; });
        b.server().step();
        b.check(b.finish().content == "Blue", "the text before it is kept");
    });
    stream_row(m, "S04", "FIN after every text, but before what ends it").ends(truncated()).run([](bench& b) {
        dialect const d(b.to());
        auto whole = d.response({d.says("Blue"), d.says(", says "), d.says("\xc3\xbc.")});
        whole.resize(whole.size() - d.last_chunk().size());
        b.server().script(gives(whole).fin());
        b.check(b.call().content == whole_text, "the text is there, and called truncated");
    });
    chat_row(m, "S04", "FIN after the finish reason, but before the end of the response", no_end_mark)
        .not_for(of_responses, "its finish reason is its end mark")
        .ends(truncated())
        .run([](bench& b) {
            dialect const d(b.to());
            b.server().script(gives(d.begun() + d.chunk(d.carried(d.finishes()))).fin());
            breaks_after_blue(b);
        });
    chat_row(m, "S04", "FIN after the end mark, but before the end of the response: nothing is missing", no_end_mark)
        .not_for(in_lines, no_end_mark)
        .ends(ending::answered().keeps(0))
        .run([](bench& b) {
            dialect const d(b.to());
            b.server().script(gives(d.begun() + d.chunk(d.carried(d.ends()))).fin());
            breaks_after_blue(b);
        });
    chat_row(m, "S04", "an end mark before any finish reason", no_end_mark)
        .not_for(in_lines, no_end_mark)
        .ends(truncated().keeps(1))
        .run([](bench& b) {
            dialect const d(b.to());
            b.server().script(gives(d.begun() + d.chunk(d.carried("data: [DONE]\n\n")) + d.last_chunk()).serve(b.ok()));
            breaks_after_blue(b);
        });
    chat_row(m, "S04", "a response that ends well, of an output that does not", no_end_mark)
        .ends(truncated().keeps(1))
        .run([](bench& b) {
            dialect const d(b.to());
            b.server().script(gives(d.begun() + d.last_chunk()).serve(b.ok()));
            breaks_after_blue(b);
        });
    stream_row(m, "S04", "no end mark, but a finish reason and a response that ends well").run([](bench& b) {
        dialect const d(b.to());
        b.server().script(
            gives(d.response({d.says("Blue"), d.says(", says "), d.says("\xc3\xbc."), d.finishes()})).serve(b.ok()));
        b.check(b.call().content == whole_text, "that is a whole answer");
    });
    auto const no_stream = ending::broken(make_error_code(errc::decode_error), phase::decode);
    stream_row(m, "S06", "a JSON body where a stream should be").only_to(in_frames).ends(no_stream).run([](bench& b) {
        b.server().script(gives(b.answer(200, "", "[1]")).drain());
        b.check(b.call().message().find("application/json") != std::string_view::npos, "it says what came");
    });
    stream_row(m, "S06", "a whole answer where a stream should be")
        .only_to(of_openai)
        .ends(ending(no_stream).keeps(1))
        .run([](bench& b) {
            b.server().script(gives(b.answer(200, "", R"({"choices":[]})")).serve(b.ok()));
            b.check(b.call().message().find("does not stream") != std::string_view::npos, "it says what came");
        });
    stream_row(m, "S06", "a whole answer where a stream should be: it is read as one event")
        .only_to(service::sagemaker_openai_stream)
        .run([](bench& b) {
            b.server().script(gives(b.answer(200, "",
                                             R"({"object":"chat.completion","choices":[{"index":0,"message":)"
                                             R"({"role":"assistant","content":"Blue"},"finish_reason":"stop"}]})"))
                                  .serve(b.ok()));
            b.check(b.call().content == "Blue", "the text is whole");
        });
    stream_row(m, "S06", "an error with status 200 where a stream should be")
        .only_to({service::openai_stream, service::openai_response_stream, service::openai_response_chat,
                  service::sagemaker_openai_stream})
        .ends(ending::broken(make_error_code(openai_wire::errc::server_error), phase::body).keeps(1))
        .run([](bench& b) {
            auto const failure = R"({"error":{"message":"boom","type":"server_error"}})";
            b.server().script(gives(b.answer(200, "", failure)).serve(b.ok()));
            b.check(b.call().service_message() == "boom", "the service's words are there");
        });
    stream_row(m, "S06", "a refusal where a stream should be")
        .only_to({service::sagemaker_parts, service::sagemaker_lines, service::sagemaker_events,
                  service::sagemaker_chat, service::sagemaker_inputs, service::sagemaker_openai_stream})
        .ends(ending::refused(424, sagemaker::errc::model_error, azure_ml::errc::model_error, outcome::complete))
        .run([](bench& b) {
            b.server().script(
                gives(b.answer(424, "x-amzn-errortype: ModelError\r\n", R"({"Message":"boom"})")).serve(b.ok()));
            b.check(b.call().service_message() == "boom", "the container's words are there");
        });
    stream_row(m, "S06", "DeploymentNotFound where a stream should be")
        .only_to(of_openai)
        .ends(ending::refused(404, make_error_code(openai_wire::errc::deployment_not_found), outcome::refused))
        .run([](bench& b) {
            auto const failure = R"({"error":{"code":"DeploymentNotFound","message":"boom"}})";
            b.server().script(gives(b.answer(404, "", failure)).serve(b.ok()));
            b.check(b.call().service_message() == "boom", "the service's words are there");
        });
    stream_row(m, "S06", "503 and then a stream").ends(ending::answered().attempts(2)).run([](bench& b) {
        b.server().script(gives(b.answer(503, "", "{}")).read_request().send(dialect(b.to()).whole()).serve(b.ok()));
        b.check(b.call().content == whole_text, "the text is whole");
    });
}

using pings = std::vector<std::string>; ///< as they travel

/// Each of them, a second apart; `sent`: what the server has sent before.
void ping_for(bench& b, pings const& all, std::size_t sent)
{
    for (auto const& one : all) {
        b.settle();
        b.time().advance(1s);
        b.server().step();
        sent += dialect::chunk(one).size();
        b.check(b.server().wait_for_sent_bytes(sent), "the bytes were sent");
        b.settle();
    }
}

connection_script pings_after(std::string const& bytes, pings const& all)
{
    auto script = gives(bytes);
    for (auto const& one : all)
        script.wait_for_step().send(dialect::chunk(one));
    return script.drain();
}

/// So many events that add nothing, of every kind in turn.
pings empty_events(dialect const& d, std::size_t n)
{
    auto const kinds = d.empty_events();
    pings out;
    for (std::size_t i = 0; i < n; ++i)
        out.push_back(d.carried(kinds[i % kinds.size()]));
    return out;
}

row& timed_row(matrix& m, std::string id, std::string fault)
{
    return stream_row(m, std::move(id), std::move(fault)).driven_by("FS, CLK").on_manual_clock();
}

void add_time(matrix& m)
{
    timed_row(m, "S05", "nothing but keep-alives from the start")
        .ends(ending::broken(make_error_code(errc::first_event_timeout), phase::body))
        .run([](bench& b) {
            dialect const d(b.to());
            pings const all(9, d.ping());
            b.options().first_event(10s);
            b.server().script(pings_after(d.head(), all));
            b.start();
            b.run_until([&] { return b.server().sent_bytes() == d.head().size(); });
            ping_for(b, all, d.head().size());
            b.passes(1s);
        });
    auto const no_progress = ending::broken(make_error_code(errc::idle_timeout), phase::body);
    auto const after_blue = [](bench& b, pings const& all) {
        dialect const d(b.to());
        b.options().idle(std::chrono::seconds(all.size() + 1));
        b.server().script(pings_after(d.begun(), all));
        b.start();
        b.run_until([&b] { return b.text_so_far() == "Blue"; });
        ping_for(b, all, d.begun().size());
        b.passes(1s);
        b.check(b.finish().content == "Blue", "the text before it is kept");
    };
    timed_row(m, "S05", "nothing but keep-alives after the first event").ends(no_progress).run([after_blue](bench& b) {
        after_blue(b, pings(4, dialect(b.to()).ping()));
    });
    timed_row(m, "S05", "nothing but events that add nothing after the first event")
        .not_for(raw, whatever_it_writes)
        .ends(no_progress)
        .run([after_blue](bench& b) { after_blue(b, empty_events(dialect(b.to()), 10)); });
    timed_row(m, "S05", "nothing but events that add nothing from the start")
        .not_for(raw, whatever_it_writes)
        .ends(no_progress)
        .run([](bench& b) {
            dialect const d(b.to());
            auto const all = empty_events(d, 10);
            b.options().first_event(6s).idle(10s); // half a second of room for each step of the other end
            b.server().script(pings_after(d.head(), all));
            b.start();
            b.run_until([&] { return b.server().sent_bytes() == d.head().size(); });
            ping_for(b, all, d.head().size());
            b.check(!b.is_over(), "the first of them ends the wait for the first event");
            b.passes(1s);
            b.check(b.finish().content.empty(), "there was no text");
        });
    timed_row(m, "S05", "an event at last, among events that add nothing")
        .not_for(raw, whatever_it_writes)
        .run([](bench& b) {
            dialect const d(b.to());
            auto const all = empty_events(d, 5);
            auto script = gives(d.begun());
            for (int round = 0; round < 2; ++round) {
                for (auto const& one : all)
                    script.wait_for_step().send(d.chunk(one));
                script.wait_for_step().send(d.chunk(d.carried(d.says("."))));
            }
            b.options().idle(6500ms);
            b.server().script(script.send(d.chunk(d.carried(d.ends())) + d.last_chunk()).serve(b.ok()));
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            auto sent = d.begun().size();
            auto to_come = all;
            to_come.push_back(d.carried(d.says(".")));
            ping_for(b, to_come, sent);
            b.run_until([&b] { return b.text_so_far() == "Blue."; });
            for (auto const& one : to_come)
                sent += d.chunk(one).size();
            ping_for(b, to_come, sent);
            b.check(b.finish().content == "Blue..", "what adds something is progress");
        });
    timed_row(m, "S05", "silence in the middle")
        .ends(ending::broken(make_error_code(errc::idle_timeout), phase::body))
        .run([](bench& b) {
            b.server().script(gives(dialect(b.to()).begun()).hold());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.passes(60s);
        });
    timed_row(m, "S05", "a stream that outlives its deadline")
        .ends(ending::broken(make_error_code(errc::deadline_exceeded), phase::body))
        .run([](bench& b) {
            b.options().deadline(30s);
            b.server().script(gives(dialect(b.to()).begun()).hold());
            b.start();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.passes(30s);
        });
    for (bool const leaves : {true, false})
        stream_row(m, "S08", leaves ? "the caller leaves in the middle" : "the caller cancels in the middle")
            .ends(ending::broken(make_error_code(errc::cancelled), phase::body))
            .run([leaves](bench& b) {
                b.server().script(gives(dialect(b.to()).begun()).drain());
                b.start();
                b.run_until([&b] { return b.text_so_far() == "Blue"; });
                leaves ? b.leave_stream() : b.cancel();
                b.finish();
                b.check(b.server().wait_for_open_connections(0), "its connection is closed");
            });
    timed_row(m, "S08", "the caller pauses for ten minutes").run([](bench& b) {
        dialect const d(b.to());
        b.options().deadline(1h).idle(1s).first_event(1s);
        b.server().script(gives(d.begun()).wait_for_step().send(d.whole().substr(d.begun().size())).serve(b.ok()));
        b.start();
        b.pause_reading();
        b.run_until([&b] { return b.text_so_far() == "Blue"; });
        b.settle();
        b.time().advance(10min);
        b.settle();
        b.check(!b.is_over(), "a pause is no fault");
        b.server().step();
        b.resume_reading();
        b.check(b.finish().content == whole_text, "the text is whole");
    });
}

/// An event of 8 KiB: one that says ".", and what is no text where the dialect has room for that.
std::string large_event(dialect const& d, service s)
{
    std::string const much(8 * 1024, 'x');
    auto const small = d.says(".");
    switch (s) {
    case service::sagemaker_parts:
    case service::sagemaker_lines: return d.says(much);
    case service::sagemaker_inputs: return small.substr(0, small.size() - 1) + std::string(much.size(), ' ') + "\n";
    default: return ": " + much + "\n" + small;
    }
}

void add_flood(matrix& m)
{
    timed_row(m, "S08", "the caller pauses for ten minutes, and the server has more to say than the network holds")
        .run([](bench& b) {
            constexpr std::size_t events = 512; // 4 MiB
            dialect const d(b.to());
            auto const one = d.carried(large_event(d, b.to()));
            bool const is_text = b.to() == service::sagemaker_parts || b.to() == service::sagemaker_lines;
            if (is_text)
                b.memory_cap(4 * events * one.size()); // the test keeps it all
            b.options().deadline(1h).idle(1s).first_event(1s);
            b.server().small_buffers().script(gives(d.begun())
                                                  .wait_for_step()
                                                  .send_often(d.chunk(one), events)
                                                  .send(d.chunk(d.carried(d.ends())) + d.last_chunk())
                                                  .serve(b.ok()));
            b.start();
            b.pause_reading();
            b.run_until([&b] { return b.text_so_far() == "Blue"; });
            b.server().step();
            b.check(b.server().wait_for_blocked_sends(1), "the server is held back");
            b.settle();
            b.time().advance(10min);
            b.settle();
            b.check(!b.is_over(), "a pause is no fault");
            b.check(b.text_so_far() == "Blue", "nothing is read while the caller pauses");
            b.check(b.server().sent_bytes() < events * one.size() / 2, "what nobody reads is not sent");
            b.resume_reading();
            std::string const whole(is_text ? events * 8 * 1024 : events, is_text ? 'x' : '.');
            b.check(b.finish().content == "Blue" + whole, "all of it arrives");
        });
}

/// The frame with other lengths, and a first checksum that fits them.
std::string with_lengths(std::string frame, std::uint32_t total, std::uint32_t headers)
{
    auto const put = [&frame](std::size_t at, std::uint32_t n) {
        for (int i = 0; i < 4; ++i)
            frame[at + static_cast<std::size_t>(i)] = static_cast<char>(n >> (24 - 8 * i));
    };
    put(0, total);
    put(4, headers);
    put(8, codec::crc32(std::string_view(frame).substr(0, 8)));
    return frame;
}

void add_damage(matrix& m)
{
    struct damage
    {
        char const* fault;
        std::string bytes;
    };
    auto const good = part(", says ");
    auto const flip = [&good](std::size_t at, int bits) {
        auto out = good;
        out[at] = static_cast<char>(out[at] ^ bits);
        return out;
    };
    auto const size = static_cast<std::uint32_t>(good.size());
    for (auto const& d : {
             damage{"a frame whose first checksum is wrong", flip(9, 1)},
             damage{"a frame whose last checksum is wrong", flip(good.size() - 2, 1)},
             damage{"a frame with another byte in its content", flip(good.size() - 6, 1)},
             damage{"a frame that says it has 3 GB", flip(0, 0xB0)},
             damage{"a frame of 3 GB with the checksum for it", with_lengths(good, 0xB0000000U, 0)},
             damage{"a frame that is too short to be one", with_lengths(good, 15, 0)},
             damage{"a frame whose headers are longer than it is", with_lengths(good, size, size)},
         })
        frame_row(m, "E01", d.fault)
            .ends(ending::broken(make_error_code(errc::frame_error), phase::decode))
            .run([bytes = d.bytes](bench& b) {
                dialect const own(b.to());
                b.server().script(gives(own.begun() + own.chunk(bytes)).drain());
                breaks_after_blue(b);
            });
    frame_row(m, "E01", "a whole stream of frames, a byte a chunk").run([](bench& b) {
        dialect const d(b.to());
        auto bytes = d.head();
        for (char const c : d.carried(d.says(std::string(whole_text)) + d.ends()))
            bytes += d.chunk(std::string(1, c));
        b.server().script(gives(bytes + d.last_chunk()).serve(b.ok()));
        b.check(b.call().content == whole_text, "the text is whole");
    });
}

void add_frames(matrix& m)
{
    /// `bytes` after the first event; the service's words.
    auto const told = [&m](std::string fault, std::string bytes, error_code code, std::string words) {
        frame_row(m, "E02", std::move(fault))
            .ends(ending::broken(code, phase::body))
            .run([bytes = std::move(bytes), words = std::move(words)](bench& b) {
                dialect const d(b.to());
                b.server().script(gives(d.begun() + d.chunk(bytes)).drain());
                auto const& end = breaks_after_blue(b);
                b.check(words.empty() || end.service_message() == words || end.failure->provider_code() == words,
                        "the service's words are there");
            });
    };
    std::string const gone = R"({"Message":"gone","ErrorCode":"StreamBroken"})";
    told("a frame of a message type that nobody knows", frame({{":message-type", "surprise"}}, "x"),
         make_error_code(errc::frame_error), "");
    told("a frame without a message type", frame({}, "x"), make_error_code(errc::frame_error), "");
    told("a frame with ModelStreamError", exception_frame("ModelStreamError", gone),
         make_error_code(sagemaker::errc::model_stream_error), "gone");
    told("a frame with InternalStreamFailure", exception_frame("InternalStreamFailure", gone),
         make_error_code(sagemaker::errc::internal_stream_failure), "gone");
    told("a frame with an exception that nobody knows", exception_frame("Surprise", "{}"),
         make_error_code(sagemaker::errc::internal_stream_failure), "Surprise");
    told("a frame with an error",
         frame({{":message-type", "error"}, {":error-code", "InternalFailure"}, {":error-message", "oops"}}, ""),
         make_error_code(sagemaker::errc::internal_failure), "oops");
    auto const half = part(", says ").substr(0, 60);
    frame_row(m, "E03", "a response that ends well inside a frame").ends(truncated().keeps(1)).run([half](bench& b) {
        dialect const d(b.to());
        b.server().script(gives(d.begun() + d.chunk(half) + d.last_chunk()).serve(b.ok()));
        breaks_after_blue(b);
    });
    frame_row(m, "E03", "FIN inside a frame").ends(truncated()).run([half](bench& b) {
        dialect const d(b.to());
        auto const whole = d.chunk(part(", says "));
        b.server().script(gives(d.begun() + whole.substr(0, half.size())).fin());
        breaks_after_blue(b);
    });
}

registrar const rows([](matrix& m) {
    add_bytes(m);
    add_ends(m);
    add_time(m);
    add_flood(m);
    add_damage(m);
    add_frames(m);
});

} // namespace

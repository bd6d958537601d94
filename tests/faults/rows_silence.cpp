// Rows H05, H16, H17, H20 and H21: servers that say nothing, say it slowly, or do not listen.
#include "faults/matrix.hpp"
#include "faults/streams.hpp"

using namespace faults;

namespace {

constexpr std::size_t large = 8 * 1024 * 1024; ///< more than the kernel takes while nobody reads

ending no_response()
{
    return ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown);
}

ending in_the_body(errc code)
{
    return ending::failed(code, phase::body, outcome::partial).status(200);
}

/// The server's next byte goes out and is read.
void drip(bench& b, std::uint64_t sent_then)
{
    b.server().step();
    b.check(b.server().wait_for_sent_bytes(sent_then), "a byte was sent");
    b.settle();
}

std::string const only_events = "only whole events are progress";

/// An event at first, another at each step, then silence or the end.
connection_script one_at_a_time(dialect const& d, std::size_t events, bool ends)
{
    auto script = connection_script().read_request().send(d.begun());
    for (std::size_t i = 0; i < events; ++i)
        script.wait_for_step().send(d.chunk(d.carried(d.says("."))));
    if (!ends)
        return script.hold();
    auto const end = d.ends().empty() ? std::string() : d.chunk(d.carried(d.ends()));
    return script.send(end + d.last_chunk());
}

void add_slow_streams(matrix& m)
{
    m.add("H17", "an event in fifty seconds, to the end")
        .only_to(all_streams())
        .driven_by("FS, CLK")
        .on_manual_clock()
        .run([](bench& b) {
            b.server().script(one_at_a_time(dialect(b.to()), 8, true).serve(b.ok()));
            b.start();
            for (std::size_t i = 0; i < 8; ++i) {
                b.run_until([&b, i] { return b.text_so_far().size() == 4 + i; });
                b.settle();
                b.time().advance(50s);
                b.settle();
                b.check(!b.is_over(), "progress keeps the stream alive");
                b.server().step();
            }
            b.check(b.finish().content == "Blue........", "all of it is there");
        });
    m.add("H17", "an event in fifty seconds, until the deadline")
        .only_to(all_streams())
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(in_the_body(errc::deadline_exceeded))
        .run([](bench& b) {
            b.server().script(one_at_a_time(dialect(b.to()), 11, false));
            b.start();
            for (std::size_t i = 0; i < 11; ++i) {
                b.run_until([&b, i] { return b.text_so_far().size() == 4 + i; });
                b.settle();
                b.time().advance(50s);
                b.server().step();
            }
            b.run_until([&b] { return b.text_so_far().size() == 15; });
            b.passes(50s);
            b.check(b.finish().content == "Blue...........", "the text before it is kept");
        });
}

void add_silence(matrix& m)
{
    m.add("H05", "no response ever")
        .to_all()
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(no_response())
        .run([](bench& b) {
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.passes(75s);
        });
    m.add("H05", "no response ever, and the deadline comes first")
        .to_all()
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::deadline_exceeded, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.options().deadline(20s);
            b.server().script(connection_script().read_request().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.passes(20s);
        });
    m.add("H16", "a response head of one byte a second")
        .to_all()
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(no_response())
        .run([](bench& b) {
            b.server().script(connection_script().read_request().drip(1).send(
                b.answer(200, "x-pad: " + std::string(80, 'x') + "\r\n", "[1]")));
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            for (std::uint64_t i = 1; i < 75; ++i) {
                drip(b, i);
                b.time().advance(1s);
                b.settle();
                b.check(!b.is_over(), "the limit is the whole head's");
            }
            drip(b, 75);
            b.passes(1s);
        });
    m.add("H17", "a body that stops")
        .to_all()
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(in_the_body(errc::idle_timeout))
        .run([](bench& b) {
            auto const half = b.ok().substr(0, b.ok().size() - 2);
            b.server().script(connection_script().read_request().send(half).hold());
            b.start();
            b.run_until([&b, &half] { return b.server().sent_bytes() == half.size(); });
            b.passes(60s);
        });
    m.add("H17", "a body of one byte in ten seconds, which arrives")
        .to_all()
        .not_for(all_streams(), only_events)
        .driven_by("FS, CLK")
        .on_manual_clock()
        .run([](bench& b) {
            std::size_t const rest = 3;
            auto const head = b.ok().size() - rest;
            b.server().script(connection_script()
                                  .read_request()
                                  .send(b.ok().substr(0, head))
                                  .drip(1)
                                  .send(b.ok().substr(head))
                                  .serve(b.ok()));
            b.start();
            b.run_until([&b, head] { return b.server().sent_bytes() == head; });
            for (std::size_t i = 1; i <= rest; ++i) {
                b.settle();
                b.time().advance(10s);
                drip(b, head + i);
            }
            b.server().step(1000);
            b.check(b.finish().took == 10s * rest, "progress keeps the call alive");
        });
    m.add("H17", "a body of one byte in ten seconds, without end")
        .to_all()
        .not_for(all_streams(), only_events)
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(in_the_body(errc::deadline_exceeded))
        .run([](bench& b) {
            auto const whole = b.answer(200, "", std::string(100, 'x'));
            auto const head = whole.substr(0, whole.size() - 100);
            b.server().script(connection_script().read_request().send(head).drip(1).send(std::string(100, 'x')).hold());
            b.start();
            b.run_until([&b, &head] { return b.server().sent_bytes() == head.size(); });
            for (std::size_t i = 1; i < 60; ++i) {
                b.settle();
                b.time().advance(10s);
                drip(b, head.size() + i);
            }
            b.passes(10s);
        });
}

void add_uploads(matrix& m)
{
    m.add("H20", "413 while the request is being sent")
        .ends(ending::refused(413, sagemaker::errc::payload_too_large, azure_ml::errc::payload_too_large,
                              outcome::refused)
                  .keeps(0))
        .run([](bench& b) {
            b.memory_cap(2 * large);
            b.request_size(large);
            b.server().small_buffers().script(
                connection_script().read_head().send(b.answer(413, "", R"({"message":"too large"})")).hold());
            b.check(b.call().service_message() == "too large", "the answer counts more than a broken pipe");
            b.request_size(0);
        });
    m.add("H20", "429 while the request is being sent, and then a reset")
        .ends(ending::answered().attempts(2))
        .run([](bench& b) {
            b.memory_cap(2 * large);
            b.request_size(large);
            b.server().small_buffers().script(
                connection_script().read_head().send(b.answer(429, "", R"({"message":"slow down"})")).rst());
            b.call();
            b.request_size(0);
        });
    m.add("H21", "nobody reads the request")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::write_timeout, phase::write, outcome::unknown))
        .run([](bench& b) {
            b.memory_cap(2 * large);
            b.request_size(large);
            b.server().small_buffers().script(connection_script().read_head().hold());
            b.start();
            b.run_until([&b] { return b.server().requests() == 1; });
            b.passes(30s);
            b.request_size(0);
        });
    m.add("H21", "the request is read in long intervals").driven_by("FS, CLK").on_manual_clock().run([](bench& b) {
        b.memory_cap(2 * large);
        b.request_size(large);
        connection_script script;
        script.read_head();
        for (std::size_t part = 1; part <= 4; ++part)
            script.wait_for_step().read_bytes(large * part / 4);
        b.server().small_buffers().script(script.send(b.ok()).serve(b.ok()));
        b.start();
        b.run_until([&b] { return b.server().requests() == 1; });
        auto const head_size = b.server().received().front().head.size();
        for (std::size_t part = 1; part <= 4; ++part) {
            b.settle();
            b.time().advance(29s);
            b.settle();
            b.check(!b.is_over(), "progress keeps the call alive");
            b.server().step();
            b.run_until([&b, head_size, part] { return b.server().request_bytes() >= head_size + large * part / 4; });
        }
        b.finish();
        b.request_size(0);
    });
}

registrar const rows([](matrix& m) {
    add_silence(m);
    add_slow_streams(m);
    add_uploads(m);
});

} // namespace

// Streams that are left, closed, cancelled, moved, or asked twice.

#include "stream_support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>

#include <doctest/doctest.h>

#include <future>
#include <thread>

using namespace test;
using testing::reply;

namespace {

/// Says when a body was let go.
class watched_transport final : public net::transport
{
    class watched_body final : public net::body_stream
    {
    public:
        watched_body(std::unique_ptr<net::body_stream> inner, int& alive) : inner_(std::move(inner)), alive_(&alive)
        {
            ++*alive_;
        }
        ~watched_body() override { --*alive_; }
        net::task<result<std::string_view>> read(net::operation& op, phase_limits::duration idle) override
        {
            return inner_->read(op, idle);
        }

    private:
        std::unique_ptr<net::body_stream> inner_;
        int* alive_;
    };

public:
    explicit watched_transport(std::shared_ptr<net::transport> inner) : inner_(std::move(inner)) {}
    int alive = 0;

    net::task<result<net::opened_response>> open(net::operation& op, net::exchange& x) override
    {
        auto out = co_await inner_->open(op, x);
        if (out)
            out->content = std::make_unique<watched_body>(std::move(out->content), alive);
        co_return std::move(out);
    }

private:
    std::shared_ptr<net::transport> inner_;
};

class leave_bench : public stream_bench
{
public:
    std::shared_ptr<watched_transport> bodies = std::make_shared<watched_transport>(transport);
    leave_bench() { config.transport = bodies; }

    /// A stream of which one event was read and of which no more comes.
    chat_stream silent()
    {
        transport->expect(reply::with(200, {}, chat_answer()).silent_after(9 + chat_piece("Blue").size()));
        auto stream = open();
        REQUIRE(stream.has_value());
        REQUIRE(next(*stream).has_value());
        REQUIRE(bodies->alive == 1);
        return std::move(*stream);
    }
};

} // namespace

TEST_CASE("stream: leaving it between two events closes its connection at once")
{
    leave_bench bench;
    {
        auto const stream = bench.silent();
        CHECK(bench.bodies->alive == 1);
    }
    CHECK(bench.bodies->alive == 0);
    CHECK(bench.is_clean());
}

TEST_CASE("stream: leaving it during a next() ends that with cancelled, and not before the destructor has returned")
{
    for (bool const inside : {true, false}) {
        CAPTURE(inside);
        leave_bench bench;
        std::optional<chat_stream> stream(bench.silent());
        auto const to = bench.start_next(*stream);
        run_ready(bench.io);
        CHECK(to->completions == 0);
        auto const leave = [&] {
            stream.reset();
            CHECK(to->completions == 0);
        };
        if (inside)
            asio::post(bench.io, leave);
        else
            leave();
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->failure() == errc::cancelled);
        CHECK(to->failure().outcome() == outcome::partial);
        CHECK(bench.bodies->alive == 0);
        CHECK(bench.slept() == 0ns);
        CHECK(bench.is_clean());
    }
}

TEST_CASE("stream: closed, it gives cancelled and keeps the text so far")
{
    leave_bench bench;
    auto stream = bench.silent();
    stream.close();
    CHECK(bench.bodies->alive == 0);
    CHECK(bench.next(stream).error() == errc::cancelled);
    CHECK(stream.text() == "Blue");
    stream.close();
    CHECK(bench.next(stream).error() == errc::cancelled);
}

TEST_CASE("stream: cancelling a next() ends the stream, with every type, from inside and outside the executor")
{
    for (auto const kind : {asio::cancellation_type::terminal, asio::cancellation_type::partial,
                            asio::cancellation_type::total, asio::cancellation_type::all}) {
        for (bool const inside : {true, false}) {
            CAPTURE(inside);
            leave_bench bench;
            auto stream = bench.silent();
            asio::cancellation_signal signal;
            std::shared_ptr<inbox<std::optional<chat_event>>> to;
            if (inside)
                asio::post(bench.io, [&] { to = bench.start_next(stream, signal.slot()); });
            else
                to = bench.start_next(stream, signal.slot());
            run_ready(bench.io);
            signal.emit(kind);
            run_ready(bench.io);
            REQUIRE(to->completions == 1);
            CHECK(to->failure() == errc::cancelled);
            CHECK(bench.bodies->alive == 0);
            CHECK(bench.next(stream).error() == errc::cancelled);
            CHECK(stream.text() == "Blue");
            CHECK(bench.is_clean());
        }
    }
}

TEST_CASE("stream: cancelled while it is opened, at its head or before a repeat")
{
    for (auto const& what : {reply::never(), reply::with(429, {{"retry-after", "30"}})}) {
        leave_bench bench;
        bench.transport->expect(what);
        asio::cancellation_signal signal;
        auto const to = bench.start_open({}, signal.slot());
        run_ready(bench.io);
        signal.emit(asio::cancellation_type::terminal);
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->failure() == errc::cancelled);
        CHECK(bench.bodies->alive == 0);
        CHECK(bench.is_clean());
    }
}

TEST_CASE("stream: a second next() while one waits is refused, and the first goes on")
{
    stream_bench bench;
    bench.transport->expect(reply::with(200, {}, chat_answer()).each_after(1s));
    auto stream = bench.open();
    REQUIRE(stream.has_value());
    auto const first = bench.start_next(*stream);
    run_ready(bench.io);
    auto const second = bench.start_next(*stream);
    run_ready(bench.io);
    REQUIRE(second->completions == 1);
    CHECK(second->failure() == errc::invalid_argument);
    CHECK(first->completions == 0);
    REQUIRE(run_until(bench.io, *bench.time, [&] { return first->completions > 0; }));
    CHECK(first->value->value()->text() == "Blue");
    CHECK(bench.read_all(*stream) == ", says |\xc3\xbc.|-|.");
}

TEST_CASE("stream: it can be moved, also while a next() waits; what it is moved onto is closed")
{
    leave_bench bench;
    auto one = bench.silent();
    auto const to = bench.start_next(one);
    run_ready(bench.io);
    auto two = std::move(one);
    CHECK(bench.bodies->alive == 1);
    bench.transport->expect(reply::with(200, {}, chat_answer()));
    auto other = bench.open();
    CHECK(bench.bodies->alive == 2);
    two = std::move(*other);
    run_ready(bench.io);
    CHECK(to->completions == 1);
    CHECK(to->failure() == errc::cancelled);
    CHECK(bench.bodies->alive == 1);
    CHECK(bench.read_all(two).ends_with("|."));
    CHECK(bench.bodies->alive == 0);
}

TEST_CASE("stream: it outlives its client and a next() outlives its stream")
{
    auto bench = std::make_unique<leave_bench>();
    bench->transport->expect(reply::with(200, {}, chat_answer()).each_after(1s));
    auto stream = bench->open();
    REQUIRE(stream.has_value());
    auto const to = bench->start_next(*stream);
    run_ready(bench->io);
    bench->time->drop_all(); // the context goes away with the call in flight
    CHECK(to->completions == 0);
    CHECK(to.use_count() == 1); // its handler was destroyed
    CHECK(bench->bodies->alive == 0);
}

TEST_CASE("stream: destroyed while another thread awaits its next event, it is let go of by its own executor")
{
    asio::thread_pool pool(1);
    stream_bench bench;
    auto const work = asio::make_work_guard(bench.io);
    for (int round = 0; round < 50; ++round) {
        bench.transport->expect(reply::with(200, {}, chat_answer()).silent_after(3));
        bench.transport->expect(reply::with(200, {}, chat_answer()));
        auto opened = bench.open();
        REQUIRE(opened.has_value());
        std::optional<chat_stream> stream(std::move(*opened));
        std::promise<error_code> ended;
        auto const reader = [](chat_stream& from, std::promise<error_code>& to) -> asio::awaitable<void> {
            auto const item = co_await from.next();
            to.set_value(item ? error_code() : item.error().code());
        };
        asio::co_spawn(pool, reader(*stream, ended), [](std::exception_ptr e) { CHECK_FALSE(e); });
        bench.io.restart();
        while (bench.time->armed() == 0) // until it waits for the body
            bench.io.run_one();
        stream.reset();
        // What the client does now must not meet the reader's thread anywhere.
        auto next = bench.open();
        REQUIRE(next.has_value());
        CHECK(bench.read_all(*next) == "Blue|, says |\xc3\xbc.|-|.");
        CHECK(ended.get_future().get() == make_error_code(errc::cancelled));
    }
    pool.join();
}

TEST_CASE("stream: read from another thread than its executor's")
{
    asio::thread_pool pool(1);
    stream_bench bench; // its context runs here
    bench.transport->expect(reply::with(200, {}, chat_answer()).in_pieces_of(7));
    auto stream = bench.open();
    REQUIRE(stream.has_value());
    std::promise<std::string> text;
    auto const reader = [](chat_stream& from, std::promise<std::string>& to) -> asio::awaitable<void> {
        std::string out;
        while (auto event = (co_await from.next()).value())
            out += event->text().value_or("");
        to.set_value(std::move(out));
    };
    auto const work = asio::make_work_guard(bench.io);
    bench.io.restart();
    std::thread runner([&bench] { bench.io.run(); });
    asio::co_spawn(pool, reader(*stream, text), [](std::exception_ptr e) { CHECK_FALSE(e); });
    CHECK(text.get_future().get() == "Blue, says \xc3\xbc.");
    bench.io.stop();
    runner.join();
    pool.join();
}

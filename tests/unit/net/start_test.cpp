// The one border between our coroutines and Asio: where a call starts, where and how often it completes,
// and what becomes of it when somebody goes away.

#include "support/doubles.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

using namespace test;

namespace {

net::task<result<int>> at_once(net::operation&)
{
    co_return 5;
}

net::task<result<int>> after_a_while(net::operation& op)
{
    auto const at = op.until(1ms);
    auto const woken = co_await net::sleep_until(op, at);
    if (woken == net::wake::stopped)
        co_return op.interrupted(phase::backoff, outcome::not_sent, errc::internal);
    co_return 6;
}

/// Memory and timers of one client.
struct client_parts
{
    explicit client_parts(asio::any_io_executor e)
        : executor(e), timers(net::make_timer_service(e, augur::system_clock()))
    {
    }

    asio::any_io_executor executor;
    std::shared_ptr<net::timer_service> timers;
    net::arena_handle arena;
};

/// A body that keeps the client alive, as the clients' own do.
template <class F>
auto holding(std::shared_ptr<client_parts> parts, F f)
{
    return [parts = std::move(parts), f](net::operation& op) { return f(op); };
}

template <class F, class Handler>
void begin(std::shared_ptr<client_parts> const& parts, F f, Handler handler, std::chrono::nanoseconds total = 1h)
{
    net::start<int>(parts->arena, parts->timers, parts->executor, total, holding(parts, f),
                    net::completion<int>(std::move(handler)));
}

} // namespace

TEST_CASE("start: never completes from inside, and on the executor")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    int completions = 0;
    bool on_it = false;
    auto const handler = [&](result<int> r) {
        ++completions;
        CHECK(r.value() == 5);
        on_it = io.get_executor().running_in_this_thread();
    };
    begin(parts, at_once, handler); // from outside
    CHECK(completions == 0);
    io.run();
    CHECK(completions == 1);
    CHECK(on_it);

    asio::post(io, [&] { // from inside
        begin(parts, at_once, handler);
        CHECK(completions == 1);
    });
    io.restart();
    io.run();
    CHECK(completions == 2);
    CHECK(parts->arena->live_blocks() == 0);
}

TEST_CASE("start: run() returns when no call is pending, and not before")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    int completions = 0;
    for (int i = 0; i < 3; ++i)
        begin(parts, after_a_while, [&](result<int> r) { completions += r.value() == 6 ? 1 : 0; });
    io.run();
    CHECK(completions == 3);
    CHECK(parts->timers->armed() == 0);
    CHECK(parts->arena->live_blocks() == 0);
    io.restart();
    CHECK(io.run() == 0);
}

TEST_CASE("start: a handler bound to another context completes there, and that context waits for it")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    for (auto const body : {&at_once, &after_a_while}) {
        for (bool const inside : {true, false}) {
            asio::io_context other(1);
            std::optional<std::thread::id> ran_on;
            auto const go = [&] {
                begin(parts, body, asio::bind_executor(other.get_executor(), [&](result<int> r) {
                          CHECK(r.has_value());
                          CHECK(other.get_executor().running_in_this_thread());
                          ran_on = std::this_thread::get_id();
                      }));
            };
            std::promise<void> begun;
            if (inside)
                asio::post(io, [&] {
                    go();
                    begun.set_value();
                });
            else
                go();
            auto guard = asio::make_work_guard(io);
            std::thread thread([&] { io.run(); });
            if (inside)
                begun.get_future().wait();
            other.run(); // returns only after the handler: the call counts as work there
            CHECK(ran_on == std::this_thread::get_id());
            guard.reset();
            thread.join();
            io.restart();
        }
    }
    CHECK(parts->arena->live_blocks() == 0);
}

TEST_CASE("start: on a strand of two threads every call completes once, on the strand")
{
    asio::io_context io(2);
    auto const strand = asio::make_strand(io.get_executor());
    auto const parts = std::make_shared<client_parts>(strand);
    std::atomic<int> completions = 0;
    std::atomic<int> elsewhere = 0;
    constexpr int calls = 300;
    for (int i = 0; i < calls; ++i)
        asio::post(strand, [&, i] {
            begin(parts, i % 2 == 0 ? &at_once : &after_a_while, [&](result<int> r) {
                if (!r.has_value() || !strand.running_in_this_thread())
                    ++elsewhere;
                ++completions;
            });
        });
    std::thread second([&] { io.run(); });
    io.run();
    second.join();
    CHECK(completions == calls);
    CHECK(elsewhere == 0);
    CHECK(parts->arena->live_blocks() == 0);
}

TEST_CASE("start: calls may be started and cancelled from another thread than the client's")
{
    asio::thread_pool pool(2);
    auto const strand = asio::make_strand(pool.get_executor());
    auto const parts = std::make_shared<client_parts>(strand);
    asio::io_context mine(1);
    int cancelled = 0;
    int completed = 0;
    constexpr int calls = 100;
    std::vector<asio::cancellation_signal> signals(calls);
    auto const slow = [](net::operation& op) -> net::task<result<int>> {
        auto const at = op.until(1h);
        co_await net::sleep_until(op, at);
        co_return op.interrupted(phase::backoff, outcome::not_sent, errc::internal);
    };
    auto const guard = asio::make_work_guard(mine);
    for (auto& signal : signals) {
        begin(parts, slow,
              asio::bind_executor(mine.get_executor(), asio::bind_cancellation_slot(signal.slot(), [&](result<int> r) {
                                      ++completed;
                                      cancelled += r.error() == errc::cancelled ? 1 : 0;
                                      if (completed == calls)
                                          mine.stop();
                                  })));
        signal.emit(asio::cancellation_type::terminal); // before, during or after its start: never lost
        signal.emit(asio::cancellation_type::terminal);
    }
    mine.run();
    CHECK(completed == calls);
    CHECK(cancelled == calls);
    pool.join();
}

TEST_CASE("start: an emission after the context is gone is harmless")
{
    asio::cancellation_signal signal;
    bool called = false;
    auto const alive = std::make_shared<int>(0);
    {
        asio::io_context io(1);
        auto const parts = std::make_shared<client_parts>(io.get_executor());
        auto const handler =
            asio::bind_cancellation_slot(signal.slot(), [&called, alive](result<int>) { called = true; });
        SUBCASE("not begun")
        {
            begin(parts, at_once, handler);
        }
        SUBCASE("suspended")
        {
            begin(parts, after_a_while, handler);
            io.poll();
        }
        SUBCASE("completed")
        {
            begin(parts, at_once, handler);
            io.run();
            called = false;
        }
    }
    CHECK(alive.use_count() == 1); // the handler was destroyed with the context
    signal.emit(asio::cancellation_type::terminal);
    CHECK_FALSE(called);
}

TEST_CASE("start: exceptions become one error with the text of the exception, made harmless")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    std::vector<error> got;
    auto const handler = [&](result<int> r) { got.push_back(r.error()); };
    begin(
        parts, [](net::operation&) -> net::task<result<int>> { throw std::bad_alloc(); },
        handler); // before there is a coroutine
    auto const later = [](net::operation& op) -> net::task<result<int>> {
        auto const at = op.until(1ms);
        co_await net::sleep_until(op, at);
        throw std::runtime_error("bad\r\nluck");
    };
    begin(parts, later, handler);
    auto const odd = [](net::operation& op) -> net::task<result<int>> {
        auto const at = op.until(1ms);
        co_await net::sleep_until(op, at);
        throw 42;
    };
    begin(parts, odd, handler);
    io.run();
    REQUIRE(got.size() == 3);
    CHECK(got[0] == errc::resource_exhausted);
    CHECK(got[1] == errc::internal);
    CHECK(got[1].message().find("bad") != std::string_view::npos);
    CHECK(got[1].message().find('\r') == std::string_view::npos);
    CHECK(got[2] == errc::internal);
    for (auto const& e : got)
        CHECK(e.outcome() == outcome::unknown);
    CHECK(parts->arena->live_blocks() == 0);
}

TEST_CASE("start: what a completion handler throws comes out of run(), once, and the client goes on")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    for (auto const body : {&at_once, &after_a_while}) {
        begin(parts, body, [](result<int>) { throw std::logic_error("the user's"); });
        io.restart();
        CHECK_THROWS_AS(io.run(), std::logic_error);
        int completions = 0;
        begin(parts, body, [&](result<int>) { ++completions; });
        io.restart();
        io.run();
        CHECK(completions == 1);
        CHECK(parts->arena->live_blocks() == 0);
    }
}

TEST_CASE("start: the last owner may go away in the completion handler")
{
    asio::io_context io(1);
    auto parts = std::make_shared<client_parts>(io.get_executor());
    std::weak_ptr<client_parts> const watch = parts;
    begin(parts, after_a_while, [&](result<int>) { parts.reset(); });
    io.run();
    CHECK(watch.expired());
}

TEST_CASE("start: a move-only handler and a result without a value are served")
{
    asio::io_context io(1);
    auto const parts = std::make_shared<client_parts>(io.get_executor());
    int got = 0;
    net::start<void>(
        parts->arena, parts->timers, io.get_executor(), 1h,
        [parts](net::operation&) -> net::task<result<void>> { co_return result<void>(); },
        net::completion<void>(
            [&got, only = std::make_unique<int>(4)](result<void> r) { got = r.has_value() ? *only : 0; }));
    io.run();
    CHECK(got == 4);
}

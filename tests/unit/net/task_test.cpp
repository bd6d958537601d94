// The coroutine below the Asio boundary and the memory it lives in.

#include "support/doubles.hpp"

#include <doctest/doctest.h>

#include <stdexcept>

using namespace test;

namespace {

/// An operation on the manual clock, for leaves and tasks.
struct stage
{
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    net::arena_handle arena;
    asio::io_context io{1};

    template <class Body>
    std::shared_ptr<inbox<int>> run(Body body, std::chrono::nanoseconds total = 1h)
    {
        auto to = std::make_shared<inbox<int>>();
        net::start<int>(arena, time, io.get_executor(), total, std::move(body),
                        [to](result<int> r) { to->put(std::move(r)); });
        run_ready(io);
        return to;
    }
    void advance(std::chrono::nanoseconds d)
    {
        time->advance(d);
        run_ready(io);
    }
};

net::task<int> leaf(net::operation& op, std::chrono::nanoseconds pause)
{
    auto const at = op.until(pause);
    auto const woken = co_await net::sleep_until(op, at);
    co_return woken == net::wake::timed_out ? 1 : 0;
}

net::task<int> tree(net::operation& op, int depth)
{
    if (depth == 0)
        co_return co_await leaf(op, 1s);
    int sum = 1;
    sum += co_await tree(op, depth - 1);
    co_return sum;
}

net::task<void> thrower(net::operation& op)
{
    co_await leaf(op, 1s);
    throw std::runtime_error("from below");
}

net::task<int> catcher(net::operation& op)
{
    int seen = 0;
    try {
        co_await thrower(op);
    }
    catch (std::runtime_error const& e) {
        seen = std::string_view(e.what()) == "from below" ? 7 : 0;
    }
    co_return seen;
}

/// Counts what is alive.
struct counted
{
    explicit counted(int& n) noexcept : count(&n) { ++*count; }
    counted(counted const& other) noexcept : count(other.count) { ++*count; }
    counted& operator=(counted const&) = delete;
    ~counted() { --*count; }
    int* count;
};

net::task<int> holder(net::operation& op, counted mine)
{
    counted const local = mine;
    auto const out = co_await leaf(op, 1h);
    co_return out + *local.count;
}

} // namespace

TEST_CASE("task: does nothing before it is awaited, and is destroyed without being awaited")
{
    int alive = 0;
    stage s;
    auto const to = s.run([&](net::operation& op) -> net::task<result<int>> {
        {
            auto const never = holder(op, counted(alive));
            CHECK(alive == 1); // the parameter, no local
        }
        CHECK(alive == 0);
        co_return 3;
    });
    REQUIRE(to->completions == 1);
    CHECK(to->value->value() == 3);
    CHECK(s.arena->live_blocks() == 0);
}

TEST_CASE("task: a deep chain suspends and resumes as one, without growing the stack")
{
    stage s;
    auto const to = s.run([](net::operation& op) -> net::task<result<int>> { co_return co_await tree(op, 2000); });
    CHECK(to->completions == 0);
    CHECK(s.arena->live_blocks() > 2000);
    s.advance(1s);
    REQUIRE(to->completions == 1);
    CHECK(to->value->value() == 2001);
    CHECK(s.arena->live_blocks() == 0);
    CHECK(s.time->armed() == 0);
}

TEST_CASE("task: an exception travels to whoever awaits")
{
    stage s;
    auto const to = s.run([](net::operation& op) -> net::task<result<int>> { co_return co_await catcher(op); });
    s.advance(1s);
    REQUIRE(to->completions == 1);
    CHECK(to->value->value() == 7);
}

TEST_CASE("task: is movable, and moving keeps the coroutine")
{
    stage s;
    auto const to = s.run([](net::operation& op) -> net::task<result<int>> {
        net::task<int> a = leaf(op, 1s);
        net::task<int> b;
        b = std::move(a);
        co_return co_await std::move(b);
    });
    s.advance(1s);
    REQUIRE(to->completions == 1);
    CHECK(to->value->value() == 1);
}

TEST_CASE("task: destroying the root of a chain destroys every frame, from the leaf's timer on")
{
    int alive = 0;
    std::weak_ptr<testing::manual_time> clock;
    {
        stage s;
        clock = s.time;
        auto const to =
            s.run([&](net::operation& op) -> net::task<result<int>> { co_return co_await holder(op, counted(alive)); });
        CHECK(alive > 0);
        CHECK(to->completions == 0);
        s.advance(1h);
        CHECK(to->completions == 1);
    }
    CHECK(alive == 0);
    CHECK(clock.expired());
}

TEST_CASE("arena: memory comes back for the next call, sizes do not mix, the last block outlives the owner")
{
    net::frame_arena* raw = nullptr;
    void* block = nullptr;
    {
        net::arena_handle const arena;
        raw = &*arena;
        auto* const a = arena->allocate(100);
        arena->deallocate(a, 100);
        CHECK(arena->allocate(128) == a); // the same class
        arena->deallocate(a, 128);
        auto* const b = arena->allocate(129);
        CHECK(b != a);
        arena->deallocate(b, 129);
        auto* const large = arena->allocate(100'000); // not kept
        arena->deallocate(large, 100'000);
        CHECK(arena->live_blocks() == 0);
        block = arena->allocate(64);
        CHECK(arena->live_blocks() == 1);
    }
    CHECK(raw->live_blocks() == 1); // still there
    raw->deallocate(block, 64);     // and now gone; the sanitizer would tell
}

TEST_CASE("operation: a stop is seen by the wait that is pending and by every later one")
{
    stage s;
    net::operation* running = nullptr;
    std::vector<net::wake> woken;
    auto const to = s.run([&](net::operation& op) -> net::task<result<int>> {
        running = &op;
        for (int i = 0; i < 3; ++i) {
            auto const at = op.until(1s);
            auto const w = co_await net::sleep_until(op, at);
            woken.push_back(w);
        }
        co_return op.interrupted(phase::backoff, outcome::refused, errc::internal);
    });
    s.advance(1s);
    REQUIRE(woken.size() == 1);
    running->stop(net::stop_reason::closed);
    running = nullptr;
    CHECK(woken == std::vector<net::wake>{net::wake::timed_out, net::wake::stopped, net::wake::stopped});
    run_ready(s.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::client_closed);
    CHECK(to->failure().phase() == phase::backoff);
    CHECK(to->failure().outcome() == outcome::refused);
    CHECK(s.time->elapsed() == 1s);
}

TEST_CASE("operation: a part of a call may have an earlier end, never a later one")
{
    stage s;
    auto const to = s.run(
        [&](net::operation& op) -> net::task<result<int>> {
            auto const whole = op.deadline();
            {
                auto const end = op.until(2s);
                net::earlier_deadline const part(op, end);
                auto const beyond = op.until(1h);
                CHECK(beyond == end);
                {
                    net::earlier_deadline const later(op, whole + 1s);
                    CHECK(op.deadline() == end);
                }
                co_await net::sleep_until(op, whole);
                CHECK(op.now() == end);
            }
            CHECK(op.deadline() == whole);
            co_return op.now() < whole ? 7 : 0;
        },
        5s);
    s.advance(2s);
    REQUIRE(to->completions == 1);
    CHECK(to->value->value() == 7);
}

TEST_CASE("operation: the first reason to stop counts, and the deadline is told apart from a phase's limit")
{
    stage s;
    auto const to = s.run(
        [&](net::operation& op) -> net::task<result<int>> {
            auto const limit = op.until(2s);
            co_await net::sleep_until(op, limit);
            CHECK(op.interrupted(phase::tls, outcome::not_sent, errc::tls_timeout) == errc::tls_timeout);
            auto const beyond = op.until(1h); // cut at the end of the call
            CHECK(beyond == op.deadline());
            co_await net::sleep_until(op, beyond);
            CHECK(op.interrupted(phase::tls, outcome::not_sent, errc::tls_timeout) == errc::deadline_exceeded);
            op.stop(net::stop_reason::caller);
            op.stop(net::stop_reason::closed);
            co_return op.interrupted(phase::tls, outcome::not_sent, errc::tls_timeout);
        },
        5s);
    s.advance(10s);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::cancelled);
}

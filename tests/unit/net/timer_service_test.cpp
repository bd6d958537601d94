// All the times that anybody waits for, in one heap, served by one timer.

#include "support/doubles.hpp"

#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include <random>

using namespace test;

namespace {

class node final : public net::timer_node
{
public:
    std::function<void()> then;
    std::function<void()> then_dropped;
    int fired = 0;
    int dropped = 0;

private:
    void on_time() noexcept override
    {
        ++fired;
        if (then)
            then();
    }
    void on_shutdown() noexcept override
    {
        ++dropped;
        if (then_dropped)
            then_dropped();
    }
};

/// The machine's steady clock with a wall clock of no interest.
std::shared_ptr<net::timer_service> real(asio::io_context& io)
{
    return net::make_timer_service(io.get_executor(), augur::system_clock());
}

} // namespace

TEST_CASE("timers: fire in the order of their times, whatever the order they were set in")
{
    std::mt19937 random(7);
    for (int round = 0; round < 50; ++round) {
        testing::manual_time time;
        std::vector<node> nodes(64);
        std::vector<std::pair<std::chrono::nanoseconds, std::size_t>> expected;
        std::vector<std::chrono::nanoseconds> fired;
        auto const start = time.now();
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            auto const at = std::chrono::milliseconds(random() % 40);
            nodes[i].then = [&fired, &time] { fired.push_back(time.elapsed()); };
            time.arm(nodes[i], start + at);
            expected.emplace_back(at, i);
        }
        for (std::size_t i = 0; i < nodes.size(); i += 3) { // some are taken back
            time.disarm(nodes[i]);
            CHECK_FALSE(nodes[i].is_armed());
        }
        for (std::size_t i = 1; i < nodes.size(); i += 3) { // some are moved
            auto const at = std::chrono::milliseconds(random() % 40);
            time.arm(nodes[i], start + at);
            expected[i].first = at;
        }
        std::vector<std::chrono::nanoseconds> want;
        for (auto const& [at, i] : expected)
            if (i % 3 != 0)
                want.push_back(at);
        std::sort(want.begin(), want.end());
        while (time.advance_to_next()) {
        }
        CHECK(fired == want);
        CHECK(time.armed() == 0);
        for (std::size_t i = 0; i < nodes.size(); ++i)
            CHECK(nodes[i].fired == (i % 3 == 0 ? 0 : 1));
    }
}

TEST_CASE("timers: a node may be set again, taken back or set for others while it fires")
{
    testing::manual_time time;
    node a, b, c;
    a.then = [&] {
        if (a.fired < 3)
            time.arm(a, time.now() + 1s);
        time.disarm(b);
        time.arm(c, time.now());
    };
    time.arm(a, time.now() + 1s);
    time.arm(b, time.now() + 1s + 1ns);
    time.advance(10s);
    CHECK(a.fired == 3);
    CHECK(b.fired == 0);
    CHECK(c.fired == 3);
    CHECK(time.elapsed() == 10s);
    time.disarm(a); // a node that is not armed
}

TEST_CASE("timers: a service that goes away tells those that still wait")
{
    node a, b;
    {
        testing::manual_time time;
        time.arm(a, time.now() + 1s);
        time.arm(b, time.now() + 2s);
    }
    CHECK(a.dropped == 1);
    CHECK(b.dropped == 1);
    CHECK(a.fired == 0);
}

TEST_CASE("timers: the real service lets run() return while nobody waits")
{
    asio::io_context io(1);
    auto const time = real(io);
    CHECK(io.run() == 0);
    node a, b;
    time->arm(a, time->now() + 1h);
    time->arm(b, time->now() + 2h);
    io.restart();
    CHECK(io.poll() == 0);
    CHECK_FALSE(io.stopped()); // somebody waits
    time->disarm(a);
    time->disarm(b);
    io.restart();
    io.run(); // returns at once, long before the hour
    CHECK(io.stopped());
    CHECK(a.fired + b.fired == 0);
}

TEST_CASE("timers: the real service fires what is due, in order, and an earlier time set later first")
{
    asio::io_context io(1);
    auto const time = real(io);
    std::vector<int> order;
    node a, b, c;
    a.then = [&] { order.push_back(1); };
    b.then = [&] {
        order.push_back(2);
        time->arm(c, time->now()); // from inside
    };
    c.then = [&] { order.push_back(3); };
    auto const now = time->now();
    time->arm(b, now + 2ms);
    time->arm(a, now + 1ms);
    io.run();
    CHECK(order == std::vector<int>{1, 2, 3});
    CHECK(time->now() >= now + 2ms); // never early
    CHECK(time->armed() == 0);
}

TEST_CASE("timers: taking back the earliest leaves the others on time")
{
    asio::io_context io(1);
    auto const time = real(io);
    node a, b;
    time->arm(a, time->now() + 1ms);
    time->arm(b, time->now() + 3ms);
    time->disarm(a);
    io.run();
    CHECK(a.fired == 0);
    CHECK(b.fired == 1);
}

TEST_CASE("timers: a fired node may destroy the service")
{
    asio::io_context io(1);
    auto time = real(io);
    node a, b;
    a.then = [&] { time.reset(); };
    auto const now = time->now();
    time->arm(a, now);
    io.run();
    CHECK(a.fired == 1);
    CHECK(time == nullptr);
}

TEST_CASE("timers: a context that is destroyed tells those that wait, the last of which may end the service")
{
    node a, b;
    std::shared_ptr<net::timer_service> time;
    a.then_dropped = b.then_dropped = [&] {
        if (a.dropped + b.dropped == 2)
            time.reset();
    };
    {
        asio::io_context io(1);
        time = real(io);
        time->arm(a, time->now() + 1h);
        time->arm(b, time->now() + 2h);
        io.poll();
    }
    CHECK(a.dropped == 1);
    CHECK(b.dropped == 1);
    CHECK(time == nullptr);
    CHECK(a.fired + b.fired == 0);
}

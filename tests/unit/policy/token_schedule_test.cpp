#include <augur/policy/token_schedule.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <vector>

using namespace augur;
using policy::token_life;
using policy::token_schedule;
using policy::token_step;
using namespace std::chrono_literals;

namespace {

/// A schedule and its two clocks, which run together unless a row says otherwise.
struct bench
{
    token_schedule schedule;
    steady_time now{1h};
    wall_time wall{std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)};

    explicit bench(policy::token_timing timing = {}) : schedule(timing) {}
    void pass(std::chrono::nanoseconds d)
    {
        now += d;
        wall += std::chrono::duration_cast<wall_time::duration>(d);
    }
    token_step ask() const { return schedule.ask(now, wall); }
    /// A fetch that takes no time. `left`: the life of its token.
    bool fetch(std::chrono::nanoseconds left, double unit = 0)
    {
        schedule.started();
        return schedule.succeeded(life(left), now, wall, unit);
    }
    void fail(double unit = 0)
    {
        schedule.started();
        schedule.failed(now, wall, unit);
    }
    token_life life(std::chrono::nanoseconds left) const
    {
        return {wall + std::chrono::duration_cast<wall_time::duration>(left), std::nullopt, false};
    }
};

} // namespace

TEST_CASE("token schedule: whoever asks to be left alone is, with and without a token, for five minutes at most")
{
    struct row
    {
        std::chrono::nanoseconds asked, kept;
    };
    for (auto const& r : {row{0s, 1s}, row{500ms, 1s}, row{60s, 60s}, row{300s, 300s}, row{1h, 300s}}) {
        CAPTURE(r.asked);
        bench none;
        none.schedule.started();
        none.schedule.failed(none.now, none.wall, 0, r.asked);
        none.pass(r.kept - 1ns);
        CHECK(none.ask() == token_step::fail);
        none.pass(1ns);
        CHECK(none.ask() == token_step::wait);

        bench good;
        good.fetch(12h);
        good.pass(12h - 12min);
        good.schedule.started();
        good.schedule.failed(good.now, good.wall, 0, r.asked);
        good.pass(r.kept - 1ns);
        CHECK(good.ask() == token_step::use);
        good.pass(1ns);
        CHECK(good.ask() == token_step::start_and_use);
    }
}

TEST_CASE("token schedule: the four ages of a token")
{
    struct row
    {
        std::chrono::nanoseconds life;
        std::chrono::nanoseconds age;
        token_step expected;
    };
    // The windows are 15 and 10 minutes, but never more than a quarter and a sixth of the life.
    row const rows[] = {
        {12h, 0s, token_step::use},
        {12h, 12h - 15min - 1ns, token_step::use},
        {12h, 12h - 15min, token_step::start_and_use},
        {12h, 12h - 10min - 1ns, token_step::start_and_use},
        {12h, 12h - 10min, token_step::wait_a_little},
        {12h, 12h - 1ns, token_step::wait_a_little},
        {12h, 12h, token_step::wait},
        {12h, 100h, token_step::wait},
        {1h, 45min - 1ns, token_step::use},
        {1h, 45min, token_step::start_and_use},
        {1h, 50min, token_step::wait_a_little},
        {12min, 9min - 1ns, token_step::use},
        {12min, 9min, token_step::start_and_use},
        {12min, 10min, token_step::wait_a_little},
        {12min, 12min, token_step::wait},
        {60s, 45s - 1ns, token_step::use},
        {60s, 45s, token_step::start_and_use},
        {60s, 50s, token_step::wait_a_little},
        {60s, 60s, token_step::wait},
    };
    for (auto const& r : rows) {
        CAPTURE(r.life.count());
        CAPTURE(r.age.count());
        bench b;
        REQUIRE(b.fetch(r.life));
        b.pass(r.age);
        CHECK(b.ask() == r.expected);
        CHECK(b.schedule.may_use(b.wall) == (r.expected == token_step::use));
    }
}

TEST_CASE("token schedule: before the first token everybody waits, and nothing may be used")
{
    bench b;
    CHECK(b.ask() == token_step::wait);
    CHECK_FALSE(b.schedule.may_use(b.wall));
    CHECK(b.schedule.generation() == 0);
    b.schedule.started();
    CHECK(b.schedule.is_fetching());
    CHECK(b.ask() == token_step::wait);
    b.schedule.abandoned();
    CHECK_FALSE(b.schedule.is_fetching());
    CHECK(b.ask() == token_step::wait);
}

TEST_CASE("token schedule: while a refresh runs nobody starts another, and the token is used")
{
    bench b;
    REQUIRE(b.fetch(12h));
    b.pass(12h - 15min);
    REQUIRE(b.ask() == token_step::start_and_use);
    b.schedule.started();
    CHECK(b.ask() == token_step::use);
    b.pass(5min);
    CHECK(b.ask() == token_step::wait_a_little);
    b.schedule.patience_ended();
    CHECK(b.ask() == token_step::use); // somebody waited for it already
    b.pass(10min);
    CHECK(b.ask() == token_step::wait);
}

TEST_CASE("token schedule: a refresh that fails is tried again after longer and longer pauses, and nobody waits for it")
{
    bench b;
    REQUIRE(b.fetch(12h));
    b.pass(12h - 10min);
    for (auto const pause : {2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        CAPTURE(pause.count());
        b.fail(0); // at least half of the pause
        CHECK(b.ask() == token_step::use);
        b.pass(pause / 2 - 1ns);
        CHECK(b.ask() == token_step::use);
        b.pass(1ns);
        CHECK(b.ask() == token_step::start_and_use);
    }
    b.fail(0.999999);
    b.pass(59s);
    CHECK(b.ask() == token_step::use);
    b.pass(1s);
    CHECK(b.ask() == token_step::start_and_use);
    REQUIRE(b.fetch(12h)); // forgotten
    b.pass(12h - 10min);
    CHECK(b.ask() == token_step::wait_a_little);
}

TEST_CASE("token schedule: without a token a failure answers for a second")
{
    bench b;
    b.fail();
    CHECK(b.ask() == token_step::fail);
    b.pass(1s - 1ns);
    CHECK(b.ask() == token_step::fail);
    b.pass(1ns);
    CHECK(b.ask() == token_step::wait);
    // A token that ended is none.
    REQUIRE(b.fetch(1h));
    b.pass(1h - 100ms);
    b.fail();
    CHECK(b.ask() == token_step::use);
    b.pass(100ms);
    CHECK(b.ask() == token_step::fail);
}

TEST_CASE("token schedule: a refusal counts for the token it was about")
{
    bench b;
    REQUIRE(b.fetch(12h));
    CHECK(b.schedule.generation() == 1);
    b.schedule.refused(0);
    CHECK(b.ask() == token_step::use);
    b.schedule.refused(2);
    CHECK(b.ask() == token_step::use);
    b.schedule.refused(1);
    CHECK(b.ask() == token_step::wait);
    CHECK_FALSE(b.schedule.may_use(b.wall));
    REQUIRE(b.fetch(12h));
    CHECK(b.schedule.generation() == 2);
    b.schedule.refused(1); // late
    CHECK(b.ask() == token_step::use);
}

TEST_CASE("token schedule: a service that refuses every token causes one fetch a second")
{
    bench b;
    REQUIRE(b.fetch(12h));
    b.schedule.refused(1);
    REQUIRE(b.fetch(12h));
    b.schedule.refused(2);
    CHECK(b.ask() == token_step::use); // again and again would not help
    CHECK_FALSE(b.schedule.may_use(b.wall));
    b.schedule.granted(b.wall);
    CHECK(b.schedule.may_use(b.wall));
    b.pass(1s);
    CHECK_FALSE(b.schedule.may_use(b.wall));
    CHECK(b.ask() == token_step::wait);
}

TEST_CASE("token schedule: a token without an end is never refreshed; one with a wish is refreshed when it wishes")
{
    bench b;
    b.schedule.started();
    REQUIRE(b.schedule.succeeded({}, b.now, b.wall, 0.5));
    b.pass(100'000h);
    CHECK(b.ask() == token_step::use);
    CHECK_FALSE(b.schedule.ask_again().has_value());

    bench c;
    auto life = c.life(24h);
    life.refresh_at = c.wall + 12h;
    c.schedule.started();
    REQUIRE(c.schedule.succeeded(life, c.now, c.wall, 0));
    c.pass(12h - 1ns);
    CHECK(c.ask() == token_step::use);
    c.pass(1ns);
    CHECK(c.ask() == token_step::start_and_use);
    c.pass(12h - 10min - 1ns);
    CHECK(c.ask() == token_step::start_and_use); // the wish is no end
    c.pass(1ns);
    CHECK(c.ask() == token_step::wait_a_little);
}

TEST_CASE("token schedule: whatever a token says of itself, it is not fetched more often than every two seconds")
{
    for (auto const wish : {-1h, 0h, 1000h})
        for (std::chrono::nanoseconds const left : {std::chrono::nanoseconds(3s), std::chrono::nanoseconds(24h)}) {
            bench b;
            auto life = b.life(left);
            life.refresh_at = b.wall + wish;
            b.schedule.started();
            REQUIRE(b.schedule.succeeded(life, b.now, b.wall, 0.5));
            CHECK(b.ask() == token_step::use);
            b.pass(2s - 1ns);
            CHECK(b.ask() == token_step::use);
        }
}

TEST_CASE("token schedule: a token that is over when it comes is a failure")
{
    for (auto const left : {-1000h, -1h, 0h}) {
        bench b;
        CHECK_FALSE(b.fetch(left));
        CHECK(b.ask() == token_step::fail);
        CHECK(b.schedule.generation() == 0);
    }
    bench b; // and does not replace one that is good
    REQUIRE(b.fetch(12h));
    b.pass(12h - 10min);
    CHECK_FALSE(b.fetch(-1h));
    CHECK(b.ask() == token_step::use);
    CHECK(b.schedule.generation() == 1);
}

TEST_CASE("token schedule: a token that may outlive its end does, and is asked for again after ten to fifteen minutes")
{
    bench b;
    auto life = b.life(6h);
    life.outlives_its_end = true;
    b.schedule.started();
    REQUIRE(b.schedule.succeeded(life, b.now, b.wall, 0));
    b.pass(7h);
    CHECK(b.ask() == token_step::wait_a_little); // nobody asked for hours: perhaps there is a newer one
    b.fail(0);
    CHECK(b.ask() == token_step::use);
    b.pass(10min - 1ns);
    CHECK(b.ask() == token_step::use);
    b.pass(1ns);
    CHECK(b.ask() == token_step::start_and_use);
    b.fail(0.999999);
    b.pass(14min + 59s);
    CHECK(b.ask() == token_step::use);
    b.pass(1s);
    CHECK(b.ask() == token_step::start_and_use);

    bench c; // over from the start
    life = c.life(-1h);
    life.outlives_its_end = true;
    c.schedule.started();
    REQUIRE(c.schedule.succeeded(life, c.now, c.wall, 0));
    CHECK(c.ask() == token_step::use);
    CHECK(c.schedule.may_use(c.wall));
    c.pass(10min);
    CHECK(c.ask() == token_step::start_and_use);
    c.schedule.refused(1); // unless the service says no
    CHECK(c.ask() == token_step::wait);
}

TEST_CASE("token schedule: chance moves a refresh earlier, by a minute at most and a tenth of the time")
{
    for (double const unit : {0.0, 0.25, 0.999999, 1.0, 2.0, -1.0}) {
        CAPTURE(unit);
        bench b;
        REQUIRE(b.fetch(12h, unit));
        b.pass(12h - 16min - 1ns);
        CHECK(b.ask() == token_step::use);
        bench c;
        REQUIRE(c.fetch(60s, unit));
        c.pass(40s);
        CHECK(c.ask() == token_step::use);
    }
    bench b;
    REQUIRE(b.fetch(12h, 0.5));
    b.pass(12h - 15min - 30s);
    CHECK(b.ask() == token_step::start_and_use);
}

TEST_CASE("token schedule: a date that jumps back does not make a moment of grace last")
{
    bench b;
    REQUIRE(b.fetch(12h));
    b.pass(12h - 12min);
    REQUIRE_FALSE(b.schedule.may_use(b.wall));
    b.schedule.granted(b.wall);
    CHECK(b.schedule.may_use(b.wall));
    CHECK(*b.schedule.ask_again() == b.wall + 1s);
    b.pass(1s);
    CHECK_FALSE(b.schedule.may_use(b.wall));
    b.schedule.granted(b.wall);
    b.wall -= 1min; // still in the window, and before the grace
    CHECK_FALSE(b.schedule.may_use(b.wall));
}

TEST_CASE("token schedule: who looked at the clock just before another was granted a moment may use it, too")
{
    bench b;
    REQUIRE(b.fetch(12h));
    b.pass(12h - 12min);
    auto const looked = b.wall;
    b.schedule.granted(looked); // after he was granted it himself
    b.pass(1ms);
    b.schedule.granted(b.wall);
    CHECK(b.schedule.may_use(looked));
    CHECK(b.schedule.may_use(b.wall + 1s - 1ns));
    CHECK_FALSE(b.schedule.may_use(b.wall + 1s));
    CHECK_FALSE(b.schedule.may_use(b.wall - 1s));
}

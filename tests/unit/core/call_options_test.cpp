#include <augur/core/call_options.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace std::chrono_literals;

namespace {

struct limit
{
    char const* name;
    call_options& (*set)(call_options&, call_options::duration);
    phase_limits::duration phase_limits::* member;
};

limit const limits[] = {
    {"total", [](call_options& o, call_options::duration d) -> call_options& { return o.deadline(d); },
     &phase_limits::total},
    {"auth", [](call_options& o, call_options::duration d) -> call_options& { return o.auth(d); }, &phase_limits::auth},
    {"pool_wait", [](call_options& o, call_options::duration d) -> call_options& { return o.pool_wait(d); },
     &phase_limits::pool_wait},
    {"resolve", [](call_options& o, call_options::duration d) -> call_options& { return o.resolve(d); },
     &phase_limits::resolve},
    {"connect", [](call_options& o, call_options::duration d) -> call_options& { return o.connect(d); },
     &phase_limits::connect},
    {"proxy", [](call_options& o, call_options::duration d) -> call_options& { return o.proxy(d); },
     &phase_limits::proxy},
    {"tls", [](call_options& o, call_options::duration d) -> call_options& { return o.tls(d); }, &phase_limits::tls},
    {"write", [](call_options& o, call_options::duration d) -> call_options& { return o.write(d); },
     &phase_limits::write},
    {"first_byte", [](call_options& o, call_options::duration d) -> call_options& { return o.first_byte(d); },
     &phase_limits::first_byte},
    {"first_event", [](call_options& o, call_options::duration d) -> call_options& { return o.first_event(d); },
     &phase_limits::first_event},
    {"idle", [](call_options& o, call_options::duration d) -> call_options& { return o.idle(d); }, &phase_limits::idle},
};

} // namespace

static_assert(!std::is_aggregate_v<call_options>); // braces inside a co_await expression are miscompiled

TEST_CASE("limits: a client made with no options has a limit on every phase")
{
    phase_limits const d;
    CHECK(d.auth == 10s);
    CHECK(d.pool_wait == 10s);
    CHECK(d.resolve == 5s);
    CHECK(d.connect == 3100ms);
    CHECK(d.proxy == 5s);
    CHECK(d.tls == 5s);
    CHECK(d.write == 30s);
    CHECK(d.first_byte == 75s);
    CHECK(d.first_event == 75s);
    CHECK(d.idle == 60s);
    CHECK(d.total == 10min);
    size_limits const s;
    CHECK(s.response_head == 16 * 1024);
    CHECK(s.response_body == 64 * 1024 * 1024);
    CHECK(s.interim_responses == 8);
    // All of them are members of the table above: a new one must be added there and to call_options.
    CHECK(sizeof(phase_limits) == std::size(limits) * sizeof(phase_limits::duration));
}

TEST_CASE("call options: each limit changes its own phase and no other")
{
    phase_limits const base;
    for (auto const& changed : limits) {
        CAPTURE(changed.name);
        call_options options;
        CHECK(&changed.set(options, 123ms) == &options);
        auto const merged = options.limits(base);
        for (auto const& other : limits) {
            CAPTURE(other.name);
            CHECK(merged.*other.member == (&other == &changed ? phase_limits::duration(123ms) : base.*other.member));
        }
    }
}

TEST_CASE("call options: what is not set comes from the client, and zero is a value")
{
    phase_limits base;
    base.connect = 7s;
    base.total = 9s;
    CHECK(call_options().limits(base).connect == 7s);
    CHECK(call_options().limits(base).total == 9s);
    CHECK(call_options().connect(0s).limits(base).connect == 0s);
    CHECK(call_options().connect(-1s).limits(base).connect == -1s);
    CHECK(call_options().connect(1s).connect(2s).limits(base).connect == 2s); // the last word counts
    CHECK(deadline(30s).limits(base).total == 30s);
    CHECK(deadline(30s).limits(base).connect == 7s);
    CHECK(deadline(30s).idle(1500ms).limits(base).idle == 1500ms);
    CHECK(deadline(call_options::duration::max()).limits(base).total == call_options::duration::max());
}

TEST_CASE("call options: attempts, the replay rule and headers are unset until they are set")
{
    call_options const none;
    CHECK_FALSE(none.max_attempts().has_value());
    CHECK_FALSE(none.replay().has_value());
    CHECK(none.headers().empty());
    auto const some = deadline(1s).max_attempts(5).replay(replay::at_most_once).header("x-a", "1").header("x-a", "2");
    CHECK(some.max_attempts() == 5);
    CHECK(some.replay() == replay::at_most_once);
    REQUIRE(some.headers().size() == 2);
    CHECK(some.headers()[0] == std::pair<std::string, std::string>("x-a", "1"));
    CHECK(some.headers()[1].second == "2");
}

// One budget over everything, a limit on every phase, all on the manual clock.

#include "support/doubles.hpp"

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

TEST_CASE("limits: a client made with no options has a limit on every phase")
{
    // The documented table of defaults, as the transport gets it.
    call_bench bench;
    std::optional<phase_limits> got;
    bench.config.transport =
        std::make_shared<hooked_transport>(bench.transport, [&](net::exchange& x) { got = x.limits(); });
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    REQUIRE(got.has_value());
    CHECK(got->auth == 10s);
    CHECK(got->pool_wait == 10s);
    CHECK(got->resolve == 5s);
    CHECK(got->connect == 3100ms);
    CHECK(got->proxy == 5s);
    CHECK(got->tls == 5s);
    CHECK(got->write == 30s);
    CHECK(got->first_byte == 75s);
    CHECK(got->idle == 60s);
    CHECK(got->total == 10min);
}

TEST_CASE("limits: a call's option beats the client's, which beats the default")
{
    call_bench bench;
    std::optional<phase_limits> got;
    bench.config.transport =
        std::make_shared<hooked_transport>(bench.transport, [&](net::exchange& x) { got = x.limits(); });
    bench.config.limits.connect = 1s;
    bench.config.limits.tls = 2s;
    bench.transport->expect(reply::with(200));
    call_options options;
    options.deadline(21s).auth(22s).pool_wait(23s).resolve(24s).connect(25s).proxy(26s).write(27s).first_byte(28s).idle(
        29s);
    CHECK(bench.run(options).has_value());
    REQUIRE(got.has_value());
    CHECK(got->total == 21s);
    CHECK(got->auth == 22s);
    CHECK(got->pool_wait == 23s);
    CHECK(got->resolve == 24s);
    CHECK(got->connect == 25s);
    CHECK(got->proxy == 26s);
    CHECK(got->tls == 2s);
    CHECK(got->write == 27s);
    CHECK(got->first_byte == 28s);
    CHECK(got->idle == 29s);
}

TEST_CASE("limits: no answer within 75 s is a time-out whose outcome is unknown")
{
    for (bool const shorter : {false, true}) {
        call_bench bench;
        bench.transport->expect(reply::never());
        call_options options;
        if (shorter)
            options.first_byte(1500ms);
        auto const answer = bench.run(options);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::response_timeout);
        CHECK(answer.error() == condition::timeout);
        CHECK(answer.error().phase() == phase::first_byte);
        CHECK(answer.error().outcome() == outcome::unknown);
        CHECK(answer.error().attempts() == 1);
        CHECK(bench.slept() == (shorter ? std::chrono::nanoseconds(1500ms) : 75s));
    }
}

TEST_CASE("limits: the error of a time that ran out names the other side and what was going on")
{
    struct row
    {
        phase where;
        errc code;
        char const* message;
    };
    row const rows[] = {
        {phase::first_byte, errc::deadline_exceeded,
         "the call's deadline passed while service.test:443 did not answer"},
        {phase::body, errc::deadline_exceeded,
         "the call's deadline passed while service.test:443 did not go on with its answer"},
        {phase::backoff, errc::deadline_exceeded,
         "the call's deadline passed while another attempt at service.test:443 was due"},
        {phase::auth, errc::deadline_exceeded,
         "the call's deadline passed while credentials for service.test:443 were fetched"},
        {phase::first_byte, errc::response_timeout, "its limit passed while service.test:443 did not answer"},
        {phase::connect, errc::connect_timeout, "its limit passed while service.test:443 accepted no connection"},
        {phase::tls, errc::tls_timeout, "its limit passed while service.test:443 did not finish the TLS handshake"},
        {phase::resolve, errc::resolve_timeout, "its limit passed while service.test was looked up"},
        {phase::write, errc::write_timeout, "its limit passed while service.test:443 did not take the request"},
        {phase::pool_wait, errc::pool_timeout, "its limit passed while all connections to service.test:443 were busy"},
        {phase::proxy, errc::proxy_timeout, "its limit passed while the proxy had no way to service.test:443"},
        {phase::body, errc::connection_lost, ""},
    };
    for (auto const& r : rows) {
        call_bench bench;
        bench.config.max_attempts = 1;
        bench.transport->expect(reply::fail(error(make_error_code(r.code), r.where, outcome::unknown)));
        auto const answer = bench.run();
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().message() == r.message);
    }
    for (bool const silent : {true, false}) {
        call_bench bench;
        bench.transport->expect(silent ? reply::never() : reply::with(503));
        auto const answer = bench.run(call_options().deadline(silent ? 2s : 0s));
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::deadline_exceeded);
        CHECK(answer.error().message().find("service.test") != std::string::npos);
    }
}

TEST_CASE("limits: a model that takes the 60 s that SageMaker gives it is not cut")
{
    call_bench bench;
    bench.transport->expect(reply::with(200, {}, "late").after(60s));
    auto const answer = bench.run();
    REQUIRE(answer.has_value());
    CHECK(bench.slept() == 60s);
    CHECK(answer->meta.time_in(phase::first_byte) == 60s);
}

TEST_CASE("limits: a body that stops arriving is given up after 60 s, as partial")
{
    for (bool const shorter : {false, true}) {
        call_bench bench;
        auto const stalling = std::make_shared<stalling_transport>();
        bench.config.transport = stalling;
        call_options options;
        if (shorter)
            options.idle(2s);
        auto const answer = bench.run(options);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::idle_timeout);
        CHECK(answer.error().outcome() == outcome::partial);
        CHECK(bench.slept() == (shorter ? 2s : 60s));
        CHECK(stalling->sends == 1);
    }
}

TEST_CASE("limits: credentials that take over 10 s are a time-out of their own; nothing is sent")
{
    for (bool const shorter : {false, true}) {
        call_bench bench;
        auto const auth = std::make_shared<fetching_auth>();
        auth->fetch_takes = 1h;
        bench.config.auth = auth;
        call_options options;
        if (shorter)
            options.auth(3s);
        auto const answer = bench.run(options);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::auth_timeout);
        CHECK(answer.error().phase() == phase::auth);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(bench.slept() == (shorter ? 3s : 10s));
        CHECK(bench.sends() == 0);
    }
}

TEST_CASE("limits: one deadline spans credentials, attempts and back-offs")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_takes = 4s;
    bench.config.auth = auth;
    bench.transport->expect(reply::with(503).after(3s));
    bench.transport->expect(reply::never());
    auto const answer = bench.run(deadline(10s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::deadline_exceeded);
    CHECK(answer.error().phase() == phase::first_byte);
    CHECK(answer.error().outcome() == outcome::unknown);
    CHECK(answer.error().attempts() == 2);
    CHECK(bench.slept() == 10s);
    CHECK(bench.transport->ok());
    CHECK(bench.time->armed() == 0);
}

TEST_CASE("limits: the deadline ends a fetch of credentials")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_takes = 8s;
    bench.config.auth = auth;
    auto const answer = bench.run(deadline(5s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::deadline_exceeded);
    CHECK(answer.error().outcome() == outcome::not_sent);
    CHECK(bench.slept() == 5s);
    CHECK(bench.sends() == 0);
}

TEST_CASE("limits: nothing is sent when the credentials arrive at the deadline")
{
    call_bench bench;
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_takes = 5s;
    bench.config.auth = auth;
    auto const answer = bench.run(deadline(5s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::deadline_exceeded);
    CHECK(answer.error().outcome() == outcome::not_sent);
    CHECK(bench.sends() == 0);
}

TEST_CASE("limits: a deadline of nothing ends the call before anything is sent")
{
    for (auto const limit : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-1s)}) {
        call_bench bench;
        auto const answer = bench.run(deadline(limit));
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::deadline_exceeded);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(answer.error().attempts() == 0);
        CHECK(bench.sends() == 0);
        CHECK(bench.slept() == 0ns);
    }
}

TEST_CASE("limits: without any option a call is over after 10 minutes")
{
    call_bench bench;
    bench.config.max_attempts = 100;
    for (int i = 0; i < 100; ++i)
        bench.transport->expect(reply::with(429, {{"retry-after", "30"}}).after(70s));
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    // Five rounds of 100 s; the sixth waits 70 s, and 30 s more would end with the call.
    CHECK(bench.sends() == 6);
    CHECK(bench.slept() == 570s);
    CHECK(answer.error() == condition::throttled);

    call_bench silent;
    silent.config.limits.first_byte = 1h;
    silent.transport->expect(reply::never());
    CHECK(silent.run().error() == errc::deadline_exceeded);
    CHECK(silent.slept() == 10min);
}

TEST_CASE("limits: a limit beyond all time does not wrap around")
{
    call_bench bench;
    bench.config.limits.first_byte = std::chrono::nanoseconds::max();
    bench.transport->expect(reply::with(200).after(24h));
    CHECK(bench.run(deadline(std::chrono::nanoseconds::max())).has_value());
    CHECK(bench.slept() == 24h);
}

TEST_CASE("limits: a wall clock that jumps does not move a deadline")
{
    call_bench bench;
    bench.transport->expect(reply::never());
    auto const to = bench.start(deadline(5s));
    run_ready(bench.io);
    bench.time->manual().jump_wall(1h);
    bench.time->advance(4s);
    run_ready(bench.io);
    CHECK(to->completions == 0);
    bench.time->manual().jump_wall(-48h);
    bench.time->advance(1s);
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::deadline_exceeded);
}

// The one loop by scripts: what the service answers goes in; attempts, sleeps, quota and outcome come out.

#include "support/doubles.hpp"

#include <augur/sagemaker/errc.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

reply::field_list after_seconds(std::string text)
{
    return {{"retry-after", std::move(text)}};
}

} // namespace

TEST_CASE("call: 503, then 429 that asks for 2 s, then 200")
{
    call_bench bench;
    bench.transport->expect("POST", "/score", reply::with(503));
    bench.transport->expect("POST", "/score", reply::with(429, after_seconds("2")));
    bench.transport->expect("POST", "/score", reply::with(200, {}, "[7]"));
    auto const answer = bench.run();
    REQUIRE(answer.has_value());
    CHECK(answer->response.content == "[7]");
    // Half of 50 ms; half of 2 s, the second retry's ceiling, is less than what was asked for.
    CHECK(bench.slept() == 25ms + 2s);
    CHECK(answer->meta.attempts == 3);
    CHECK(answer->meta.time_in(phase::backoff) == 25ms + 2s);
    CHECK_FALSE(answer->meta.replayed);
    CHECK(bench.quota() == 500 - 14 - 5 + 5); // what the last retry cost comes back
    CHECK(bench.transport->ok());
    CHECK(bench.time->armed() == 0);
    CHECK(bench.core()->arena->live_blocks() == 0);
}

TEST_CASE("call: when all attempts fail, the error is the last one, with their number")
{
    call_bench bench;
    for (int i = 1; i <= 3; ++i)
        bench.transport->expect(aws_error(503, "ServiceUnavailable", {{"x-amzn-requestid", "r" + std::to_string(i)}}));
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == sagemaker::errc::service_unavailable);
    CHECK(answer.error() == condition::overloaded);
    CHECK(answer.error().outcome() == outcome::refused);
    CHECK(answer.error().http_status() == 503);
    CHECK(answer.error().attempts() == 3);
    CHECK(answer.error().request_id() == "r3");
    CHECK(bench.slept() == 25ms + 50ms);
    CHECK(bench.quota() == 500 - 2 * 14);
    CHECK(bench.transport->ok());
}

TEST_CASE("call: the options of a call decide how often it is sent")
{
    for (int const most : {1, 2, 5}) {
        CAPTURE(most);
        call_bench bench;
        for (int i = 0; i < most; ++i)
            bench.transport->expect(reply::with(503));
        call_options options;
        options.max_attempts(most);
        auto const answer = bench.run(options);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error().attempts() == most);
        CHECK(bench.transport->ok());
    }
}

TEST_CASE("call: a success costs nothing, and a first failure that is final neither")
{
    call_bench bench;
    bench.transport->expect(reply::with(200));
    bench.transport->expect(aws_error(400, "ValidationError"));
    CHECK(bench.run().has_value());
    auto const refused = bench.run();
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().attempts() == 1);
    CHECK(bench.quota() == 500);
    CHECK(bench.slept() == 0ns);
    CHECK(bench.transport->ok());
}

TEST_CASE("call: in a storm of failures all calls of a client together make 35 extra attempts")
{
    call_bench bench; // 500 / 14
    http_response always;
    always.status = 503;
    auto const storm = std::make_shared<testing::capture_transport>(always);
    bench.config.transport = storm;
    constexpr int calls = 100;
    for (int i = 0; i < calls; ++i)
        CHECK_FALSE(bench.run().has_value());
    CHECK(storm->seen().size() == calls + 35);
    CHECK(bench.quota() == 500 - 35 * 14);

    auto const before = bench.slept();
    auto const quick = bench.run();
    CHECK(quick.error().attempts() == 1);
    CHECK(bench.slept() == before); // fails fast

    bench.core()->transport = bench.transport;
    for (int i = 0; i < 4; ++i) { // and recovers by one per success
        bench.transport->expect(reply::with(200));
        CHECK(bench.run().has_value());
    }
    CHECK(bench.quota() == 14);
    bench.transport->expect(reply::with(503));
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    CHECK(bench.quota() == 14); // taken, and given back
}

TEST_CASE("call: how long a service asks to wait is obeyed, bounded or told")
{
    struct row
    {
        char const* name;
        char const* value;
        std::optional<std::chrono::nanoseconds> slept; ///< nothing: fails at once
    };
    // A plain 429 waits half of 1 s by itself.
    for (auto const& r : {
             row{"retry-after", "5", 5s}, row{"retry-after", "0", 500ms}, row{"retry-after", "1.5", 1500ms},
             row{"retry-after", "-1", 500ms}, row{"retry-after", "abc", 500ms}, row{"retry-after", "120", 120s},
             row{"retry-after", "121", std::nullopt}, row{"retry-after", "86400", std::nullopt},
             row{"retry-after", "Thu, 01 Jan 2026 00:00:07 GMT", 7s},
             row{"retry-after", "Wed, 31 Dec 2025 23:00:00 GMT", 500ms}, row{"retry-after-ms", "750", 750ms},
             row{"x-ms-retry-after-ms", "800", 800ms}, row{"x-amz-retry-after", "1500", 1500ms},
             row{"x-amz-retry-after", "10000", 5500ms}, // at most 5 s beyond the computed delay
         }) {
        CAPTURE(r.name);
        CAPTURE(r.value);
        call_bench bench;
        bench.transport->expect(reply::with(429, {{r.name, r.value}}));
        if (r.slept)
            bench.transport->expect(reply::with(200));
        auto const answer = bench.run();
        CHECK(answer.has_value() == r.slept.has_value());
        CHECK(bench.slept() == r.slept.value_or(0ns));
        if (!answer) {
            CHECK(answer.error() == condition::throttled);
            CHECK(answer.error().retry_after() == std::chrono::seconds(std::stoi(r.value)));
            CHECK(bench.quota() == 500);
        }
        CHECK(bench.transport->ok());
    }
}

TEST_CASE("call: a back-off that does not fit before the deadline ends the call at once")
{
    call_bench bench;
    bench.transport->expect(reply::with(429, after_seconds("2")));
    auto const answer = bench.run(deadline(1s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::throttled); // the service's word, not ours
    CHECK(answer.error().retry_after() == 2s);
    CHECK(answer.error().outcome() == outcome::refused);
    CHECK(bench.slept() == 0ns);
    CHECK(bench.quota() == 500);

    call_bench computed; // the same without anything asked for: 25 ms do not fit into 20
    computed.transport->expect(reply::with(503));
    CHECK(computed.run(deadline(20ms)).error() == condition::overloaded);
    CHECK(computed.slept() == 0ns);
}

TEST_CASE("call: after an attempt that may have acted, no later failure says that nothing happened")
{
    // 500 is ambiguous and repeated within the quota; the next attempt then did certainly nothing.
    SUBCASE("not sent")
    {
        call_bench bench;
        bench.transport->expect(reply::with(500));
        bench.transport->expect(reply::fail(lost(errc::tls_verify_failed, phase::tls, outcome::not_sent)));
        auto const answer = bench.run();
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::tls_verify_failed);
        CHECK(answer.error().attempts() == 2);
        CHECK(answer.error().outcome() == outcome::unknown);
    }
    SUBCASE("refused")
    {
        call_bench bench;
        bench.transport->expect(reply::with(500));
        bench.transport->expect(aws_error(403, "AccessDeniedException"));
        auto const answer = bench.run();
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == condition::forbidden);
        CHECK(answer.error().outcome() == outcome::unknown);
    }
    SUBCASE("a refusal before it changes nothing")
    {
        call_bench bench;
        bench.transport->expect(reply::with(503));
        bench.transport->expect(aws_error(403, "AccessDeniedException"));
        CHECK(bench.run().error().outcome() == outcome::refused);
    }
}

TEST_CASE("call: a repeat that never began is none")
{
    call_bench bench;
    auto const seen = std::make_shared<recording_observer>();
    bench.config.observers = {seen};
    bench.transport->expect(reply::with(500));
    asio::cancellation_signal signal;
    auto const to = bench.start({}, signal.slot());
    run_ready(bench.io);
    REQUIRE(to->completions == 0); // it waits before the second attempt
    CHECK(bench.core()->quota.available() < bench.core()->quota.capacity());
    signal.emit(asio::cancellation_type::terminal);
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::cancelled);
    CHECK(to->failure().outcome() == outcome::unknown);
    CHECK(bench.sends() == 1);
    REQUIRE(seen->last_meta);
    CHECK_FALSE(seen->last_meta->replayed);
    CHECK(bench.core()->quota.available() == bench.core()->quota.capacity()); // nor does it cost anything
}

TEST_CASE("call: a process that forks while a call waits for its next attempt sends it once, not twice")
{
    call_bench bench;
    bench.transport->expect(reply::with(503));
    auto const to = bench.start();
    run_ready(bench.io);
    REQUIRE(to->completions == 0);
    ++bench.core()->process; // what follows happens in the child
    REQUIRE(run_until(bench.io, *bench.time, [&] { return to->completions > 0; }));
    CHECK(to->failure() == errc::forked);
    CHECK(to->failure().attempts() == 1);
    CHECK(bench.sends() == 1);
}

TEST_CASE("call: a failed call says the phase and outcome that its transport reported")
{
    call_bench bench;
    bench.transport->expect(reply::fail(lost(errc::tls_verify_failed, phase::tls, outcome::not_sent)));
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::tls_verify_failed);
    CHECK(answer.error().phase() == phase::tls);
    CHECK(answer.error().outcome() == outcome::not_sent);
    CHECK(answer.error().http_status() == 0);
    CHECK(answer.error().attempts() == 1);
}

TEST_CASE("call: a redirect is an error and is never followed")
{
    for (int const status : {301, 302, 303, 307, 308}) {
        CAPTURE(status);
        call_bench bench;
        bench.transport->expect(reply::with(status, {{"location", "https://elsewhere.test/score"}}));
        auto const answer = bench.run();
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::redirect_refused);
        CHECK(bench.sends() == 1);
    }
}

TEST_CASE("call: headers of one call are sent, except those that frame, route or prove the request")
{
    call_bench bench;
    bench.transport->expect(reply::with(200));
    call_options options;
    options.header("x-trace", "abc");
    CHECK(bench.run(options).has_value());
    CHECK(bench.transport->seen().at(0).field("x-trace") == "abc");
    CHECK(bench.transport->seen().at(0).field("user-agent") == "augur/" AUGUR_VERSION);

    for (auto const* name :
         {"Host", "content-length", "Transfer-Encoding", "connection", "Authorization", "expect", "User-Agent",
          "Keep-Alive", "Proxy-Authorization", "proxy-connection", "TE", "Trailer", "upgrade"}) {
        CAPTURE(name);
        call_options wrong;
        wrong.header(name, "x");
        auto const answer = bench.run(wrong);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == errc::invalid_argument);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(answer.error().attempts() == 0);
        CHECK(answer.error().message().find(name) != std::string_view::npos);
    }
    call_options torn;
    torn.header("x-trace", "a\r\nevil: 1");
    CHECK(bench.run(torn).error() == errc::invalid_argument);
    CHECK(bench.sends() == 1);
}

TEST_CASE("call: the application's name stands in the user agent, made harmless")
{
    call_bench bench;
    bench.config.application_id = "risk engine/2\r\n";
    bench.transport->expect(reply::with(200));
    CHECK(bench.run().has_value());
    CHECK(bench.transport->seen().at(0).field("user-agent") == "augur/" AUGUR_VERSION " app/risk-engine/2--");
}

TEST_CASE("call: what a transport or an authenticator throws becomes one error")
{
    for (bool const memory : {true, false}) {
        CAPTURE(memory);
        auto const explode = [memory] {
            if (memory)
                throw std::bad_alloc();
            throw std::runtime_error("a bug\nsomewhere");
        };
        auto const expected = memory ? errc::resource_exhausted : errc::internal;
        auto const check = [&](call_bench& bench) {
            auto const seen = std::make_shared<recording_observer>();
            bench.config.observers.push_back(seen);
            auto const to = bench.start();
            run_until(bench.io, *bench.time, [&] { return to->completions > 0; });
            run_ready(bench.io);
            REQUIRE(to->completions == 1);
            REQUIRE_FALSE(to->value->has_value());
            CHECK(to->failure() == expected);
            CHECK(to->failure().outcome() == outcome::unknown);
            if (!memory)
                CHECK(to->failure().message().find('\n') == std::string_view::npos);
            CHECK(seen->calls == 1);
            REQUIRE(seen->last_failure.has_value());
            CHECK(*seen->last_failure == expected);
            CHECK(bench.time->armed() == 0);
            CHECK(bench.core()->arena->live_blocks() == 0);
        };
        { // transport
            call_bench bench;
            bench.config.transport =
                std::make_shared<hooked_transport>(bench.transport, [&](net::exchange&) { explode(); });
            check(bench);
        }
        { // sign
            call_bench bench;
            auto const auth = std::make_shared<fetching_auth>();
            auth->on_sign = explode;
            bench.config.auth = auth;
            check(bench);
        }
        { // refresh, after others succeeded
            call_bench bench;
            auto const auth = std::make_shared<fetching_auth>();
            bench.config.auth = auth;
            bench.transport->expect(reply::with(200));
            CHECK(bench.run().has_value());
            bench.transport->expect(aws_error(403, "ExpiredTokenException"));
            auth->on_refresh = explode;
            bench.config.observers.clear();
            auto const to = bench.start();
            run_until(bench.io, *bench.time, [&] { return to->completions > 0; });
            CHECK(to->completions == 1);
            CHECK(to->failure() == expected);
            CHECK(bench.core()->arena->live_blocks() == 0);
        }
    }
}

TEST_CASE("call: a transport that does not tell the time does not turn a date into a long wait")
{
    call_bench bench; // such as a user's own: its report stays empty
    http_response busy;
    busy.status = 429;
    REQUIRE(busy.fields.add("retry-after", "Thu, 01 Jan 2026 00:00:03 GMT").has_value());
    auto const always = std::make_shared<testing::capture_transport>(busy);
    bench.config.transport = always;
    auto const answer = bench.run();
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().attempts() == 3);
    CHECK(bench.slept() == 3s + 1s); // then the date has passed: half of 2 s
}

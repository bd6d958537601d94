// Cancelled anywhere, in any way: one completion, nothing left behind.

#include "support/doubles.hpp"

#include <augur/azure_ml/endpoint.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

/// A call that is about to rest at one point.
struct resting_place
{
    char const* name;
    std::function<void(call_bench&)> prepare;
    std::chrono::nanoseconds at; ///< when it is there
    phase where;
    outcome what;
    std::size_t sends;
    int attempts;
};

void slow_credentials(call_bench& bench)
{
    auto const auth = std::make_shared<fetching_auth>();
    auth->fetch_takes = 4s;
    bench.config.auth = auth;
}

std::vector<resting_place> const& places()
{
    static std::vector<resting_place> const all{
        {"first refresh", slow_credentials, 1s, phase::auth, outcome::not_sent, 0, 0},
        {"waiting for the answer", [](call_bench& b) { b.transport->expect(reply::never()); }, 1s, phase::first_byte,
         outcome::unknown, 1, 1},
        {"waiting for a slow answer", [](call_bench& b) { b.transport->expect(reply::with(200).after(2s)); }, 1s,
         phase::first_byte, outcome::unknown, 1, 1},
        {"backing off", [](call_bench& b) { b.transport->expect(reply::with(429, {{"retry-after", "30"}})); }, 1s,
         phase::backoff, outcome::refused, 1, 1},
        {"waiting for the second answer",
         [](call_bench& b) {
             b.transport->expect(reply::with(503));
             b.transport->expect(reply::never());
         },
         1s, phase::first_byte, outcome::unknown, 2, 2},
        {"second refresh",
         [](call_bench& b) {
             slow_credentials(b);
             b.transport->expect(aws_error(403, "ExpiredTokenException"));
         },
         5s, phase::auth, outcome::not_sent, 1, 1},
        {"reading the body", [](call_bench& b) { b.config.transport = std::make_shared<stalling_transport>(); }, 1s,
         phase::body, outcome::partial, 0, 1},
    };
    return all;
}

constexpr asio::cancellation_type kinds[]{asio::cancellation_type::terminal, asio::cancellation_type::partial,
                                          asio::cancellation_type::total, asio::cancellation_type::all};

void check_clean(call_bench& bench)
{
    CHECK(bench.time->armed() == 0);
    CHECK(bench.core()->arena->live_blocks() == 0);
    run_ready(bench.io);
    CHECK(bench.io.stopped()); // no work is left
}

} // namespace

TEST_CASE("cancel: at every place where a call rests, with every type, from inside and outside the executor")
{
    for (auto const& place : places()) {
        for (auto const kind : kinds) {
            for (bool const inside : {true, false}) {
                CAPTURE(place.name);
                CAPTURE(static_cast<int>(kind));
                CAPTURE(inside);
                call_bench bench;
                place.prepare(bench);
                asio::cancellation_signal signal;
                std::shared_ptr<call_bench::answers> to;
                if (inside)
                    asio::post(bench.io, [&] { to = bench.start({}, signal.slot()); });
                else
                    to = bench.start({}, signal.slot());
                run_ready(bench.io);
                for (auto left = place.at; left > 0ns; left -= 100ms) {
                    bench.time->advance(100ms);
                    run_ready(bench.io);
                }
                REQUIRE(to->completions == 0);
                auto const before = bench.slept();
                signal.emit(kind);
                run_ready(bench.io);
                REQUIRE(to->completions == 1);
                REQUIRE_FALSE(to->value->has_value());
                CHECK(to->failure() == errc::cancelled);
                CHECK(to->failure() == condition::cancelled);
                CHECK(to->failure().phase() == place.where);
                CHECK(to->failure().outcome() == place.what);
                CHECK(to->failure().attempts() == place.attempts);
                CHECK(bench.slept() == before);
                CHECK(bench.sends() == place.sends);
                signal.emit(kind); // again: nobody is there
                run_ready(bench.io);
                CHECK(to->completions == 1);
                check_clean(bench);
            }
        }
    }
}

TEST_CASE("cancel: before the call has begun, nothing is fetched, signed or sent")
{
    for (bool const with_auth : {true, false}) {
        call_bench bench;
        auto const auth = std::make_shared<fetching_auth>();
        auth->fetch_takes = 1s;
        if (with_auth)
            bench.config.auth = auth;
        asio::cancellation_signal signal;
        auto const to = bench.start({}, signal.slot()); // from outside: begins when the context runs
        signal.emit(asio::cancellation_type::terminal);
        signal.emit(asio::cancellation_type::total);
        CHECK(to->completions == 0);
        run_ready(bench.io);
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->failure() == errc::cancelled);
        CHECK(to->failure().outcome() == outcome::not_sent);
        CHECK(bench.sends() == 0);
        CHECK(bench.slept() == 0ns);
        check_clean(bench);
    }
}

TEST_CASE("cancel: twice counts once, and after the end it does nothing")
{
    call_bench bench;
    bench.transport->expect(reply::with(200, {}, "[1]"));
    asio::cancellation_signal signal;
    auto const to = bench.start({}, signal.slot());
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(to->value->has_value());
    signal.emit(asio::cancellation_type::terminal);
    signal.emit(asio::cancellation_type::terminal);
    run_ready(bench.io);
    CHECK(to->completions == 1);
    check_clean(bench);
}

TEST_CASE("cancel: at the same moment as the answer, one of the two happens")
{
    SUBCASE("the answer is first")
    {
        call_bench bench;
        bench.transport->expect(reply::with(200).after(1s));
        asio::cancellation_signal signal;
        std::shared_ptr<call_bench::answers> to;
        asio::post(bench.io, [&] { to = bench.start({}, signal.slot()); });
        run_ready(bench.io);
        asio::post(bench.io, [&] {
            bench.time->advance(1s);
            signal.emit(asio::cancellation_type::terminal);
        });
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->value->has_value());
        check_clean(bench);
    }
    SUBCASE("the cancellation is first")
    {
        call_bench bench;
        bench.transport->expect(reply::with(200).after(1s));
        asio::cancellation_signal signal;
        std::shared_ptr<call_bench::answers> to;
        asio::post(bench.io, [&] { to = bench.start({}, signal.slot()); });
        run_ready(bench.io);
        asio::post(bench.io, [&] {
            signal.emit(asio::cancellation_type::terminal);
            bench.time->advance(1s);
        });
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->failure() == errc::cancelled);
        check_clean(bench);
    }
    SUBCASE("the answer was there before the initiating function returned")
    {
        call_bench bench;
        bench.transport->expect(reply::with(200));
        asio::cancellation_signal signal;
        std::shared_ptr<call_bench::answers> to;
        asio::post(bench.io, [&] {
            to = bench.start({}, signal.slot());
            CHECK(to->completions == 0); // never from inside
            signal.emit(asio::cancellation_type::terminal);
            CHECK(to->completions == 0);
        });
        run_ready(bench.io);
        REQUIRE(to->completions == 1);
        CHECK(to->value->has_value());
        check_clean(bench);
    }
}

TEST_CASE("cancel: in the moment a call begins, right after the initiating function")
{
    call_bench bench;
    slow_credentials(bench);
    asio::cancellation_signal signal;
    std::shared_ptr<call_bench::answers> to;
    asio::post(bench.io, [&] {
        to = bench.start({}, signal.slot());
        signal.emit(asio::cancellation_type::terminal);
    });
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::cancelled);
    check_clean(bench);
}

TEST_CASE("cancel: an authenticator that ignores it gets nothing sent")
{
    call_bench bench;
    asio::cancellation_signal signal;
    auto const auth = std::make_shared<fetching_auth>();
    auth->on_sign = [&] {
        if (auth->fetched > 0)
            signal.emit(asio::cancellation_type::terminal); // while we sign
    };
    bench.config.auth = auth;
    std::shared_ptr<call_bench::answers> to;
    asio::post(bench.io, [&] { to = bench.start({}, signal.slot()); });
    run_ready(bench.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == errc::cancelled);
    CHECK(to->failure().outcome() == outcome::not_sent);
    CHECK(bench.sends() == 0);
    check_clean(bench);
}

namespace {

/// One call as the user of a client awaits it.
asio::awaitable<result<inference_response>> ask(azure_ml::endpoint client)
{
    inference_request request("hello");
    co_return co_await client.infer(std::move(request));
}

} // namespace

TEST_CASE("cancel: the losing side of `a || b` is cancelled and waited for")
{
    using namespace asio::experimental::awaitable_operators;
    asio::io_context io(1);
    auto const time = std::make_shared<testing::manual_time>();
    auto const quick = std::make_shared<testing::replay_transport>();
    quick->expect(reply::with(200, {{"content-type", "text/plain"}}, "quick").after(1s));
    auto const make = [&](std::shared_ptr<net::transport> transport) {
        azure_ml::endpoint_config config{.key = secret("canary-key")};
        config.client.transport = std::move(transport);
        config.client.timers = time;
        return azure_ml::endpoint(io.get_executor(), "https://service.test/score", config);
    };
    auto const a = make(quick);
    auto const b = make(std::make_shared<testing::never_transport>());
    auto const race = [](azure_ml::endpoint x, azure_ml::endpoint y) -> asio::awaitable<std::size_t> {
        auto won = co_await (ask(x) || ask(y));
        co_return won.index();
    };
    CHECK(testing::run(io, *time, race(a, b)) == 0);
    CHECK(testing::run(io, *time, [](azure_ml::endpoint x) -> asio::awaitable<bool> {
              auto r = co_await ask(x); // nothing is left for it
              co_return r.has_value();
          }(a)) == false);
    CHECK(time->elapsed() == 1s);
    CHECK(time->armed() == 0);
}

TEST_CASE("cancel: a context that is destroyed takes its suspended calls with it")
{
    for (bool const with_auth : {true, false}) {
        CAPTURE(with_auth);
        auto const alive = std::make_shared<int>(0); // held by each handler
        {
            auto io = std::make_unique<asio::io_context>(1);
            call::client_config config;
            config.transport = std::make_shared<testing::never_transport>();
            config.auth = call::no_authentication();
            if (with_auth) {
                auto const auth = std::make_shared<fetching_auth>();
                auth->fetch_takes = 1h;
                config.auth = auth;
            }
            auto shared = std::make_shared<call::core>(io->get_executor(), config);
            call_bench maker; // for its plan
            for (int i = 0; i < 5; ++i)
                net::start<call::answer>(shared->arena, shared->timers, io->get_executor(), 1h,
                                         loop_call(shared, maker.plan(), {}),
                                         [alive](result<call::answer>) { ++*alive; });
            io->poll();
            CHECK(shared->timers->armed() == 5);
            net::start<call::answer>(shared->arena, shared->timers, io->get_executor(), 1h,
                                     loop_call(shared, maker.plan(), {}),
                                     [alive](result<call::answer>) { ++*alive; }); // this one has not begun
            std::weak_ptr<call::core> const watch = shared;
            shared.reset(); // a client goes before its context, as every Asio object; its calls hold the rest
            CHECK_FALSE(watch.expired());
            io.reset();
            CHECK(watch.expired());
            CHECK(alive.use_count() == 1);
        }
        CHECK(*alive == 0); // destroyed, not called
    }
}

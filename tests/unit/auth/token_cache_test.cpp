#include "cache_support.hpp"

#include <augur/core/error_details.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace auth_test;
using auth::token_cache;

namespace {

struct bench : herd
{
    std::shared_ptr<counting_fetcher> source = std::make_shared<counting_fetcher>();
    std::shared_ptr<token_cache> cache =
        std::make_shared<token_cache>(source, policy::token_timing(), seeded_random(1));

    std::size_t call(std::chrono::nanoseconds total = 1min) { return want(cache, total); }
    /// One call to its end.
    answer one()
    {
        auto const place = call();
        for (settle(); !is_over(place) && time->advance_to_next(); settle())
            ;
        return at(place);
    }
};

/// What a cache must not be: everybody who has no token fetches one.
class every_man_for_himself
{
public:
    explicit every_man_for_himself(std::shared_ptr<auth::token_fetcher> from) : from_(std::move(from)) {}
    auth::token_snapshot look(wall_time) const { return last_; }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time)
    {
        auto got = co_await from_->fetch(op, until);
        if (!got)
            co_return got.error();
        last_.value = got->value;
        co_return result<void>();
    }

private:
    std::shared_ptr<auth::token_fetcher> from_;
    auth::token_snapshot last_;
};

template <class Cache>
int fetches_of_a_thousand(std::chrono::nanoseconds delay)
{
    herd h;
    auto const source = std::make_shared<counting_fetcher>();
    source->delay = delay;
    auto const cache = std::make_shared<Cache>(source);
    for (int i = 0; i < 1000; ++i)
        h.want(cache);
    h.finish();
    CHECK(h.failed() == 0);
    return source->fetched;
}

error refusal(char const* why)
{
    return make_error(errc::connect_failed, phase::connect, outcome::unknown, why);
}

} // namespace

TEST_CASE("token cache: a thousand calls without a token cause one fetch, and all have its token")
{
    for (auto const delay : {0ns, std::chrono::nanoseconds(3s)}) {
        bench b;
        b.source->delay = delay;
        for (int i = 0; i < 1000; ++i)
            b.call();
        b.finish();
        CHECK(b.source->fetched == 1);
        CHECK(b.count("t1") == 1000);
        CHECK(b.time->elapsed() == delay);
    }
}

TEST_CASE("token cache: the count above is red for a cache in which everybody fetches")
{
    CHECK(fetches_of_a_thousand<token_cache>(3s) == 1);
    CHECK(fetches_of_a_thousand<every_man_for_himself>(3s) == 1000);
}

TEST_CASE("token cache: a thousand late refusals of an old token cause no fetch, refusals of this one cause one")
{
    bench b;
    REQUIRE(b.one().value() == "t1");
    auto const old = b.cache->generation();
    for (int i = 0; i < 1000; ++i)
        b.cache->invalidate(old);
    for (int i = 0; i < 1000; ++i)
        b.call();
    b.finish();
    CHECK(b.source->fetched == 2);
    CHECK(b.count("t2") == 1000);
    for (int i = 0; i < 1000; ++i) {
        b.cache->invalidate(old);
        b.call();
    }
    b.finish();
    CHECK(b.source->fetched == 2);
    CHECK(b.count("t2") == 2000);
    CHECK(b.failed() == 0);
}

TEST_CASE("token cache: a service that refuses every token does not cause a fetch per refusal")
{
    bench b;
    for (int i = 0; i < 100; ++i) {
        REQUIRE(b.one().has_value());
        b.cache->invalidate(b.cache->generation());
    }
    CHECK(b.source->fetched == 2);
    b.pass(1s);
    REQUIRE(b.one().has_value());
    CHECK(b.source->fetched == 3);
}

TEST_CASE("token cache: a refresh ahead of time runs in the background; nobody waits for it")
{
    bench b;
    b.source->delay = 2s;
    REQUIRE(b.one().value() == "t1");
    b.pass(46min);
    auto const before = b.time->elapsed();
    for (int i = 0; i < 100; ++i) {
        auto const place = b.call();
        b.settle();
        REQUIRE(b.is_over(place));
        CHECK(b.at(place).value() == "t1");
    }
    CHECK(b.time->elapsed() == before);
    CHECK(b.source->fetched == 2);
    CHECK(b.source->running == 1);
    b.pass(2s);
    CHECK(b.one().value() == "t2");
    CHECK(b.source->fetched == 2);
}

TEST_CASE("token cache: in the last minutes calls wait for the refresh, five seconds at most, and have a good token")
{
    bench b;
    REQUIRE(b.one().value() == "t1");
    b.pass(55min);
    b.source->delay = 4s;
    auto const patient = b.call();
    b.pass(4s - 1ms);
    CHECK_FALSE(b.is_over(patient));
    b.pass(1ms);
    REQUIRE(b.is_over(patient));
    CHECK(b.at(patient).value() == "t2");

    b.pass(55min);
    b.source->delay = 20s;
    auto const first = b.call();
    b.pass(3s);
    auto const second = b.call();
    b.pass(2s - 1ms);
    CHECK_FALSE(b.is_over(first));
    b.pass(1ms);
    REQUIRE(b.is_over(first));
    CHECK(b.at(first).value() == "t2");
    auto const third = b.call(); // somebody waited long enough for this fetch
    b.settle();
    CHECK(b.is_over(third));
    b.pass(3s);
    CHECK(b.at(second).value() == "t2");
    b.pass(12s);
    CHECK(b.one().value() == "t3");
    CHECK(b.source->fetched == 3);
    CHECK(b.failed() == 0);
}

TEST_CASE("token cache: no call fails or waits twice while the endpoint is down for five minutes and a token is good")
{
    for (bool const silent : {false, true}) {
        CAPTURE(silent);
        bench b;
        REQUIRE(b.one().value() == "t1");
        b.pass(53min);
        if (silent)
            b.source->delay = 1h;
        else
            b.source->failure = refusal("nobody listens");
        auto const from = b.time->elapsed();
        int calls = 0;
        while (b.time->elapsed() - from < 5min) {
            auto const place = b.call();
            b.pass(100ms);
            if (calls++ > 50) {
                REQUIRE(b.is_over(place));
                CHECK(b.at(place).value() == "t1");
            }
        }
        CHECK(calls == 3000);
        CHECK(b.failed() == 0);
        CHECK(b.source->most_running == 1);
        CHECK(b.source->fetched < 20); // with pauses between them, or one after the other
        b.source->failure.reset();
        b.source->delay = 0ns;
        b.pass(95s);
        CHECK(b.one().value() == "t2");
    }
}

TEST_CASE("token cache: a failure is given to everybody who waits, and to those who come within a second")
{
    bench b;
    b.source->failure = refusal("no such tenant");
    for (int i = 0; i < 10; ++i)
        b.call();
    b.pass(100ms);
    CHECK(b.source->fetched == 1);
    for (int i = 0; i < 10; ++i)
        b.call();
    b.settle();
    CHECK(b.failed() == 20);
    CHECK(b.source->fetched == 1);
    for (std::size_t i = 0; i < 20; ++i) {
        auto const& e = b.at(i).error();
        CHECK(e == errc::connect_failed);
        CHECK(e.message() == "no such tenant");
        CHECK(e.phase() == phase::auth); // nothing of the call was sent, wherever the fetch failed
        CHECK(e.outcome() == outcome::not_sent);
    }
    b.source->failure.reset();
    b.pass(1s);
    CHECK(b.one().value() == "t1");
    CHECK(b.source->fetched == 2);
}

TEST_CASE("token cache: without a memory for failures each call has its own, and none goes round in circles")
{
    herd h;
    auto const source = std::make_shared<counting_fetcher>();
    source->failure = refusal("down");
    source->delay = 0ns;
    policy::token_timing timing;
    timing.failure_memory = 0ns;
    auto const cache = std::make_shared<token_cache>(source, timing);
    for (int i = 0; i < 5; ++i)
        h.want(cache);
    h.finish();
    CHECK(h.failed() == 5);
    CHECK(source->fetched == 5);
}

TEST_CASE("token cache: whoever gives up disturbs nobody, not even the one who came first")
{
    bench b;
    b.source->delay = 10s;
    boost::asio::cancellation_signal stop;
    auto first = std::size_t();
    boost::asio::post(b.context, [&] { first = b.want(b.cache, 1min, &stop); });
    b.settle();
    auto const second = b.call();
    auto const hurried = b.call(2s);
    b.pass(1s);
    stop.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    REQUIRE(b.is_over(first));
    CHECK(b.at(first).error() == errc::cancelled);
    CHECK(b.at(first).error().phase() == phase::auth);
    b.pass(1s);
    REQUIRE(b.is_over(hurried));
    CHECK(b.at(hurried).error() == errc::deadline_exceeded);
    CHECK(b.at(hurried).error().phase() == phase::auth);
    CHECK_FALSE(b.is_over(second));
    b.pass(8s);
    REQUIRE(b.is_over(second));
    CHECK(b.at(second).value() == "t1");
    CHECK(b.source->fetched == 1);
}

TEST_CASE("token cache: a fetch that never ends is ended by its own limit, and calls by theirs")
{
    bench b;
    b.source->delay = 24h;
    auto const early = b.call(5s);
    b.pass(5s);
    CHECK(b.at(early).error() == errc::deadline_exceeded);
    auto const late = b.call();
    b.pass(25s);
    REQUIRE(b.is_over(late));
    CHECK(b.at(late).error().phase() == phase::auth);
    CHECK(b.source->fetched == 1);
    CHECK(b.source->running == 0);
}

TEST_CASE("token cache: two tenants asked in turn ten thousand times never have each other's token")
{
    herd h;
    auto const red = std::make_shared<counting_fetcher>("red");
    auto const blue = std::make_shared<counting_fetcher>("blue");
    red->lasts = 40s;
    blue->lasts = 70s;
    auto const for_red = std::make_shared<token_cache>(red);
    auto const for_blue = std::make_shared<token_cache>(blue);
    for (int i = 0; i < 10'000; ++i) {
        h.want(i % 2 == 0 ? for_red : for_blue);
        if (i % 7 == 0)
            h.pass(50ms);
        if (i % 1000 == 999)
            (i % 2000 == 999 ? for_red : for_blue)->invalidate(for_red->generation());
    }
    h.finish();
    std::size_t wrong = 0;
    for (std::size_t i = 0; i < h.size(); ++i)
        wrong += h.at(i).has_value() && h.at(i)->starts_with(i % 2 == 0 ? "red" : "blue") ? 0 : 1;
    CHECK(wrong == 0);
    CHECK(red->fetched > 2);
    CHECK(blue->fetched > 1);
}

TEST_CASE("token cache: a token that comes already over is an error, and one that may outlive its end is used")
{
    bench b;
    b.source->lasts = 1ns;
    b.source->delay = 0ns;
    b.time->manual().advance(1ns);
    CHECK(b.one().has_value());
    bench c;
    c.source->outlives_its_end = true;
    REQUIRE(c.one().value() == "t1");
    c.source->failure = refusal("metadata is down");
    c.pass(3h);
    CHECK(c.one().value() == "t1");
    CHECK(c.source->fetched == 2);
    c.pass(9min);
    CHECK(c.one().value() == "t1");
    CHECK(c.source->fetched == 2);
}

TEST_CASE("token cache: a cache that nobody has any more stops its refresh")
{
    bench b;
    REQUIRE(b.one().value() == "t1");
    b.pass(46min);
    b.source->delay = 20s;
    b.call();
    b.settle();
    REQUIRE(b.source->running == 1);
    b.cache.reset();
    b.settle();
    CHECK(b.source->running == 0);
    CHECK(b.time->armed() == 0);
}

TEST_CASE("token cache: a context that goes away takes the fetch and its waiters with it")
{
    auto const source = std::make_shared<counting_fetcher>();
    auto const cache = std::make_shared<token_cache>(source);
    auto const time = std::make_shared<testing::manual_time>();
    {
        herd h;
        h.time = time;
        source->delay = 20s;
        for (int i = 0; i < 10; ++i)
            h.want(cache);
        h.settle();
        CHECK(source->fetched == 1);
        time->drop_all();
    }
    // Another client goes on with the same cache.
    herd h;
    source->delay = 1s;
    h.want(cache);
    h.finish();
    CHECK(h.count("t1") == 1);
    CHECK(source->fetched == 2);
}

TEST_CASE("token cache: an executor that stands still keeps nobody waiting for longer than a fetch may take")
{
    auto const source = std::make_shared<counting_fetcher>();
    auto const cache = std::make_shared<token_cache>(source);
    source->delay = 1s;
    herd stopped; // and its clock goes on in others only
    stopped.want(cache);
    stopped.settle();
    REQUIRE(source->fetched == 1);
    herd h;
    auto const patient = h.want(cache);
    auto const impatient = h.want(cache, 10s);
    h.pass(10s);
    CHECK(h.at(impatient).error() == errc::deadline_exceeded);
    h.pass(20s);
    CHECK(source->fetched == 1); // until now it might have ended by itself
    CHECK_FALSE(h.is_over(patient));
    h.pass(1s);
    CHECK(source->fetched == 2);
    h.pass(1s);
    REQUIRE(h.is_over(patient));
    CHECK(h.at(patient).value() == "t1");
    CHECK(cache->generation() == 1);
    // It wakes up: what it brings is of nobody's interest any more.
    stopped.finish();
    CHECK(stopped.failed() == 0);
    CHECK(cache->generation() == 1);
    h.want(cache);
    h.finish();
    CHECK(h.count("t1") == 2);
    CHECK(source->fetched == 2);
}

TEST_CASE("token cache: a giver that wants to be left alone is, and says so to everybody")
{
    bench b;
    error_details said;
    said.retry_after = 60s;
    b.source->failure = error(make_error_code(errc::connect_failed), phase::auth, outcome::not_sent, std::move(said));
    b.source->delay = 0ns;
    CHECK_FALSE(b.one().has_value());
    b.pass(59s);
    CHECK_FALSE(b.one().has_value());
    CHECK(b.source->fetched == 1);
    b.source->failure.reset();
    b.pass(1s);
    CHECK(b.one().value() == "t1");
    CHECK(b.source->fetched == 2);
}

TEST_CASE("token cache: what a source throws is an error without its words")
{
    class throwing final : public auth::token_fetcher
    {
    public:
        net::task<result<auth::fetched_token>> fetch(net::operation& op, steady_time) override
        {
            if (op.now() > steady_time())
                throw std::runtime_error("CANARY");
            co_return auth::fetched_token();
        }
    };
    herd h;
    h.want(std::make_shared<token_cache>(std::make_shared<throwing>()));
    h.finish();
    CHECK(h.at(0).error() == errc::internal);
    CHECK_FALSE(contains(h.at(0).error().to_string(), "CANARY"));
}

#include "peer_support.hpp"

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::tests;
using namespace std::chrono_literals;
using net::close_cause;

TEST_CASE("pool: no more connections to one origin are open than allowed, idle ones included")
{
    net::https_config config;
    config.pool.max_connections = 3;
    pool_bench b(config);
    for (int i = 0; i < 3; ++i)
        CHECK(b.send()->succeeded()); // one after another: one connection
    CHECK(b.dialer->dials == 1);
    b.dialer->answers = false;
    for (auto const& p : b.dialer->peers)
        p->answers = false;
    std::vector<std::shared_ptr<pool_bench::call>> busy;
    for (int i = 0; i < 5; ++i)
        busy.push_back(b.send());
    CHECK(b.statistics().busy == 3);
    CHECK(b.statistics().waiting == 2);
    CHECK(b.dialer->open() == 3);
    for (auto const& p : b.dialer->peers)
        p->say(ok_answer);
    b.settle();
    for (auto const& p : b.dialer->peers)
        p->say(ok_answer);
    b.settle();
    for (auto const& c : busy)
        CHECK(c->succeeded());
    CHECK(b.statistics().idle == 3);

    // A call that wants a fresh connection gets one in the place of an idle one.
    auto fresh = b.make();
    fresh->fresh = true;
    b.dialer->answers = true;
    CHECK(b.start(fresh)->succeeded());
    CHECK_FALSE(fresh->report.connection_reused);
    CHECK(b.dialer->open() == 3);
    CHECK(b.statistics().closed_by(close_cause::evicted) == 1);
}

TEST_CASE("pool: a thousand calls wait in order; those that give up never get a connection")
{
    net::https_config config;
    config.pool.max_connections = 1;
    pool_bench b(config);
    b.dialer->answers = false;
    auto const first = b.send();
    b.dialer->peers.at(0)->answers = true; // from the second request on
    std::vector<std::shared_ptr<pool_bench::call>> calls;
    for (int i = 0; i < 1000; ++i)
        calls.push_back(b.send());
    CHECK(b.statistics().waiting == 1000);
    for (std::size_t i = 0; i < calls.size(); i += 3)
        calls[i]->signal.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    CHECK(b.statistics().waiting == 1000 - 334);
    b.ended.clear();

    b.dialer->peers.at(0)->say(ok_answer);
    b.settle();
    CHECK(first->succeeded());
    REQUIRE(b.ended.size() == 1 + 666);
    std::size_t at = 1;
    for (std::size_t i = 0; i < calls.size(); ++i) {
        if (i % 3 == 0) {
            CHECK(calls[i]->failure() == errc::cancelled);
            CHECK(calls[i]->failure().phase() == phase::pool_wait);
            CHECK(calls[i]->failure().outcome() == outcome::not_sent);
        }
        else {
            CHECK(calls[i]->succeeded());
            CHECK(b.ended[at++] == calls[i].get());
        }
    }
    CHECK(b.dialer->peers.at(0)->requests == 667);
    CHECK(b.dialer->dials == 1);
    CHECK(b.statistics().waited == 1000);
    CHECK(b.statistics().gave_up == 334);
    CHECK(b.statistics().waiting == 0);
    CHECK(b.statistics().busy == 0);
}

TEST_CASE("pool: a call that gives up at the moment its turn comes passes the turn on")
{
    net::https_config config;
    config.pool.max_connections = 1;
    pool_bench b(config);
    b.dialer->answers = false;
    auto const first = b.send();
    b.dialer->peers.at(0)->answers = true;
    auto const second = b.send();
    auto const third = b.send();
    // In the queue: the end of the first call, which grants its place, then the cancellation of the second,
    // which comes before the second can notice the grant.
    b.dialer->peers.at(0)->say(ok_answer);
    second->signal.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    CHECK(second->failure() == errc::cancelled);
    CHECK(third->succeeded());
    CHECK(b.dialer->peers.at(0)->requests == 2);
    CHECK(b.statistics().busy == 0);
}

TEST_CASE("pool: idle connections of all origins together, and remembered origins, are bounded")
{
    net::https_config config;
    config.pool.max_idle = 5;
    config.pool.max_origins = 20;
    pool_bench b(config);
    for (int i = 0; i < 100; ++i) {
        CHECK(b.send("host" + std::to_string(i) + ".test")->succeeded());
        b.pass(100ms);
    }
    auto const s = b.statistics();
    CHECK(s.opened == 100);
    CHECK(s.idle == 5);
    CHECK(s.origins == 20);
    CHECK(s.closed_by(close_cause::evicted) == 95);
    CHECK(b.dialer->open() == 5);
    for (std::size_t i = 0; i < 100; ++i) // the ones that idled longest went
        CHECK(b.dialer->peers[i]->closed == (i < 95));
    CHECK(b.send("host99.test")->report.connection_reused);
    CHECK_FALSE(b.send("host0.test")->report.connection_reused);
}

TEST_CASE("pool: an origin with a call under way is not forgotten, however many others come")
{
    net::https_config config;
    config.pool.max_origins = 2;
    config.pool.max_connections = 1;
    pool_bench b(config);
    b.dialer->answers = false;
    auto const slow = b.send("slow.test");
    auto const waiter = b.send("slow.test");
    b.dialer->answers = true;
    b.dialer->peers.at(0)->answers = true;
    for (int i = 0; i < 20; ++i)
        CHECK(b.send("host" + std::to_string(i) + ".test")->succeeded());
    b.dialer->peers.at(0)->say(ok_answer);
    b.settle();
    CHECK(slow->succeeded());
    CHECK(waiter->succeeded());
    CHECK(b.statistics().origins == 2);
}

TEST_CASE("pool: a call to one origin closes what idled too long at another")
{
    net::https_config config;
    config.pool.idle_timeout = 10s;
    pool_bench b(config);
    b.send("a.test");
    b.send("b.test");
    b.pass(10s);
    CHECK_FALSE(b.has_work()); // nobody looks meanwhile
    CHECK(b.dialer->open() == 2);
    b.send("c.test");
    CHECK(b.dialer->open() == 1);
    CHECK(b.statistics().closed_by(close_cause::idle_timeout) == 2);
}

TEST_CASE("pool: every connection that was opened is counted once when it goes, by its cause")
{
    net::https_config config;
    config.pool.idle_timeout = 60s;
    config.pool.max_age = 100s;
    std::weak_ptr<net::https_transport> gone;
    {
        pool_bench b(config);
        auto const closed = [&b](close_cause c) { return b.statistics().closed_by(c); };
        b.send();
        b.dialer->peers.back()->hang_up();
        CHECK_FALSE(b.send()->report.connection_reused);
        CHECK(closed(close_cause::lost) == 1);

        b.dialer->peers.back()->say("HTTP/1.1 408 Request Timeout\r\n\r\n"); // unsolicited, while it idles
        b.send();
        CHECK(closed(close_cause::lost) == 2);

        b.pass(60s);
        b.send();
        CHECK(closed(close_cause::idle_timeout) == 1);

        b.pass(50s);
        CHECK(b.send()->report.connection_reused);
        b.pass(50s);
        CHECK_FALSE(b.send()->report.connection_reused);
        CHECK(closed(close_cause::max_age) == 1);

        b.dialer->peers.back()->answer = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
        b.send();
        CHECK(closed(close_cause::not_reusable) == 1);

        b.dialer->answer = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n";
        b.send();
        CHECK(closed(close_cause::not_reusable) == 2);

        b.dialer->answer = "nonsense\r\n\r\n";
        CHECK(b.send()->failure() == errc::protocol_error);
        CHECK(closed(close_cause::exchange_failed) == 1);

        b.dialer->answers = false;
        auto const cancelled = b.send();
        cancelled->signal.emit(boost::asio::cancellation_type::terminal);
        b.settle();
        CHECK(cancelled->failure() == errc::cancelled);
        CHECK(closed(close_cause::left) == 1);
        CHECK(closed(close_cause::exchange_failed) == 1);

        b.dialer->answers = true;
        b.dialer->answer = ok_answer;
        b.dialer->failures = {errc::connect_failed};
        CHECK(b.send()->failure() == errc::connect_failed);
        b.send();
        auto const s = b.statistics();
        CHECK(s.open_failed == 1);
        std::uint64_t sum = s.idle + s.busy;
        for (auto const n : s.closed)
            sum += n;
        CHECK(sum == s.opened);
        CHECK(s.opened == b.dialer->peers.size());
        CHECK(s.idle == 1);
        gone = b.transport;
    }
    CHECK(gone.expired());
}

TEST_CASE("pool: a kept connection that breaks takes those with it that were not heard of since")
{
    pool_bench b;
    b.dialer->answers = false;
    auto const one = b.send();
    auto const two = b.send();
    for (auto const& p : b.dialer->peers)
        p->say(ok_answer);
    b.settle();
    CHECK(b.statistics().idle == 2);
    b.dialer->peers[1]->breaks_on_write = true;
    auto const broken = b.send();
    CHECK(broken->failure() == errc::write_failed);
    CHECK(broken->report.connection_reused);
    CHECK(b.statistics().idle == 0);
    CHECK(b.dialer->peers[0]->closed);
    CHECK(b.statistics().closed_by(close_cause::distrusted) == 1);
}

TEST_CASE("pool: a caller who gives up says nothing about the connections kept beside his")
{
    for (bool const by_time : {false, true}) {
        CAPTURE(by_time);
        pool_bench b;
        b.dialer->answers = false;
        b.send();
        b.send();
        for (auto const& p : b.dialer->peers)
            p->say(ok_answer);
        b.settle();
        CHECK(b.statistics().idle == 2);
        auto const left = b.make();
        left->limits.total = by_time ? 1s : 60s;
        b.start(left);
        if (by_time)
            b.pass(1s);
        else
            left->signal.emit(boost::asio::cancellation_type::terminal);
        b.settle();
        CHECK(left->failure() == (by_time ? errc::deadline_exceeded : errc::cancelled));
        CHECK(left->report.connection_reused);
        CHECK(b.statistics().idle == 1);
        CHECK(b.statistics().closed_by(close_cause::distrusted) == 0);
    }
}

TEST_CASE("pool: without descriptors the idle connections go, once, and the connection is tried once more")
{
    pool_bench b;
    b.send("a.test");
    b.send("b.test");
    b.dialer->failures = {errc::resource_exhausted};
    CHECK(b.send("c.test")->succeeded());
    CHECK(b.dialer->dials == 4);
    CHECK(b.statistics().closed_by(close_cause::evicted) == 2);

    b.send("a.test");
    b.dialer->failures = {errc::resource_exhausted, errc::resource_exhausted, errc::resource_exhausted};
    auto const dials = b.dialer->dials;
    auto const hopeless = b.send("d.test");
    CHECK(hopeless->failure() == errc::resource_exhausted);
    CHECK(hopeless->failure().outcome() == outcome::not_sent);
    CHECK(b.dialer->dials == dials + 2); // no third: it would spin
    auto const nothing_to_give = b.send("d.test");
    CHECK(nothing_to_give->failure() == errc::resource_exhausted);
    CHECK(b.dialer->dials == dials + 3);
}

TEST_CASE("pool: after a 5xx the name is looked up again, and connections to where it no longer leads are closed")
{
    auto const a = *net::parse_address("10.0.0.1");
    auto const moved = *net::parse_address("10.0.0.2");
    pool_bench b;
    b.dialer->address = a;
    b.names->answer = {a};
    b.send();
    CHECK(b.send()->report.connection_reused);
    CHECK(b.names->asked == 0);

    b.dialer->peers[0]->answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    b.send();
    CHECK(b.names->asked == 0);
    CHECK(b.send()->report.connection_reused); // it still leads there
    CHECK(b.names->asked == 1);
    for (int i = 0; i < 20; ++i)
        CHECK(b.send()->report.connection_reused);
    CHECK(b.names->asked == 1); // a storm of errors is not one of lookups

    b.names->answer = {moved};
    b.dialer->address = moved;
    b.pass(10s);
    CHECK_FALSE(b.send()->report.connection_reused);
    CHECK(b.names->asked == 2);
    CHECK(b.dialer->peers[0]->closed);
    CHECK(b.statistics().closed_by(close_cause::distrusted) == 1);

    // A lookup that fails speaks against nobody.
    b.dialer->peers[1]->answer = "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n";
    b.send();
    b.pass(10s);
    b.names->failure = errc::resolve_unavailable;
    CHECK(b.send()->report.connection_reused);
    CHECK(b.names->asked == 3);
}

TEST_CASE("pool: a name that tells some of its addresses at a time does not cost the connections that work")
{
    auto const a = *net::parse_address("10.0.0.1");
    auto const failing = *net::parse_address("10.0.0.2");
    pool_bench b;
    b.dialer->answers = false;
    b.dialer->address = a;
    b.send();
    b.dialer->address = failing;
    b.send();
    for (auto const& p : b.dialer->peers) {
        p->say(ok_answer);
        p->answers = true;
    }
    b.settle();
    CHECK(b.statistics().idle == 2);
    b.names->answer = {*net::parse_address("10.0.0.3"), *net::parse_address("10.0.0.4")};
    b.dialer->peers[1]->answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
    b.send();
    CHECK(b.dialer->peers[1]->requests == 2);
    CHECK(b.send()->succeeded());
    CHECK(b.names->asked == 1);
    CHECK(b.dialer->peers[0]->requests == 2); // the other one, kept
    CHECK(b.dialer->peers[1]->closed);
    CHECK(b.statistics().closed_by(close_cause::distrusted) == 1);
}

TEST_CASE("pool: a connection that was made too late is not written to")
{
    // A user's dialer that does not look at the deadline, or arithmetic of a handshake that takes longer than was left.
    class slow_dialer final : public net::dialer
    {
    public:
        slow_dialer(std::shared_ptr<net::dialer> from, std::shared_ptr<testing::manual_time> time)
            : from_(std::move(from)), time_(std::move(time))
        {
        }
        net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string host, std::uint16_t port,
                                                             phase_limits limits, net::exchange_report& report) override
        {
            auto made = co_await from_->dial(op, std::move(host), port, limits, report);
            time_->advance(2s);
            co_return std::move(made);
        }

    private:
        std::shared_ptr<net::dialer> from_;
        std::shared_ptr<testing::manual_time> time_;
    };
    pool_bench b;
    net::https_config config;
    config.dialer = std::make_shared<slow_dialer>(b.dialer, b.time);
    b.transport = std::make_shared<net::https_transport>(b.context.get_executor(), std::move(config));
    auto const c = b.make();
    c->limits.total = 1s;
    b.start(c);
    CHECK(c->failure() == errc::deadline_exceeded);
    CHECK(c->failure().outcome() == outcome::not_sent);
    CHECK(b.dialer->peers.at(0)->requests == 0);
}

TEST_CASE("pool: a call that ends while its name is looked up again is not sent on the warm connection")
{
    enum class ending
    {
        cancelled,
        late,
        patient, // only the lookup's own limit passes
    };
    for (auto const how : {ending::cancelled, ending::late, ending::patient}) {
        CAPTURE(static_cast<int>(how));
        pool_bench b;
        b.dialer->answer = "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n";
        b.send();
        b.names->hangs = true;
        auto const c = b.make();
        c->limits.total = how == ending::late ? 1s : 60s;
        c->limits.resolve = 2s;
        b.start(c);
        CHECK(b.names->asked == 1);
        CHECK_FALSE(c->end);
        if (how == ending::cancelled)
            c->signal.emit(boost::asio::cancellation_type::terminal);
        else
            b.pass(2s);
        b.settle();
        REQUIRE(c->end);
        CHECK(c->succeeded() == (how == ending::patient));
        CHECK(b.dialer->peers[0]->requests == (how == ending::patient ? 2 : 1));
        if (how != ending::patient) {
            CHECK(c->failure() == (how == ending::late ? errc::deadline_exceeded : errc::cancelled));
            CHECK(c->failure().outcome() == outcome::not_sent);
            CHECK(c->failure().phase() == phase::resolve);
        }
        CHECK(b.statistics().idle == 1); // it is as good as it was
    }
}

TEST_CASE("pool: after a connection that could not be opened the name is looked up again, too")
{
    auto const a = *net::parse_address("10.0.0.1");
    pool_bench b;
    b.dialer->address = a;
    b.names->answer = {*net::parse_address("10.0.0.2")};
    b.send();
    auto fresh = b.make();
    fresh->fresh = true;
    b.dialer->failures = {errc::connect_timeout};
    CHECK(b.start(fresh)->failure() == errc::connect_timeout);
    CHECK_FALSE(b.send()->report.connection_reused);
    CHECK(b.names->asked == 1);
    CHECK(b.dialer->peers[0]->closed);
}

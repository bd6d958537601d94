// What a client pays in advance, and in which order.
#include "support/doubles.hpp"

#include <augur/call/warm.hpp>

#include <doctest/doctest.h>

using namespace test;

namespace {

/// Knows what it was asked to keep.
class keeping_transport final : public net::transport
{
public:
    net::task<result<net::opened_response>> open(net::operation&, net::exchange&) override
    {
        co_return error(make_error_code(errc::internal), phase::prepare);
    }
    net::task<result<net::warm_handle>> warm(net::operation&, net::origin to, std::size_t count, phase_limits) override
    {
        asked.push_back(to.host + " " + std::to_string(count));
        if (fails)
            co_return error(make_error_code(*fails), phase::connect);
        co_return net::warm_handle();
    }
    std::vector<std::string> asked;
    std::optional<errc> fails;
};

struct warm_bench
{
    warm_bench()
    {
        call::client_config config;
        config.auth = auth;
        config.transport = transport;
        config.timers = time;
        config.limits.auth = 5s;
        shared = std::make_shared<call::core>(io.get_executor(), std::move(config));
    }

    void start(call_options options = {})
    {
        auto body = [s = shared, options, this](net::operation& op) { return call::warm(op, *s, to, 3, options); };
        auto const total = call::limits_of(*shared, options).total;
        net::start<net::warm_handle>(
            shared->arena, shared->timers, shared->executor, total, body,
            asio::bind_cancellation_slot(signal.slot(), [this](auto r) { end.emplace(std::move(r)); }));
        settle();
    }
    void settle()
    {
        io.restart();
        io.poll();
    }

    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<fetching_auth> auth = std::make_shared<fetching_auth>();
    std::shared_ptr<keeping_transport> transport = std::make_shared<keeping_transport>();
    std::shared_ptr<call::core> shared;
    net::origin to{.host = "host.test"};
    asio::cancellation_signal signal;
    std::optional<result<net::warm_handle>> end;
};

} // namespace

TEST_CASE("warm: credentials are fetched and used once before connections are opened")
{
    warm_bench b;
    b.start();
    REQUIRE(b.end);
    CHECK(b.end->has_value());
    CHECK(b.auth->fetched == 1);
    CHECK(b.auth->signed_at.size() == 1); // the signing key is derived
    CHECK(b.transport->asked == std::vector<std::string>{"host.test 3"});

    b.start();
    CHECK(b.auth->fetched == 1); // nothing to fetch any more
    CHECK(b.transport->asked.size() == 2);
}

TEST_CASE("warm: the rehearsed request has the Host that a call has, IPv6 addresses in brackets")
{
    struct row
    {
        net::origin to;
        std::string host;
    };
    row const rows[] = {
        {{.host = "host.test"}, "host.test"},
        {{.host = "host.test", .port = 8443}, "host.test:8443"},
        {{.host = "::1"}, "[::1]"},
        {{.host = "2001:db8::7", .port = 11434, .is_https = false}, "[2001:db8::7]:11434"},
        {{.host = "127.0.0.1", .port = 80, .is_https = false}, "127.0.0.1"},
        {{.host = "127.0.0.1", .port = 443, .is_https = false}, "127.0.0.1:443"},
    };
    for (auto const& r : rows) {
        CAPTURE(r.host);
        warm_bench b;
        b.to = r.to;
        b.start();
        REQUIRE(b.end);
        REQUIRE_MESSAGE(b.end->has_value(), b.end->error());
        CHECK(b.auth->signed_for == r.host);
        CHECK(b.auth->signed_for == url::parse((r.to.is_https ? "https://" : "http://") + r.host)->authority());
        CHECK(b.transport->asked == std::vector<std::string>{r.to.host + " 3"});
    }
}

TEST_CASE("warm: a failure is told once and not repeated; without credentials nothing is opened")
{
    warm_bench b;
    b.auth->fetch_fails = make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, "none here");
    b.start();
    CHECK(b.end->error() == errc::credentials_unavailable);
    CHECK(b.auth->fetched == 1);
    CHECK(b.transport->asked.empty());

    b.auth->fetch_fails.reset();
    b.auth->never_usable = true;
    b.start();
    CHECK(b.end->error() == errc::credentials_unavailable);
    CHECK(b.transport->asked.empty());

    b.auth->never_usable = false;
    b.transport->fails = errc::connect_failed;
    b.start();
    CHECK(b.end->error() == errc::connect_failed);
    CHECK(b.transport->asked.size() == 1);
}

TEST_CASE("warm: the limit on credentials, the deadline and a cancellation end it")
{
    warm_bench slow;
    slow.auth->fetch_takes = 1h;
    slow.start();
    slow.time->advance(5s);
    slow.settle();
    REQUIRE(slow.end);
    CHECK(slow.end->error() == errc::auth_timeout);

    warm_bench late;
    late.auth->fetch_takes = 1h;
    late.start(deadline(2s));
    late.time->advance(2s);
    late.settle();
    REQUIRE(late.end);
    CHECK(late.end->error() == errc::deadline_exceeded);

    warm_bench unwanted;
    unwanted.auth->fetch_takes = 1h;
    unwanted.start();
    unwanted.signal.emit(asio::cancellation_type::terminal);
    unwanted.settle();
    REQUIRE(unwanted.end);
    CHECK(unwanted.end->error() == errc::cancelled);
    CHECK(unwanted.transport->asked.empty());
    CHECK(unwanted.time->armed() == 0);
}

TEST_CASE("warm: not in a forked child, and not over a transport that keeps no connections")
{
    warm_bench child;
    child.shared->process += 1; // as if another process had made it
    child.start();
    CHECK(child.end->error() == errc::forked);
    CHECK(child.auth->fetched == 0);

    warm_bench b;
    b.shared->transport = std::make_shared<testing::replay_transport>();
    b.start();
    CHECK(b.end->error() == errc::unsupported);
    CHECK(b.shared->transport->statistics().opened == 0);
}

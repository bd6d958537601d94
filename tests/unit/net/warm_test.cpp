// Connections that are opened before they are needed, and kept.
#include "peer_support.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <doctest/doctest.h>

#include <future>

using namespace augur;
using namespace augur::tests;
using namespace std::chrono_literals;
using net::close_cause;

namespace {

struct warming
{
    std::optional<result<net::warm_handle>> end;
    boost::asio::cancellation_signal signal;
};

net::task<result<net::warm_handle>> warm_once(net::operation& op, std::shared_ptr<net::transport> through,
                                              std::size_t count, phase_limits limits)
{
    auto to = origin_named("example.test");
    auto out = co_await through->warm(op, std::move(to), count, limits);
    co_return std::move(out);
}

std::shared_ptr<warming> warm(pool_bench& b, std::size_t count, phase_limits limits = {})
{
    auto out = std::make_shared<warming>();
    auto body = [through = b.transport, count, limits](net::operation& op) {
        return warm_once(op, through, count, limits);
    };
    net::start<net::warm_handle>(
        b.arena, b.time, b.context.get_executor(), limits.total, std::move(body),
        boost::asio::bind_cancellation_slot(out->signal.slot(), [out](auto r) { out->end.emplace(std::move(r)); }));
    b.settle();
    return out;
}

} // namespace

TEST_CASE("warm: so many connections are open afterwards, and the next calls find them")
{
    pool_bench b;
    auto const w = warm(b, 8);
    REQUIRE(w->end);
    REQUIRE_MESSAGE(w->end->has_value(), w->end->error());
    CHECK((*w->end)->live() == 8);
    CHECK(b.dialer->open() == 8);
    CHECK(b.statistics().idle == 8);
    for (auto const& p : b.dialer->peers)
        CHECK(p->written.empty()); // no request was sent
    CHECK(b.send()->report.connection_reused);
    CHECK(b.dialer->dials == 8);

    // What is there already counts.
    auto const more = warm(b, 10);
    CHECK(b.dialer->dials == 10);
    CHECK((*more->end)->live() == 10);
}

TEST_CASE("warm: a handle that is not kept leaves the connections and no work behind")
{
    pool_bench b;
    warm(b, 4)->end.reset();
    b.settle();
    CHECK_FALSE(b.has_work());
    CHECK(b.arena->live_blocks() == 0);
    CHECK(b.statistics().idle == 4);
    b.dialer->peers[0]->hang_up();
    b.pass(5s);
    CHECK(b.dialer->dials == 4); // nobody refills
}

TEST_CASE("warm: while the handle lives its floor is kept, whatever ends the connections")
{
    net::https_config config;
    config.pool.idle_timeout = 60s;
    config.pool.max_age = 10min;
    pool_bench b(config);
    auto const w = warm(b, 3);
    CHECK(b.has_work());
    b.dialer->peers[0]->hang_up();
    b.dialer->peers[1]->hang_up();
    b.pass(1s);
    CHECK(b.statistics().idle == 3);
    CHECK(b.dialer->open() == 3);
    CHECK(b.statistics().closed_by(close_cause::lost) == 2);

    // Never fewer than three that a call may use, over idle limits and ages.
    for (int second = 0; second < 900; ++second) {
        b.pass(1s);
        CHECK(b.dialer->open() >= 3);
        CHECK(b.dialer->open() <= 6);
    }
    CHECK(b.send()->report.connection_reused);

    // Connections that a server promises little time are replaced in time, too.
    b.dialer->answer = "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n";
    for (auto const& p : b.dialer->peers)
        p->answer = b.dialer->answer;
    for (int second = 0; second < 30; ++second) {
        CHECK(b.send()->report.connection_reused);
        b.pass(1s);
    }

    auto const dials = b.dialer->dials;
    w->end.reset();
    CHECK_FALSE(b.has_work());
    b.pass(10min);
    CHECK(b.dialer->dials == dials);
    CHECK(b.arena->live_blocks() == 0);
}

TEST_CASE("warm: busy connections count, and a floor never takes a place from a call")
{
    net::https_config config;
    config.pool.max_connections = 4;
    pool_bench b(config);
    b.dialer->answers = false;
    std::vector<std::shared_ptr<pool_bench::call>> busy;
    for (int i = 0; i < 4; ++i)
        busy.push_back(b.send());
    auto const w = warm(b, 4);
    REQUIRE(w->end->has_value());
    b.pass(5s);
    CHECK(b.dialer->dials == 4);
    for (auto const& p : b.dialer->peers)
        p->say(ok_answer);
    b.settle();
    for (auto const& c : busy)
        CHECK(c->succeeded());
    CHECK((*w->end)->live() == 4);
}

TEST_CASE("warm: what the pool could not keep is refused before anything is opened")
{
    net::https_config config;
    config.pool.max_connections = 4;
    pool_bench b(config);
    auto const w = warm(b, 5);
    REQUIRE(w->end->has_error());
    CHECK(w->end->error() == errc::invalid_argument);
    CHECK(b.dialer->dials == 0);
    CHECK_FALSE(b.has_work());

    config.pool.idle_timeout = 4s; // would be opened and closed without end
    pool_bench fleeting(config);
    CHECK(warm(fleeting, 1)->end->error() == errc::invalid_argument);
    CHECK(fleeting.dialer->dials == 0);
}

TEST_CASE("warm: a failure is that of the connection, what was opened before it stays")
{
    pool_bench b;
    b.dialer->failures = {};
    auto const first = warm(b, 2);
    first->end.reset();
    b.dialer->failures = {errc::connect_failed};
    auto const w = warm(b, 3);
    REQUIRE(w->end->has_error());
    CHECK(w->end->error() == errc::connect_failed);
    CHECK(w->end->error().phase() == phase::connect);
    CHECK(w->end->error().outcome() == outcome::not_sent);
    CHECK(b.statistics().idle == 2);
    CHECK(b.statistics().busy == 0);
    CHECK_FALSE(b.has_work());
}

TEST_CASE("warm: the limits and the cancellation of a call end it, exact on the clock")
{
    pool_bench b;
    b.dialer->takes = 1h;
    phase_limits limits;
    limits.connect = 2s;
    auto const silent = warm(b, 1, limits);
    b.pass(2s - 1ms);
    CHECK_FALSE(silent->end);
    b.pass(1ms);
    REQUIRE(silent->end);
    CHECK(silent->end->error() == errc::connect_timeout);

    limits.total = 1s;
    auto const late = warm(b, 1, limits);
    b.pass(1s);
    REQUIRE(late->end);
    CHECK(late->end->error() == errc::deadline_exceeded);

    auto const unwanted = warm(b, 1);
    unwanted->signal.emit(boost::asio::cancellation_type::terminal);
    b.settle();
    REQUIRE(unwanted->end);
    CHECK(unwanted->end->error() == errc::cancelled);
    CHECK_FALSE(b.has_work());
    CHECK(b.statistics().busy == 0);
}

TEST_CASE("warm: a floor that cannot be kept says why, tries less and less often, and recovers")
{
    pool_bench b;
    auto const w = warm(b, 2);
    for (auto const& p : b.dialer->peers)
        p->hang_up();
    b.dialer->failures = std::deque<errc>(6, errc::connect_failed);
    b.pass(1s);
    REQUIRE((*w->end)->trouble());
    CHECK(*(*w->end)->trouble() == errc::connect_failed);
    CHECK((*w->end)->live() == 0);
    b.pass(60s);
    CHECK(b.dialer->failures.empty()); // at 1, 2, 4, 8, 16 and 32 s
    CHECK(b.dialer->dials == 2 + 6);
    b.pass(30s);
    CHECK_FALSE((*w->end)->trouble());
    CHECK((*w->end)->live() == 2);
}

TEST_CASE("warm: what a dialer throws is trouble like any other, and the floor goes on")
{
    pool_bench b;
    auto const w = warm(b, 2);
    for (auto const& p : b.dialer->peers)
        p->hang_up();
    b.dialer->throws = 2;
    b.pass(1s);
    REQUIRE((*w->end)->trouble());
    CHECK(*(*w->end)->trouble() == errc::internal);
    CHECK((*w->end)->trouble()->message().find("as the test asked") != std::string_view::npos);
    CHECK((*w->end)->live() == 0); // it gave its permit back
    CHECK(b.has_work());
    b.pass(1s);
    CHECK(b.dialer->throws == 0);
    b.pass(2s - 100ms);
    CHECK((*w->end)->trouble());
    b.pass(100ms); // at 1, 2 and 4 s, as after other failures
    CHECK_FALSE((*w->end)->trouble());
    CHECK((*w->end)->live() == 2);
}

TEST_CASE("warm: released while it opens a connection, and destroyed with its context")
{
    pool_bench b;
    auto const w = warm(b, 1);
    b.dialer->peers[0]->hang_up();
    b.dialer->takes = 1h;
    b.pass(1s);
    CHECK(b.statistics().busy == 1); // the keeper is connecting
    w->end->value().release();
    b.settle();
    CHECK(b.statistics().busy == 0);
    CHECK_FALSE(b.has_work());
    CHECK(w->end->value().live() == 0);

    b.dialer->takes = 0s;
    auto const other = warm(b, 1);
    CHECK(other->end->has_value());
    // `b` goes away with the handle alive: nothing of the keeper may be left.
}

TEST_CASE("warm: on a strand of a thread pool the client may be gone before its keeper begins")
{
    struct client
    {
        explicit client(boost::asio::any_io_executor const& executor)
        {
            net::https_config config;
            config.dialer = std::make_shared<memory_peer_dialer>(executor);
            transport = std::make_shared<net::https_transport>(executor, std::move(config));
        }
        net::arena_handle arena;
        std::shared_ptr<net::transport> transport;
    };
    boost::asio::thread_pool pool(2);
    boost::asio::any_io_executor const strand = boost::asio::make_strand(pool.get_executor());
    auto const time = std::make_shared<testing::manual_time>();
    std::optional<result<net::warm_handle>> end; // on the strand until the pool has come to its end
    std::promise<void> ended;
    boost::asio::post(strand, [&] {
        auto const c = std::make_shared<client>(strand);
        auto body = [c](net::operation& op) { return warm_once(op, c->transport, 1, {}); };
        net::start<net::warm_handle>(c->arena, time, strand, 1min, std::move(body), [&](auto r) {
            end.emplace(std::move(r)); // the call was the last to know the client; its keeper is queued behind us
            ended.set_value();
        });
    });
    CHECK(ended.get_future().wait_for(20s) == std::future_status::ready);
    std::size_t live = 0;
    std::size_t waiting = 0;
    std::size_t left = 1;
    boost::asio::post(strand, [&] {
        live = end && *end ? (*end)->live() : 0;
        waiting = time->armed();
        end.reset();
        left = time->armed();
    });
    pool.join();
    CHECK(live == 1);
    CHECK(waiting == 1); // the keeper, for its next look
    CHECK(left == 0);
}

// How a connection is found: several addresses, dead ones, silent ones, names that hang.
#include <augur/net/dialer.hpp>
#include <augur/net/impl/tcp_stream.ipp>
#include <augur/net/start.hpp>
#include <augur/testing/fault_server.hpp>

#include "faults/ports.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <doctest/doctest.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <limits>
#include <memory>
#include <optional>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;

namespace {

/// Accepts nothing: its queue is full, so a connection attempt hears nothing at all.
class black_hole
{
public:
    black_hole(asio::io_context& context, tcp::endpoint at) : acceptor_(context)
    {
        acceptor_.open(at.protocol());
        acceptor_.bind(at);
        acceptor_.listen(0);
        for (int i = 0; i < 4; ++i) {
            auto filler = std::make_unique<tcp::socket>(context);
            filler->open(at.protocol());
            filler->native_non_blocking(true);
            auto const to = acceptor_.local_endpoint();
            // Not Asio's connect, which waits for the end even on a socket that does not block.
            static_cast<void>(::connect(filler->native_handle(), to.data(), static_cast<socklen_t>(to.size())));
            fillers_.push_back(std::move(filler));
        }
    }

private:
    tcp::acceptor acceptor_;
    std::vector<std::unique_ptr<tcp::socket>> fillers_;
};

struct dialed
{
    std::optional<result<int>> end;
    int patience = 0; ///< TCP_USER_TIMEOUT, in milliseconds
    std::chrono::steady_clock::duration took{};
};

net::task<result<int>> dial_once(net::operation& op, std::shared_ptr<net::dialer> dialer, std::uint16_t port,
                                 phase_limits limits)
{
    net::exchange_report report;
    auto stream = co_await dialer->dial(op, "service.test", port, limits, report);
    if (!stream)
        co_return stream.error();
    int patience = 0;
    socklen_t size = sizeof patience;
    auto& socket = dynamic_cast<net::detail::tcp_stream&>(**stream).socket();
    ::getsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, &size);
    co_return patience;
}

dialed dial(asio::io_context& context, std::shared_ptr<net::dialer> const& dialer, std::uint16_t port,
            phase_limits limits = {})
{
    dialed out;
    net::arena_handle arena;
    auto const timers = net::make_timer_service(context.get_executor(), system_clock());
    auto const started = std::chrono::steady_clock::now();
    auto body = [&](net::operation& op) { return dial_once(op, dialer, port, limits); };
    net::start<int>(arena, timers, context.get_executor(), limits.total, body, [&](result<int> r) {
        out.patience = r ? *r : 0;
        out.end = std::move(r);
        out.took = std::chrono::steady_clock::now() - started;
    });
    context.restart();
    context.run();
    REQUIRE(out.end);
    return out;
}

std::shared_ptr<net::dialer> dialer_to(asio::io_context& context, std::vector<std::string> const& addresses)
{
    std::vector<net::address> list;
    for (auto const& text : addresses)
        list.push_back(*net::parse_address(text));
    return net::tcp_dialer(context.get_executor(), net::pinned_resolver({{"service.test", list}}));
}

} // namespace

TEST_CASE("connect: a refused address costs nothing, the next one is used at once")
{
    asio::io_context context;
    tcp::acceptor alive(context, {asio::ip::make_address_v4("127.0.0.1"), 0});
    auto const dialer = dialer_to(context, {"127.0.0.2", "127.0.0.1"}); // nobody listens on 127.0.0.2
    auto const d = dial(context, dialer, alive.local_endpoint().port());
    CHECK(d.end->has_value());
    CHECK(d.took < 200ms);
}

TEST_CASE("connect: a silent address costs a quarter of a second once, and is tried last afterwards")
{
    asio::io_context context;
    tcp::acceptor alive(context, {asio::ip::make_address_v4("127.0.0.1"), 0});
    auto const port = alive.local_endpoint().port();
    black_hole silent(context, {asio::ip::make_address_v4("127.0.0.2"), port});
    auto const dialer = dialer_to(context, {"127.0.0.2", "127.0.0.1"});
    auto const first = dial(context, dialer, port);
    CHECK(first.end->has_value());
    CHECK(first.took >= 250ms);
    CHECK(first.took < 600ms);
    auto const second = dial(context, dialer, port);
    CHECK(second.end->has_value());
    CHECK(second.took < 200ms);
}

TEST_CASE("connect: when nothing answers the limit ends it, and every address tried is named")
{
    asio::io_context context;
    black_hole first(context, {asio::ip::make_address_v4("127.0.0.2"), 0});
    auto const refused = dialer_to(context, {"127.0.0.3", "127.0.0.4"});
    auto const dead = dial(context, refused, 1);
    CHECK(dead.end->error() == errc::connect_failed);
    CHECK(dead.end->error().message().find("127.0.0.3, 127.0.0.4") != std::string_view::npos);

    tcp::acceptor port_holder(context, {asio::ip::make_address_v4("127.0.0.5"), 0});
    auto const port = port_holder.local_endpoint().port();
    black_hole second(context, {asio::ip::make_address_v4("127.0.0.6"), port});
    phase_limits limits;
    limits.connect = 100ms;
    auto const late = dial(context, dialer_to(context, {"127.0.0.6"}), port, limits);
    CHECK(late.end->error() == errc::connect_timeout);
    CHECK(late.end->error().outcome() == outcome::not_sent);
    CHECK(late.took >= 100ms);
    CHECK(late.took < 350ms);
    limits.total = 50ms;
    CHECK(dial(context, dialer_to(context, {"127.0.0.6"}), port, limits).end->error() == errc::deadline_exceeded);
}

TEST_CASE("connect: no free port is this machine's trouble, the same words about IPv6 are a road that is not there")
{
    struct row
    {
        std::vector<std::string> addresses;
        errc code;
    };
    row const rows[] = {
        {{"127.0.0.2"}, errc::resource_exhausted},
        {{"::1"}, errc::connect_failed},
        {{"::1", "::2"}, errc::connect_failed},
        {{"::1", "127.0.0.2"}, errc::resource_exhausted}, // in both orders, for it says more
        {{"127.0.0.2", "::1"}, errc::resource_exhausted},
    };
    asio::io_context context;
    for (auto const& r : rows) {
        CAPTURE(r.addresses.front());
        CAPTURE(r.addresses.size());
        faults::port_shortage const lasting(1000);
        CHECK(dial(context, dialer_to(context, r.addresses), 1).end->error() == r.code);
    }
    tcp::acceptor alive(context, {asio::ip::make_address_v4("127.0.0.1"), 0});
    faults::port_shortage const once(1);
    CHECK(dial(context, dialer_to(context, {"::1", "127.0.0.1"}), alive.local_endpoint().port()).end->has_value());
}

TEST_CASE(
    "connect: the kernel gives a connection up after half a minute, or after the limit on writing if that is longer")
{
    struct row
    {
        std::chrono::nanoseconds write;
        int milliseconds;
    };
    row const rows[] = {
        {phase_limits().write, 30'000},
        {0s, 30'000},
        {-1s, 30'000},
        {std::chrono::nanoseconds::min(), 30'000},
        {30s + 1ns, 30'001},
        {5min, 300'000},
        {std::chrono::nanoseconds::max(), std::numeric_limits<int>::max()},
    };
    asio::io_context context;
    tcp::acceptor alive(context, {asio::ip::make_address_v4("127.0.0.1"), 0});
    auto const dialer = dialer_to(context, {"127.0.0.1"});
    for (auto const& r : rows) {
        CAPTURE(r.milliseconds);
        phase_limits limits;
        limits.write = r.write;
        auto const d = dial(context, dialer, alive.local_endpoint().port(), limits);
        REQUIRE(d.end->has_value());
        CHECK(d.patience == r.milliseconds);
    }
}

TEST_CASE("connect: a context may be destroyed in the middle of a race")
{
    bool called = false;
    {
        asio::io_context context;
        tcp::acceptor port_holder(context, {asio::ip::make_address_v4("127.0.0.5"), 0});
        auto const port = port_holder.local_endpoint().port();
        black_hole one(context, {asio::ip::make_address_v4("127.0.0.6"), port});
        black_hole two(context, {asio::ip::make_address_v4("127.0.0.7"), port});
        net::arena_handle arena;
        auto const timers = net::make_timer_service(context.get_executor(), system_clock());
        auto const dialer = dialer_to(context, {"127.0.0.6", "127.0.0.7"});
        auto body = [dialer, port](net::operation& op) { return dial_once(op, dialer, port, {}); };
        net::start<int>(arena, timers, context.get_executor(), 1min, body, [&called](result<int>) { called = true; });
        context.run_for(300ms);
    }
    CHECK_FALSE(called);
}

TEST_CASE("resolve: numbers and localhost need no thread, an unknown name is an error of its own phase")
{
    asio::io_context context;
    auto const names = net::system_resolver(context.get_executor());
    net::arena_handle arena;
    auto const timers = net::make_timer_service(context.get_executor(), system_clock());
    auto const lookup = [&](std::string host, std::chrono::nanoseconds limit) {
        std::optional<result<std::vector<net::address>>> out;
        auto body = [names, host, limit](net::operation& op) { return names->resolve(op, host, op.until(limit)); };
        net::start<std::vector<net::address>>(arena, timers, context.get_executor(), 1min, body,
                                              [&](result<std::vector<net::address>> r) { out = std::move(r); });
        context.restart();
        context.run();
        return *out;
    };
    CHECK(net::to_string(lookup("127.0.0.9", 1s).value().at(0)) == "127.0.0.9");
    CHECK(net::to_string(lookup("::1", 1s).value().at(0)) == "::1");
    CHECK(net::to_string(lookup("localhost", 1s).value().at(0)) == "127.0.0.1");
    auto const unknown = lookup("no-such-host.invalid", 20s); // RFC 6761: never exists
    REQUIRE(unknown.has_error());
    CHECK(unknown.error().phase() == phase::resolve);
    CHECK(unknown.error().outcome() == outcome::not_sent);
    CHECK((unknown.error() == errc::resolve_failed || unknown.error() == errc::resolve_unavailable));
}

TEST_CASE("resolve: a lookup that hangs is left at the limit, and the context does not wait for it")
{
    // "no-such-host.invalid" may hang or fail at once, depending on the machine; either way the caller
    // is back in time and destroying the context takes no time.
    auto const started = std::chrono::steady_clock::now();
    {
        asio::io_context context;
        auto const names = net::system_resolver(context.get_executor());
        net::arena_handle arena;
        auto const timers = net::make_timer_service(context.get_executor(), system_clock());
        auto body = [names](net::operation& op) { return names->resolve(op, "slow.invalid", op.until(50ms)); };
        bool done = false;
        net::start<std::vector<net::address>>(arena, timers, context.get_executor(), 1min, body,
                                              [&done](result<std::vector<net::address>> r) {
                                                  done = true;
                                                  CHECK(r.has_error());
                                              });
        context.run();
        CHECK(done);
    }
    CHECK(std::chrono::steady_clock::now() - started < 400ms);
}

TEST_CASE("fault server: a port that it is given is free again at once")
{
    testing::fault_server const holder; // nobody else is given this port
    for (int i = 0; i < 2; ++i) {
        CAPTURE(i);
        std::optional<testing::fault_server> server;
        REQUIRE_NOTHROW(server.emplace("127.0.0.2", holder.port(), std::nullopt));
        server->always(testing::connection_script().fin());
        asio::io_context io;
        tcp::socket socket(io);
        socket.connect({asio::ip::make_address("127.0.0.2"), holder.port()});
        char byte = 0;
        error_code code;
        socket.read_some(asio::buffer(&byte, 1), code);
        CHECK(code == asio::error::eof);
        socket.close();
        CHECK(server->wait_for_open_connections(0)); // who closed first waits for late packets now
    }
}

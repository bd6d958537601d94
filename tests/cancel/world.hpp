#pragma once

#include "faults/allocation.hpp"
#include "support/doubles.hpp"
#include "support/memory_server.hpp"
#include "support/memory_tls.hpp"

#include <augur/call/stream.hpp>

#include <doctest/doctest.h>

/// Calls of many kinds, each from a client of its own, whose every step the test lets happen by hand.
namespace test {

/// One client, its server and its context.
struct world
{
    std::unique_ptr<asio::io_context> io = std::make_unique<asio::io_context>(1);
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    memory_server server;
    call::client_config config;
    net::https_config https;
    net::origin to;
    std::shared_ptr<net::https_transport> transport;
    std::shared_ptr<call::core> client;
    net::arena_handle arena{net::arena_handle()};
    std::shared_ptr<inbox<int>> others = std::make_shared<inbox<int>>(); ///< what calls beside ours came to

    world()
    {
        to.host = "service.test";
        to.port = 80;
        to.is_https = false;
        config.timers = time;
        config.random = std::make_shared<half_random>();
        config.auth = call::no_authentication();
    }

    void make_client()
    {
        https.dialer = std::make_shared<memory_server_dialer>(io->get_executor(), server);
        transport = std::make_shared<net::https_transport>(io->get_executor(), https);
        config.transport = transport;
        client = std::make_shared<call::core>(io->get_executor(), config);
        arena = client->arena;
        config.transport.reset();
    }

    /// Lets happen what would happen next: a stream becomes ready, or time goes on. False: nothing can.
    bool let_go_on()
    {
        faults::allocation::pause const ours;
        return server.waits->release_next() || time->advance_to_next();
    }

    void settle()
    {
        io->restart();
        io->poll();
    }

    template <class Done>
    bool run_until(Done done)
    {
        for (int steps = 0; steps < 10'000; ++steps) {
            settle();
            if (done())
                return true;
            if (!let_go_on())
                return false;
        }
        return false;
    }
};

/// What is done with a client.
using workload = net::task<result<int>> (*)(net::operation&, std::shared_ptr<call::core>, net::origin, std::size_t);

inline error read_refusal(http_response const& response, wall_time now)
{
#ifndef NDEBUG // simdjson 3.0 does not look at what its own checks of a debug build allocate
    faults::allocation::pause const ours;
#endif
    return sagemaker::wire::parse_error(response, now);
}

inline net::task<result<int>> call_of(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                      std::size_t payload, std::string target)
{
    http_request request{request_head::make("POST", target, "service.test").value(), body(std::string(payload, 'x'))};
    call::plan what(std::move(to), std::move(request), &read_refusal);
    call_options const options;
    call::answer answer;
    auto answered = co_await call::perform(op, *client, what, options, answer);
    if (!answered)
        co_return answered.error();
    co_return answer.response.status;
}

/// The call under test.
inline net::task<result<int>> one_call(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                       std::size_t payload)
{
    return call_of(op, std::move(client), std::move(to), payload, "/ours");
}

/// Another one, before, beside or after it.
inline net::task<result<int>> other_call(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                         std::size_t payload)
{
    return call_of(op, std::move(client), std::move(to), payload, "/other");
}

inline net::task<result<int>> one_stream(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                         std::size_t payload)
{
    auto const head = request_head::make("POST", "/ours", "service.test").value();
    body const content(std::string(payload, 'x'));
    net::exchange x(to, head, content, phase_limits());
    auto opened = co_await client->transport->open(op, x);
    if (!opened)
        co_return opened.error();
    for (;;) {
        auto piece = co_await opened->content->read(op, 30s);
        if (!piece)
            co_return piece.error();
        if (piece->empty())
            co_return opened->status;
    }
}

/// The same through the loop of calls.
inline net::task<result<int>> one_open(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                       std::size_t payload)
{
    http_request request{request_head::make("POST", "/ours", "service.test").value(), body(std::string(payload, 'x'))};
    call::plan what(std::move(to), std::move(request), &read_refusal);
    auto opened = co_await call::open(op, std::move(client), std::move(what), call_options());
    if (!opened)
        co_return opened.error();
    for (;;) {
        auto const until = op.until(30s);
        auto piece = co_await opened->read(op, until);
        if (!piece)
            co_return opened->fail(piece.error());
        if (piece->empty())
            break;
    }
    opened->let_go();
    opened->end(nullptr);
    co_return opened->status();
}

inline constexpr auto call_limit = 10min;

inline void start(world& w, workload work, std::size_t payload, asio::cancellation_slot slot,
                  std::shared_ptr<inbox<int>> to)
{
    auto body = [client = w.client, origin = w.to, work, payload](net::operation& op) {
        return work(op, client, origin, payload);
    };
    net::start<int>(w.client->arena, w.time, w.io->get_executor(), call_limit, std::move(body),
                    asio::bind_cancellation_slot(slot, [to](result<int> r) { to->put(std::move(r)); }));
}

inline void warm_up(world& w)
{
    auto const to = std::make_shared<inbox<int>>();
    start(w, other_call, 5, {}, to);
    REQUIRE(w.run_until([&] { return to->completions > 0; }));
    REQUIRE(to->value->value() == 200);
}

struct scenario
{
    char const* name;
    void (*prepare)(world&);  ///< before the client is made
    void (*before)(world&);   ///< when it is there, and nothing waits by hand yet
    workload work = one_call;
    std::size_t payload = 5;
    int status = 200;
    std::size_t minimum = 1; ///< of suspension points, so that an instrument that went deaf shows
};

inline void nothing(world&) {}

inline server_answer closing(std::string text)
{
    auto out = answers(std::move(text));
    out.closes = true;
    return out;
}

inline void over_tls(world& w)
{
    w.to.port = 443;
    w.to.is_https = true;
    w.server.tls = memory_tls_context();
    w.https.tls.ca_pem = memory_tls_authority();
}

inline scenario const scenarios[]{
    {"cold", nothing, nothing, one_call, 5, 200, 4},
    {"cold, through a proxy, over TLS",
     [](world& w) {
         over_tls(w);
         w.https.proxy.url = "http://proxy.test:3128";
         w.server.is_proxy = true;
     },
     nothing, one_call, 5, 200, 25},
    {"TLS in small records",
     [](world& w) {
         over_tls(w);
         w.server.read_slice = 300;
         w.server.write_slice = 150;
     },
     nothing, one_call, 5, 200, 10},
    {"warm", nothing, warm_up, one_call, 5, 200, 2},
    {"warm, over TLS", over_tls, warm_up, one_call, 5, 200, 2},
    {"warm, but the server hangs up", [](world& w) { w.server.script = {ok_answer(), closing("")}; }, warm_up, one_call,
     5, 200, 5},
    {"waiting for another call's connection", [](world& w) { w.https.pool.max_connections = 1; },
     [](world& w) {
         w.server.waits->by_hand = true;
         start(w, other_call, 5, {}, w.others);
         w.settle();
     },
     one_call, 5, 200, 6},
    {"backing off",
     [](world& w) {
         w.server.script = {answers("HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n")};
     },
     nothing, one_call, 5, 200, 7},
    {"a chain of refusals, each on its own connection",
     [](world& w) {
         w.server.script = {
             closing("HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
             closing("HTTP/1.1 429 Slow\r\nConnection: close\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nslow")};
     },
     nothing, one_call, 5, 200, 14},
    {"fetching credentials, then refused, then fetching again",
     [](world& w) {
         auto const auth = std::make_shared<fetching_auth>();
         auth->fetch_takes = 4s;
         auth->invalidated.reserve(8); // `invalidate` cannot fail
         w.config.auth = auth;
         w.server.script = {answers("HTTP/1.1 403 Forbidden\r\nx-amzn-ErrorType: ExpiredTokenException\r\n"
                                    "Content-Length: 2\r\n\r\n{}")};
     },
     nothing, one_call, 5, 200, 8},
    {"a body in slices",
     [](world& w) {
         w.server.read_slice = 20;
         w.server.script = {
             answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2;x=\"y\"\r\nld\r\n"
                     "0\r\nTrailer: v\r\n\r\n")};
     },
     nothing, one_call, 5, 200, 8},
    {"a body that ends with the connection",
     [](world& w) {
         w.server.read_slice = 20;
         w.server.script = {closing("HTTP/1.0 200 OK\r\n\r\nworld, in some pieces of it")};
     },
     nothing, one_call, 5, 200, 7},
    {"interim responses",
     [](world& w) {
         w.server.read_slice = 25;
         w.server.script = {
             answers("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + ok_answer().text)};
     },
     nothing, one_call, 5, 200, 6},
    {"a large upload", [](world& w) { w.server.write_slice = 20'000; }, nothing, one_call, 200'000, 200, 12},
    {"a large upload over TLS",
     [](world& w) {
         over_tls(w);
         w.server.write_slice = 20'000;
     },
     nothing, one_call, 100'000, 200, 12},
    {"a large upload, refused before its end",
     [](world& w) {
         w.server.write_slice = 20'000;
         auto refusal = answers("HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig");
         refusal.after = 60'000;
         refusal.reads = 80'000;
         w.server.script = {refusal};
     },
     nothing, one_call, 200'000, 413, 6},
    {"reading a stream",
     [](world& w) {
         w.server.read_slice = 20;
         w.server.script = {answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2\r\nld\r\n"
                                    "7\r\nthe end\r\n0\r\n\r\n")};
     },
     nothing, one_stream, 5, 200, 6},
    {"reading a stream over TLS",
     [](world& w) {
         over_tls(w);
         w.server.read_slice = 30;
         w.server.script = {answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2\r\nld\r\n"
                                    "7\r\nthe end\r\n0\r\n\r\n")};
     },
     nothing, one_stream, 5, 200, 8},
    {"a stream that is refused, and then opened and read",
     [](world& w) {
         w.server.read_slice = 20;
         w.server.script = {answers("HTTP/1.1 429 Slow Down\r\nRetry-After: 3\r\nContent-Length: 4\r\n\r\nslow"),
                            answers("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwor\r\n2\r\nld\r\n"
                                    "7\r\nthe end\r\n0\r\n\r\n")};
     },
     nothing, one_open, 5, 200, 12},
};

/// What a shortage of memory did.
struct shortage
{
    bool was_refused = false; ///< something was
    int exceptions = 0; ///< that came out of the context
};

/// Runs what `begin` starts, until `is_over`, while the n-th allocation is refused, and those after it if that is
/// `lasting`.
template <class Begin, class Over>
shortage run_short_of_memory(world& w, bool lasting, std::size_t n, Begin begin, Over is_over)
{
    shortage out;
    auto const step = [&] {
        try {
            w.settle();
        }
        catch (std::bad_alloc const&) {
            ++out.exceptions;
        }
    };
    bool begun = false;
    asio::post(*w.io, [&begun, lasting, n, begin = std::move(begin)]() mutable {
        lasting ? faults::allocation::fail_from(n) : faults::allocation::fail_at(n);
        begun = true;
        begin();
    });
    for (int steps = 0; steps < 2000 && !(begun && is_over()); ++steps) {
        step();
        if ((begun && is_over()) || w.let_go_on())
            continue;
        faults::allocation::fail_at(0); // whoever could not be woken is woken by time alone
        if (!w.let_go_on())
            break;
    }
    out.was_refused = faults::allocation::has_failed();
    faults::allocation::fail_at(0);
    step();
    return out;
}

/// Nobody waits, and nothing is kept.
inline void check_nothing_left(world& w)
{
    CHECK(w.time->armed() == 0);
    CHECK(w.server.waits->held.empty());
    CHECK(w.arena->live_blocks() == 0);
    if (!w.transport)
        return;
    auto const pool = w.transport->statistics();
    CHECK(pool.busy == 0);
    CHECK(pool.waiting == 0);
    CHECK(w.server.open_connections() == pool.idle);
}

/// The client is as good as before.
inline void check_goes_on(world& w)
{
    w.server.waits->by_hand = false;
    w.server.script.clear();
    warm_up(w);
    check_nothing_left(w);
}

} // namespace test

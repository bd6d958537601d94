// Every place where a call rests is visited, and there everything that can end it happens: each type of
// cancellation, the deadline, the end of its client and of its context, before, after and together with
// what the call waits for. One completion, an honest one, and nothing left behind.

#include "support/doubles.hpp"
#include "support/memory_server.hpp"
#include "support/memory_tls.hpp"

#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

#include <array>

using namespace test;

namespace {

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
    bool let_go_on() { return server.waits->release_next() || time->advance_to_next(); }

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

net::task<result<int>> call_of(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                               std::size_t payload, std::string target)
{
    http_request request{request_head::make("POST", target, "service.test").value(), body(std::string(payload, 'x'))};
    call::plan what(std::move(to), std::move(request), &sagemaker::wire::parse_error);
    auto answered = co_await call::perform(op, *client, std::move(what), call_options());
    if (!answered)
        co_return answered.error();
    co_return answered->response.status;
}

/// The call under test.
net::task<result<int>> one_call(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                std::size_t payload)
{
    return call_of(op, std::move(client), std::move(to), payload, "/ours");
}

/// Another one, before, beside or after it.
net::task<result<int>> other_call(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                  std::size_t payload)
{
    return call_of(op, std::move(client), std::move(to), payload, "/other");
}

net::task<result<int>> one_stream(net::operation& op, std::shared_ptr<call::core> client, net::origin to,
                                  std::size_t payload)
{
    auto const head = request_head::make("POST", "/ours", "service.test").value();
    body const content(std::string(payload, 'x'));
    net::exchange x(std::move(to), head, content, phase_limits());
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

constexpr auto call_limit = 10min;

void start(world& w, workload work, std::size_t payload, asio::cancellation_slot slot, std::shared_ptr<inbox<int>> to)
{
    auto body = [client = w.client, origin = w.to, work, payload](net::operation& op) {
        return work(op, client, origin, payload);
    };
    net::start<int>(w.client->arena, w.time, w.io->get_executor(), call_limit, std::move(body),
                    asio::bind_cancellation_slot(slot, [to](result<int> r) { to->put(std::move(r)); }));
}

void warm_up(world& w)
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

void nothing(world&) {}

server_answer closing(std::string text)
{
    auto out = answers(std::move(text));
    out.closes = true;
    return out;
}

void over_tls(world& w)
{
    w.to.port = 443;
    w.to.is_https = true;
    w.server.tls = memory_tls_context();
    w.https.tls.ca_pem = memory_tls_authority();
}

scenario const scenarios[]{
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
};

enum class event
{
    cancellation,
    deadline,
    client_destroyed,
    context_destroyed,
};
/// When it happens, seen from what the call waits for.
enum class order
{
    alone,
    before_readiness,
    after_readiness,
};

struct ending
{
    event what;
    order when;
    asio::cancellation_type type = asio::cancellation_type::none;
    bool from_inside = true; ///< the call was started on its executor
};

std::vector<ending> endings()
{
    std::vector<ending> out;
    for (auto const when : {order::alone, order::before_readiness, order::after_readiness}) {
        for (auto const type :
             {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total})
            for (bool const inside : {true, false})
                out.push_back({event::cancellation, when, type, inside});
        for (auto const what : {event::deadline, event::client_destroyed, event::context_destroyed})
            out.push_back({what, when});
    }
    return out;
}

/// Runs one scenario to its `stop`-th place of rest and lets `end` happen there.
class run_of
{
public:
    explicit run_of(scenario const& s, bool inside) : scenario_(&s)
    {
        s.prepare(w);
        w.make_client();
        s.before(w);
        w.server.waits->by_hand = true;
        auto begin = [this] { start(w, scenario_->work, scenario_->payload, signal.slot(), to); };
        if (inside)
            asio::post(*w.io, begin);
        else
            begin();
    }

    /// At rest for the n-th time. False: the call is over before that.
    bool reach(std::size_t n)
    {
        for (std::size_t at = 0;; ++at) {
            w.settle();
            if (to->completions > 0)
                return false;
            if (at == n)
                return true;
            REQUIRE(w.let_go_on());
        }
    }

    void happen(ending const& e)
    {
        if (e.when == order::after_readiness)
            w.let_go_on();
        switch (e.what) {
        case event::cancellation: signal.emit(e.type); break;
        case event::deadline:
            w.time->manual().advance(call_limit - w.time->elapsed());
            w.time->advance(0ns);
            break;
        case event::client_destroyed: w.client.reset(), w.transport.reset(); break;
        case event::context_destroyed: break; // after readiness
        }
        if (e.when == order::before_readiness)
            w.server.waits->release_next();
        if (e.what == event::context_destroyed)
            destroy_context();
    }

    void destroy_context()
    {
        w.client.reset();
        w.transport.reset();
        w.time->drop_all();
        w.server.waits->drop_all();
        w.io.reset();
    }

    bool was_sent() const
    {
        auto const& all = w.server.connections;
        return std::any_of(all.begin(), all.end(),
                           [](auto const& c) { return c->received.find("/ours") != c->received.npos; });
    }

    world w;
    asio::cancellation_signal signal;
    std::shared_ptr<inbox<int>> to = std::make_shared<inbox<int>>();

private:
    scenario const* scenario_;
};

void check_nothing_left(world& w)
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

/// False: the call was over before it came there.
bool check_one(scenario const& s, std::size_t point, ending const& e)
{
    CAPTURE(std::string(s.name));
    CAPTURE(point);
    CAPTURE(static_cast<int>(e.what));
    CAPTURE(static_cast<int>(e.when));
    CAPTURE(static_cast<unsigned>(e.type));
    CAPTURE(e.from_inside);
    run_of run(s, e.from_inside);
    auto& w = run.w;
    if (!run.reach(point)) {
        CHECK(w.server.tls != nullptr); // the length of an ECDSA signature varies, and with it the number of slices
        return false;
    }
    std::weak_ptr<call::core> const client = w.client;
    std::weak_ptr<net::https_transport> const transport = w.transport;
    run.happen(e);
    if (e.what == event::context_destroyed) {
        CHECK(run.to->completions == 0);
        CHECK(run.to.use_count() == 1); // the handler is gone
        CHECK(client.expired());
        CHECK(transport.expired());
        CHECK(w.server.open_connections() == 0);
        check_nothing_left(w);
        return true;
    }
    if (e.what == event::cancellation) {
        w.settle(); // nobody moves the clock or a byte: it ends by itself
        REQUIRE(run.to->completions == 1);
        run.signal.emit(e.type); // nobody is there any more
    }
    auto const others_expected = s.before == nothing ? 0 : w.others->completions;
    CHECK(w.run_until([&] { return run.to->completions > 0 && w.time->armed() == 0; }));
    REQUIRE(run.to->completions == 1);
    CHECK(w.others->completions >= others_expected);
    auto const& end = *run.to->value;
    if (end.has_value()) {
        CHECK(*end == s.status);
        CHECK((e.what == event::client_destroyed || e.when == order::after_readiness));
    }
    else {
        auto const failure = end.error();
        CAPTURE(failure);
        if (e.what == event::cancellation)
            CHECK((failure == errc::cancelled || failure.http_status() == s.status));
        else if (e.what == event::deadline) // or the refusal that leaves no time for another attempt
            CHECK((failure == errc::deadline_exceeded || failure.http_status() >= 400));
        else
            CHECK(failure.http_status() == s.status);
        if (failure.outcome() == outcome::not_sent)
            CHECK_FALSE(run.was_sent());
    }
    if (e.what == event::client_destroyed) {
        CHECK(client.expired());
        CHECK(transport.expired());
        CHECK(w.server.open_connections() == 0);
        check_nothing_left(w);
        return true;
    }
    check_nothing_left(w);
    w.server.waits->by_hand = false;
    w.server.script.clear();
    warm_up(w); // the client is as good as before
    check_nothing_left(w);
    return true;
}

} // namespace

TEST_CASE("cancel: at every place of rest, by everything that ends a call, before, with and after readiness")
{
    std::size_t points = 0;
    std::size_t cases = 0;
    auto const all = endings();
    for (auto const& s : scenarios) {
        CAPTURE(std::string(s.name));
        std::size_t own = 0;
        {
            run_of counting(s, true);
            while (counting.reach(0)) {
                ++own;
                REQUIRE(counting.w.let_go_on());
                REQUIRE(own < 1000);
            }
            auto const& end = *counting.to->value;
            if (end.has_value())
                CHECK(*end == s.status);
            else
                CHECK(end.error().http_status() == s.status);
        }
        CHECK(own >= s.minimum);
        for (std::size_t point = 0; point < own; ++point)
            for (auto const& e : all)
                cases += check_one(s, point, e) ? 1 : 0;
        points += own;
    }
    MESSAGE(points << " places of rest in " << std::size(scenarios) << " scenarios, " << cases << " cases");
    CHECK(points >= 100);
    CHECK(cases >= points * all.size() * 99 / 100);
}

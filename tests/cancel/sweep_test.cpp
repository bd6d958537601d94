// Every place where a call rests is visited, and there everything that can end it happens: each type of
// cancellation, the deadline, the end of its client and of its context, before, after and together with
// what the call waits for. One completion, an honest one, and nothing left behind.

#include "cancel/world.hpp"

#include <boost/asio/post.hpp>

#include <doctest/doctest.h>

using namespace test;

namespace {

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
            out.push_back({event::cancellation, when, type, true});
        out.push_back({event::cancellation, when, asio::cancellation_type::terminal, false});
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
    check_goes_on(w);
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

// Rows C: names that do not resolve, addresses that refuse or swallow, pools that are full.
#include "faults/matrix.hpp"

#include <algorithm>

using namespace faults;

namespace {

constexpr auto nobody = "127.0.0.2"; ///< the server's port is closed there
constexpr auto nobody_either = "127.0.0.3";
constexpr auto here = "127.0.0.1";

error lookup_failure(errc code)
{
    return make_error(code, phase::resolve, outcome::not_sent, "by the script");
}

ending not_sent(errc code, phase where)
{
    return ending::failed(code, where, outcome::not_sent);
}

/// An attempt that reaches no server is counted by the lookup it begins with.
void count_lookups(bench& b)
{
    b.count([&b] { return b.lookups(); });
}

/// A second server of the same name, on the same port of another address; as good as the first.
std::shared_ptr<testing::fault_server> server_at(bench& b, char const* address)
{
    std::optional<testing::fault_tls> identity;
    if (b.over() == wire::tls)
        identity = bench::good_tls();
    auto out = std::make_shared<testing::fault_server>(address, b.server().port(), std::move(identity));
    out->always(connection_script().serve(b.ok()));
    b.keep(out);
    return out;
}

void add_refusals(matrix& m)
{
    m.add("C01", "connection refused by the one address")
        .driven_by("FS, RES")
        .ends(not_sent(errc::connect_failed, phase::connect).attempts(3))
        .run([](bench& b) {
            b.names().answer({nobody}).answer({nobody}).answer({nobody}).answer({here});
            count_lookups(b);
            auto const& end = b.call();
            b.check(end.message().find("tried 127.0.0.2)") != std::string_view::npos,
                    "the message names the address that was tried");
        });
    m.add("C01", "connection refused by all addresses")
        .driven_by("FS, RES")
        .ends(not_sent(errc::connect_failed, phase::connect).attempts(3))
        .run([](bench& b) {
            for (int i = 0; i < 3; ++i)
                b.names().answer({nobody, nobody_either});
            b.names().answer({here});
            count_lookups(b);
            auto const& end = b.call();
            b.check(end.message().find(nobody) != std::string_view::npos &&
                        end.message().find(nobody_either) != std::string_view::npos,
                    "the message names every address that was tried");
        });
    m.add("C01", "connection refused by the first of two addresses").driven_by("FS, RES").run([](bench& b) {
        b.names().answer({nobody, here});
        b.call();
    });
    m.add("C01", "connection refused at first, accepted by the next attempt")
        .driven_by("FS, RES")
        .ends(ending::answered().attempts(2))
        .run([](bench& b) {
            b.names().answer({nobody}).answer({here});
            count_lookups(b);
            b.call();
        });
}

void add_lookups(matrix& m)
{
    m.add("C02", "the name does not exist")
        .driven_by("RES")
        .ends(not_sent(errc::resolve_failed, phase::resolve))
        .run([](bench& b) {
            b.names().fail(lookup_failure(errc::resolve_failed)).answer({here});
            count_lookups(b);
            b.call();
        });
    m.add("C03", "name servers fail for a while")
        .driven_by("RES")
        .ends(ending::answered().attempts(3))
        .run([](bench& b) {
            auto const failure = lookup_failure(errc::resolve_unavailable);
            b.names().fail(failure).fail(failure).answer({here});
            count_lookups(b);
            b.call();
        });
    m.add("C03", "name servers go on failing")
        .driven_by("RES")
        .ends(not_sent(errc::resolve_unavailable, phase::resolve).attempts(3))
        .run([](bench& b) {
            auto const failure = lookup_failure(errc::resolve_unavailable);
            b.names().fail(failure).fail(failure).fail(failure).answer({here});
            count_lookups(b);
            b.call();
        });
    m.add("C04", "a lookup hangs until its limit")
        .to_all()
        .driven_by("RES, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::resolve_timeout, phase::resolve))
        .run([](bench& b) {
            b.names().never().answer({here});
            count_lookups(b);
            b.options().max_attempts(1);
            b.start();
            b.passes(5s);
        });
    m.add("C04", "a lookup hangs until the deadline")
        .driven_by("RES, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::deadline_exceeded, phase::resolve))
        .run([](bench& b) {
            b.names().never().answer({here});
            count_lookups(b);
            b.options().deadline(1500ms);
            b.start();
            b.passes(1500ms);
        });
}

void add_silence(matrix& m)
{
    m.add("C05", "the first of two addresses is silent").driven_by("RES, BH, CLK").on_manual_clock().run([](bench& b) {
        testing::black_hole const silent(nobody, b.server().port());
        b.names().answer({nobody, here});
        b.server().script(connection_script().read_request().send(b.answer(200, "connection: close\r\n", "[1]")));
        b.start();
        b.settle();
        b.time().advance(250ms - 1ns);
        b.settle();
        b.check(b.server().connections() == 0, "the second address waits for a quarter of a second");
        b.time().advance(1ns);
        b.check(b.finish().took == 250ms, "the second address is tried after a quarter of a second");
        b.check(b.call().took == 0ns, "the address that was silent is tried last from then on");
    });
    m.add("C05", "the IPv6 address is of no use").driven_by("RES").run([](bench& b) {
        b.names().answer({"::1", here});
        b.call();
    });
    m.add("C06", "nothing answers a connection attempt")
        .to_all()
        .driven_by("BH, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::connect_timeout, phase::connect))
        .run([](bench& b) {
            testing::black_hole const silent(nobody, b.server().port());
            b.names().answer({nobody}).answer({here});
            count_lookups(b);
            b.options().max_attempts(1);
            b.start();
            b.passes(3100ms);
        });
    m.add("C06", "nothing answers at either of two addresses: they share the limit")
        .driven_by("BH, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::connect_timeout, phase::connect))
        .run([](bench& b) {
            testing::black_hole const silent(nobody, b.server().port());
            testing::black_hole const other(nobody_either, b.server().port());
            b.names().answer({nobody, nobody_either}).answer({here});
            count_lookups(b);
            b.options().max_attempts(1);
            b.start();
            b.passes(3100ms);
        });
    m.add("C06", "nothing answers, and the deadline comes first")
        .to_all()
        .driven_by("BH, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::deadline_exceeded, phase::connect))
        .run([](bench& b) {
            testing::black_hole const silent(nobody, b.server().port());
            b.names().answer({nobody}).answer({here});
            count_lookups(b);
            b.options().deadline(2s);
            b.start();
            b.passes(2s);
        });
}

void add_moves(matrix& m)
{
    m.add("C08", "the address changes while connections are kept: looked up anew at their greatest age")
        .driven_by("RES, CLK")
        .on_manual_clock()
        .run([](bench& b) {
            b.settings().pool.idle_timeout = 2h;
            b.names().answer({here});
            b.warm_up();
            b.time().advance(30min - 1ns);
            b.call();
            b.check(b.server().connections() == 1, "a connection is kept until its greatest age");
            b.time().advance(1ns);
            b.call();
            b.check(b.server().connections() == 2 && b.lookups() == 2, "an old connection is not used again");
        });
    m.add("C08", "the address changes after it stopped accepting: the next attempt looks it up anew")
        .driven_by("RES")
        .ends(ending::answered().attempts(2))
        .run([](bench& b) {
            b.names().answer({nobody}).answer({here});
            count_lookups(b);
            b.call();
        });
    m.add("C08", "503 from a server that its name has left: the repeat goes where the name leads now")
        .driven_by("FS, RES")
        .ends(ending::answered().attempts(2))
        .run([](bench& b) {
            b.names().answer({here}).answer({nobody});
            auto const next = server_at(b, nobody);
            b.server().script(
                connection_script().read_request().send(b.ok()).read_request().send(b.answer(503, "", "{}")).drain());
            b.warm_up();
            b.count([&b, next] { return b.server().requests() + next->requests(); });
            b.call();
            b.check(b.server().requests() == 2 && next->requests() == 1, "each server gets one of the two");
            b.check(b.server().wait_for_open_connections(0), "the connection to the old one is closed");
        });
    m.add("C08", "a server dies and its name leads elsewhere: the repeat goes there")
        .driven_by("FS, RES")
        .ends(ending::answered().attempts(2).replayed())
        .run([](bench& b) {
            b.names().answer({here}).answer({nobody});
            auto const next = server_at(b, nobody);
            b.server().script(connection_script().read_request().send(b.ok()).read_request().rst());
            b.warm_up();
            b.count([&b, next] { return b.server().requests() + next->requests(); });
            b.call();
            b.check(b.server().requests() == 2 && next->requests() == 1, "each server gets one of the two");
        });
    m.add("C08", "the name leads elsewhere while both servers live: a kept connection's greatest age ends its use")
        .driven_by("FS, RES, CLK")
        .on_manual_clock()
        .run([](bench& b) {
            b.settings().pool.idle_timeout = 2h;
            b.names().answer({here}).answer({nobody});
            auto const next = server_at(b, nobody);
            b.warm_up();
            b.count([&b, next] { return b.server().requests() + next->requests(); });
            b.time().advance(30min - 1ns);
            b.call();
            b.check(b.server().requests() == 2 && next->requests() == 0, "until then it is used");
            b.time().advance(1ns);
            b.call();
            b.check(b.server().requests() == 2 && next->requests() == 1, "then the new server is");
        });
}

void add_full_pools(matrix& m)
{
    m.add("C09", "the pool is full for longer than the limit")
        .to_all()
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(not_sent(errc::pool_timeout, phase::pool_wait))
        .not_counted("it never left the queue")
        .run([](bench& b) {
            b.settings().pool.max_connections = 1;
            b.limits().first_byte = 1h;
            b.server().script(connection_script().read_request().wait_for_step().fin());
            b.start_other();
            b.run_until_other([&b] { return b.server().requests() == 1; });
            b.start();
            b.passes(10s);
            b.check(b.server().requests() == 1, "nothing is sent");
            b.server().step();
            b.run_until_other([&b] { return b.pool().busy == 0; });
        });
    m.add("C09", "1,000 calls wait for one connection, every tenth is cancelled").run([](bench& b) {
        constexpr int calls = 1000;
        constexpr int cancellations = calls / 10;
        b.settings().pool.max_connections = 1;
        b.limits().pool_wait = 1h;
        b.server().script(connection_script().read_request().wait_for_step().send(b.ok()).serve(b.ok()));
        std::vector<int> order;
        std::vector<boost::asio::cancellation_signal> signals(calls);
        int cancelled = 0;
        for (int i = 0; i < calls; ++i)
            b.start_other(
                [&, i](ended const& e) {
                    cancelled += e.failure && *e.failure == errc::cancelled ? 1 : 0;
                    if (!e.failure)
                        order.push_back(i);
                },
                signals[static_cast<std::size_t>(i)].slot());
        b.run_until_other([&b] { return b.server().requests() == 1; });
        b.settle();
        for (std::size_t i = 9; i < calls; i += 10)
            signals[i].emit(boost::asio::cancellation_type::terminal);
        b.settle();
        b.check(b.pool().waiting == calls - 1 - cancellations, "the others go on waiting");
        b.count([&b] { // beside those of the others
            return b.server().requests() - std::min<std::size_t>(b.server().requests(), calls - cancellations);
        });
        b.start(); // the last in the queue
        b.server().step();
        b.finish();
        b.check(cancelled == cancellations && order.size() == calls - cancellations,
                "each call ends once, as it should");
        b.check(std::is_sorted(order.begin(), order.end()), "the queue is served in order of arrival");
        b.check(b.server().connections() == 1, "there is one connection, and no cancelled call got it");
    });
}

registrar const rows([](matrix& m) {
    add_refusals(m);
    add_lookups(m);
    add_silence(m);
    add_moves(m);
    add_full_pools(m);
});

} // namespace

// Rows C07 and X06: descriptors, ports and memory run out.
#include "faults/matrix.hpp"
#include "faults/ports.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

using namespace faults;

namespace {

ending exhausted()
{
    return ending::failed(errc::resource_exhausted, phase::connect, outcome::not_sent);
}

/// Another server of the same host, to whose port the client keeps a connection.
struct elsewhere
{
    explicit elsewhere(bench& b)
        : server("127.0.0.1", 0,
                 b.over() == wire::tls ? std::optional<testing::fault_tls>(bench::good_tls()) : std::nullopt)
    {
        server.always(connection_script().serve(b.ok()));
        b.warm_up_at(server.port());
        b.check(b.pool().idle == 1, "a connection is kept");
    }
    testing::fault_server server;
};

void add_descriptors(matrix& m)
{
    m.add("C07", "no descriptor is left").driven_by("RLIM").ends(exhausted().attempts(2)).run([](bench& b) {
        b.count([&b] { return b.lookups(); });
        b.server().script(connection_script().read_request().send(b.answer(200, "connection: close\r\n", "[1]")));
        b.warm_up(); // the event loop has what it needs
        testing::descriptor_limit const none;
        b.call();
    });
    m.add("C07", "no descriptor is left but that of an idle connection, which gives it up")
        .driven_by("RLIM")
        .run([](bench& b) {
            elsewhere const other(b);
            testing::descriptor_limit const none;
            b.call();
            b.check(b.pool().opened == 2, "one connection was opened, and one before it");
            b.check(other.server.wait_for_open_connections(0), "the idle connection is closed");
        });
    m.add("C07", "no port is left").driven_by("connect").ends(exhausted().attempts(2)).run([](bench& b) {
        b.count([&b] { return b.lookups(); });
        port_shortage const lasting(1000);
        b.call();
        b.check(lasting.tries() == 2, "each attempt tries it once");
    });
    m.add("C07", "no port is left until an idle connection gives up its own").driven_by("connect").run([](bench& b) {
        elsewhere const other(b);
        port_shortage const once(1);
        b.call();
        b.check(once.tries() == 2, "it is tried twice");
        b.check(other.server.wait_for_open_connections(0), "the idle connection is closed");
    });
    m.add("C07", "no port is left, whatever is given up")
        .driven_by("connect")
        .ends(exhausted().attempts(2))
        .run([](bench& b) {
            elsewhere const other(b);
            auto const before = b.lookups();
            b.count([&b] { return b.lookups() - (b.pool().idle == 0 ? 1 : 0); }); // one attempt looks twice
            port_shortage const lasting(1000);
            b.call();
            b.check(lasting.tries() == 3 && b.lookups() == before + 3, "idle connections are given up once");
        });
}

/// A call makes two connections at most, and a listener accepts in order: when two more were accepted, those were.
void wait_for_late_ones(bench& b)
{
    auto const before = b.server().connections();
    boost::asio::io_context io;
    boost::asio::ip::tcp::endpoint const at(boost::asio::ip::address_v4::loopback(), b.server().port());
    for (int i = 0; i < 2; ++i)
        boost::asio::ip::tcp::socket(io).connect(at);
    b.check(b.server().wait_for_connections(before + 2), "every connection is accepted");
}

void starve(bench& b, bool is_warm, bool lasting)
{
    std::size_t n = 1;
    for (;; ++n) {
        if (is_warm)
            b.warm_up();
        auto const before = b.server().requests();
        if (!b.call_short_of_memory(n, lasting))
            break;
        bool const is_sent = !b.last().failure || b.last().failure->outcome() != outcome::not_sent;
        b.drop_client();
        wait_for_late_ones(b);
        b.check(b.server().wait_for_open_connections(0), "its connection is closed");
        auto const arrived = b.server().requests() - before;
        b.check(arrived <= (is_sent ? 1 : 0), "what was not sent did not arrive, and nothing arrives twice");
        b.check(b.last().is_unheard || b.last().failure || arrived == 1, "an answer is the service's");
        b.check(b.last().attempts <= 2, "a connection is tried once more, and nothing else");
    }
    b.check(n > (is_warm ? 5U : 50U), "there was something to refuse");
}

void add_memory(matrix& m)
{
    services const unary{service::sagemaker, service::azure_ml, service::openai_chat, service::openai_embeddings,
                         service::sagemaker_openai};
    std::string const uncounted = "compared for each place, in the cell";
    for (bool const lasting : {false, true}) {
        std::string const fault = lasting ? "no memory from the n-th allocation on"
                                          : "no memory at the n-th allocation";
        m.add("X06", fault + ", for each of a first call")
            .driven_by("operator new")
            .only_to(unary)
            .ends(ending::starved())
            .not_counted(uncounted)
            .run([lasting](bench& b) { starve(b, false, lasting); });
        m.add("X06", fault + ", for each of a call on a kept connection")
            .driven_by("operator new")
            .only_to(unary)
            .ends(ending::starved())
            .not_counted(uncounted)
            .run([lasting](bench& b) { starve(b, true, lasting); });
    }
}

registrar const rows([](matrix& m) {
    add_descriptors(m);
    add_memory(m);
});

} // namespace

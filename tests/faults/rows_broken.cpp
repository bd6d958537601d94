// Rows H01 to H08: connections that break, at every moment of an exchange.
#include "faults/matrix.hpp"
#include "faults/streams.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <filesystem>

using namespace faults;

namespace {

constexpr std::size_t large = 8 * 1024 * 1024; ///< more than the kernel takes while nobody reads

ending lost()
{
    return ending::failed(errc::connection_lost, phase::first_byte, outcome::unknown);
}

ending cut()
{
    return ending::failed(errc::truncated, phase::body, outcome::partial).status(200);
}

/// Our descriptors of connections to this port.
std::vector<int> connections_to(std::uint16_t port)
{
    std::vector<int> out;
    for (auto const& one : std::filesystem::directory_iterator("/proc/self/fd")) {
        int const descriptor = std::stoi(one.path().filename());
        sockaddr_in peer{};
        socklen_t size = sizeof peer;
        if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.sin_family == AF_INET &&
            ntohs(peer.sin_port) == port)
            out.push_back(descriptor);
    }
    return out;
}

using breaker = connection_script& (connection_script::*)();

/// One call for each offset at which the answer can break.
void break_everywhere(bench& b, std::string const& text, std::size_t from, std::size_t to, breaker how)
{
    for (auto at = from; at < to; ++at) {
        connection_script script;
        script.read_request().send(text.substr(0, at));
        (script.*how)();
        b.server().script(std::move(script));
        b.call();
    }
}

/// The same for a stream; it keeps the text so far.
void break_stream(bench& b, bool in_chunks, breaker how)
{
    auto const answer = dialect(b.to()).short_stages(in_chunks);
    for (auto at = answer.body; at < answer.terminal; ++at) {
        connection_script script;
        script.read_request().send(answer.bytes.substr(0, at));
        (script.*how)();
        b.server().script(std::move(script));
        if (b.call().content != answer.text_at(at))
            b.check(false,
                    "cut at " + std::to_string(at) + " the text is not \"" + std::string(answer.text_at(at)) + "\"");
    }
}

void add_breaks_of_requests(matrix& m)
{
    auto const broken_off = [](connection_script const& script) {
        return [script](bench& b) {
            b.memory_cap(2 * large);
            b.request_size(large);
            b.server().small_buffers().script(script);
            b.call();
        };
    };
    m.add("H01", "RST while the request is being sent")
        .ends(ending::failed(errc::write_failed, phase::write, outcome::unknown))
        .run(broken_off(connection_script().read_head().rst()));
    m.add("H01", "FIN while the request is being sent")
        .only_plain()
        .ends(lost())
        .run(broken_off(connection_script().read_head().fin()));
    m.add("H01", "FIN without TLS's own end while the request is being sent")
        .only_tls()
        .ends(ending::failed(errc::write_failed, phase::write, outcome::unknown))
        // Who went on reading might take all of it before the client has to wait, and looks.
        .run(broken_off(connection_script().read_head().fin_and_hold()));
    m.add("H01", "RST when the request is there").ends(lost()).run([](bench& b) {
        b.server().script(connection_script().read_request().rst());
        b.call();
    });
    m.add("H01", "FIN when the request is there").ends(lost()).run([](bench& b) {
        b.server().script(connection_script().read_request().fin());
        b.call();
    });
    m.add("H02", "RST on a kept connection").ends(ending::answered().attempts(2).replayed()).run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok()).read_request().rst());
        b.warm_up();
        b.call();
    });
    m.add("H02", "FIN on a kept connection after the request")
        .ends(ending::answered().attempts(2).replayed())
        .run([](bench& b) {
            b.server().script(connection_script().read_request().send(b.ok()).read_request().fin());
            b.warm_up();
            b.call();
        });
    m.add("H02", "RST on a kept connection, under at_most_once").ends(lost()).run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok()).read_request().rst());
        b.warm_up();
        b.options().replay(replay::at_most_once);
        b.call();
    });
    m.add("H02", "RST on a kept connection and on the fresh one after it").ends(lost().attempts(2)).run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok()).read_request().rst());
        b.server().script(connection_script().read_request().rst());
        b.warm_up();
        b.call();
    });
    m.add("H02", "RST on one of two kept connections: the other is not trusted either")
        .ends(ending::answered().attempts(2).replayed())
        .run([](bench& b) {
            for (int i = 0; i < 2; ++i)
                b.server().script(connection_script().read_request().wait_for_step().send(b.ok()).read_request().rst());
            bool first = false;
            bool second = false;
            b.start_other([&first](ended const& e) { first = !e.failure; });
            b.start_other([&second](ended const& e) { second = !e.failure; });
            b.run_until_other([&b] { return b.server().requests() == 2; });
            b.server().step(2);
            b.run_until_other([&] { return first && second; });
            b.check(b.pool().idle == 2, "two connections are kept");
            b.call();
            b.check(b.server().connections() == 3, "the repeat has a connection of its own");
        });
}

void add_breaks_between(matrix& m)
{
    // A connection for each byte takes time.
    services const siblings{service::openai_create, service::sagemaker_messages, service::openai_response_chat};
    std::string const cut_elsewhere = "to HTTP it is what another client is, whose answer is cut at every byte";
    for (auto const& [word, how] : {std::pair<char const*, breaker>("FIN", &connection_script::fin),
                                    std::pair<char const*, breaker>("RST", &connection_script::rst)}) {
        auto const name = std::string(word);
        auto const breaks = how;
        m.add("H03", name + " while the connection is idle").run([breaks](bench& b) {
            connection_script script;
            script.read_request().send(b.ok()).wait_for_step();
            (script.*breaks)();
            b.server().script(std::move(script));
            b.warm_up();
            b.server().step();
            b.check(b.server().wait_for_breaks(1), "the connection is broken");
            b.call();
            b.check(b.server().connections() == 2, "the broken connection gets no request");
        });
        m.add("H06", name + " at every byte of the response head")
            .to_all()
            .not_for(siblings, cut_elsewhere)
            .ends(lost())
            .run([breaks](bench& b) {
                auto const end = b.ok().find("\r\n\r\n") + 4;
                break_everywhere(b, b.ok(), 1, end, breaks);
            });
        m.add("H07", name + " at every byte of a body with a length")
            .to_all()
            .not_for(siblings, cut_elsewhere)
            .ends(cut())
            .run([breaks](bench& b) {
                if (is_stream(b.to()))
                    return break_stream(b, false, breaks);
                auto const text = b.answer(200, "", "[[0.1, 0.2, 0.7]]");
                break_everywhere(b, text, text.find("\r\n\r\n") + 4, text.size(), breaks);
            });
        m.add("H08", name + " at every byte of a chunked body")
            .to_all()
            .not_for(siblings, cut_elsewhere)
            .ends(cut())
            .run([breaks](bench& b) {
                if (is_stream(b.to()))
                    return break_stream(b, true, breaks);
                std::string const text = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
                                         "4;x=\"y\"\r\n[0.1\r\n10\r\n, 0.2, 0.3, 0.4]\r\n0\r\nx-trailer: 1\r\n\r\n";
                break_everywhere(b, text, text.find("\r\n\r\n") + 4, text.size(), breaks);
            });
    }
    m.add("H03", "the server's Keep-Alive is shorter than its connection: one second before its end it is not used")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .run([](bench& b) {
            auto const keeps = b.answer(200, "keep-alive: timeout=5\r\n", "[1]");
            b.server().always(connection_script().serve(keeps));
            b.warm_up();
            b.time().advance(4s - 1ns);
            b.call();
            b.check(b.server().connections() == 1, "a nanosecond earlier it is used");
            b.time().advance(4s);
            b.call();
            b.check(b.server().connections() == 2, "then it is not");
        });
    m.add("H04", "a kept connection falls silent")
        .driven_by("FS, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown))
        .run([](bench& b) {
            b.server().script(connection_script().read_request().send(b.ok()).read_request().hold());
            b.warm_up();
            b.start();
            b.run_until([&b] { return b.server().requests() == 2; });
            b.passes(75s);
        });
    m.add("H04", "a router forgets a kept connection: nothing that is sent is acknowledged")
        .driven_by("FS, socket filter, CLK")
        .on_manual_clock()
        .ends(ending::failed(errc::response_timeout, phase::first_byte, outcome::unknown))
        .not_counted("the server never sees it")
        .run([](bench& b) {
            b.server().script(connection_script().read_request().send(b.ok()).deafen().wait_for_step());
            b.warm_up();
            b.check(b.server().wait_for_breaks(1), "nothing is heard any more");
            b.start();
            b.settle();
            b.passes(75s);
            b.check(b.server().requests() == 1, "the request does not arrive");
            b.server().step();
        });
    m.add("H04", "a router forgets a kept connection, and the kernel gives it up (half a minute, here half a second)")
        .driven_by("FS, socket filter")
        .ends(ending::answered().attempts(2).replayed())
        .not_counted("the server sees the second only")
        .run([](bench& b) {
            b.server().script(connection_script().read_request().send(b.ok()).deafen().wait_for_step());
            b.warm_up();
            b.check(b.server().wait_for_breaks(1), "nothing is heard any more");
            auto const kept = connections_to(b.server().port());
            b.check(kept.size() == 1, "a connection is kept");
            for (int const socket : kept) {
                int milliseconds = 0;
                socklen_t size = sizeof milliseconds;
                ::getsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, &size);
                b.check(milliseconds == 30'000, "TCP_USER_TIMEOUT is half a minute");
                milliseconds = 500;
                ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
            }
            auto const& end = b.call();
            b.check(end.took < 20s, "no limit of ours ends it");
            b.check(b.server().requests() == 2, "the repeat arrives");
            b.server().step();
        });
}

registrar const rows([](matrix& m) {
    add_breaks_of_requests(m);
    add_breaks_between(m);
});

} // namespace

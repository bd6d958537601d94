// Rows P: proxies that refuse, hang and talk nonsense; what they may see; when they are left aside.
#include "faults/matrix.hpp"

#include <algorithm>

using namespace faults;

namespace {

constexpr auto tunnel_made = "HTTP/1.1 200 Connection established\r\n\r\n";

/// A proxy that knows its user, and behind it the service: both are the bench's server, which does TLS
/// only where a script says so.
connection_script tunnel(testing::fault_tls const& identity = bench::good_tls())
{
    connection_script out;
    out.read_request().send(tunnel_made).start_tls(identity);
    return out;
}

std::string proxy_url(testing::fault_server const& proxy, std::string const& user = "user:canary-proxy-password@")
{
    return "http://" + user + "proxy.test:" + std::to_string(proxy.port());
}

/// A plain server in the proxy's place; by default it opens tunnels to a good service.
std::shared_ptr<testing::fault_server> use_proxy(bench& b)
{
    auto proxy = std::make_shared<testing::fault_server>();
    proxy->always(tunnel().serve(b.ok()));
    b.settings().proxy.url = proxy_url(*proxy);
    b.count([proxy] { return proxy->requests(); });
    return proxy;
}

ending not_sent(errc code, phase where = phase::proxy)
{
    return ending::failed(code, where, outcome::not_sent);
}

void add_refusals(matrix& m)
{
    m.add("P01", "the proxy refuses connections")
        .driven_by("FS, RES")
        .only_tls()
        .ends(not_sent(errc::connect_failed, phase::connect).attempts(3))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            b.names().answer({"127.0.0.2"}).answer({"127.0.0.2"}).answer({"127.0.0.2"}).answer({"127.0.0.1"});
            b.count([&b, proxy] { return b.lookups(); });
            b.check(b.call().message().starts_with("the proxy: "), "the message says whose fault it is");
        });
    m.add("P01", "the proxy's address is silent")
        .driven_by("BH, CLK")
        .only_tls()
        .on_manual_clock()
        .ends(not_sent(errc::connect_timeout, phase::connect))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            testing::black_hole const silent("127.0.0.2", proxy->port());
            b.names().answer({"127.0.0.2"}).answer({"127.0.0.1"});
            b.count([&b, proxy] { return b.lookups(); });
            b.options().max_attempts(1);
            b.start();
            b.passes(3100ms);
        });
    m.add("P01", "the proxy does not answer CONNECT")
        .to_all()
        .driven_by("FS, CLK")
        .only_tls()
        .on_manual_clock()
        .ends(not_sent(errc::proxy_timeout))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            proxy->script(connection_script().read_request().hold());
            b.options().max_attempts(1);
            b.start();
            b.run_until([&proxy] { return proxy->requests() == 1; });
            b.passes(5s);
        });
    m.add("P01", "the proxy answers CONNECT one byte a second")
        .driven_by("FS, CLK")
        .only_tls()
        .on_manual_clock()
        .ends(not_sent(errc::proxy_timeout))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            proxy->script(connection_script().read_request().drip(1).send(tunnel_made));
            b.options().max_attempts(1);
            b.start();
            b.run_until([&proxy] { return proxy->requests() == 1; });
            for (std::uint64_t i = 1; i < 5; ++i) {
                proxy->step();
                b.check(proxy->wait_for_sent_bytes(i), "a byte was sent");
                b.settle();
                b.time().advance(1s);
            }
            b.passes(1s);
        });
    struct answer
    {
        char const* fault;
        int status;
        std::string text;
    };
    for (auto const& a :
         {answer{"407: the proxy wants other words of its user", 407,
                 bench::answer(407, "proxy-authenticate: Basic realm=x\r\n", "who?")},
          answer{"403 to CONNECT", 403, bench::answer(403, "", "no")},
          answer{"502 to CONNECT", 502, bench::answer(502, "", "no")},
          answer{"a redirect to CONNECT", 302, bench::answer(302, "location: http://127.0.0.1/\r\n", "")},
          answer{"nonsense to CONNECT", 0, "what do you want?\r\n\r\n"},
          answer{"a head of 20 KiB to CONNECT", 0,
                 "HTTP/1.1 200 OK\r\nx-large: " + std::string(20 * 1024, 'x') + "\r\n\r\n"},
          answer{"half an answer to CONNECT", 0, "HTTP/1.1 200 Connec"}, answer{"nothing to CONNECT, and FIN", 0, ""}})
        m.add("P01", a.fault)
            .only_tls()
            .ends(not_sent(errc::proxy_failed).status(a.status))
            .run([text = a.text](bench& b) {
                auto const proxy = use_proxy(b);
                proxy->script(connection_script().read_request().send(text).fin());
                b.call();
            });
    m.add("P01", "RST after CONNECT").only_tls().ends(not_sent(errc::proxy_failed)).run([](bench& b) {
        auto const proxy = use_proxy(b);
        proxy->script(connection_script().read_request().rst());
        b.call();
    });
    m.add("P01", "200 to CONNECT with a body: it is not TLS")
        .only_tls()
        .ends(not_sent(errc::tls_failed, phase::tls))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            proxy->script(connection_script().read_request().send(b.answer(200, "", "welcome!")).drain());
            b.call();
        });
}

void add_secrets(matrix& m)
{
    m.add("P02", "who sees what: the proxy no secret of the service, the service none of the proxy")
        .only_tls()
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            b.count([proxy] { return proxy->requests() / 2; }); // CONNECT, then the request in the tunnel
            b.call();
            auto const seen = proxy->received();
            auto const has = [](testing::received_request const& r, std::string_view word) {
                return r.head.find(word) != std::string::npos;
            };
            b.check(seen.size() == 2, "one CONNECT and one request");
            b.check(seen[0].method() == "CONNECT" && has(seen[0], "CONNECT service.test:"), "the tunnel is asked for");
            b.check(seen[0].field("proxy-authorization") ==
                        "Basic dXNlcjpjYW5hcnktcHJveHktcGFzc3dvcmQ=", // user:canary-proxy-password
                    "the proxy learns its own user");
            b.check(seen[0].field("authorization").empty() && !has(seen[0], "canary") && !has(seen[0], "x-amz") &&
                        !has(seen[0], "user-agent"),
                    "the proxy learns nothing of the request");
            b.check(!seen[1].field("authorization").empty(), "the service gets its proof");
            b.check(seen[1].field("proxy-authorization").empty() && !has(seen[1], "Basic"),
                    "the service does not learn the proxy's user");
            b.check(proxy->server_names() == std::vector<std::string>{"service.test"}, "the service is asked by name");
        });
    m.add("P02", "the proxy puts itself in the service's place")
        .driven_by("TFS")
        .only_tls()
        .ends(not_sent(errc::tls_verify_failed, phase::tls))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            auto const own = b.authority().issue({"proxy.test", "127.0.0.1"});
            testing::fault_tls identity;
            identity.certificate_pem = own.chain_pem();
            identity.key_pem = own.key_pem;
            proxy->script(tunnel(identity).serve(b.ok()));
            b.call();
            b.check(proxy->requests() == 1, "no byte of the request leaves");
        });
    m.add("P02", "the service asks for a proxy's password in the tunnel")
        .only_tls()
        .ends(ending::refused(407, sagemaker::errc(407), azure_ml::errc(407), outcome::refused))
        .run([](bench& b) {
            auto const proxy = use_proxy(b);
            b.count([proxy] { return proxy->requests() / 2; });
            proxy->script(tunnel()
                              .read_request()
                              .send(b.answer(407, "proxy-authenticate: Basic realm=x\r\n", "who?"))
                              .serve(b.ok()));
            b.call();
            auto const seen = proxy->received();
            b.check(std::none_of(seen.begin() + 1, seen.end(),
                                 [](auto const& r) { return r.head.find("Basic") != std::string::npos; }),
                    "it does not get it");
        });
}

void add_exceptions(matrix& m)
{
    for (std::string const list : {"*", "service.test", ".test", "*.test", "SERVICE.TEST",
                                   "other.example, service.test", "service.test.", "service.test:PORT"})
        m.add("P03", "NO_PROXY is `" + list + "`: straight to the service").only_tls().run([list](bench& b) {
            auto const proxy = use_proxy(b);
            auto text = list;
            if (auto const at = text.find("PORT"); at != text.npos)
                text.replace(at, 4, std::to_string(b.server().port()));
            b.settings().proxy.no_proxy = text;
            b.count([&b] { return b.server().requests(); });
            b.call();
            b.check(proxy->connections() == 0, "the proxy is left aside");
        });
    for (std::string const list : {"", "ervice.test", "10.0.0.0/8", "service.test:1", "est"})
        m.add("P03", "NO_PROXY is `" + list + "`: through the proxy").only_tls().run([list](bench& b) {
            auto const proxy = use_proxy(b);
            b.settings().proxy.no_proxy = list;
            b.count([proxy] { return proxy->requests() / 2; });
            b.call();
            b.check(b.server().connections() == 0, "nothing goes straight to the service");
        });
    m.add("P03", "a plain service is not asked through a proxy").only_plain().run([](bench& b) {
        auto const proxy = use_proxy(b);
        b.count([&b] { return b.server().requests(); });
        b.call();
        b.check(proxy->connections() == 0, "the proxy is left aside");
    });
}

registrar const rows([](matrix& m) {
    add_refusals(m);
    add_secrets(m);
    add_exceptions(m);
});

} // namespace

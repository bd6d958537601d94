// Servers that prove nothing, agree to nothing, or break what was agreed.
#include "faults/matrix.hpp"

using namespace faults;

namespace {

using testing::certificate_authority;
using testing::certificate_options;
using testing::identity;

testing::fault_tls with(identity const& who)
{
    testing::fault_tls out;
    out.certificate_pem = who.chain_pem();
    out.key_pem = who.key_pem;
    return out;
}

certificate_options service()
{
    return certificate_options({"service.test"});
}

/// The first connection meets this server; later ones a good one.
void meet(bench& b, testing::fault_tls settings)
{
    b.count([&b] { return b.server().connections(); }); // no request ever arrives
    b.server().script(connection_script().start_tls(std::move(settings)).serve(b.ok()));
    auto const& e = b.call();
    b.check(b.server().request_bytes() == 0, "no byte of a request arrived");
    b.check(e.message().size() > 40, "the error says why");
}

void add_strangers(matrix& m)
{
    struct stranger
    {
        char const* id;
        char const* fault;
        identity (*who)();
        char const* reason; ///< OpenSSL's words
    };
    static stranger const all[] = {
        {"T01", "the certificate names another host", [] { return bench::authority().issue({"other.test"}); },
         "hostname mismatch"},
        {"T01", "a wildcard that is a part of a label", [] { return bench::authority().issue({"serv*.test"}); },
         "hostname mismatch"},
        {"T01", "a wildcard for a whole top-level domain", [] { return bench::authority().issue({"*.test"}); },
         "hostname mismatch"},
        {"T01", "the name is the common name only",
         [] { return bench::authority().issue(certificate_options().common_name("service.test")); },
         "hostname mismatch"},
        {"T02", "the certificate has expired", [] { return bench::authority().issue(service().valid(-48h, -1h)); },
         "certificate has expired"},
        {"T02", "the certificate is not yet valid", [] { return bench::authority().issue(service().valid(1h, 48h)); },
         "certificate is not yet valid"},
        {"T03", "vouches for itself", [] { return testing::self_signed(service()); }, "self-signed certificate"},
        {"T03", "an unknown authority", [] { return certificate_authority().issue(service()); },
         "unable to get local issuer certificate"},
        {"T03", "withholds its intermediate",
         [] {
             auto out = bench::authority().intermediate().issue(service());
             out.intermediates_pem.clear();
             return out;
         },
         "unable to get local issuer certificate"},
        {"T03", "a certificate for clients",
         [] { return bench::authority().issue(service().purpose(testing::key_purpose::client)); },
         "unsuitable certificate purpose"},
        {"T03", "issued by what is no authority",
         [] { return certificate_authority::impostor(bench::authority().issue({"leaf.test"})).issue(service()); },
         "invalid CA certificate"},
        {"T03", "a key of 1024 bits",
         [] { return bench::authority().issue(service().key(testing::key_kind::rsa_1024)); },
         "EE certificate key too weak"},
        {"T03", "signed with SHA-1",
         [] { return bench::authority().issue(service().digest(testing::signature_digest::sha1)); },
         "CA signature digest algorithm too weak"},
    };
    for (auto const& s : all)
        m.add(s.id, s.fault)
            .driven_by("TFS")
            .only_tls()
            .ends(ending::failed(errc::tls_verify_failed, phase::tls, outcome::not_sent))
            .run([&s](bench& b) {
                meet(b, with(s.who()));
                auto const& e = b.finish();
                b.check(e.message().find(s.reason) != std::string_view::npos, s.reason);
            });
}

void add_handshakes(matrix& m)
{
    auto const failed = ending::failed(errc::tls_failed, phase::tls, outcome::not_sent);
    auto const refuse = [&m, &failed](char const* id, char const* fault, void (*change)(testing::fault_tls&)) {
        m.add(id, fault).driven_by("TFS").only_tls().ends(failed).run([change](bench& b) {
            auto settings = bench::good_tls();
            change(settings);
            meet(b, settings);
        });
    };
    refuse("T04", "TLS 1.0 at most", [](auto& s) { s.min_version = s.max_version = 0x0301; });
    refuse("T04", "TLS 1.1 at most", [](auto& s) { s.min_version = s.max_version = 0x0302; });
    refuse("T04", "no encryption", [](auto& s) {
        s.max_version = 0x0303;
        s.ciphers = "ECDHE-ECDSA-NULL-SHA";
    });
    refuse("T04", "nobody proves anything", [](auto& s) {
        s.max_version = 0x0303;
        s.ciphers = "AECDH-AES128-SHA";
    });
    refuse("T05", "a server for another name", [](auto& s) { s.required_name = "other.test"; });
    refuse("T11", "a client certificate is required, TLS 1.3",
           [](auto& s) { s.client_ca_pem = bench::authority().pem(); });
    refuse("T11", "a client certificate is required, TLS 1.2", [](auto& s) {
        s.client_ca_pem = bench::authority().pem();
        s.max_version = 0x0303;
    });

    m.add("T05", "a server that wants to hear our name").driven_by("TFS").only_tls().run([](bench& b) {
        auto settings = bench::good_tls();
        settings.required_name = "service.test";
        b.server().script(connection_script().start_tls(settings).serve(b.ok()));
        b.call();
        b.check(b.server().server_names() == std::vector<std::string>{"service.test"}, "it heard the name");
    });
    m.add("T11", "a client certificate is required, and given").driven_by("TFS").only_tls().run([](bench& b) {
        certificate_authority const clients;
        auto const ours = clients.issue(certificate_options().purpose(testing::key_purpose::client));
        b.settings().tls.certificate_pem = ours.chain_pem();
        b.settings().tls.private_key_pem = secret(ours.key_pem);
        auto settings = bench::good_tls();
        settings.client_ca_pem = clients.pem();
        b.server().script(connection_script().start_tls(settings).serve(b.ok()));
        b.call();
    });
}

/// Three silent handshakes: each ends at its limit.
void stall(bench& b, connection_script const& script)
{
    b.count([&b] { return b.server().connections(); });
    for (int i = 0; i < 3; ++i)
        b.server().script(script);
    b.start();
    for (std::size_t n = 1; n <= 3; ++n) {
        b.run_until([&b, n] { return b.server().connections() == n; });
        b.settle();
        b.time().advance(5s);
    }
    auto const& e = b.finish();
    b.check(e.took == 15s, "three limits passed, and no more");
    b.check(b.server().request_bytes() == 0, "no byte of a request arrived");
}

void add_breaks(matrix& m)
{
    auto const timed_out = ending::failed(errc::tls_timeout, phase::tls, outcome::not_sent).attempts(3);
    m.add("T06", "silence after the connection was accepted")
        .to_all()
        .driven_by("TFS, CLK")
        .only_tls()
        .on_manual_clock()
        .ends(timed_out)
        .run([](bench& b) { stall(b, connection_script().hold()); });
    m.add("T06", "silence in the middle of the server's handshake")
        .driven_by("TFS, CLK")
        .only_tls()
        .on_manual_clock()
        .ends(timed_out)
        .run([](bench& b) { stall(b, connection_script().handshake_until(100).hold()); });

    auto const broken = [&m](char const* fault, connection_script const& script) {
        m.add("T07", fault).driven_by("TFS").only_tls().ends(ending::answered().attempts(2)).run([script](bench& b) {
            b.count([&b] { return b.server().connections(); });
            b.server().script(script);
            b.call();
        });
        m.add("T07", std::string(fault) + ", each time")
            .driven_by("TFS")
            .only_tls()
            .ends(ending::failed(errc::connection_lost, phase::tls, outcome::not_sent).attempts(3))
            .run([script](bench& b) {
                b.count([&b] { return b.server().connections(); });
                for (int i = 0; i < 3; ++i)
                    b.server().script(script);
                b.call();
                b.check(b.server().request_bytes() == 0, "no byte of a request arrived");
            });
    };
    broken("a reset in place of the server's handshake", connection_script().handshake_until(0).rst());
    broken("a reset in the handshake", connection_script().handshake_until(100).rst());
    broken("the end of the connection in the handshake", connection_script().handshake_until(100).fin());

    auto const said = [&m](char const* fault, std::string bytes, char const* reason) {
        m.add("T07", fault)
            .driven_by("TFS")
            .only_tls()
            .ends(ending::failed(errc::tls_failed, phase::tls, outcome::not_sent))
            .run([bytes, reason](bench& b) {
                b.count([&b] { return b.server().connections(); });
                b.server().script(connection_script().send_raw(bytes).drain());
                auto const& e = b.call();
                b.check(e.message().find(reason) != std::string_view::npos, reason);
                b.check(b.server().request_bytes() == 0, "no byte of a request arrived");
            });
    };
    said("an alert in place of a handshake", std::string("\x15\x03\x03\x00\x02\x02\x28", 7), "handshake failure");
    said("plain HTTP on the port of TLS", "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
         "does this port speak TLS?");
}

void add_bodies(matrix& m)
{
    auto const partial = ending::failed(errc::truncated, phase::body, outcome::partial).status(200);
    auto const half = [] {
        return connection_script().read_request().send("HTTP/1.1 200 X\r\ncontent-length: 10\r\n\r\n12345");
    };
    auto const cut = [&m, &partial](char const* id, char const* fault, connection_script const& script) {
        m.add(id, fault).driven_by("TFS").only_tls().ends(partial).run([script](bench& b) {
            b.server().script(script);
            b.call();
        });
    };
    cut("T08", "a flipped bit in the body", half().garble().send("67890").drain());
    cut("T08", "garbage in place of a record", half().send_raw("this is no record").drain());
    cut("T09", "the end in the body without close_notify", half().fin());
    cut("T09", "the end in the body with close_notify", half().close_notify().fin());
    cut("T09", "a body that ends with the connection, without close_notify",
        connection_script().read_request().send("HTTP/1.1 200 X\r\nconnection: close\r\n\r\n[1]").fin());
    m.add("T09", "a body that ends with the connection, with close_notify")
        .driven_by("TFS")
        .only_tls()
        .ends(ending::answered().keeps(0))
        .run([](bench& b) {
            b.server().script(connection_script()
                                  .read_request()
                                  .send("HTTP/1.1 200 X\r\nconnection: close\r\n\r\n[1]")
                                  .close_notify()
                                  .fin());
            b.call();
        });
    m.add("T09", "a framed body, then the end without close_notify").driven_by("TFS").only_tls().run([](bench& b) {
        b.server().script(connection_script().read_request().send(b.ok()).fin());
        b.call();
    });

    m.add("T10", "new keys in the middle of the answer").driven_by("TFS").only_tls().run([](bench& b) {
        auto const text = b.ok();
        b.server().script(connection_script()
                              .read_request()
                              .send(text.substr(0, 30))
                              .key_update()
                              .send(text.substr(30))
                              .key_update()
                              .serve(text));
        b.call();
    });
    m.add("T10", "a session is resumed").driven_by("TFS").only_tls().run([](bench& b) {
        b.server().script(connection_script().read_request().send(bench::answer(200, "connection: close\r\n", "[1]")));
        b.warm_up();
        b.call();
        b.check(b.server().handshakes() == 2 && b.server().resumptions() == 1, "the second one was resumed");
    });
    m.add("T10", "the server forgot its sessions").driven_by("TFS").only_tls().run([](bench& b) {
        b.server().script(connection_script().read_request().send(bench::answer(200, "connection: close\r\n", "[1]")));
        b.server().script(connection_script().start_tls(bench::good_tls()).serve(b.ok()));
        b.warm_up();
        b.call();
        b.check(b.server().handshakes() == 2 && b.server().resumptions() == 0, "none was resumed");
    });
}

registrar const rows([](matrix& m) {
    add_strangers(m);
    add_handshakes(m);
    add_breaks(m);
    add_bodies(m);
});

} // namespace

// How a connection is made secure, kept so, and resumed. The servers live in memory.
#include "tls_peer.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace augur;
using namespace augur::tests;
using namespace augur::testing;
using namespace std::chrono_literals;

namespace {

std::string const host = "host.example.test";

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

identity rsa_identity()
{
    static identity const one = authority().issue(certificate_options({host}).key(key_kind::rsa_2048));
    return one;
}

peer_setup only(int version, std::string ciphers = {})
{
    auto out = good_server();
    out.who = rsa_identity();
    out.lowest = out.highest = version;
    out.ciphers = std::move(ciphers);
    return out;
}

net::tls_config client_identity(identity const& who)
{
    auto out = trusting();
    out.certificate_pem = who.chain_pem();
    out.private_key_pem = secret(who.key_pem);
    return out;
}

} // namespace

TEST_CASE("tls: what the client offers is TLS 1.2 and 1.3 with authenticated encryption or better, and no more")
{
    tls_bench b(good_server(), trusting());
    REQUIRE(b.send().has_value());
    auto const& hello = *b.logs().at(0);
    // TLS 1.3, then ECDHE and DHE of TLS 1.2, RSA key exchange last: no NULL, anonymous, RC4, 3DES or export suite.
    std::set<std::string> const weak{"0000", "0001", "0002", "0003", "0004", "0005", "000a", "0013", "0016", "0018",
                                     "001b", "0034", "003a", "006c", "00a6", "00a7", "c006", "c007", "c008", "c010",
                                     "c011", "c012", "c015", "c016", "c017", "c018", "c019", "00ff", "003b"};
    int suites = 0;
    for (std::size_t i = 0; i + 4 <= hello.hello_suites.size(); i += 5, ++suites) {
        auto const suite = hello.hello_suites.substr(i, 4);
        CAPTURE(suite);
        CHECK((weak.count(suite) == 0 || suite == "00ff")); // 00ff is a signal: renegotiation only if secure
    }
    CHECK(suites >= 3);
    CHECK(hello.hello_suites.starts_with("1302 1303 1301 "));
    auto const offers = [&hello](int extension) {
        auto const& all = hello.hello_extensions;
        return std::find(all.begin(), all.end(), extension) != all.end();
    };
    CHECK(offers(0)); // server name
    CHECK(offers(16)); // ALPN
    CHECK(offers(43)); // supported versions
    CHECK(offers(23)); // extended master secret
    CHECK_FALSE(offers(42)); // early data: a request could be replayed by anybody on the way
    CHECK_FALSE(offers(15)); // heartbeat
    CHECK(contains(hello.raw, std::string("\x08http/1.1", 9)));
    CHECK(
        contains(hello.raw, std::string("\x2b\x00\x05\x04\x03\x04\x03\x03", 8))); // versions: 1.3 and 1.2, nothing else
}

TEST_CASE("tls: old versions and weak suites end the handshake, and no byte of a request leaves")
{
    struct row
    {
        std::string name;
        peer_setup server;
    };
    auto small_dh = only(TLS1_2_VERSION, "DHE-RSA-AES128-GCM-SHA256");
    small_dh.small_dh = true;
    auto small_curve = only(TLS1_2_VERSION, "ECDHE-RSA-AES128-GCM-SHA256");
    small_curve.groups = "P-192";
    auto small_curve_13 = only(TLS1_3_VERSION);
    small_curve_13.groups = "brainpoolP256r1";
    auto anonymous = only(TLS1_2_VERSION, "ADH-AES128-GCM-SHA256");
    anonymous.who = {};
    auto anonymous_curve = only(TLS1_2_VERSION, "AECDH-AES128-SHA");
    anonymous_curve.who = {};
    auto other_name = good_server();
    other_name.required_name = "other.example.test";
    std::vector<row> rows{
        {"TLS 1.0", only(TLS1_VERSION)},
        {"TLS 1.1", only(TLS1_1_VERSION)},
        {"no encryption, SHA-256", only(TLS1_2_VERSION, "NULL-SHA256")},
        {"no encryption, SHA-1", only(TLS1_2_VERSION, "NULL-SHA")},
        {"no encryption, MD5", only(TLS1_2_VERSION, "NULL-MD5")},
        {"no encryption, elliptic", only(TLS1_2_VERSION, "ECDHE-RSA-NULL-SHA")},
        {"nobody proves anything", anonymous},
        {"nobody proves anything, elliptic", anonymous_curve},
        {"key agreement over 1024 bits", small_dh},
        {"key agreement over a small curve", small_curve},
        {"key agreement over a curve nobody offered", small_curve_13},
        {"a server for another name", other_name},
    };
    // Debian's OpenSSL is built without these; where it has them they are refused as well.
    for (auto const* legacy : {"DES-CBC3-SHA", "RC4-SHA", "IDEA-CBC-SHA"})
        try {
            peer_server const probe(only(TLS1_2_VERSION, legacy));
            rows.push_back({legacy, only(TLS1_2_VERSION, legacy)});
        }
        catch (std::runtime_error const&) {
            MESSAGE("not built into this OpenSSL: " << legacy);
        }
    for (auto& r : rows) {
        CAPTURE(r.name);
        tls_bench b(std::move(r.server), trusting());
        auto const answer = b.send();
        REQUIRE(answer.has_error());
        auto const& e = answer.error();
        CHECK_MESSAGE(e == errc::tls_failed, e);
        CHECK(e.phase() == phase::tls);
        CHECK(e.outcome() == outcome::not_sent);
        CHECK(e.attempts() == 1);
        CHECK(contains(e.message(), host));
        CHECK(e.message().size() > ("TLS handshake with " + host + " failed: ").size()); // and why
        CHECK(b.request_bytes() == 0);
    }
    MESSAGE(rows.size() << " handshakes with weak servers, all refused");
}

TEST_CASE("tls: good suites of TLS 1.2 and the curves of the field are accepted")
{
    for (auto const* suite : {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384",
                              "ECDHE-RSA-CHACHA20-POLY1305", "DHE-RSA-AES256-GCM-SHA384"}) {
        CAPTURE(suite);
        auto const answer = tls_bench(only(TLS1_2_VERSION, suite), trusting()).send();
        CHECK_MESSAGE(answer.has_value(), answer.error());
    }
    for (auto const* group : {"X25519", "P-256", "P-384"})
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(group);
            auto server = only(version);
            server.groups = group;
            auto const answer = tls_bench(std::move(server), trusting()).send();
            CHECK_MESSAGE(answer.has_value(), answer.error());
        }
}

TEST_CASE("tls: a server that serves another name is left; one that serves ours is not")
{
    auto server = good_server();
    server.required_name = host;
    CHECK(tls_bench(std::move(server), trusting()).send().has_value());
    auto stranger = good_server();
    stranger.required_name = "other.example.test";
    auto const answer = tls_bench(std::move(stranger), trusting()).send();
    CHECK(answer.error() == errc::tls_failed);
    CHECK(contains(answer.error().message(), "unrecognized name"));
}

TEST_CASE("tls: a handshake that stalls ends at its own limit and is tried again, exact on the clock")
{
    for (std::size_t const after : {0U, 1U, 5U, 60U, 127U, 700U}) {
        CAPTURE(after);
        auto server = good_server();
        server.stop_after = after;
        tls_bench b(std::move(server), trusting());
        auto const answer = b.send(host, call_options().tls(2s));
        REQUIRE(answer.has_error());
        CHECK(answer.error() == errc::tls_timeout);
        CHECK(answer.error() == condition::timeout);
        CHECK(answer.error().phase() == phase::tls);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(answer.error().attempts() == 3);
        CHECK(b.dials() == 3);
        CHECK(b.time->elapsed() >= 6s); // three limits, and the back-off
        CHECK(b.time->elapsed() < 6s + 3s);
        CHECK(b.request_bytes() == 0);
    }
    auto silent = good_server();
    silent.stop_after = 0;
    tls_bench b(std::move(silent), trusting());
    CHECK(b.send(host, deadline(1s)).error() == errc::deadline_exceeded);
    CHECK(b.time->elapsed() == 1s);
}

TEST_CASE("tls: a connection that breaks in the handshake is made again, an alert is an answer")
{
    for (auto const how : {stop_with::reset, stop_with::end})
        for (std::size_t const after : {0U, 1U, 60U, 700U}) {
            CAPTURE(after);
            auto broken = good_server();
            broken.stop_after = after;
            broken.stop = how;
            auto const first = std::make_shared<peer_server>(std::move(broken));
            auto const second = std::make_shared<peer_server>(good_server());
            tls_bench b({first, second}, trusting());
            auto const answer = b.send();
            REQUIRE_MESSAGE(answer.has_value(), answer.error());
            CHECK(answer->meta.attempts == 2);
            CHECK_FALSE(answer->meta.replayed); // nothing had been sent
            CHECK(b.logs().at(0)->request.empty());

            tls_bench always({first}, trusting());
            auto const never = always.send();
            REQUIRE(never.has_error());
            auto const& e = never.error();
            CHECK(e == errc::connection_lost);
            CHECK(e.phase() == phase::tls);
            CHECK(e.outcome() == outcome::not_sent);
            CHECK(e.attempts() == 3);
            CHECK(contains(e.message(), "TLS handshake with " + host + " failed: "));
            CHECK(always.request_bytes() == 0);
        }

    struct row
    {
        std::string name;
        std::string bytes;
        std::string reason;
    };
    row const rows[] = {
        {"handshake_failure", std::string("\x15\x03\x03\x00\x02\x02\x28", 7), "handshake failure"},
        {"internal_error", std::string("\x15\x03\x03\x00\x02\x02\x50", 7), "internal error"},
        {"protocol_version", std::string("\x15\x03\x01\x00\x02\x02\x46", 7), "protocol version"},
        {"access_denied", std::string("\x15\x03\x03\x00\x02\x02\x31", 7), "access denied"},
        {"an alert that nobody knows", std::string("\x15\x03\x03\x00\x02\x02\xEE", 7), ""},
        {"plain HTTP", "HTTP/1.1 400 Bad Request\r\n\r\nThe plain HTTP request was sent to an HTTPS port",
         "does this port speak TLS?"},
        {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", "does this port speak TLS?"},
        {"SMTP", "220 mail.example.test ESMTP\r\n", "does this port speak TLS?"},
        {"zeros", std::string(64, '\0'), "does this port speak TLS?"},
        {"application data before the handshake", std::string("\x17\x03\x03\x00\x02hi", 7), ""},
        {"a record that is too long", std::string("\x16\x03\x03\xFF\xFF", 5) + std::string(70'000, 'x'), ""},
        {"an empty ServerHello", std::string("\x16\x03\x03\x00\x04\x02\x00\x00\x00", 9), ""},
        {"a ServerHello of another version", std::string("\x16\x03\x01\x00\x06\x02\x00\x00\x02\x03\x01", 11), ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.name);
        peer_setup server;
        server.raw_answer = r.bytes;
        tls_bench b(std::move(server), trusting());
        auto const answer = b.send();
        REQUIRE(answer.has_error());
        auto const& e = answer.error();
        CHECK_MESSAGE(e == errc::tls_failed, e);
        CHECK(e.phase() == phase::tls);
        CHECK(e.outcome() == outcome::not_sent);
        CHECK(e.attempts() == 1);
        CHECK(b.dials() == 1);
        CHECK_MESSAGE(contains(e.message(), r.reason), e.message());
        CHECK_FALSE(contains(b.logs().at(0)->raw, "hello"));
    }
}

TEST_CASE("tls: a server that asks for a certificate gets ours, and one that misses it says so plainly")
{
    certificate_authority const clients;
    auto const ours = clients.issue(certificate_options().purpose(key_purpose::client));
    auto const through = clients.intermediate().issue(certificate_options().purpose(key_purpose::client));
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto server = good_server();
        server.lowest = server.highest = version;
        server.trusted_clients = clients.pem();

        for (auto const& who : {ours, through}) {
            auto const answer = tls_bench(server, client_identity(who)).send();
            CHECK_MESSAGE(answer.has_value(), answer.error());
        }
        struct row
        {
            std::string name;
            net::tls_config config;
            std::string reason;
        };
        certificate_authority const others;
        row const rows[] = {
            {"none", trusting(), version == TLS1_3_VERSION ? "certificate required" : "handshake failure"},
            {"of another authority", client_identity(others.issue(certificate_options().purpose(key_purpose::client))),
             "unknown ca"},
            {"expired",
             client_identity(clients.issue(certificate_options().purpose(key_purpose::client).valid(-48h, -1h))),
             "certificate expired"},
            {"for servers", client_identity(clients.issue(certificate_options())), "certificate"},
        };
        for (auto const& r : rows) {
            CAPTURE(r.name);
            tls_bench b(server, r.config);
            auto const answer = b.send();
            REQUIRE(answer.has_error());
            auto const& e = answer.error();
            CHECK_MESSAGE(e == errc::tls_failed, e);
            CHECK(e.outcome() == outcome::not_sent);
            CHECK(e.attempts() == 1);
            CHECK_MESSAGE(contains(e.message(), r.reason), e.message());
            CHECK(b.request_bytes() == 0);
        }
    }
}

TEST_CASE("tls: a client certificate that cannot work is refused before anything is sent")
{
    certificate_authority const clients;
    auto const ours = clients.issue(certificate_options().purpose(key_purpose::client));
    auto const other = clients.issue(certificate_options().purpose(key_purpose::client));
    auto wrong_key = client_identity({ours.certificate_pem, {}, other.key_pem});
    auto no_key = client_identity({ours.certificate_pem, {}, {}});
    auto no_certificate = client_identity({"nothing", {}, ours.key_pem});
    auto weak = client_identity(clients.issue(certificate_options().key(key_kind::rsa_1024)));
    for (auto const& config : {wrong_key, no_key, no_certificate, weak}) {
        tls_bench b(good_server(), config);
        auto const answer = b.send();
        REQUIRE(answer.has_error());
        CHECK(answer.error() == errc::invalid_argument);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK_FALSE(answer.error().message().empty());
        CHECK_FALSE(contains(answer.error().to_string(), "PRIVATE KEY"));
        CHECK(b.request_bytes() == 0);
    }
}

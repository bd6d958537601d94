// What happens on a secure connection after its handshake. The servers live in memory.
#include "tls_peer.hpp"

#include <doctest/doctest.h>

using namespace augur;
using namespace augur::tests;
using namespace augur::testing;
using namespace std::chrono_literals;

namespace {

std::string const head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
std::string const head_to_the_end = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n";

peer_setup answering(std::function<void(tls_peer&)> how, int version = TLS1_3_VERSION)
{
    auto out = good_server();
    out.lowest = out.highest = version;
    out.answer = std::move(how);
    return out;
}

} // namespace

TEST_CASE("tls: a record that was tampered with or is no record ends the answer as partial, and the connection")
{
    struct row
    {
        std::string name;
        std::function<void(tls_peer&)> how;
        outcome known;
    };
    row const rows[] = {
        {"a flipped bit in the body",
         [](tls_peer& p) {
             p.say(head + "first");
             p.spoil_next_record();
             p.say("later");
         },
         outcome::partial},
        {"a flipped bit in the head",
         [](tls_peer& p) {
             p.spoil_next_record();
             p.say(head + "firstlater");
         },
         outcome::unknown},
        {"garbage in the body",
         [](tls_peer& p) {
             p.say(head + "first");
             p.say_raw("this is no record at all");
         },
         outcome::partial},
        {"a record of plain text in the body",
         [](tls_peer& p) {
             p.say(head + "first");
             p.say_raw(std::string("\x17\x03\x03\x00\x05later", 10));
         },
         outcome::partial},
        {"a record that is too long",
         [](tls_peer& p) {
             p.say(head + "first");
             p.say_raw(std::string("\x17\x03\x03\xFF\xFF", 5) + std::string(66'000, 'x'));
         },
         outcome::partial},
        {"an alert in the body",
         [](tls_peer& p) {
             p.say(head + "first");
             p.say_raw(std::string("\x15\x03\x03\x00\x02\x02\x50", 7));
         },
         outcome::partial},
        {"garbage in place of an answer", [](tls_peer& p) { p.say_raw("this is no record at all"); }, outcome::unknown},
        {"the end in the body, without a farewell",
         [](tls_peer& p) {
             p.say(head + "first");
             p.end();
         },
         outcome::partial},
        {"the end in the body, with a farewell",
         [](tls_peer& p) {
             p.say(head + "first");
             p.close_notify();
             p.end();
         },
         outcome::partial},
        {"a reset in the body",
         [](tls_peer& p) {
             p.say(head + "first");
             p.reset();
         },
         outcome::partial},
        {"the end in place of an answer", [](tls_peer& p) { p.end(); }, outcome::unknown},
    };
    for (auto const& r : rows)
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(r.name);
            CAPTURE(version);
            tls_bench b(answering(r.how, version), trusting());
            auto const answer = b.send();
            REQUIRE(answer.has_error());
            auto const& e = answer.error();
            CHECK_MESSAGE(e == (r.known == outcome::partial ? errc::truncated : errc::connection_lost), e);
            CHECK(e.outcome() == r.known);
            CHECK(e.phase() == (r.known == outcome::partial ? phase::body : phase::first_byte));
            CHECK(e.attempts() == 1); // it may have been executed
            CHECK(b.dials() == 1);
            CHECK(b.transport->statistics().idle == 0);
        }
}

TEST_CASE("tls: a kept connection that breaks inside the first record of an answer has answered: no repeat")
{
    struct row
    {
        std::string name;
        std::function<void(tls_peer&)> how;
        bool is_repeated;
    };
    std::string const whole = head + "0123456789";
    auto const part = [whole](std::size_t size) { return [whole, size](tls_peer& p) { p.say_part(whole, size); }; };
    row const rows[] = {
        {"nothing", [](tls_peer&) {}, true},
        {"taken leave of", [](tls_peer& p) { p.close_notify(); }, true},
        {"a part of the record's header", part(3), false},
        {"the record's header", part(5), false},
        {"half a record", part(30), false},
        {"a flipped bit",
         [whole](tls_peer& p) {
             p.spoil_next_record();
             p.say(whole);
         },
         false},
        {"garbage", [](tls_peer& p) { p.say_raw("this is no record at all"); }, false},
    };
    for (auto const& r : rows)
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION})
            for (bool const resets : {false, true}) {
                CAPTURE(r.name);
                CAPTURE(version);
                CAPTURE(resets);
                auto const answer = [&r, resets, whole](tls_peer& p) {
                    if (p.requests() == 1)
                        return p.say(whole);
                    r.how(p);
                    resets ? p.reset() : p.end();
                };
                tls_bench b(answering(answer, version), trusting());
                REQUIRE(b.send().has_value());
                auto const second = b.send();
                CHECK(second.has_value() == r.is_repeated);
                CHECK(b.dials() == (r.is_repeated ? 2 : 1));
                if (second.has_error()) {
                    CHECK(second.error().outcome() == outcome::unknown);
                    CHECK(second.error().attempts() == 1);
                }
            }
}

TEST_CASE("tls: without close_notify a framed answer is whole, one that ends with the connection is not")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto const framed = [](tls_peer& p) {
            p.say(head + "0123456789");
            p.end();
        };
        auto const cut = [](tls_peer& p) {
            p.say(head_to_the_end + "0123456789");
            p.end();
        };
        auto const taken_leave = [](tls_peer& p) {
            p.say(head_to_the_end + "0123456789");
            p.close_notify();
            p.end();
        };
        auto const first = tls_bench(answering(framed, version), trusting()).send();
        REQUIRE_MESSAGE(first.has_value(), first.error());
        CHECK(first->response.content == "0123456789");
        auto const second = tls_bench(answering(cut, version), trusting()).send();
        REQUIRE(second.has_error());
        CHECK(second.error() == errc::truncated);
        CHECK(second.error().outcome() == outcome::partial);
        auto const third = tls_bench(answering(taken_leave, version), trusting()).send();
        REQUIRE_MESSAGE(third.has_value(), third.error());
        CHECK(third->response.content == "0123456789");
    }
}

TEST_CASE("tls: new keys in the middle of an answer change nothing, and the connection goes on")
{
    for (bool const ask_back : {false, true}) {
        auto const how = [ask_back](tls_peer& p) {
            p.update_keys(ask_back);
            p.say(head + "first");
            p.update_keys(ask_back);
            p.update_keys(ask_back);
            p.say("later");
        };
        tls_bench b(answering(how), trusting());
        for (int i = 0; i < 3; ++i) {
            auto const answer = b.send();
            REQUIRE_MESSAGE(answer.has_value(), answer.error());
            CHECK(answer->response.content == "firstlater");
        }
        CHECK(b.dials() == 1);
    }
}

TEST_CASE("tls: tickets that come in the middle of an answer change nothing")
{
    auto const how = [](tls_peer& p) {
        p.say(head + "first");
        p.send_ticket();
        p.say("later");
        p.send_ticket();
    };
    tls_bench b(answering(how), trusting());
    for (int i = 0; i < 3; ++i) {
        auto const answer = b.send();
        REQUIRE_MESSAGE(answer.has_value(), answer.error());
        CHECK(answer->response.content == "firstlater");
    }
    CHECK(b.transport->statistics().opened <= 3); // a ticket behind the answer may cost the connection, never the call
}

TEST_CASE("tls: a session is resumed with the same server, and a refused ticket costs a whole handshake only")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto const closing = [](tls_peer& p) {
            p.say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
        };
        auto const one = std::make_shared<peer_server>(answering(closing, version));
        auto const restarted = std::make_shared<peer_server>(answering(closing, version)); // has other ticket keys
        tls_bench b({one, one, restarted, restarted}, trusting());
        for (int i = 0; i < 4; ++i) {
            auto const answer = b.send();
            REQUIRE_MESSAGE(answer.has_value(), answer.error());
            CHECK(answer->meta.attempts == 1);
        }
        REQUIRE(b.dials() == 4);
        CHECK_FALSE(b.logs().at(0)->resumed);
        CHECK(b.logs().at(1)->resumed);
        CHECK_FALSE(b.logs().at(2)->resumed);
        CHECK(b.logs().at(3)->resumed);
        CHECK(b.transport->statistics().tls_resumed == 2);
    }
}

TEST_CASE("tls: a session is never offered to another host or by another configuration")
{
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        auto setup = answering(
            [](tls_peer& p) { p.say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok"); }, version);
        setup.who = authority().issue({"a.example.test", "b.example.test"});
        auto const server = std::make_shared<peer_server>(setup); // one server, its tickets good for both names
        tls_bench b({server}, trusting());
        CHECK(b.send("a.example.test").has_value());
        CHECK(b.send("b.example.test").has_value());
        CHECK(b.send("a.example.test").has_value());
        CHECK_FALSE(b.logs().at(1)->resumed);
        CHECK(b.logs().at(2)->resumed);

        // Another trust, another identity: other transports, other sessions, other verdicts.
        certificate_authority const others;
        net::tls_config distrusting;
        distrusting.ca_pem = others.pem();
        tls_bench second({server}, distrusting);
        auto const refused = second.send("a.example.test");
        CHECK(refused.error() == errc::tls_verify_failed);
        CHECK(second.request_bytes() == 0);
        auto with_identity = trusting();
        auto const ours = others.issue(certificate_options().purpose(key_purpose::client));
        with_identity.certificate_pem = ours.certificate_pem;
        with_identity.private_key_pem = secret(ours.key_pem);
        tls_bench third({server}, with_identity);
        CHECK(third.send("a.example.test").has_value());
        CHECK_FALSE(third.logs().at(0)->resumed);
    }
}

TEST_CASE("tls: a resumed connection still has to be to a server that proves its name")
{
    // The second server has the first one's place but neither its ticket keys nor a good certificate.
    auto const closing = [](tls_peer& p) {
        p.say("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok");
    };
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto const good = std::make_shared<peer_server>(answering(closing, version));
        auto setup = answering(closing, version);
        setup.who = self_signed(certificate_options({"host.example.test"}));
        auto const impostor = std::make_shared<peer_server>(setup);
        tls_bench b({good, impostor}, trusting());
        CHECK(b.send().has_value());
        auto const answer = b.send();
        REQUIRE(answer.has_error());
        CHECK(answer.error() == errc::tls_verify_failed);
        CHECK(b.logs().at(1)->request.empty());
    }
}

TEST_CASE("tls: a closed connection is taken leave of")
{
    auto log = std::shared_ptr<peer_log>();
    {
        tls_bench b(good_server(), trusting());
        CHECK(b.send().has_value());
        log = b.logs().at(0);
        CHECK_FALSE(log->saw_close_notify);
    }
    CHECK(log->saw_close_notify);
}

// Streams over real sockets, plain and TLS, from a server that does exactly what a test says.
#include "unit/call/stream_support.hpp"

#include <augur/net/https_transport.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/fault_network.hpp>
#include <augur/testing/fault_server.hpp>
#include <augur/testing/manual_time.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::connection_script;

namespace {

testing::certificate_authority const& authority()
{
    static testing::certificate_authority const only;
    return only;
}

testing::fault_tls server_tls()
{
    auto const identity = authority().issue({"service.test"});
    testing::fault_tls out;
    out.certificate_pem = identity.chain_pem();
    out.key_pem = identity.key_pem;
    return out;
}

std::string const head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";

std::string chunk(std::string const& bytes)
{
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
}

std::string const last_chunk = "0\r\n\r\n";

/// The answer in a chunk per event.
std::string const& whole()
{
    static std::string const text = head + chunk(": hello\n\n" + chat_piece("Blue")) + chunk(": ping\n\n") +
                                    chunk(chat_piece(", says ") + chat_piece("\xc3\xbc.")) + chunk(chat_finish()) +
                                    chunk(chat_end) + last_chunk;
    return text;
}

/// A server and a client of it.
class line
{
public:
    explicit line(bool tls, std::shared_ptr<net::timer_service> timers = nullptr)
        : is_tls(tls),
          server(tls ? std::make_unique<testing::fault_server>(server_tls())
                     : std::make_unique<testing::fault_server>())
    {
        net::https_config https;
        https.tls.ca_pem = authority().pem();
        auto const executor = asio::any_io_executor(io.get_executor());
        std::vector<net::address> const here{*net::parse_address("127.0.0.1")};
        https.resolver = net::pinned_resolver({{"service.test", here}});
        transport = std::make_shared<net::https_transport>(executor, std::move(https));
        call::client_config config;
        config.transport = transport;
        config.auth = call::no_authentication();
        config.timers = std::move(timers);
        core = std::make_shared<call::core>(executor, std::move(config));
    }

    result<chat_stream> open(call_options options = {})
    {
        http_request request{request_head::make("POST", "/chat", "service.test").value(), body("{}")};
        net::origin to;
        to.host = "service.test";
        to.port = server->port();
        to.is_https = is_tls;
        std::optional<result<chat_stream>> out;
        auto const total = call::limits_of(*core, options).total;
        open_call one(core, call::plan(std::move(to), std::move(request), &sagemaker::wire::parse_error),
                      std::move(options));
        net::start<chat_stream>(core->arena, core->timers, io.get_executor(), total, std::move(one),
                                [&out](result<chat_stream> r) { out.emplace(std::move(r)); });
        run();
        REQUIRE(out);
        return std::move(*out);
    }

    chat_item next(chat_stream& from)
    {
        std::optional<chat_item> out;
        from.async_next([&out](chat_item r) { out.emplace(std::move(r)); });
        run();
        REQUIRE(out);
        return std::move(*out);
    }

    std::string read_all(chat_stream& from)
    {
        std::string out;
        for (;;) {
            auto item = next(from);
            if (!item)
                return out + std::string(to_string(static_cast<errc>(item.error().code().value())));
            if (!*item)
                return out + ".";
            out.append((*item)->text().value_or("-")).append("|");
        }
    }

    void run()
    {
        io.restart();
        io.run(); // ends when nothing is pending
    }

    bool is_tls;
    std::unique_ptr<testing::fault_server> server;
    asio::io_context io{1};
    std::shared_ptr<net::https_transport> transport;
    std::shared_ptr<call::core> core;
};

} // namespace

TEST_CASE("stream: read to its end over a real connection, which then goes back to the pool")
{
    for (bool const tls : {false, true}) {
        CAPTURE(tls);
        line one(tls);
        one.server->script(
            connection_script().read_request().send(whole()).read_request().slice(1).send(whole()).drain());
        for (int i = 0; i < 2; ++i) { // the second time a byte a packet
            auto stream = one.open();
            REQUIRE_MESSAGE(stream.has_value(), stream.error());
            CHECK(one.transport->statistics().busy == 1);
            CHECK(one.read_all(*stream) == "Blue|, says |\xc3\xbc.|-|.");
            CHECK(stream->text() == "Blue, says \xc3\xbc.");
            auto const now = one.transport->statistics();
            CHECK(now.idle == 1);
            CHECK(now.busy == 0);
            CHECK(now.reused == static_cast<std::uint64_t>(i));
            CHECK(now.opened == 1);
        }
        CHECK(one.server->unexpected() == 0);
    }
}

TEST_CASE("stream: left before its end, its connection is closed, counted, and not used again")
{
    for (bool const tls : {false, true}) {
        for (bool const is_waiting : {false, true}) {
            CAPTURE(tls);
            CAPTURE(is_waiting);
            line one(tls);
            one.server->script(connection_script().read_request().send(head + chunk(chat_piece("Blue"))).drain());
            one.server->script(connection_script().read_request().send(whole()).drain());
            std::optional<chat_item> late;
            {
                auto stream = one.open();
                REQUIRE(stream.has_value());
                CHECK(one.next(*stream).value()->text() == "Blue");
                if (is_waiting) {
                    stream->async_next([&late](chat_item r) { late.emplace(std::move(r)); });
                    one.io.restart();
                    one.io.poll();
                }
            }
            one.run();
            CHECK(late.has_value() == is_waiting);
            if (late)
                CHECK(late->error() == errc::cancelled);
            CHECK(one.server->wait_for_open_connections(0));
            auto const now = one.transport->statistics();
            CHECK(now.idle == 0);
            CHECK(now.busy == 0);
            CHECK(now.closed_by(net::close_cause::left) == 1);
            CHECK(now.closed_by(net::close_cause::exchange_failed) == 0);
            auto again = one.open();
            REQUIRE(again.has_value());
            CHECK(one.read_all(*again).ends_with("|."));
            CHECK(one.transport->statistics().opened == 2);
        }
    }
}

TEST_CASE("stream: what fails in it is counted as a failure, not as left")
{
    for (bool const tls : {false, true}) {
        for (bool const is_cut : {false, true}) { // or it holds what means nothing
            CAPTURE(tls);
            CAPTURE(is_cut);
            line one(tls);
            auto script = connection_script().read_request().send(head + chunk(chat_piece("Blue")));
            if (is_cut)
                script.fin();
            else
                script.send(chunk("data: {\n\n")).drain();
            one.server->script(std::move(script));
            auto stream = one.open();
            REQUIRE(stream.has_value());
            CHECK(one.read_all(*stream) == (is_cut ? "Blue|truncated" : "Blue|decode_error"));
            auto const now = one.transport->statistics();
            CHECK(now.closed_by(net::close_cause::exchange_failed) == 1);
            CHECK(now.closed_by(net::close_cause::left) == 0);
        }
    }
}

TEST_CASE("stream: an end or a reset at any byte before the last event is partial, with the text so far")
{
    auto const done = whole().size() - chunk(chat_end).size() - last_chunk.size();
    for (bool const tls : {false, true}) {
        for (bool const reset : {false, true}) {
            std::size_t const step = tls ? 7 : 1; // each is a handshake
            for (std::size_t cut = head.size(); cut < done; cut += step) {
                CAPTURE(tls);
                CAPTURE(reset);
                CAPTURE(cut);
                line one(tls);
                auto script = connection_script().read_request().send(whole().substr(0, cut));
                one.server->script(reset ? script.rst() : script.fin());
                auto stream = one.open();
                // A reset may overtake the bytes before it.
                if (reset && !stream)
                    continue;
                REQUIRE_MESSAGE(stream.has_value(), stream.error());
                auto const seen = one.read_all(*stream);
                CHECK(seen.ends_with("truncated"));
                CHECK(one.next(*stream).error().outcome() == outcome::partial);
                auto const text = stream->text();
                CHECK(std::string_view("Blue, says \xc3\xbc.").starts_with(text));
                if (!reset && whole().substr(0, cut).find(chat_piece("Blue")) != std::string::npos)
                    CHECK(text.starts_with("Blue"));
                CHECK(one.transport->statistics().idle == 0);
                CHECK(one.transport->statistics().busy == 0);
            }
        }
    }
}

TEST_CASE("stream: what frames the body is no progress")
{
    // A chunk header of one byte at a time: the response goes on, and nothing comes.
    auto const time = std::make_shared<testing::manual_time>();
    line one(false, time);
    auto const first = head + chunk(chat_piece("Blue"));
    one.server->script(
        connection_script().read_request().send(first).drip(1).send("5;" + std::string(1000, 'x')).drain());
    call_options options;
    options.idle(200ms);
    auto stream = one.open(options);
    REQUIRE(stream.has_value());
    REQUIRE(one.next(*stream).has_value());
    std::optional<chat_item> out;
    stream->async_next([&out](chat_item r) { out.emplace(std::move(r)); });
    for (std::uint64_t i = 1; i <= 4; ++i) {
        CHECK_FALSE(out);
        one.server->step();
        REQUIRE(one.server->wait_for_sent_bytes(first.size() + i));
        one.io.restart();
        one.io.poll();
        time->advance(50ms);
    }
    one.io.restart();
    one.io.poll();
    one.server->step(2000);
    REQUIRE(out);
    CHECK(out->error() == errc::idle_timeout);
}

TEST_CASE("stream: a reader that does not read holds the server back")
{
    line one(false);
    auto const piece = chat_piece(std::string(1000, 'x'));
    constexpr std::size_t many = 40'000; // 40 MB
    one.server->script(connection_script().read_request().send(head).send_often(chunk(piece), many).hold());
    auto stream = one.open();
    REQUIRE(stream.has_value());
    REQUIRE(one.next(*stream).has_value());
    // The kernel's buffers fill, then nothing moves.
    std::uint64_t before = 0;
    for (int same = 0; same < 5;) {
        one.io.restart();
        one.io.run_one_for(20ms);
        auto const now = one.server->sent_bytes();
        same = now == before ? same + 1 : 0;
        before = now;
    }
    CHECK(before < many * piece.size() / 2);
    for (int i = 0; i < 100; ++i)
        REQUIRE(one.next(*stream).has_value());
}

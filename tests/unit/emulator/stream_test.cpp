#include "support.hpp"

#include <augur/emulator/openai_service.hpp>
#include <augur/emulator/server.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur::emulator;
using namespace emulator_test;

namespace {

std::string const ask_x = "GET /x HTTP/1.1\r\nhost: localhost\r\n\r\n";

answer three_pieces()
{
    return answer(200).piece("one").piece("two").piece("three");
}

/// What a client reads until the server ends the connection, and how that was.
struct reading
{
    std::string body;
    boost::system::error_code end;
};

reading read_x(server& services, answer a)
{
    services.script("/x", std::move(a));
    tls_client client(services.ca_pem(), services.port());
    client.write(ask_x);
    auto const text = client.read_all();
    auto const at = text.find("\r\n\r\n");
    return {at == text.npos ? text : text.substr(at + 4), client.end()};
}

std::string chat_request(server& services, std::string const& body)
{
    return "POST /v1/chat/completions HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer " +
           services.credentials().openai_key + "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

} // namespace

TEST_CASE("server: a stream can end early, cleanly, by a close or by a reset")
{
    server services;
    std::string const two = "3\r\none\r\n3\r\ntwo\r\n";
    auto const clean =
        read_x(services, three_pieces().hang_up(hang_up::after).cut_stream(2, stream_cut::ending::clean));
    CHECK(clean.body == two + "0\r\n\r\n");
    auto const closed = read_x(services, three_pieces().cut_stream(2));
    CHECK(closed.body == two);
    CHECK(closed.end == boost::asio::ssl::error::stream_truncated);
    auto const reset = read_x(services, three_pieces().cut_stream(2, stream_cut::ending::reset));
    CHECK(reset.body.starts_with("3\r\none") == !reset.body.empty()); // a reset may overtake what was sent
    CHECK(reset.end == boost::asio::error::connection_reset);
    auto const nothing = read_x(services, three_pieces().cut_stream(0));
    CHECK(nothing.body.empty());
    auto const all = read_x(services, three_pieces().hang_up(hang_up::after).cut_stream(3, stream_cut::ending::clean));
    CHECK(all.body == two + "5\r\nthree\r\n0\r\n\r\n");
}

TEST_CASE("server: a stream that falls silent stays open until the client goes")
{
    server services;
    services.script("/x", three_pieces().cut_stream(1, stream_cut::ending::silence));
    {
        tls_client client(services.ca_pem(), services.port());
        client.write(ask_x);
        CHECK(client.read_until("one\r\n").ends_with("3\r\none\r\n"));
        CHECK(services.open_connections() == 1);
    }
    CHECK_MESSAGE(services.wait_for_open_connections(0), "the server did not see that its client is gone");
}

TEST_CASE("server: pieces can be inserted and split anywhere")
{
    server services;
    auto const inserted = read_x(services, three_pieces().hang_up(hang_up::after).insert(1, "!"));
    CHECK(inserted.body == "3\r\none\r\n1\r\n!\r\n3\r\ntwo\r\n5\r\nthree\r\n0\r\n\r\n");
    auto const split = read_x(services, three_pieces().hang_up(hang_up::after).split(4));
    CHECK(split.body == "4\r\nonet\r\n4\r\nwoth\r\n3\r\nree\r\n0\r\n\r\n");
}

TEST_CASE("server: a service's own stream takes the same damage")
{
    server services;
    std::string const body =
        R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],"seed":1,"stream":true})";
    auto const stream = [&](answer a) {
        services.script("/v1/chat/completions", std::move(a));
        tls_client client(services.ca_pem(), services.port());
        client.write(chat_request(services, body));
        return client.read_all();
    };
    auto const whole = stream(answer());
    CHECK(whole.find("data: [DONE]\n\n\r\n0\r\n\r\n") != whole.npos);
    auto const cut = stream(answer().cut_stream(2));
    CHECK(cut.find("[DONE]") == cut.npos);
    CHECK(cut.find("\"content\":\"") != cut.npos);
    auto const broken = stream(answer().insert(2, "data: {\"error\":{\"message\":\"m\"}}\n\n"));
    CHECK(broken.find("data: {\"error\"") != broken.npos);
}

TEST_CASE("server: the control service damages streams and sets quirks")
{
    server services;
    auto const control = [&](std::string const& path, std::string const& body) {
        tls_client client(services.ca_pem(), services.port());
        client.write("POST /_emulator/" + path +
                     " HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-emulator-key: " +
                     services.credentials().control_key + "\r\ncontent-length: " + std::to_string(body.size()) +
                     "\r\n\r\n" + body);
        return client.read_all();
    };
    std::string const body = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}],"stream":true})";
    auto const chat = [&] {
        tls_client client(services.ca_pem(), services.port());
        client.write(chat_request(services, body));
        return client.read_all();
    };
    CHECK(control("script", R"({"path":"/v1/chat/completions","cut_stream":{"at":2,"how":"close"}})")
              .starts_with("HTTP/1.1 200"));
    CHECK(chat().find("[DONE]") == std::string::npos);
    CHECK(chat().find("[DONE]") != std::string::npos);
    CHECK(control("quirks", R"({"no_done":true,"obfuscation":true})").starts_with("HTTP/1.1 200"));
    auto const odd = chat();
    CHECK(odd.find("[DONE]") == std::string::npos);
    CHECK(odd.find("\"obfuscation\"") != std::string::npos);
    CHECK(control("quirks", R"({"prompt_annotations":true,"null_usage":false})").starts_with("HTTP/1.1 200"));
    CHECK(control("quirks", R"({"no_such":true})").starts_with("HTTP/1.1 400"));
    CHECK(control("script", R"({"path":"/x","cut_stream":{"at":2,"how":"gently"}})").starts_with("HTTP/1.1 400"));
    CHECK(control("quirks", R"({"pace_ms":60001})").starts_with("HTTP/1.1 400"));
    // What would do nothing, or something else, says so.
    for (auto const* wish : {R"("hang_up":"softly")", R"("hang_up":1)", R"("delay":5)", R"("delay_ms":-1)",
                             R"("delay_ms":"5")", R"("times":0)", R"("split":0)", R"("pace_ms":1e9)"}) {
        CAPTURE(wish);
        CHECK(control("script", std::string(R"({"path":"/x",)") + wish + "}").starts_with("HTTP/1.1 400"));
    }
    CHECK(services.scripts_left() == 0);
}

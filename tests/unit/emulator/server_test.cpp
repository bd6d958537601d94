#include "support.hpp"

#include <augur/emulator/sagemaker_service.hpp>
#include <augur/emulator/server.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/fault_network.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view one_row = R"({"instances":[[5.1,3.5,1.4,0.2]]})";

std::string azure_call(server const& s)
{
    auto r = post("/score", std::string(one_row));
    r.headers.add("authorization", "Bearer " + s.credentials().azure_key);
    return http_text(r);
}

server_options at(system_clock::time_point now)
{
    server_options o;
    o.clock = [now] { return now; };
    return o;
}

server& shared()
{
    static server s(at(moment));
    s.reset();
    return s;
}

std::string ask_once(server const& s, std::string const& text)
{
    tls_client client(s.ca_pem(), s.port());
    client.write(text);
    return client.read_one();
}

/// Sends bytes and reads until the server hangs up.
std::string answer_to_bytes(server const& s, std::string_view bytes)
{
    tls_client client(s.ca_pem(), s.port());
    client.write(bytes);
    return client.read_all();
}

} // namespace

TEST_CASE("server: a signed SageMaker call and an Azure ML call over TLS come back scored, on one connection")
{
    auto& s = shared();
    auto r = post("/endpoints/iris-prediction-endpoint/invocations", std::string(one_row),
                  "localhost:" + std::to_string(s.port()));
    signing keys;
    keys.access_key = s.credentials().main.access_key;
    keys.secret_key = s.credentials().main.secret_key;
    sign(r, keys);
    tls_client client(s.ca_pem(), s.port());
    for (auto const& call : {http_text(r), azure_call(s), http_text(r)}) {
        client.write(call);
        auto const answer = client.read_one();
        CHECK(answer.starts_with("HTTP/1.1 200 OK\r\n"));
        CHECK(answer.find(R"({"predictions":[{"predicted_class":"setosa","predicted_class_index":0,)") !=
              std::string::npos);
    }
    CHECK(s.count() == 3);
    CHECK(s.count("/score") == 1);
    auto const seen = s.requests();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].request.connection == seen[2].request.connection);
    CHECK(seen[0].request.headers.get("host") == "localhost:" + std::to_string(s.port()));
    CHECK(seen[1].status == 200);
    CHECK(seen[0].request_id != seen[2].request_id);
}

TEST_CASE("server: its certificate is good for localhost, the loopback addresses and the names it was given only")
{
    server_options o;
    o.certificate_names = {"*.example.test"};
    server s(o);
    for (auto const* name : {"localhost", "127.0.0.1", "::1", "a.example.test"}) {
        CAPTURE(name);
        CHECK_NOTHROW(tls_client(s.ca_pem(), s.port(), name));
    }
    for (auto const* name : {"example.test", "a.b.example.test", "localhost.test", "127.0.0.2"}) {
        CAPTURE(name);
        CHECK_THROWS(tls_client(s.ca_pem(), s.port(), name));
    }
    CHECK_THROWS(tls_client(augur::testing::certificate_authority().pem(), s.port()));
}

TEST_CASE("server: the authority's file is private and disappears with the server")
{
    std::string path;
    {
        server s;
        path = s.ca_file();
        struct ::stat info{};
        REQUIRE(::stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 0777) == 0600);
        std::ifstream file(path);
        CHECK(std::string(std::istreambuf_iterator<char>(file), {}) == s.ca_pem());
    }
    CHECK_FALSE(std::filesystem::exists(path));
}

TEST_CASE("server: it listens on loopback only")
{
    for (auto const* host : {"0.0.0.0", "::", "10.1.2.3", "example.com", ""}) {
        CAPTURE(host);
        server_options o;
        o.host = host;
        CHECK_THROWS_AS(server{o}, std::invalid_argument);
    }
}

TEST_CASE("server: its URLs and its certificate name the address that it listens on")
{
    server_options o;
    o.host = "127.0.0.2";
    o.plain_http = true;
    server s(o);
    CHECK(s.https_url("azure_ml") == "https://127.0.0.2:" + std::to_string(s.port()) + "/score");
    CHECK(s.http_url() == "http://127.0.0.2:" + std::to_string(s.http_port()));
    CHECK_NOTHROW(tls_client(s.ca_pem(), s.port(), o.host, boost::asio::ip::make_address(o.host)));
}

TEST_CASE("server: scripted answers come in order, as often as told, then the service again")
{
    auto& s = shared();
    s.script("/score", answer(503).header("retry-after", "2").body("{}"), 2);
    s.script("/score", answer(429));
    CHECK(s.scripts_left() == 3);
    tls_client client(s.ca_pem(), s.port());
    std::string statuses;
    for (int i = 0; i < 4; ++i) {
        client.write(azure_call(s));
        auto const text = client.read_one();
        statuses += text.substr(9, 4);
        if (i == 0)
            CHECK(text.find("retry-after: 2\r\n") != std::string::npos);
    }
    CHECK(statuses == "503 503 429 200 ");
    CHECK(s.scripts_left() == 0);
    CHECK(s.requests("/score").back().scripted == false);
}

TEST_CASE("server: a script can hang up before, inside and after the answer")
{
    auto& s = shared();
    s.script("/score", answer().hang_up(hang_up::instead));
    CHECK(answer_to_bytes(s, azure_call(s)).empty());
    s.script("/score", answer().hang_up(hang_up::reset));
    CHECK(answer_to_bytes(s, azure_call(s)).empty());
    s.script("/score", answer().cut_after(40));
    CHECK(answer_to_bytes(s, azure_call(s)).size() == 40);
    s.script("/score", answer().hang_up(hang_up::after));
    auto text = answer_to_bytes(s, azure_call(s));
    CHECK(text.find("Connection: close") != std::string::npos);
    CHECK(text.find("predictions") != std::string::npos);
    s.script("/score", answer().hang_up(hang_up::after_silently));
    text = answer_to_bytes(s, azure_call(s));
    CHECK(text.find("Connection: close") == std::string::npos);
    CHECK(text.find("predictions") != std::string::npos);
    s.script("/score", answer().raw("HTTP/1.1 099 what\r\n\r\n"));
    CHECK(answer_to_bytes(s, azure_call(s)) == "HTTP/1.1 099 what\r\n\r\n");
}

TEST_CASE("server: a whole answer ends with close_notify, a cut one without")
{
    auto& s = shared();
    tls_client whole(s.ca_pem(), s.port());
    s.script("/score", answer().hang_up(hang_up::after));
    whole.write(azure_call(s));
    whole.read_all();
    CHECK(whole.end() == boost::asio::error::eof);
    tls_client cut(s.ca_pem(), s.port());
    s.script("/score", answer().cut_after(10));
    cut.write(azure_call(s));
    cut.read_all();
    CHECK(cut.end() == boost::asio::ssl::error::stream_truncated);
}

TEST_CASE("server: a streamed answer goes out in chunks")
{
    auto& s = shared();
    s.script("/score", answer(200).piece("hello ").piece("").piece("world").hang_up(hang_up::after));
    auto const text = answer_to_bytes(s, azure_call(s));
    CHECK(text.find("Transfer-Encoding: chunked\r\n\r\n6\r\nhello \r\n5\r\nworld\r\n0\r\n\r\n") != std::string::npos);
}

TEST_CASE("server: the date of an answer is that of the clock by which signatures are judged")
{
    auto& s = shared(); // whose clock stands at the moment
    CHECK(ask_once(s, azure_call(s)).find("Date: Sun, 30 Aug 2015 12:36:00 GMT\r\n") != std::string::npos);
    CHECK(answer_to_bytes(s, "GET / HTTP/9.9\r\n\r\n").find("Date: Sun, 30 Aug 2015") != std::string::npos);
}

TEST_CASE("server: foreign bytes in an answer's header cannot start a line")
{
    auto& s = shared();
    s.script("/score", answer(200).header("x-a", "1\r\nx-b: 2").hang_up(hang_up::after));
    CHECK(answer_to_bytes(s, azure_call(s)).find("\r\nx-b") == std::string::npos);
}

TEST_CASE("server: an unknown address is 404, and the control needs its key")
{
    auto& s = shared();
    CHECK(ask_once(s, http_text(post("/nothing", ""))).starts_with("HTTP/1.1 404"));
    CHECK(ask_once(s, http_text(post("/_emulator/reset", ""))).starts_with("HTTP/1.1 403"));
    auto script = post("/_emulator/script", R"({"path":"/score","status":418,"headers":{"x-a":"b"},"body":"tea"})");
    script.headers.add("x-emulator-key", s.credentials().control_key);
    CHECK(ask_once(s, http_text(script)).starts_with("HTTP/1.1 200"));
    auto const answer = ask_once(s, azure_call(s));
    CHECK(answer.starts_with("HTTP/1.1 418"));
    CHECK(answer.find("x-a: b\r\n") != std::string::npos);
    auto broken = post("/_emulator/script", R"({"path":"/score","status":"x"})");
    broken.headers.add("x-emulator-key", s.credentials().control_key);
    CHECK(ask_once(s, http_text(broken)).starts_with("HTTP/1.1 400"));
}

TEST_CASE("server: hostile bytes are refused or dropped, and the next client is served")
{
    auto& s = shared();
    auto const status = [](std::string const& text) { return text.empty() ? std::string("none") : text.substr(9, 3); };
    CHECK(status(answer_to_bytes(s, "GET / HTTP/1.1\r\nx: " + std::string(40'000, 'a') + "\r\n\r\n")) == "431");
    CHECK(status(answer_to_bytes(s, "POST /score HTTP/1.1\r\ncontent-length: 99999999\r\n\r\n")) == "413");
    CHECK(status(answer_to_bytes(s, "POST /score HTTP/1.1\r\ncontent-length: 18446744073709551616\r\n\r\n")) == "400");
    CHECK(status(answer_to_bytes(s, "POST /score HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n")) == "400");
    CHECK(status(answer_to_bytes(s, std::string_view("\0\1\2\3 nonsense\r\n\r\n", 17))) == "400");
    CHECK(status(answer_to_bytes(s, "GET / HTTP/9.9\r\n\r\n")) == "400");
    // Deep JSON, to the model and to the control.
    auto deep = post("/score", std::string(1'000'000, '['));
    deep.headers.add("authorization", "Bearer " + s.credentials().azure_key);
    CHECK(status(ask_once(s, http_text(deep))) == "424");
    auto control = post("/_emulator/script", std::string(1'000'000, '['));
    control.headers.add("x-emulator-key", s.credentials().control_key);
    CHECK(status(ask_once(s, http_text(control))) == "400");
    CHECK(status(ask_once(s, azure_call(s))) == "200");
}

TEST_CASE("server: a client that goes away in the middle harms nobody")
{
    auto& s = shared();
    auto const whole = azure_call(s);
    for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
        tls_client client(s.ca_pem(), s.port());
        client.write(std::string_view(whole).substr(0, cut));
    }
    CHECK(ask_once(s, whole).starts_with("HTTP/1.1 200"));
}

TEST_CASE("server: who came while no descriptor was left is served once there is one")
{
    server_options o;
    o.plain_http = true;
    server s(o);
    tls_client first(s.ca_pem(), s.port());
    auto const turn = [&] {
        first.write(http_text(post("/nothing", "")));
        return first.read_one();
    };
    turn(); // the server has both its descriptor and its thread in hand
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket second(io, boost::asio::ip::tcp::v4());
    {
        augur::testing::descriptor_limit const none;
        second.connect({boost::asio::ip::address_v4::loopback(), s.http_port()});
        for (int i = 0; i < 1200; ++i) // each is at least one turn of the loop that accepts, too
            turn();
    }
    boost::system::error_code end;
    boost::asio::write(second, boost::asio::buffer(std::string("GET /nothing HTTP/1.0\r\n\r\n")), end);
    std::string text;
    boost::asio::read(second, boost::asio::dynamic_buffer(text), end);
    CHECK(text.starts_with("HTTP/1.1 404"));
}

TEST_CASE("server: a client that expects 100-continue gets it before it sends the body")
{
    auto& s = shared();
    auto const whole = azure_call(s);
    auto const head_size = whole.find("\r\n\r\n") + 4;
    auto head = whole.substr(0, head_size);
    head.insert(head.size() - 2, "expect: 100-continue\r\n");
    tls_client client(s.ca_pem(), s.port());
    client.write(head);
    CHECK(client.read_one() == "HTTP/1.1 100 Continue\r\n\r\n");
    client.write(std::string_view(whole).substr(head_size));
    CHECK(client.read_one().starts_with("HTTP/1.1 200"));
}

TEST_CASE("server: closing the connections reaches an idle client, and stop reaches everybody")
{
    server s;
    tls_client idle(s.ca_pem(), s.port());
    idle.write(azure_call(s));
    CHECK(idle.read_one().starts_with("HTTP/1.1 200"));
    CHECK(s.connections() == 1);
    CHECK(s.open_connections() == 1);
    s.close_connections();
    CHECK(idle.read_all().empty());
    tls_client other(s.ca_pem(), s.port());
    s.stop();
    CHECK(other.read_all().empty());
    s.stop(); // a second time does nothing
}

TEST_CASE("server: services of one's own come first")
{
    struct teapot final : service
    {
        std::string_view name() const noexcept override { return "teapot"; }
        std::string_view base_path() const noexcept override { return "/tea"; }
        bool matches(request const& r) const override { return r.path() == "/tea"; }
        boost::asio::awaitable<response> handle(request const&, context const&) override
        {
            co_return json_response(418, "{}");
        }
    };
    server_options o;
    o.plain_http = true;
    server s(o);
    s.add(std::make_unique<teapot>());
    CHECK(ask_once(s, http_text(post("/tea", ""))).starts_with("HTTP/1.1 418"));
    CHECK(s.https_url("teapot") == "https://localhost:" + std::to_string(s.port()) + "/tea");
    CHECK(s.http_url("teapot") == "http://127.0.0.1:" + std::to_string(s.http_port()) + "/tea");
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket plain(io);
    plain.connect({boost::asio::ip::address_v4::loopback(), s.http_port()});
    boost::asio::write(plain, boost::asio::buffer(std::string("GET /tea HTTP/1.0\r\n\r\n")));
    std::string text;
    boost::system::error_code end;
    boost::asio::read(plain, boost::asio::dynamic_buffer(text), end);
    CHECK(text.starts_with("HTTP/1.1 418"));
}

// The server that tests others, where its script or its settings are wrong themselves.
#include <augur/testing/fault_server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using namespace augur;
namespace asio = boost::asio;
using tcp = asio::ip::tcp;
using testing::connection_script;

namespace {

/// What a connection gives until its end; "reset" if that is none.
std::string ask(std::uint16_t port)
{
    asio::io_context context;
    tcp::socket socket(context);
    socket.connect({asio::ip::make_address_v4("127.0.0.1"), port});
    boost::system::error_code code;
    asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\n\r\n")), code);
    if (!code)
        socket.shutdown(tcp::socket::shutdown_send, code);
    if (code) // the reset was here first
        return "reset";
    std::string out;
    asio::read(socket, asio::dynamic_buffer(out), code);
    return code == asio::error::eof ? out : "reset";
}

} // namespace

TEST_CASE("fault server: what a script throws is kept for the test, and ends no more than its connection")
{
    testing::fault_server server;
    server.script(connection_script().serve(
        [](testing::received_request const&) -> std::string { throw std::runtime_error("no answer"); }));
    testing::fault_tls bad;
    bad.certificate_pem = "no PEM";
    server.script(connection_script().start_tls(bad).read_request());
    server.always(connection_script().serve("HTTP/1.1 204 X\r\n\r\n"));
    CHECK(ask(server.port()) == "reset");
    CHECK(ask(server.port()) == "reset");
    CHECK(ask(server.port()) == "HTTP/1.1 204 X\r\n\r\n");
    auto const problems = server.problems();
    REQUIRE(problems.size() == 2);
    CHECK(problems[0] == "no answer");
    CHECK_FALSE(problems[1].empty());
}

// Posts a row to an HTTPS endpoint with plain Boost.Beast: what the consumer file of Augur is measured beside.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <chrono>
#include <exception>
#include <iostream>
#include <string>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::use_awaitable;

asio::awaitable<std::string> post(std::string host, std::string port, std::string target, std::string body)
{
    auto const executor = co_await asio::this_coro::executor;
    asio::ssl::context context(asio::ssl::context::tls_client);
    context.set_default_verify_paths();
    context.set_verify_mode(asio::ssl::verify_peer);

    asio::ip::tcp::resolver resolver(executor);
    beast::ssl_stream<beast::tcp_stream> stream(executor, context);
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());

    auto const addresses = co_await resolver.async_resolve(host, port, use_awaitable);
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(3));
    co_await beast::get_lowest_layer(stream).async_connect(addresses, use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, use_awaitable);

    http::request<http::string_body> request(http::verb::post, target, 11);
    request.set(http::field::host, host);
    request.set(http::field::content_type, "application/json");
    request.body() = std::move(body);
    request.prepare_payload();
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(60));
    co_await http::async_write(stream, request, use_awaitable);

    beast::flat_buffer buffer;
    http::response<http::string_body> response;
    co_await http::async_read(stream, buffer, response, use_awaitable);
    beast::error_code ignored;
    beast::get_lowest_layer(stream).socket().close(ignored);
    co_return std::move(response.body());
}

asio::awaitable<void> score()
{
    std::string const answer =
        co_await post("localhost", "8443", "/endpoints/iris/invocations", R"({"instances":[[5.1,3.5,1.4,0.2]]})");
    std::cout << answer << '\n';
}

int main()
{
    asio::io_context io;
    asio::co_spawn(io, score(), [](std::exception_ptr failure) {
        if (failure)
            std::rethrow_exception(failure);
    });
    io.run();
}

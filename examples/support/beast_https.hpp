#pragma once

// One request over TLS with plain Beast: what somebody has who brings his own HTTP. Nothing of augur is in it.

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <string>

namespace beast_https {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

/// Throws what Asio and Beast throw.
inline asio::awaitable<response> send(std::string host, std::string port, request r)
{
    auto const executor = co_await asio::this_coro::executor;
    asio::ssl::context tls(asio::ssl::context::tls_client);
    tls.set_default_verify_paths();
    asio::ssl::stream<asio::ip::tcp::socket> stream(executor, tls);
    stream.set_verify_mode(asio::ssl::verify_peer);
    stream.set_verify_callback(asio::ssl::host_name_verification(host));
    SSL_set_tlsext_host_name(stream.native_handle(), host.c_str());

    asio::ip::tcp::resolver resolver(executor);
    auto const found = co_await resolver.async_resolve(host, port, asio::use_awaitable);
    co_await asio::async_connect(stream.next_layer(), found, asio::use_awaitable);
    co_await stream.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
    r.prepare_payload();
    co_await http::async_write(stream, r, asio::use_awaitable);
    boost::beast::flat_buffer buffer;
    response out;
    co_await http::async_read(stream, buffer, out, asio::use_awaitable);
    co_return out;
}

} // namespace beast_https

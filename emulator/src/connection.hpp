#pragma once

#include <augur/emulator/http.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <cstdint>

namespace augur::emulator {

/// What a connection asks of its server. Called on the server's thread.
class connection_host
{
public:
    virtual ~connection_host() = default;
    virtual boost::asio::awaitable<response> answer_to(request const& r) = 0;
    virtual void opened(std::uint64_t id, boost::asio::ip::tcp::socket& socket) = 0;
    virtual void closed(std::uint64_t id) = 0;
    virtual void handshake_failed() = 0;
    virtual std::chrono::seconds idle_limit() const = 0;
    virtual std::chrono::system_clock::time_point now() const = 0;
};

inline constexpr std::size_t most_header_bytes = 32u << 10;
inline constexpr std::size_t most_body_bytes = 26u << 20;

/// The life of one connection: requests one after the other until either side has enough.
boost::asio::awaitable<void> serve_tls(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& tls,
                                       connection_host& host, std::uint64_t id);
boost::asio::awaitable<void> serve_plain(boost::asio::ip::tcp::socket socket, connection_host& host, std::uint64_t id);

/// The head and, when it is not streamed, the body of an answer as it goes over the wire.
std::string wire_text(response const& answer, std::string_view method, bool keep_alive,
                      std::chrono::system_clock::time_point now);

} // namespace augur::emulator

#pragma once

#include <augur/net/endpoint.hpp>
#include <augur/net/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

inline boost::asio::ip::tcp::endpoint to_asio(address const& a, std::uint16_t port)
{
    namespace ip = boost::asio::ip;
    if (a.is_v6)
        return {ip::address_v6(a.bytes), port};
    return {ip::address_v4({a.bytes[0], a.bytes[1], a.bytes[2], a.bytes[3]}), port};
}

inline io_result to_io_result(error_code code, std::size_t size, io_status would_block) noexcept
{
    if (!code)
        return {io_status::ok, size, {}};
    if (code == boost::asio::error::would_block || code == boost::asio::error::try_again)
        return {would_block, 0, {}};
    if (code == boost::asio::error::eof)
        return {io_status::end, 0, {}};
    return {io_status::failed, 0, code};
}

/// A TCP socket. Asio writes with MSG_NOSIGNAL: a broken connection is an error, not SIGPIPE.
class tcp_stream final : public stream
{
public:
    using socket_type = boost::asio::ip::tcp::socket;

    explicit tcp_stream(boost::asio::any_io_executor const& executor) : socket_(executor) {}

    socket_type& socket() noexcept { return socket_; }

    io_result try_read(char* to, std::size_t size) noexcept override
    {
        error_code code;
        auto const n = socket_.read_some(boost::asio::buffer(to, size), code);
        return to_io_result(code, n, io_status::want_read);
    }

    io_result try_write(char const* from, std::size_t size) noexcept override
    {
        error_code code;
        auto const n = socket_.write_some(boost::asio::buffer(from, size), code);
        return to_io_result(code, n, io_status::want_write);
    }

    void start_wait(direction what, wake_token token) override
    {
        socket_.async_wait(what == direction::read ? socket_type::wait_read : socket_type::wait_write, std::move(token));
    }

    void cancel() noexcept override
    {
        error_code ignored;
        socket_.cancel(ignored);
    }

    void close() noexcept override
    {
        error_code ignored;
        socket_.close(ignored);
    }

private:
    socket_type socket_;
};

/// `co_await connecting(op, stream, address, port, until)`, then ask for `code()`.
class connecting final : public suspension
{
public:
    connecting(operation& op, tcp_stream& s, boost::asio::ip::tcp::endpoint to, steady_time until) noexcept
        : suspension(op, until), stream_(&s), to_(std::move(to))
    {
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        stream_->socket().async_connect(to_, wake_token(*this));
        return true;
    }
    wake await_resume() const noexcept { return cause(); }
    error_code code() const noexcept { return code_; }

private:
    void interrupt() noexcept override { stream_->close(); }
    void completed(error_code code) noexcept override
    {
        code_ = code;
        finish(cause());
    }

    tcp_stream* stream_;
    boost::asio::ip::tcp::endpoint to_;
    error_code code_;
};

} // namespace augur::inline AUGUR_ABI::net::detail

// Boost.Beast as well as it can be used: a concrete executor, buffers and objects that are used again, no
// time limit, no signature.
#include "clients.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_static_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <array>
#include <optional>

namespace bench {

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using executor = asio::io_context::executor_type;
using socket_type = asio::basic_stream_socket<asio::ip::tcp, executor>;
using token = asio::use_awaitable_t<executor>;

struct progress
{
    std::size_t left = 0;
    std::size_t started = 0;
    latencies* times = nullptr;
};

socket_type& lowest(socket_type& s)
{
    return s;
}
socket_type& lowest(asio::ssl::stream<socket_type>& s)
{
    return s.next_layer();
}

template <class Stream>
class connection
{
public:
    template <class... Rest>
    connection(asio::io_context& context, std::uint16_t port, Rest&... rest)
        : stream_(socket_type(context.get_executor()), rest...), request_(http::verb::post, path, 11)
    {
        lowest(stream_).connect({asio::ip::address_v4::loopback(), port});
        lowest(stream_).set_option(asio::ip::tcp::no_delay(true));
        if constexpr (!std::is_same_v<Stream, socket_type>)
            stream_.handshake(asio::ssl::stream_base::client);
        request_.set(http::field::host, "127.0.0.1:" + std::to_string(port));
        request_.set(http::field::content_type, "text/csv");
        request_.body() = boost::beast::span<char const>(payload.data(), payload.size());
        request_.prepare_payload();
    }

    asio::awaitable<void, executor> run(progress& p)
    {
        while (p.left > 0) {
            --p.left;
            auto const started = latencies::start(p.started++);
            http::request_serializer<http::span_body<char const>> serializer(request_);
            co_await http::async_write(stream_, serializer, token());
            std::optional<http::response_parser<http::string_body>> parser(std::in_place);
            co_await http::async_read(stream_, buffer_, *parser, token());
            if (parser->get().result_int() != 200 || parser->get().body().size() != 600)
                give_up("beast", "this is no answer");
            p.times->stop(started);
        }
    }

private:
    Stream stream_;
    http::request<http::span_body<char const>> request_;
    boost::beast::flat_static_buffer<4096> buffer_;
};

template <class Stream>
class beast_client final : public client
{
public:
    explicit beast_client(target const& to) : tls_(asio::ssl::context::tlsv13_client)
    {
        if (to.tls) {
            tls_.add_certificate_authority(asio::buffer(to.authority_pem));
            tls_.set_verify_mode(asio::ssl::verify_peer);
            SSL_CTX_set_read_ahead(tls_.native_handle(), 1);
        }
        for (int i = 0; i < to.connections; ++i) {
            if constexpr (std::is_same_v<Stream, socket_type>)
                connections_.push_back(std::make_unique<connection<Stream>>(context_, to.port));
            else
                connections_.push_back(std::make_unique<connection<Stream>>(context_, to.port, tls_));
        }
    }

    std::size_t open_connections() const override { return connections_.size(); }

    void run(std::size_t calls, latencies& times) override
    {
        progress p{calls, 0, &times};
        for (auto& c : connections_)
            asio::co_spawn(context_.get_executor(), c->run(p), asio::detached);
        context_.restart();
        context_.run();
    }

private:
    asio::io_context context_{1};
    asio::ssl::context tls_;
    std::vector<std::unique_ptr<connection<Stream>>> connections_;
};

} // namespace

std::unique_ptr<client> make_beast(target const& to)
{
    if (to.tls)
        return std::make_unique<beast_client<asio::ssl::stream<socket_type>>>(to);
    return std::make_unique<beast_client<socket_type>>(to);
}

} // namespace bench

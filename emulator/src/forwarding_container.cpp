#include <augur/emulator/container.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <charconv>
#include <stdexcept>

namespace augur::emulator {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

namespace {

constexpr auto to_tuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t largest_reply = 26u << 20;

struct exchanged
{
    boost::system::error_code problem; ///< `beast::error::timeout`: it took too long
    std::string what;                  ///< went wrong
    http::response<http::string_body> answer;
};

/// One exchange over a new connection.
asio::awaitable<exchanged> exchange(std::string host, std::string port, http::request<http::string_body> message,
                                    std::chrono::milliseconds limit)
{
    exchanged out;
    unsigned short number = 0;
    std::from_chars(port.data(), port.data() + port.size(), number);
    asio::ip::tcp::endpoint const where(asio::ip::make_address(host), number);
    auto const executor = co_await asio::this_coro::executor;
    beast::tcp_stream stream(executor);
    stream.expires_after(limit);
    auto const connected = co_await stream.async_connect(where, to_tuple);
    out.problem = std::get<0>(connected);
    if (out.problem) {
        out.what = "cannot be reached";
        co_return out;
    }
    auto const written = co_await http::async_write(stream, message, to_tuple);
    out.problem = std::get<0>(written);
    if (out.problem) {
        out.what = "broke the connection before it had the whole request";
        co_return out;
    }
    beast::flat_buffer buffer;
    http::response_parser<http::string_body> parser;
    parser.body_limit(largest_reply);
    auto const read = co_await http::async_read(stream, buffer, parser, to_tuple);
    out.problem = std::get<0>(read);
    if (out.problem)
        out.what = "gave no answer that can be read";
    else
        out.answer = parser.release();
    co_return out;
}

} // namespace

forwarding_container::forwarding_container(std::string url, std::chrono::milliseconds limit) : limit_(limit)
{
    static constexpr std::string_view scheme = "http://";
    std::string_view rest = url;
    auto const fail = [&] {
        throw std::invalid_argument("the container must be http://127.0.0.1:PORT or another loopback address, not " +
                                    url);
    };
    if (!rest.starts_with(scheme))
        fail();
    rest.remove_prefix(scheme.size());
    if (rest.ends_with('/'))
        rest.remove_suffix(1);
    auto const bracket = rest.starts_with('[') ? rest.find(']') : 0;
    auto const colon = bracket == rest.npos ? rest.npos : rest.find(':', bracket);
    auto name = rest.substr(0, colon);
    port_ = colon == rest.npos ? "80" : rest.substr(colon + 1);
    if (name.starts_with('[') && name.ends_with(']'))
        name = name.substr(1, name.size() - 2);
    host_ = name == "localhost" ? "127.0.0.1" : name;

    unsigned short number = 0;
    auto const parsed = std::from_chars(port_.data(), port_.data() + port_.size(), number);
    boost::system::error_code problem;
    auto const address = asio::ip::make_address(host_, problem);
    if (problem || !address.is_loopback() || parsed.ec != std::errc() || parsed.ptr != port_.data() + port_.size() ||
        number == 0)
        fail();
}

asio::awaitable<container_reply> forwarding_container::invoke(container_call call)
{
    http::request<http::string_body> message(http::verb::post, call.path, 11);
    message.set(http::field::host, host_ + ":" + port_);
    message.set(http::field::connection, "close");
    if (!call.content_type.empty())
        message.set(http::field::content_type, call.content_type);
    if (!call.accept.empty())
        message.set(http::field::accept, call.accept);
    for (auto const& [name, value] : call.headers.lines())
        message.insert(name, value);
    message.body() = std::move(call.body);
    message.prepare_payload();

    auto done = co_await exchange(host_, port_, std::move(message), limit_);
    container_reply reply;
    if (done.problem == beast::error::timeout) {
        reply.status = 0;
        reply.body = "Your invocation timed out while waiting for a response from the container.";
        co_return reply;
    }
    if (done.problem) {
        reply.status = 0;
        reply.fault = container_fault::connection;
        reply.body = "The container " + done.what + ": " + done.problem.message();
        co_return reply;
    }
    reply.status = static_cast<int>(done.answer.result_int());
    reply.content_type = std::string(done.answer[http::field::content_type]);
    for (auto const& field : done.answer)
        reply.headers.add(std::string(field.name_string()), std::string(field.value()));
    reply.body = std::move(done.answer.body());
    co_return reply;
}

asio::awaitable<bool> forwarding_container::ping()
{
    http::request<http::string_body> message(http::verb::get, "/ping", 11);
    message.set(http::field::host, host_ + ":" + port_);
    message.set(http::field::connection, "close");
    auto const done = co_await exchange(host_, port_, std::move(message), std::chrono::seconds(2));
    co_return !done.problem && done.answer.result_int() == 200;
}

} // namespace augur::emulator

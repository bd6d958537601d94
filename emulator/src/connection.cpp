#include "connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <chrono>
#include <cstdio>
#include <optional>

namespace augur::emulator {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

namespace {

constexpr auto tuple_awaitable = asio::as_tuple(asio::use_awaitable);

std::string_view reason(int status)
{
    if (status == 530)
        return "Origin Error";
    auto const known = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
    return {known.data(), known.size()};
}

/// Foreign bytes on a header line must not start a second line.
std::string one_line(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c == '\r' || c == '\n' || c == '\0')
            c = ' ';
    return out;
}

std::string http_date(std::chrono::system_clock::time_point at)
{
    static constexpr char const* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr char const* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                             "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;
    auto const whole = floor<seconds>(at);
    auto const midnight = floor<std::chrono::days>(whole);
    year_month_day const date(midnight);
    hh_mm_ss const time(whole - midnight);
    char text[64];
    std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", days[weekday(midnight).c_encoding()],
                  unsigned(date.day()), months[unsigned(date.month()) - 1], int(date.year()), int(time.hours().count()),
                  int(time.minutes().count()), int(time.seconds().count()));
    return text;
}

std::string chunk(std::string_view bytes)
{
    char size[24];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + std::string(bytes) + "\r\n";
}

/// Tells the host when a connection is over, whichever way that comes about.
class registration
{
public:
    registration(connection_host& host, std::uint64_t id, tcp::socket& socket) : host_(host), id_(id)
    {
        host_.opened(id_, socket);
    }
    ~registration() { host_.closed(id_); }
    registration(registration const&) = delete;
    registration& operator=(registration const&) = delete;

private:
    connection_host& host_;
    std::uint64_t id_;
};

request to_request(http::request<http::string_body>&& message, bool tls, std::uint64_t id)
{
    request r;
    r.method = std::string(message.method_string());
    r.target = std::string(message.target());
    for (auto const& field : message)
        r.headers.add(std::string(field.name_string()), std::string(field.value()));
    r.body = std::move(message.body());
    r.tls = tls;
    r.connection = id;
    return r;
}

/// What the parser's refusal means to the client; nothing when the connection just ended.
std::optional<response> refusal(beast::error_code const& problem)
{
    if (problem == http::error::header_limit)
        return json_response(431, R"({"message":"the request head is larger than 32 KiB"})");
    if (problem == http::error::body_limit)
        return json_response(413, R"({"message":"the request body is larger than 26 MiB"})");
    if (problem == http::error::end_of_stream || problem == http::error::partial_message ||
        problem.category() != http::make_error_code(http::error::end_of_stream).category())
        return std::nullopt;
    return json_response(400, R"({"message":"this is not HTTP/1.1"})");
}

asio::awaitable<void> pause(std::chrono::milliseconds time)
{
    if (time.count() <= 0)
        co_return;
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(tuple_awaitable);
}

template <class Stream>
asio::awaitable<bool> send(Stream& stream, std::string bytes)
{
    beast::get_lowest_layer(stream).expires_after(std::chrono::seconds(60));
    auto const result = co_await asio::async_write(stream, asio::buffer(bytes), tuple_awaitable);
    co_return !std::get<0>(result);
}

/// Closes only after the client had time to read: unread bytes at close become a reset that can overtake the answer.
template <class Stream>
asio::awaitable<void> drain(Stream& stream)
{
    auto& socket = beast::get_lowest_layer(stream);
    socket.expires_after(std::chrono::seconds(2));
    std::string scrap(64u << 10, '\0');
    for (std::size_t seen = 0; seen < 4 * most_body_bytes;) {
        auto const read = co_await socket.async_read_some(asio::buffer(scrap), tuple_awaitable);
        if (std::get<0>(read))
            break;
        seen += std::get<1>(read);
    }
}

/// Ends a connection in the middle of a body.
template <class Stream>
asio::awaitable<void> break_off(Stream& stream, stream_cut::ending how)
{
    auto& socket = beast::get_lowest_layer(stream).socket();
    boost::system::error_code ignored;
    if (how == stream_cut::ending::silence) {
        beast::get_lowest_layer(stream).expires_never();
        char scrap[1024];
        for (boost::system::error_code gone; !gone;) {
            auto const read =
                co_await beast::get_lowest_layer(stream).async_read_some(asio::buffer(scrap), tuple_awaitable);
            gone = std::get<0>(read);
        }
    }
    else if (how == stream_cut::ending::reset) {
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
        socket.close(ignored);
    }
    else {
        socket.shutdown(tcp::socket::shutdown_send, ignored);
    }
}

/// Sends an answer with its delays and damages. True when the connection may go on.
template <class Stream>
asio::awaitable<bool> deliver(Stream& stream, connection_host& host, response answer, std::string method,
                              bool keep_alive)
{
    beast::get_lowest_layer(stream).expires_never();
    co_await pause(answer.delay);
    auto& socket = beast::get_lowest_layer(stream).socket();
    if (answer.hang_up == hang_up::reset) {
        boost::system::error_code ignored;
        socket.set_option(asio::socket_base::linger(true, 0), ignored);
    }
    if (answer.hang_up == hang_up::instead || answer.hang_up == hang_up::reset) {
        boost::system::error_code ignored;
        socket.close(ignored);
        co_return false;
    }
    if (!answer.raw.empty()) {
        co_await send(stream, std::move(answer.raw));
        co_return false;
    }
    keep_alive = keep_alive && answer.hang_up != hang_up::after;
    auto text = wire_text(answer, method, keep_alive, host.now());
    if (answer.hang_up == hang_up::inside_body) {
        for (auto const& p : answer.pieces)
            text += chunk(p.bytes);
        text.resize(std::min(text.size(), answer.cut_after));
        co_await send(stream, std::move(text));
        boost::system::error_code ignored;
        socket.shutdown(tcp::socket::shutdown_send, ignored);
        co_return false;
    }
    bool good = co_await send(stream, std::move(text));
    for (std::size_t i = 0; good && i < answer.pieces.size(); ++i) {
        if (answer.cut && i == answer.cut->at)
            break;
        auto const& p = answer.pieces[i];
        beast::get_lowest_layer(stream).expires_never();
        co_await pause(p.before);
        if (!p.bytes.empty()) // an empty chunk would end the body
            good = co_await send(stream, chunk(p.bytes));
    }
    if (good && answer.cut && answer.cut->how != stream_cut::ending::clean) {
        co_await break_off(stream, answer.cut->how);
        co_return false;
    }
    if (good && !answer.pieces.empty())
        good = co_await send(stream, "0\r\n\r\n");
    co_return good&& keep_alive&& answer.hang_up == hang_up::no;
}

template <class Stream>
asio::awaitable<void> converse(Stream& stream, connection_host& host, std::uint64_t id, bool tls)
{
    beast::flat_buffer buffer;
    for (;;) {
        http::request_parser<http::string_body> parser;
        parser.header_limit(static_cast<std::uint32_t>(most_header_bytes));
        parser.body_limit(most_body_bytes);
        beast::get_lowest_layer(stream).expires_after(host.idle_limit());
        auto head = co_await http::async_read_header(stream, buffer, parser, tuple_awaitable);
        auto problem = std::get<0>(head);
        if (!problem && parser.get()[http::field::expect] == "100-continue" && buffer.size() == 0)
            co_await send(stream, "HTTP/1.1 100 Continue\r\n\r\n");
        if (!problem && !parser.is_done()) {
            beast::get_lowest_layer(stream).expires_after(host.idle_limit());
            auto rest = co_await http::async_read(stream, buffer, parser, tuple_awaitable);
            problem = std::get<0>(rest);
        }
        if (problem) {
            if (auto answer = refusal(problem)) {
                co_await deliver(stream, host, std::move(*answer), "POST", false);
                boost::system::error_code ignored;
                beast::get_lowest_layer(stream).socket().shutdown(tcp::socket::shutdown_send, ignored);
                co_await drain(stream);
            }
            co_return;
        }
        bool const keep_alive = parser.get().keep_alive();
        auto const r = to_request(parser.release(), tls, id);
        auto answer = co_await host.answer_to(r);
        bool const go_on = co_await deliver(stream, host, std::move(answer), r.method, keep_alive);
        if (!go_on)
            co_return;
    }
}

} // namespace

std::string wire_text(response const& answer, std::string_view method, bool keep_alive,
                      std::chrono::system_clock::time_point now)
{
    std::string text = "HTTP/1.1 " + std::to_string(answer.status) + ' ' + std::string(reason(answer.status)) + "\r\n";
    if (!answer.headers.has("date"))
        text += "Date: " + http_date(now) + "\r\n";
    for (auto const& [name, value] : answer.headers.lines())
        text += one_line(name) + ": " + one_line(value) + "\r\n";
    if (!keep_alive && !answer.headers.has("connection"))
        text += "Connection: close\r\n";
    bool const no_body = answer.status < 200 || answer.status == 204 || answer.status == 304;
    if (!answer.pieces.empty() && !no_body) {
        text += "Transfer-Encoding: chunked\r\n\r\n";
    }
    else if (no_body) {
        text += "\r\n";
    }
    else {
        if (!answer.headers.has("content-length") && !answer.headers.has("transfer-encoding"))
            text += "Content-Length: " + std::to_string(answer.body.size()) + "\r\n";
        text += "\r\n";
        if (method != "HEAD")
            text += answer.body;
    }
    return text;
}

asio::awaitable<void> serve_tls(tcp::socket socket, asio::ssl::context& tls, connection_host& host, std::uint64_t id)
{
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    beast::ssl_stream<beast::tcp_stream> stream(std::move(socket), tls);
    registration const open(host, id, stream.next_layer().socket());
    stream.next_layer().expires_after(std::chrono::seconds(10));
    auto const handshake = co_await stream.async_handshake(asio::ssl::stream_base::server, tuple_awaitable);
    if (std::get<0>(handshake)) {
        host.handshake_failed();
        co_return;
    }
    co_await converse(stream, host, id, true);
    if (stream.next_layer().socket().is_open()) { // a socket that was cut in the middle gives an error here, at once
        stream.next_layer().expires_after(std::chrono::seconds(1));
        co_await stream.async_shutdown(tuple_awaitable);
    }
}

asio::awaitable<void> serve_plain(tcp::socket socket, connection_host& host, std::uint64_t id)
{
    boost::system::error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    beast::tcp_stream stream(std::move(socket));
    registration const open(host, id, stream.socket());
    co_await converse(stream, host, id, false);
    stream.socket().shutdown(tcp::socket::shutdown_both, ignored);
}

} // namespace augur::emulator

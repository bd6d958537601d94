#include "server.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <charconv>
#include <string>
#include <string_view>

namespace soak {

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

std::size_t number_in(std::string_view head, std::string_view field)
{
    std::size_t out = 0;
    if (auto const at = head.find(field); at != head.npos)
        std::from_chars(head.data() + at + field.size(), head.data() + head.size(), out);
    return out;
}

void reset(tcp::socket& peer)
{
    peer.set_option(asio::socket_base::linger(true, 0));
    peer.close();
}

std::string const content = "[{\"score\":0.5}]";
std::string const head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n";
std::string const whole = head + content;

/// False: the connection is over.
asio::awaitable<bool> answer(tcp::socket& peer, fault what)
{
    std::string text;
    switch (what) {
    case fault::none:
    case fault::cancelled:
    case fault::drip: text = whole; break;
    case fault::fin_before_answer: co_return false;
    case fault::reset_before_answer: reset(peer); co_return false;
    case fault::reset_in_head: text = head.substr(0, 20); break;
    case fault::fin_in_body:
    case fault::reset_in_body: text = whole.substr(0, whole.size() - 3); break;
    case fault::cut_chunk: text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"; break;
    case fault::busy: text = "HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"; break;
    case fault::throttled: text = "HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n"; break;
    case fault::garbage: text = "SSH-2.0-OpenSSH_9.2\r\n\r\n"; break;
    case fault::silence: {
        char byte = 0;
        co_await peer.async_read_some(asio::buffer(&byte, 1), asio::use_awaitable); // until the client leaves
        co_return false;
    }
    }
    if (what == fault::drip) {
        for (char const& c : text)
            co_await asio::async_write(peer, asio::buffer(&c, 1), asio::use_awaitable);
        co_return true;
    }
    co_await asio::async_write(peer, asio::buffer(text), asio::use_awaitable);
    if (what == fault::reset_in_head || what == fault::reset_in_body)
        reset(peer);
    co_return what == fault::none || what == fault::cancelled || what == fault::throttled;
}

asio::awaitable<void> converse(tcp::socket peer, ledger& book)
{
    peer.set_option(tcp::no_delay(true));
    std::string in;
    try {
        for (bool more = true; more;) {
            auto const end =
                co_await asio::async_read_until(peer, asio::dynamic_buffer(in), "\r\n\r\n", asio::use_awaitable);
            std::string_view const request(in.data(), end);
            auto const length = number_in(request, "content-length: ");
            auto const id = number_in(request, "x-soak-id: ") % ledger::capacity;
            auto what = static_cast<fault>(number_in(request, "x-soak-fault: "));
            if (in.size() < end + length)
                co_await asio::async_read(peer, asio::dynamic_buffer(in),
                                          asio::transfer_exactly(end + length - in.size()), asio::use_awaitable);
            in.erase(0, end + length);
            if (book.seen[id].fetch_add(1) > 0)
                what = fault::none;
            if (what != fault::busy && what != fault::throttled)
                book.executed[id].fetch_add(1);
            more = co_await answer(peer, what);
        }
    }
    catch (boost::system::system_error const&) {
        // The client went away.
    }
}

asio::awaitable<void> listen(tcp::acceptor acceptor, ledger& book)
{
    for (;;) {
        auto peer = co_await acceptor.async_accept(asio::use_awaitable);
        asio::co_spawn(acceptor.get_executor(), converse(std::move(peer), book), asio::detached);
    }
}

} // namespace

void serve(int listener, int parent, ledger& book)
{
    asio::io_context io(1);
    tcp::acceptor acceptor(io);
    acceptor.assign(tcp::v4(), listener);
    asio::posix::stream_descriptor life(io, parent);
    char byte = 0;
    life.async_read_some(asio::buffer(&byte, 1), [&io](boost::system::error_code, std::size_t) { io.stop(); });
    asio::co_spawn(io, listen(std::move(acceptor), book), asio::detached);
    io.run();
}

} // namespace soak

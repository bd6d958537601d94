#pragma once

#include "faults/allocation.hpp"

#include <augur/net/dialer.hpp>
#include <augur/net/stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>

#include <openssl/bio.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// An HTTP server, a CONNECT proxy and TLS, all in memory, whose every wait the test ends by hand.
namespace test {

using namespace augur;
namespace asio = boost::asio;

inline constexpr std::size_t everything = static_cast<std::size_t>(-1);

/// What the server does with one request.
struct server_answer
{
    std::string text;               ///< the whole response, heads and all
    std::size_t after = everything; ///< bytes of the request before the answer goes out
    std::size_t reads = everything; ///< bytes of the request that are taken at all
    bool closes = false;            ///< ends the connection behind the text
    bool resets = false;            ///< and rudely
};

inline server_answer answers(std::string text)
{
    server_answer out;
    out.text = std::move(text);
    return out;
}

inline server_answer ok_answer(std::string_view content = "[1]")
{
    return answers("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                   std::to_string(content.size()) + "\r\n\r\n" + std::string(content));
}

class server_stream;

/// The streams whose reader or writer waits, in the order in which they began to.
struct gate
{
    bool by_hand = false; ///< false: whatever is ready is ready at once
    std::vector<server_stream*> held;

    /// Lets the wait that began first, of those that can, succeed once. False: there is none.
    bool release_next();
    /// What a reactor does when its context goes away.
    void drop_all() noexcept;
};

/// What became of one connection; outlives it.
struct connection_log
{
    std::string received; ///< the requests, without tunnel and TLS; those that were refused do not count
    std::size_t requests = 0;
    bool closed = false; ///< by the client
};

class memory_server
{
public:
    std::deque<server_answer> script;
    server_answer otherwise = ok_answer();
    SSL_CTX* tls = nullptr; ///< null: plain
    bool is_proxy = false;  ///< a CONNECT comes first
    std::size_t read_slice = everything;
    std::size_t write_slice = everything;
    std::vector<std::shared_ptr<connection_log>> connections;
    std::shared_ptr<gate> waits = std::make_shared<gate>();

    std::unique_ptr<server_stream> accept(asio::any_io_executor executor);
    server_answer next_answer()
    {
        if (script.empty())
            return otherwise;
        auto out = std::move(script.front());
        script.pop_front();
        return out;
    }
    std::size_t open_connections() const
    {
        return static_cast<std::size_t>(
            std::count_if(connections.begin(), connections.end(), [](auto const& c) { return !c->closed; }));
    }
    std::size_t requests() const
    {
        std::size_t out = 0;
        for (auto const& c : connections)
            out += c->requests;
        return out;
    }
};

/// The client's end of one connection.
class server_stream final : public net::stream
{
public:
    server_stream(asio::any_io_executor executor, memory_server& server, std::shared_ptr<connection_log> log)
        : executor_(std::move(executor)), server_(&server), waits_(server.waits), log_(std::move(log))
    {
        tunnel_ = server.is_proxy;
        if (server.tls != nullptr) {
            ssl_ = SSL_new(server.tls);
            SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
            SSL_set_accept_state(ssl_);
        }
    }
    ~server_stream() override
    {
        close();
        SSL_free(ssl_);
    }

    net::io_result try_read(char* to, std::size_t size) noexcept override
    {
        if (log_->closed)
            return {net::io_status::failed, 0, asio::error::operation_aborted};
        if (waits_->by_hand && !open_)
            return {net::io_status::want_read, 0, {}};
        std::size_t const n = std::min({size, server_->read_slice, out_.size()});
        if (n > 0) {
            std::memcpy(to, out_.data(), n);
            out_.erase(0, n);
            open_ = false;
            return {net::io_status::ok, n, {}};
        }
        if (!ended_)
            return {net::io_status::want_read, 0, {}};
        if (answer_ && answer_->resets)
            return {net::io_status::failed, 0, asio::error::connection_reset};
        return {net::io_status::end, 0, {}};
    }

    net::io_result try_write(char const* from, std::size_t size) noexcept override
    {
        if (log_->closed)
            return {net::io_status::failed, 0, asio::error::operation_aborted};
        if (ended_)
            return {net::io_status::failed, 0, asio::error::broken_pipe};
        if ((waits_->by_hand && !open_) || is_full())
            return {net::io_status::want_write, 0, {}};
        faults::allocation::pause const ours;
        std::size_t const n = std::min(size, server_->write_slice);
        open_ = false;
        arrive(std::string_view(from, n));
        return {net::io_status::ok, n, {}};
    }

    void start_wait(net::direction what, net::wake_token token) override
    {
        bool const readable = !out_.empty() || ended_;
        bool const writable = !is_full();
        ready_ = what == net::direction::read    ? readable
                 : what == net::direction::write ? writable
                                                 : readable || writable;
        if (ready_ && !waits_->by_hand) {
            asio::post(executor_, std::move(token));
            return;
        }
        held_.emplace(std::move(token));
        waits_->held.push_back(this);
    }

    void cancel() noexcept override
    {
        faults::allocation::pause const ours;
        if (auto token = take_token())
            asio::post(executor_, [t = std::move(*token)]() mutable { t(asio::error::operation_aborted); });
    }

    void close() noexcept override
    {
        log_->closed = true;
        cancel();
    }

    /// What was released counts no longer: the next read or write has to wait again.
    void shut() noexcept { open_ = false; }
    /// Nobody will ever end the wait.
    void drop() noexcept { auto const gone = take_token(); }

    /// The wait succeeds, if there is anything to succeed with.
    bool release()
    {
        if (!ready_)
            return false;
        open_ = true;
        if (auto token = take_token())
            asio::post(executor_, std::move(*token));
        return true;
    }

private:
    bool is_full() const noexcept { return answer_ && request_size_ >= answer_->reads; }

    std::optional<net::wake_token> take_token() noexcept
    {
        std::erase(waits_->held, this);
        std::optional<net::wake_token> out;
        if (held_)
            out.emplace(std::move(*held_));
        held_.reset();
        return out;
    }

    void arrive(std::string_view bytes)
    {
        if (tunnel_) {
            connect_.append(bytes);
            if (connect_.ends_with("\r\n\r\n")) {
                tunnel_ = false;
                out_ += "HTTP/1.1 200 OK\r\n\r\n";
            }
            return;
        }
        if (ssl_ == nullptr) {
            understand(bytes);
            return;
        }
        BIO_write(SSL_get_rbio(ssl_), bytes.data(), static_cast<int>(bytes.size()));
        char buffer[4096];
        for (int n = SSL_read(ssl_, buffer, sizeof buffer); n > 0; n = SSL_read(ssl_, buffer, sizeof buffer))
            understand(std::string_view(buffer, static_cast<std::size_t>(n)));
        flush_tls();
    }

    void flush_tls()
    {
        char buffer[4096];
        for (int n = BIO_read(SSL_get_wbio(ssl_), buffer, sizeof buffer); n > 0;
             n = BIO_read(SSL_get_wbio(ssl_), buffer, sizeof buffer))
            out_.append(buffer, static_cast<std::size_t>(n));
    }

    /// Plain bytes of requests.
    void understand(std::string_view bytes)
    {
        if (!answer_ || (is_answered_ && request_size_ >= request_end_)) {
            answer_ = server_->next_answer();
            is_answered_ = false;
            request_size_ = 0;
            request_end_ = everything;
            request_head_.clear();
        }
        log_->received.append(bytes);
        request_size_ += bytes.size();
        if (request_end_ == everything) {
            request_head_.append(bytes);
            if (auto const end = request_head_.find("\r\n\r\n"); end != std::string::npos) {
                std::size_t length = 0;
                if (auto const at = request_head_.find("content-length: "); at < end)
                    std::from_chars(request_head_.data() + at + 16, request_head_.data() + end, length);
                request_end_ = end + 4 + length;
            }
        }
        if (!is_answered_ && request_size_ >= std::min(answer_->after, request_end_))
            say(*answer_);
    }

    void say(server_answer const& what)
    {
        is_answered_ = true;
        ++log_->requests;
        if (what.text.starts_with("HTTP/1.1 4") || what.text.starts_with("HTTP/1.1 5"))
            log_->received.clear();
        if (ssl_ != nullptr) {
            if (!what.text.empty())
                SSL_write(ssl_, what.text.data(), static_cast<int>(what.text.size()));
            if (what.closes && !what.resets)
                SSL_shutdown(ssl_);
            flush_tls();
        }
        else {
            out_ += what.text;
        }
        ended_ = what.closes || what.resets;
    }

    asio::any_io_executor executor_;
    memory_server* server_;
    std::shared_ptr<gate> waits_;
    std::shared_ptr<connection_log> log_;
    SSL* ssl_ = nullptr;
    std::string connect_;
    std::string request_head_;
    std::string out_; ///< what the client has not read yet
    std::optional<server_answer> answer_;
    std::size_t request_size_ = 0;
    std::size_t request_end_ = everything;
    std::optional<net::wake_token> held_;
    bool tunnel_ = false;
    bool is_answered_ = false;
    bool ended_ = false;
    bool open_ = false;
    bool ready_ = false;
};

inline std::unique_ptr<server_stream> memory_server::accept(asio::any_io_executor executor)
{
    connections.push_back(std::make_shared<connection_log>());
    return std::make_unique<server_stream>(std::move(executor), *this, connections.back());
}

inline bool gate::release_next()
{
    for (auto* const stream : held)
        if (stream->release())
            return true;
    return false;
}

inline void gate::drop_all() noexcept
{
    while (!held.empty())
        held.front()->drop(); // destroys the stream, too
}

/// Dials a `memory_server`. Looking up and connecting are two more waits that the test ends by hand.
class memory_server_dialer final : public net::dialer
{
public:
    memory_server_dialer(asio::any_io_executor executor, memory_server& server) noexcept
        : executor_(std::move(executor)), server_(&server)
    {
    }

    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string, std::uint16_t,
                                                         phase_limits limits, net::exchange_report&) override
    {
        auto out = accept();
        if (server_->waits->by_hand) {
            auto const resolved_by = op.until(limits.resolve);
            auto const resolved = co_await net::ready(op, *out, net::direction::write, resolved_by);
            if (resolved != net::wake::done)
                co_return op.interrupted(phase::resolve, outcome::not_sent, errc::resolve_timeout);
            auto const connected_by = op.until(limits.connect);
            auto const connected = co_await net::ready(op, *out, net::direction::write, connected_by);
            if (connected != net::wake::done)
                co_return op.interrupted(phase::connect, outcome::not_sent, errc::connect_timeout);
            out->shut();
        }
        co_return std::unique_ptr<net::stream>(std::move(out));
    }

private:
    std::unique_ptr<server_stream> accept()
    {
        faults::allocation::pause const ours;
        return server_->accept(executor_);
    }

    asio::any_io_executor executor_;
    memory_server* server_;
};

} // namespace test

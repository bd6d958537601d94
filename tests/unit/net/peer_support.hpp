#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/start.hpp>
#include <augur/testing/manual_time.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Many exchanges on connections that a test holds in its hand: peers in memory that answer request by
/// request, hang up when told to, and know who connected.
namespace augur::tests {

inline std::string const ok_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// The other end of one connection.
struct memory_peer
{
    bool answers = true;           ///< false: it takes requests and says nothing
    std::string answer = ok_answer; ///< to each request
    std::string readable;          ///< what it has said and nobody has read
    std::string written;
    std::size_t requests = 0;
    bool hung_up = false;
    bool breaks_on_write = false;
    bool closed = false; ///< by us
    std::optional<net::wake_token> reader;
    boost::asio::any_io_executor executor;

    void wake_reader()
    {
        if (!reader)
            return;
        auto token = std::move(*reader);
        reader.reset();
        boost::asio::post(executor, std::move(token));
    }
    void say(std::string_view text)
    {
        readable += text;
        wake_reader();
    }
    void hang_up()
    {
        hung_up = true;
        wake_reader();
    }
};

class memory_peer_stream final : public net::stream
{
public:
    explicit memory_peer_stream(std::shared_ptr<memory_peer> p) noexcept : peer_(std::move(p)) {}
    ~memory_peer_stream() override { peer_->closed = true; }

    net::io_result try_read(char* to, std::size_t size) noexcept override
    {
        auto const n = std::min(size, peer_->readable.size());
        if (n == 0)
            return {peer_->hung_up ? net::io_status::end : net::io_status::want_read, 0, {}};
        peer_->readable.copy(to, n);
        peer_->readable.erase(0, n);
        return {net::io_status::ok, n, {}};
    }
    net::io_result try_write(char const* from, std::size_t size) noexcept override
    {
        if (peer_->breaks_on_write)
            return {net::io_status::failed, 0, boost::asio::error::broken_pipe};
        peer_->written.append(from, size);
        ++peer_->requests; // the transport writes a small request at once
        if (peer_->answers)
            peer_->readable += peer_->answer;
        return {net::io_status::ok, size, {}};
    }
    void start_wait(net::direction, net::wake_token token) override
    {
        peer_->reader.emplace(std::move(token));
        if (!peer_->readable.empty() || peer_->hung_up)
            peer_->wake_reader();
    }
    void cancel() noexcept override { peer_->wake_reader(); }
    void close() noexcept override
    {
        peer_->closed = true;
        peer_->wake_reader();
    }

private:
    std::shared_ptr<memory_peer> peer_;
};

/// Connects at once, unless it is told to fail.
class memory_peer_dialer final : public net::dialer
{
public:
    explicit memory_peer_dialer(boost::asio::any_io_executor e) : executor(std::move(e)) {}

    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string, std::uint16_t,
                                                         phase_limits limits, net::exchange_report& report) override
    {
        ++dials;
        if (takes > std::chrono::nanoseconds(0)) {
            auto const until = op.until(std::min(takes, limits.connect));
            auto const woken = co_await net::sleep_until(op, until);
            if (woken == net::wake::stopped || takes > limits.connect || op.now() >= op.deadline())
                co_return op.interrupted(phase::connect, outcome::not_sent, errc::connect_timeout);
        }
        if (throws > 0) {
            --throws;
            throw std::runtime_error("as the test asked");
        }
        if (!failures.empty()) {
            auto const why = failures.front();
            failures.pop_front();
            co_return make_error(why, phase::connect, outcome::not_sent, "as the test asked");
        }
        auto next = std::make_shared<memory_peer>();
        next->executor = executor;
        next->answers = answers;
        next->answer = answer;
        peers.push_back(next);
        report.peer = address;
        std::unique_ptr<net::stream> out = std::make_unique<memory_peer_stream>(std::move(next));
        co_return std::move(out);
    }

    std::size_t open() const noexcept
    {
        return static_cast<std::size_t>(
            std::count_if(peers.begin(), peers.end(), [](auto const& p) { return !p->closed; }));
    }

    boost::asio::any_io_executor executor;
    std::vector<std::shared_ptr<memory_peer>> peers; ///< one per connection that was made
    std::deque<errc> failures;                ///< of the next dials
    std::size_t throws = 0;                   ///< so many of the next dials throw
    std::chrono::nanoseconds takes{};
    std::optional<net::address> address;
    std::size_t dials = 0;
    bool answers = true;            ///< what new peers are like
    std::string answer = ok_answer;
};

/// Says where names lead, and counts the questions.
class counting_resolver final : public net::resolver
{
public:
    net::task<result<std::vector<net::address>>> resolve(net::operation& op, std::string, steady_time until) override
    {
        ++asked;
        if (hangs) {
            co_await net::sleep_until(op, until);
            co_return op.interrupted(phase::resolve, outcome::not_sent, errc::resolve_timeout);
        }
        if (failure)
            co_return make_error(*failure, phase::resolve, outcome::not_sent, "as the test asked");
        co_return answer;
    }
    std::vector<net::address> answer;
    std::optional<errc> failure;
    bool hangs = false;
    std::size_t asked = 0;
};

inline net::origin origin_named(std::string host)
{
    net::origin out;
    out.host = std::move(host);
    out.port = 80;
    out.is_https = false;
    return out;
}

/// A transport over peers, on a clock of its own.
class pool_bench
{
public:
    explicit pool_bench(net::https_config config = {})
        : dialer(std::make_shared<memory_peer_dialer>(context.get_executor())),
          names(std::make_shared<counting_resolver>())
    {
        config.dialer = dialer;
        config.resolver = names;
        transport = std::make_shared<net::https_transport>(context.get_executor(), std::move(config));
    }

    /// A call under way.
    struct call
    {
        request_head head = request_head::make("POST", "/", "example.test").value();
        body payload = body("x");
        std::optional<result<http_response>> end;
        net::exchange_report report;
        boost::asio::cancellation_signal signal;
        bool fresh = false;
        phase_limits limits;
        net::origin to = origin_named("example.test");

        bool succeeded() const { return end && end->has_value(); }
        error failure() const
        {
            return end && end->has_error() ? end->error() : error(make_error_code(errc::internal));
        }
    };

    std::shared_ptr<call> make() const { return std::make_shared<call>(); }

    /// Starts a call and lets it come as far as it can without time.
    std::shared_ptr<call> start(std::shared_ptr<call> c = std::make_shared<call>())
    {
        auto body = [through = transport, c](net::operation& op) { return run(op, through, c); };
        net::start<http_response>(arena, time, context.get_executor(), c->limits.total, std::move(body),
                                  boost::asio::bind_cancellation_slot(c->signal.slot(), [this, c](auto r) {
                                      ended.push_back(c.get());
                                      c->end = std::move(r);
                                  }));
        settle();
        return c;
    }
    std::shared_ptr<call> send(std::string host = "example.test")
    {
        auto c = make();
        c->to = origin_named(std::move(host));
        return start(std::move(c));
    }

    /// Everything that needs no time.
    void settle()
    {
        context.restart();
        context.poll();
    }
    void pass(std::chrono::nanoseconds d)
    {
        // In steps, so that what one timer starts can arm the next one.
        for (auto const end = time->elapsed() + d; time->elapsed() < end;) {
            time->advance(std::min<std::chrono::nanoseconds>(end - time->elapsed(), std::chrono::milliseconds(100)));
            settle();
        }
    }
    /// Whether the transport would keep `io_context::run()` from returning.
    bool has_work() const { return time->armed() > 0; }
    net::pool_statistics statistics() const { return transport->statistics(); }

    boost::asio::io_context context{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    net::arena_handle arena;
    std::shared_ptr<memory_peer_dialer> dialer;
    std::shared_ptr<counting_resolver> names;
    std::shared_ptr<net::https_transport> transport;
    std::vector<call const*> ended; ///< in order

private:
    static net::task<result<http_response>> run(net::operation& op, std::shared_ptr<net::https_transport> through,
                                                std::shared_ptr<call> c)
    {
        net::exchange x(c->to, c->head, c->payload, c->limits);
        x.on_fresh_connection(c->fresh);
        auto response = co_await through->send(op, x);
        c->report = x.report;
        co_return std::move(response);
    }
};

} // namespace augur::tests

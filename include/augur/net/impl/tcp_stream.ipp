#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/limits.hpp>
#include <augur/net/endpoint.hpp>
#include <augur/net/stream.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <netinet/tcp.h>
#endif

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

/// TCP_USER_TIMEOUT (RFC 5482) of a connection whose first call may write that long without progress: a route that died
/// silently is noticed in half a minute, not in 15.
///
/// Since Linux 5.11 the kernel also gives up a peer that answers all that time but takes nothing in, which is what the
/// limit on writing is there to judge. So a longer limit makes this longer. It is not changed when a later call brings
/// a still longer one: the kernel ends that call's write, as a failure, after the time of the call that connected.
inline std::chrono::milliseconds patience_of_kernel(phase_limits::duration write) noexcept
{
    using std::chrono::milliseconds;
    constexpr milliseconds least = std::chrono::seconds(30);
    constexpr milliseconds most(std::numeric_limits<int>::max()); // what the option can hold: 24 days
    if (write >= most)
        return most;
    return std::max(least, std::chrono::ceil<milliseconds>(write));
}

/// Linux says "no such address", its word for ports that ran out, also where IPv6 is switched off: then it means that
/// there is no way there.
inline error_code meaning_of(error_code const& code, boost::asio::ip::tcp const& protocol) noexcept
{
    if (protocol == boost::asio::ip::tcp::v6() && code == boost::system::errc::address_not_available)
        return boost::asio::error::network_unreachable;
    return code;
}

/// A TCP socket. Asio writes with MSG_NOSIGNAL: a broken connection is an error, not SIGPIPE.
class tcp_stream final : public stream
{
public:
    using socket_type = boost::asio::ip::tcp::socket;

    explicit tcp_stream(boost::asio::any_io_executor const& executor) : socket_(executor) {}

    socket_type& socket() noexcept { return socket_; }

    /// A socket that never blocks, sends at once, and gives up on a peer that acknowledges nothing. May throw
    /// bad_alloc.
    error_code open(boost::asio::ip::tcp const& protocol, std::chrono::milliseconds patience)
    {
        error_code code;
        socket_.open(protocol, code);
        if (!code)
            socket_.non_blocking(true, code);
        if (!code)
            socket_.set_option(boost::asio::ip::tcp::no_delay(true), code);
#if defined(__linux__)
        if (!code) {
            auto const milliseconds = static_cast<int>(patience.count());
            ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
        }
#else
        static_cast<void>(patience); // nothing like it
#endif
        return code;
    }

    io_result try_read(char* to, std::size_t size) noexcept override
    {
        if (is_inherited())
            return {io_status::failed, 0, make_error_code(errc::forked)};
        error_code code;
        auto const n = socket_.read_some(boost::asio::buffer(to, size), code);
        return to_io_result(code, n, io_status::want_read);
    }

    io_result try_write(char const* from, std::size_t size) noexcept override
    {
        if (is_inherited())
            return {io_status::failed, 0, make_error_code(errc::forked)};
        error_code code;
        auto const n = socket_.write_some(boost::asio::buffer(from, size), code);
        return to_io_result(code, n, io_status::want_write);
    }

    bool is_quiet() noexcept override
    {
        if (is_inherited())
            return false;
        char byte = 0;
        error_code code;
        socket_.receive(boost::asio::buffer(&byte, 1), boost::asio::socket_base::message_peek, code);
        return code == boost::asio::error::would_block || code == boost::asio::error::try_again;
    }

    void start_wait(direction what, wake_token token) override
    {
        if (what != direction::either) {
            socket_.async_wait(what == direction::read ? socket_type::wait_read : socket_type::wait_write,
                               std::move(token));
            return;
        }
        // Two waits share one token; the first takes it and ends the other.
        auto shared = std::make_shared<std::optional<wake_token>>(std::in_place, std::move(token));
        auto const first_come = [this, shared](error_code code) {
            if (!*shared)
                return;
            auto mine = std::move(**shared);
            shared->reset();
            cancel();
            mine(code);
        };
        try {
            socket_.async_wait(socket_type::wait_read, first_come);
            socket_.async_wait(socket_type::wait_write, first_come);
        }
        catch (...) {
            shared->reset(); // a wait that did start ends for nothing
            cancel();
            throw;
        }
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
    /// In a forked child: what it read or wrote would be missing in its parent's conversation.
    bool is_inherited() const noexcept { return process_ != process_id(); }

    socket_type socket_;
    std::int64_t process_ = process_id();
};

/// `co_await connect_race(...)`: TCP to the first address that answers (RFC 8305).
///
/// The next address is tried when the one before it has failed, or has not answered for a while; the
/// earlier ones go on meanwhile. Whoever connects first wins, the others are closed.
class connect_race final : public suspension
{
public:
    static constexpr auto head_start = std::chrono::milliseconds(250); ///< RFC 8305 section 8

    connect_race(operation& op, boost::asio::any_io_executor const& executor, std::vector<address> const& to,
                 std::uint16_t port, std::chrono::milliseconds patience, steady_time until)
        : suspension(op, until),
          executor_(&executor),
          addresses_(&to),
          port_(port),
          patience_(patience),
          next_start_(*this)
    {
    }
    ~connect_race() override { abandon(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        owned_by_timer();
        try_next();
        if (pending_ > 0)
            return true;
        leave(); // every attempt failed on the spot
        return false;
    }
    wake await_resume() const noexcept { return cause(); }

    /// The connected stream, or null.
    std::unique_ptr<tcp_stream> take() noexcept { return std::move(winner_); }
    /// The one that says most.
    error_code last_error() const noexcept { return last_error_; }
    /// Which address it is connected to.
    std::size_t winner_index() const noexcept { return winner_index_; }
    /// How many addresses were tried.
    std::size_t tried() const noexcept { return started_; }

private:
    struct attempt
    {
        connect_race* race;
        std::unique_ptr<tcp_stream> io;
        std::size_t index;
    };

    class start_timer final : public net::timer_node
    {
    public:
        explicit start_timer(connect_race& race) noexcept : race_(&race) {}

    private:
        void on_time() noexcept override
        {
            race_->try_next();
            race_->finish_if_over();
        }
        void on_shutdown() noexcept override {}
        connect_race* race_;
    };

    void start_next()
    {
        while (started_ < addresses_->size()) {
            auto const to = to_asio((*addresses_)[started_++], port_);
            auto one = std::make_shared<attempt>(attempt{this, std::make_unique<tcp_stream>(*executor_), started_ - 1});
            if (auto const code = one->io->open(to.protocol(), patience_)) {
                remember(code);
                continue;
            }
            attempts_.push_back(one);
            one->io->socket().async_connect(to, [one, protocol = to.protocol()](error_code code) {
                if (one->race != nullptr)
                    one->race->ended(*one, meaning_of(code, protocol));
            });
            ++pending_;
            break;
        }
        if (started_ < addresses_->size())
            op().timers().arm(next_start_, op().now() + head_start);
    }

    /// An address for which there is no memory has failed, as if the network had said so.
    void try_next() noexcept
    {
        do {
            try {
                start_next();
                return;
            }
            catch (std::bad_alloc const&) {
                remember(boost::asio::error::no_memory);
            }
        } while (pending_ == 0 && started_ < addresses_->size());
    }

    void ended(attempt& one, error_code code)
    {
        --pending_;
        one.race = nullptr;
        if (!code) {
            winner_ = std::move(one.io);
            winner_index_ = one.index;
            abandon();
            finish(wake::done);
            return;
        }
        remember(code);
        one.io.reset();
        try_next();
        finish_if_over();
    }

    /// "This machine has no such network" says less than "no port is free", and that less than "the server refused".
    void remember(error_code code) noexcept
    {
        namespace e = boost::asio::error;
        int telling = 2;
        if (code == e::address_family_not_supported || code == e::network_unreachable || code == e::host_unreachable)
            telling = 0;
        else if (code == boost::system::errc::address_not_available)
            telling = 1;
        if (telling >= most_telling_)
            last_error_ = code;
        most_telling_ = std::max(most_telling_, telling);
    }

    /// Nothing tries any more and nothing is left to try.
    void finish_if_over()
    {
        if (pending_ > 0 || started_ < addresses_->size())
            return;
        abandon();
        finish(wake::done);
    }

    void interrupt() noexcept override
    {
        abandon();
        finish(cause());
    }

    /// Lets go of everything that still tries.
    void abandon() noexcept
    {
        if (next_start_.is_armed())
            op().timers().disarm(next_start_);
        for (auto const& one : attempts_)
            if (one->race != nullptr) {
                one->race = nullptr;
                one->io.reset();
            }
        attempts_.clear();
    }

    boost::asio::any_io_executor const* executor_;
    std::vector<address> const* addresses_;
    std::uint16_t port_;
    std::chrono::milliseconds patience_;
    start_timer next_start_;
    std::vector<std::shared_ptr<attempt>> attempts_;
    std::unique_ptr<tcp_stream> winner_;
    std::size_t winner_index_ = static_cast<std::size_t>(-1);
    error_code last_error_ = boost::asio::error::address_family_not_supported;
    int most_telling_ = 0;
    std::size_t started_ = 0;
    std::size_t pending_ = 0;
};

} // namespace augur::inline AUGUR_ABI::net::detail

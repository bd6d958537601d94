#pragma once

#include <augur/net/dialer.hpp>
#include <augur/net/impl/io_support.ipp>
#include <augur/net/impl/tcp_stream.ipp>

#include <vector>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE dialer::~dialer() = default;

namespace detail {

class tcp_dialer_impl final : public dialer
{
public:
    tcp_dialer_impl(boost::asio::any_io_executor executor, std::shared_ptr<resolver> names) noexcept
        : executor_(std::move(executor)), names_(std::move(names))
    {
    }
    task<result<std::unique_ptr<stream>>> dial(operation& op, std::string host, std::uint16_t port, phase_limits limits,
                                               exchange_report& report) override;

private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<resolver> names_;
};

inline task<result<std::unique_ptr<stream>>> tcp_dialer_impl::dial(operation& op, std::string host, std::uint16_t port,
                                                                   phase_limits limits, exchange_report& report)
{
    std::vector<address> found;
    {
        stopwatch const watch(op, report, phase::resolve);
        if (auto const literal = parse_address(host)) {
            found.push_back(*literal);
        }
        else {
            auto const until = op.until(limits.resolve);
            auto resolved = co_await names_->resolve(op, host, until);
            if (!resolved)
                co_return resolved.error();
            found = std::move(*resolved);
        }
    }
    stopwatch const watch(op, report, phase::connect);
    auto const until = op.until(limits.connect);
    std::string tried;
    error last = make_error(errc::connect_failed, phase::connect, outcome::not_sent, host + " has no address");
    for (std::size_t i = 0; i < found.size(); ++i) {
        auto const to = to_asio(found[i], port);
        auto io = std::make_unique<tcp_stream>(executor_);
        error_code code;
        io->socket().open(to.protocol(), code);
        if (!code)
            io->socket().non_blocking(true, code);
        if (!code)
            io->socket().set_option(boost::asio::ip::tcp::no_delay(true), code);
        if (code)
            co_return from_socket(code, errc::connect_failed, phase::connect, outcome::not_sent, "cannot open a socket");
        // Every address gets its share of the time that is left, the last one all of it.
        auto const share = op.now() + (until - op.now()) / static_cast<int>(found.size() - i);
        connecting attempt(op, *io, to, share);
        auto const woken = co_await attempt;
        if (woken == wake::done && !attempt.code())
            co_return std::move(io);
        if (woken == wake::stopped || op.now() >= op.deadline())
            co_return op.interrupted(phase::connect, outcome::not_sent, errc::connect_timeout);
        tried += (tried.empty() ? "" : ", ") + to_string(found[i]);
        auto const where = "cannot connect to " + host + " port " + std::to_string(port) + " (tried " + tried + ")";
        if (woken == wake::timed_out)
            last = make_error(errc::connect_timeout, phase::connect, outcome::not_sent, where + ": no answer in time");
        else
            last = from_socket(attempt.code(), errc::connect_failed, phase::connect, outcome::not_sent, where);
    }
    co_return last;
}

} // namespace detail

AUGUR_INLINE std::shared_ptr<dialer> tcp_dialer(boost::asio::any_io_executor executor, std::shared_ptr<resolver> names)
{
    return std::make_shared<detail::tcp_dialer_impl>(std::move(executor), std::move(names));
}

} // namespace augur::inline AUGUR_ABI::net

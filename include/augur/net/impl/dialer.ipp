#pragma once

#include <augur/net/dialer.hpp>
#include <augur/net/impl/io_support.ipp>
#include <augur/net/impl/pool_rules.ipp>
#include <augur/net/impl/tcp_stream.ipp>

#include <algorithm>
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
    struct dead_address
    {
        address at;
        steady_time since;
    };

    std::vector<address> in_order(std::vector<address> found, steady_time now);
    void remember_dead(address const& a, steady_time now);

    boost::asio::any_io_executor executor_;
    std::shared_ptr<resolver> names_;
    std::vector<dead_address> dead_;
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
            if (found.empty())
                co_return make_error(errc::resolve_failed, phase::resolve, outcome::not_sent,
                                     "cannot resolve " + host + ": no address");
        }
    }
    stopwatch const watch(op, report, phase::connect);
    auto const until = op.until(limits.connect);
    found = in_order(std::move(found), op.now());
    connect_race race(op, executor_, found, port, patience_of_kernel(limits.write), until);
    auto const woken = co_await race;
    std::unique_ptr<stream> out = race.take();
    if (out == nullptr && (woken == wake::stopped || op.now() >= op.deadline()))
        co_return op.interrupted(phase::connect, outcome::not_sent, errc::connect_timeout);
    std::string where = "cannot connect to " + host + " port " + std::to_string(port) + " (tried ";
    for (std::size_t i = 0; i < race.tried(); ++i) {
        where += (i == 0 ? "" : ", ") + to_string(found[i]);
        bool const guilty = out == nullptr ? !is_exhaustion(race.last_error()) : i < race.winner_index();
        if (guilty)
            remember_dead(found[i], op.now());
    }
    if (out != nullptr) {
        auto const& answered = found[race.winner_index()];
        std::erase_if(dead_, [&answered](auto const& d) { return d.at == answered; });
        report.peer = answered;
        co_return std::move(out);
    }
    where += ")";
    if (woken == wake::timed_out)
        co_return make_error(errc::connect_timeout, phase::connect, outcome::not_sent, where + ": no answer in time");
    co_return from_socket(race.last_error(), errc::connect_failed, phase::connect, outcome::not_sent, where);
}

inline std::vector<address> tcp_dialer_impl::in_order(std::vector<address> found, steady_time now)
{
    std::erase_if(dead_, [now](auto const& d) { return now - d.since > std::chrono::minutes(1); });
    std::vector<address> dead;
    for (auto const& d : dead_)
        dead.push_back(d.at);
    return order_addresses(found, dead);
}

inline void tcp_dialer_impl::remember_dead(address const& a, steady_time now)
{
    std::erase_if(dead_, [&a](auto const& d) { return d.at == a; });
    if (dead_.size() >= 64)
        dead_.erase(dead_.begin()); // the one that failed first
    dead_.push_back({a, now});
}

} // namespace detail

AUGUR_INLINE std::shared_ptr<dialer> tcp_dialer(boost::asio::any_io_executor executor, std::shared_ptr<resolver> names)
{
    return std::make_shared<detail::tcp_dialer_impl>(std::move(executor), std::move(names));
}

} // namespace augur::inline AUGUR_ABI::net

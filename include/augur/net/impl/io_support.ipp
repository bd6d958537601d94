#pragma once

#include <augur/net/transport.hpp>

#include <boost/asio/error.hpp>

namespace augur::inline AUGUR_ABI::net::detail {

/// Adds the time since its making to one phase.
class stopwatch
{
public:
    stopwatch(operation& op, exchange_report& report, phase p) noexcept
        : op_(&op), to_(&report.time[static_cast<std::size_t>(p)]), start_(op.now())
    {
    }
    stopwatch(stopwatch const&) = delete;
    stopwatch& operator=(stopwatch const&) = delete;
    ~stopwatch() { *to_ += op_->now() - start_; }

private:
    operation* op_;
    std::chrono::nanoseconds* to_;
    steady_time start_;
};

inline void add_time(exchange_report& report, phase p, std::chrono::nanoseconds spent) noexcept
{
    report.time[static_cast<std::size_t>(p)] += spent;
}

/// Whether a failed read or write means that the other side went away.
inline bool is_loss(error_code const& code) noexcept
{
    namespace e = boost::asio::error;
    return code == e::connection_reset || code == e::broken_pipe || code == e::connection_aborted ||
           code == e::not_connected || code == e::timed_out || code == errc::truncated;
}

/// Whether this machine, not the other side, is to blame: descriptors, ports or memory ran out.
inline bool is_exhaustion(error_code const& code) noexcept
{
    namespace e = boost::asio::error;
    return code == e::no_descriptors || code == boost::system::errc::too_many_files_open_in_system ||
           code == e::no_buffer_space || code == e::no_memory || code == boost::system::errc::address_not_available;
}

AUGUR_COLD inline error from_socket(error_code const& code, errc otherwise, phase where, outcome what,
                                    std::string message)
{
    return make_error(is_exhaustion(code) ? errc::resource_exhausted : otherwise, where, what,
                      std::move(message) + ": " + code.message());
}

} // namespace augur::inline AUGUR_ABI::net::detail

#pragma once

#include <augur/core/chrono.hpp>
#include <augur/net/config.hpp>
#include <augur/net/dialer.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>

namespace augur::inline AUGUR_ABI::net {

namespace detail {
struct https_state;
}

struct https_config
{
    tls_config tls = {};
    pool_config pool = {};
    proxy_config proxy = {};
    size_limits sizes = {};
    std::shared_ptr<net::resolver> resolver = {}; ///< null: the operating system's
    std::shared_ptr<net::dialer> dialer = {};     ///< null: TCP, with the resolver above
};

/// HTTP/1.1 over TLS (or plainly, to http origins), with a pool of kept-alive connections.
///
/// Belongs to one executor. Holds no outstanding work while no call is pending and no `warm_handle`
/// lives: idle connections are looked at when the next call wants one.
///
/// A connection is used again only after an exchange that ended cleanly, within its limits of age and
/// idleness, and if it is quiet: nothing to read, nothing broken. Names are looked up for every new
/// connection. After a 5xx, or when a connection could not be opened, the next call looks the name up
/// first (every 10 s at most), and idle connections to addresses that it no longer has are closed.
class https_transport final : public transport
{
public:
    /// Does no I/O. Files of `config.tls` are read by the first call that needs them.
    https_transport(boost::asio::any_io_executor executor, https_config config);
    ~https_transport() override;

    task<result<opened_response>> open(operation& op, exchange& x) override;
    task<result<http_response>> send(operation& op, exchange& x) override;

    task<result<warm_handle>> warm(operation& op, origin to, std::size_t count, phase_limits limits) override;
    pool_statistics statistics() const noexcept override;

private:
    std::shared_ptr<detail::https_state> impl_;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/https_transport.ipp>
#endif

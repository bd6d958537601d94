#pragma once

#include <augur/net/config.hpp>
#include <augur/net/dialer.hpp>
#include <augur/net/transport.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

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

struct pool_statistics
{
    std::size_t idle = 0;
    std::size_t busy = 0;
    std::size_t waiting = 0;
    std::uint64_t opened = 0; ///< since the transport was made
    std::uint64_t reused = 0;
    std::uint64_t tls_resumed = 0;
};

/// HTTP/1.1 over TLS (or plainly, to http origins), with a pool of kept-alive connections.
///
/// Belongs to one executor. Holds no outstanding work while no call is pending: idle connections are
/// looked at when the next call wants one.
class https_transport final : public transport
{
public:
    /// Does no I/O. Files of `config.tls` are read by the first call that needs them.
    https_transport(boost::asio::any_io_executor executor, https_config config);
    ~https_transport() override;

    task<result<opened_response>> open(operation& op, exchange& x) override;
    task<result<http_response>> send(operation& op, exchange& x) override;

    pool_statistics statistics() const noexcept;

private:
    std::shared_ptr<detail::https_state> impl_;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/https_transport.ipp>
#endif

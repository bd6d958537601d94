#pragma once

#include <augur/net/resolver.hpp>
#include <augur/net/stream.hpp>
#include <augur/net/transport.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::net {

/// Opens byte streams to a host: TCP, or whatever a test or an engine has in its place. TLS, tunnels and
/// HTTP go over the stream it gives.
class AUGUR_DECL dialer
{
public:
    virtual ~dialer();
    /// Obeys `limits.resolve` and `limits.connect`, reports the time of each phase and, if it knows one,
    /// the address it reached. A lack of descriptors, ports or memory is `errc::resource_exhausted`.
    virtual task<result<std::unique_ptr<stream>>> dial(operation& op, std::string host, std::uint16_t port,
                                                       phase_limits limits, exchange_report& report) = 0;
};

/// TCP without Nagle's delay, to the addresses that `names` gives: in their order with IPv6 and IPv4
/// alternating, the next one 250 ms after the one before it or as soon as that failed, the first to answer
/// wins (RFC 8305). Addresses that failed in the last minute come last. Nothing is remembered about names:
/// each dial looks its host up.
std::shared_ptr<dialer> tcp_dialer(boost::asio::any_io_executor executor, std::shared_ptr<resolver> names);

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/dialer.ipp>
#endif

#pragma once

#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>
#include <augur/net/endpoint.hpp>

#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::net {

/// Where to connect instead, and who we say we are there.
struct proxy_target
{
    std::string host;
    std::uint16_t port = 0;
    /// The whole value of Proxy-Authorization, or empty. Goes to the proxy and nowhere else.
    secret authorization;
};

/// Reads "http://[user:password@]host[:port]"; the password never appears in an error.
result<proxy_target> parse_proxy(std::string_view url);

/// Whether a NO_PROXY list names this host. Entries are separated by commas or blanks: "*" for all,
/// "example.com", ".example.com" or "*.example.com" (each the domain and everything under it), an address, a
/// range "10.0.0.0/8", each with an optional ":port"; an IPv6 address before a port in brackets. A name is
/// not looked up to compare it with an address. This machine (localhost, loopback addresses) and the clouds'
/// metadata addresses (169.254.0.0/16, fd00:ec2::/64) never go through a proxy.
bool bypasses_proxy(std::string_view no_proxy, std::string_view host, std::uint16_t port) noexcept;

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/proxy.ipp>
#endif

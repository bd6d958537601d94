#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/limits.hpp>
#include <augur/net/endpoint.hpp>

#include <cstddef>
#include <string>

/// How connections are made and kept, as plain values.
namespace augur::inline AUGUR_ABI::net {

struct pool_config
{
    std::size_t max_connections = 64; ///< per origin, idle ones included; further calls wait in order of arrival
    std::size_t max_idle = 128;       ///< all origins together; the one that idles longest goes first
    std::size_t max_origins = 64;     ///< with their TLS sessions; the one not used for longest is forgotten first
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds(60); ///< shorter if the server says so
    std::chrono::nanoseconds max_age = std::chrono::minutes(30);      ///< then a new connection, and a new lookup
};

struct proxy_config
{
    /// "http://proxy.example:3128"; empty: no proxy. May hold user:password. Used for https origins, through
    /// a CONNECT tunnel; a plain http origin is reached directly, because a proxy would read every byte of it.
    std::string url = {};
    std::string no_proxy = {}; ///< the NO_PROXY list
};

} // namespace augur::inline AUGUR_ABI::net

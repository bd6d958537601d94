#pragma once

#include <augur/core/limits.hpp>
#include <augur/net/endpoint.hpp>

#include <chrono>
#include <cstddef>
#include <string>

/// How connections are made and kept, as plain values.
namespace augur::inline AUGUR_ABI::net {

struct pool_config
{
    std::size_t max_connections = 64; ///< per origin; further calls wait in order of arrival
    std::chrono::nanoseconds idle_timeout = std::chrono::seconds(60); ///< shorter if the server says so
    std::chrono::nanoseconds max_age = std::chrono::minutes(30);      ///< then a new connection, and a new lookup
};

struct proxy_config
{
    std::string url = {};      ///< "http://proxy.example:3128"; empty: no proxy. May hold user:password
    std::string no_proxy = {}; ///< the NO_PROXY list
};

} // namespace augur::inline AUGUR_ABI::net

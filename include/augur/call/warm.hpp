#pragma once

#include <augur/call/core.hpp>
#include <augur/net/warm.hpp>

#include <cstddef>

namespace augur::inline AUGUR_ABI::call {

/// Pays in advance what the first calls to an origin would pay: fetches credentials, derives the signing key
/// (a request is signed that is never sent), and opens `connections` connections, which the handle keeps.
///
/// Obeys the limits of a call and its cancellation. Not repeated when it fails: the error says which phase it
/// was in, and what succeeded before stays. `errc::unsupported` from a transport that keeps no connections.
net::task<result<net::warm_handle>> warm(net::operation& op, core& shared, net::origin to, std::size_t connections,
                                         call_options options);

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/warm.ipp>
#endif

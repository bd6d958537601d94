#pragma once

#include <augur/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace augur::inline AUGUR_ABI::net {

/// Why a connection was closed.
enum class close_cause : std::uint8_t
{
    exchange_failed, ///< its exchange broke, timed out or could not be understood
    not_reusable,    ///< its exchange ended well, but the server or the response ruled another one out
    idle_timeout,    ///< it idled as long as we, or the server's Keep-Alive, allow
    max_age,         ///< `pool_config::max_age`
    lost,            ///< the server closed it, or sent something, while it idled
    distrusted,      ///< one beside it broke, or its address left the name's answers
    evicted,         ///< to make room: connections, origins or file descriptors ran out
    client_gone,     ///< its client was destroyed
    left,            ///< its call was cancelled, or who read its response left before the end
};
inline constexpr std::size_t close_cause_count = 9;

/// What a client's connections do now, and what they did since the client was made.
///
/// A copy of counters that are kept anyway: reading it costs a walk over the origins, nothing else.
struct pool_statistics
{
    // Now.
    std::size_t origins = 0; ///< remembered, with or without connections
    std::size_t idle = 0;    ///< open, and free for the next call
    std::size_t busy = 0;    ///< in a call, or being opened for one
    std::size_t waiting = 0; ///< calls that wait for a connection to become free

    // Since the client was made.
    std::uint64_t opened = 0;      ///< ready for an exchange: TCP, tunnel and TLS succeeded
    std::uint64_t open_failed = 0; ///< attempts to open one that did not
    std::uint64_t reused = 0;      ///< exchanges on a connection that was there already
    std::uint64_t tls_resumed = 0; ///< handshakes that resumed a session, among `opened`
    std::uint64_t waited = 0;      ///< calls that had to wait for a connection
    std::uint64_t gave_up = 0;     ///< among them, those that were cancelled or ran out of time
    std::array<std::uint64_t, close_cause_count> closed{};

    std::uint64_t closed_by(close_cause c) const noexcept { return closed[static_cast<std::size_t>(c)]; }
};

} // namespace augur::inline AUGUR_ABI::net

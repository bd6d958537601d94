#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/error.hpp>

#include <array>
#include <cstddef>

namespace augur::inline AUGUR_ABI {

/// Every limit on time that a call obeys. The defaults of a client made with no options.
///
/// A phase limit counts from the start of that phase in that attempt, `total` from the start of the
/// call; whichever comes first ends the wait. Zero or less means: at once.
struct phase_limits
{
    using duration = std::chrono::nanoseconds;

    duration auth = std::chrono::seconds(10);           ///< fetching credentials
    duration pool_wait = std::chrono::seconds(10);      ///< waiting for a free connection
    duration resolve = std::chrono::seconds(5);         ///< looking up the host
    duration connect = std::chrono::milliseconds(3100); ///< all addresses together (AWS SDK default)
    duration proxy = std::chrono::seconds(5);           ///< the CONNECT exchange
    duration tls = std::chrono::seconds(5);             ///< the handshake
    duration write = std::chrono::seconds(30);          ///< without any progress while sending
    /// Until the whole response head is there. SageMaker gives a model 60 s; a limit below that bills
    /// twice for the same work.
    duration first_byte = std::chrono::seconds(75);
    /// Of a stream: from the first wait for an event until it is there. Keep-alives are no events.
    duration first_event = std::chrono::seconds(75);
    /// Without any progress while receiving. Of a stream: a wait for one more event.
    duration idle = std::chrono::seconds(60);
    duration total = std::chrono::minutes(10);          ///< the whole call: credentials, attempts, delays
};

/// Limits on size, against servers that never stop.
struct size_limits
{
    std::size_t response_head = 16 * 1024;
    std::size_t response_body = 64 * 1024 * 1024;
    int interim_responses = 8; ///< 1xx before the final one
    /// Of a stream of events or lines: one of them. Generated images, and log-probabilities of long answers, come in
    /// events of several MiB.
    std::size_t stream_event = 1024 * 1024;
};

} // namespace augur::inline AUGUR_ABI

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace soak {

/// What goes wrong with a call. The server does it once per call: a repeated attempt is served well.
enum class fault : std::uint8_t
{
    none,
    fin_before_answer,
    reset_before_answer,
    reset_in_head,
    fin_in_body,
    reset_in_body,
    cut_chunk,
    busy,      ///< 503, and the connection ends
    throttled, ///< 429
    garbage,   ///< not HTTP
    silence,   ///< the caller's deadline has to end it
    drip,      ///< byte by byte; a success
    cancelled, ///< by the caller, at a moment of its own choice
};
inline constexpr int fault_kinds = static_cast<int>(fault::cancelled);

/// Shared by the two processes; one entry per call.
struct ledger
{
    static constexpr std::size_t capacity = std::size_t(1) << 26;
    std::atomic<std::uint8_t> seen[capacity];     ///< by the server
    std::atomic<std::uint8_t> executed[capacity]; ///< requests that were not refused
    std::atomic<std::uint8_t> ended[capacity];    ///< for the client's use
};

/// Serves on `listener`, a listening socket, until `parent` (one end of a pipe) is closed.
void serve(int listener, int parent, ledger& book);

} // namespace soak

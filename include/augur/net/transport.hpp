#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/http.hpp>
#include <augur/core/limits.hpp>
#include <augur/net/endpoint.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/task.hpp>
#include <augur/net/warm.hpp>

#include <array>
#include <memory>
#include <optional>
#include <string_view>

namespace augur::inline AUGUR_ABI::net {

/// What a transport tells about one exchange, also when it failed.
struct exchange_report
{
    std::array<std::chrono::nanoseconds, phase_count> time{};
    bool connection_reused = false;
    bool response_started = false; ///< at least one byte of a response arrived
    std::uint64_t connection_id = 0;
    std::optional<address> peer; ///< where a new TCP connection leads
    /// Wall-clock times around the exchange, for clock skew.
    wall_time sent_at{};
    wall_time received_at{};
};

/// One request to be sent once, and how.
///
/// Lives in the caller's frame until the task it was given to has ended.
class exchange
{
public:
    /// Keeps references to all but the limits.
    exchange(net::origin const& to, request_head const& head, body const& payload, phase_limits const& limits) noexcept
        : to_(&to), head_(&head), payload_(&payload), limits_(limits)
    {
    }
    exchange(net::origin&& to, request_head const&, body const&, phase_limits const&) = delete;

    net::origin const& to() const noexcept { return *to_; }
    request_head const& head() const noexcept { return *head_; }
    body const& payload() const noexcept { return *payload_; }
    phase_limits const& limits() const noexcept { return limits_; }
    /// Only a connection that was never used before will do.
    bool wants_fresh_connection() const noexcept { return fresh_; }
    exchange& on_fresh_connection(bool yes = true) noexcept { return fresh_ = yes, *this; }
    /// A list whose memory the transport may use for the fields of the response.
    exchange& reuse(headers used) noexcept { return memory_ = std::move(used), *this; }
    headers take_memory() noexcept { return std::move(memory_); }

    exchange_report report;

private:
    net::origin const* to_;
    headers memory_;
    request_head const* head_;
    body const* payload_;
    phase_limits limits_;
    bool fresh_ = false;
};

/// The rest of a response whose head is known. Destroying it closes the connection; reading it to its
/// end gives the connection back.
class AUGUR_DECL body_stream
{
public:
    virtual ~body_stream();
    /// The next bytes; empty at the end. The view lives until the next call. Waits at most `idle`, and only
    /// while it is awaited: a reader may pause as long as it likes.
    virtual task<result<std::string_view>> read(operation& op, phase_limits::duration idle) = 0;
    /// Says that it is destroyed next because of a failure, such as bytes that mean nothing, and not because its
    /// reader left. For whoever counts.
    virtual void reject() noexcept;
};

struct opened_response
{
    int status = 0;
    headers fields;
    std::unique_ptr<body_stream> content;
};

/// Carries requests to a service. The one thing to implement in order to bring another network stack.
///
/// A transport reports every HTTP status as a success and never repeats a request. Its errors carry
/// the phase and the outcome: `not_sent` only if no byte of the request can have reached the server.
class AUGUR_DECL transport
{
public:
    virtual ~transport();

    /// Ends when the response head is there.
    virtual task<result<opened_response>> open(operation& op, exchange& x) = 0;
    /// Ends when the whole response is there. The default opens and reads.
    virtual task<result<http_response>> send(operation& op, exchange& x);
    /// Opens connections to `to` until `count` are alive, and keeps as many while the handle lives. Sends
    /// no request. The default has no connections to keep: `errc::unsupported`.
    virtual task<result<warm_handle>> warm(operation& op, origin to, std::size_t count, phase_limits limits);
    /// The default counts nothing.
    virtual pool_statistics statistics() const noexcept;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/transport.ipp>
#endif

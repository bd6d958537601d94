#pragma once

#include <augur/config.hpp>

#include <boost/system/error_category.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/error_condition.hpp>

#include <string_view>
#include <type_traits>

namespace augur::inline AUGUR_ABI {

using boost::system::error_code;

/// Faults found on our side of the wire. What a service answered has its provider's own `errc`.
enum class errc
{
    // The request was never put together.
    invalid_argument = 1, ///< a name, header, URL or option is not allowed; the message says which
    unsupported,          ///< the client cannot carry this kind of payload or option
    missing_region,       ///< neither a region nor an endpoint is configured
    credentials_needed,   ///< an authenticator has no usable credentials yet: refresh, then sign again
    credentials_unavailable, ///< no source had credentials; the message lists the sources

    // Finding and reaching the server. Nothing was sent.
    pool_timeout,       ///< no connection became free in time
    resolve_failed,     ///< the name does not exist
    resolve_unavailable, ///< the name servers cannot answer now
    resolve_timeout,    ///< the lookup did not answer in time
    connect_failed,     ///< no address accepted the connection
    connect_timeout,    ///< no address answered in time
    proxy_failed,       ///< the proxy refused the tunnel
    proxy_timeout,      ///< the proxy did not answer in time
    tls_failed,         ///< the handshake failed
    tls_verify_failed,  ///< the server's certificate does not prove its name
    tls_timeout,        ///< the handshake did not finish in time
    resource_exhausted, ///< out of descriptors, ports or memory

    // The exchange itself.
    write_failed,         ///< the connection broke while the request was sent
    write_timeout,        ///< the server stopped taking our bytes
    response_timeout,     ///< no response byte arrived in time
    idle_timeout,         ///< the response stopped arriving
    first_event_timeout,  ///< the response began, but no event of the stream arrived in time
    connection_lost,      ///< the connection ended in the TLS handshake or before a whole response head arrived
    truncated,            ///< the response ended before its own framing said so
    protocol_error,       ///< the response is not valid HTTP/1.1
    header_limit,         ///< the response head is larger than the limit
    body_limit,           ///< the response body is larger than the limit
    unsupported_encoding, ///< the response has a content coding that was not asked for
    redirect_refused,     ///< the service answered with a redirect; redirects are never followed

    // Understanding the answer.
    decode_error, ///< the body is not what the format promises; the message has the path
    frame_error,  ///< a frame of an event stream is damaged; nothing behind it can be read
    event_limit,  ///< one event or line of a stream is larger than `size_limits::stream_event`

    // The call as a whole.
    auth_timeout,      ///< fetching credentials took too long
    deadline_exceeded, ///< the call's own deadline passed
    cancelled,         ///< the caller cancelled
    client_closed,     ///< the client was shut down
    forked,            ///< the process forked after the client was made: make a new client
    internal,          ///< an exception crossed the library; the message has its text
};

/// Questions with the same answer on every cloud: `if (error == condition::throttled)`.
enum class condition
{
    invalid_request = 1, ///< the request is wrong and will stay wrong
    unauthenticated,     ///< who are you? (401, bad signature, expired token)
    forbidden,           ///< you may not (403)
    not_found,           ///< no such endpoint, deployment or model
    too_large,           ///< the payload is over the service's limit
    throttled,           ///< slow down (429 and its relatives)
    not_ready,           ///< the model is still loading
    overloaded,          ///< the service has no capacity now (503)
    model_error,         ///< the model's own code failed
    content_filtered,    ///< a content filter stopped the request or the answer
    context_too_long,    ///< the prompt does not fit the model
    server_error,        ///< the service failed (5xx)
    timeout,             ///< some limit passed, ours or the service's
    transient,           ///< a later attempt may well succeed
    cancelled,           ///< the caller gave up
};

AUGUR_DECL boost::system::error_category const& client_category() noexcept;
AUGUR_DECL boost::system::error_category const& condition_category() noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), client_category()};
}

inline boost::system::error_condition make_error_condition(condition c) noexcept
{
    return {static_cast<int>(c), condition_category()};
}

/// "connect_failed" for errc::connect_failed.
std::string_view to_string(errc e) noexcept;
std::string_view to_string(condition c) noexcept;

} // namespace augur::inline AUGUR_ABI

namespace boost::system {
template <>
struct is_error_code_enum<augur::errc> : std::true_type
{
};
template <>
struct is_error_condition_enum<augur::condition> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/errc.ipp>
#endif

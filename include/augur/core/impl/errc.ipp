#pragma once

#include <augur/core/errc.hpp>

#include <string>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE std::string_view to_string(errc e) noexcept
{
    switch (e) {
    case errc::invalid_argument: return "invalid_argument";
    case errc::unsupported: return "unsupported";
    case errc::missing_region: return "missing_region";
    case errc::credentials_needed: return "credentials_needed";
    case errc::credentials_unavailable: return "credentials_unavailable";
    case errc::pool_timeout: return "pool_timeout";
    case errc::resolve_failed: return "resolve_failed";
    case errc::resolve_unavailable: return "resolve_unavailable";
    case errc::resolve_timeout: return "resolve_timeout";
    case errc::connect_failed: return "connect_failed";
    case errc::connect_timeout: return "connect_timeout";
    case errc::proxy_failed: return "proxy_failed";
    case errc::proxy_timeout: return "proxy_timeout";
    case errc::tls_failed: return "tls_failed";
    case errc::tls_verify_failed: return "tls_verify_failed";
    case errc::tls_timeout: return "tls_timeout";
    case errc::resource_exhausted: return "resource_exhausted";
    case errc::write_failed: return "write_failed";
    case errc::write_timeout: return "write_timeout";
    case errc::response_timeout: return "response_timeout";
    case errc::idle_timeout: return "idle_timeout";
    case errc::first_event_timeout: return "first_event_timeout";
    case errc::connection_lost: return "connection_lost";
    case errc::truncated: return "truncated";
    case errc::protocol_error: return "protocol_error";
    case errc::header_limit: return "header_limit";
    case errc::body_limit: return "body_limit";
    case errc::unsupported_encoding: return "unsupported_encoding";
    case errc::redirect_refused: return "redirect_refused";
    case errc::decode_error: return "decode_error";
    case errc::frame_error: return "frame_error";
    case errc::event_limit: return "event_limit";
    case errc::auth_timeout: return "auth_timeout";
    case errc::deadline_exceeded: return "deadline_exceeded";
    case errc::cancelled: return "cancelled";
    case errc::client_closed: return "client_closed";
    case errc::forked: return "forked";
    case errc::internal: return "internal";
    }
    return "unknown";
}

AUGUR_INLINE std::string_view to_string(condition c) noexcept
{
    switch (c) {
    case condition::invalid_request: return "invalid_request";
    case condition::unauthenticated: return "unauthenticated";
    case condition::forbidden: return "forbidden";
    case condition::not_found: return "not_found";
    case condition::too_large: return "too_large";
    case condition::throttled: return "throttled";
    case condition::not_ready: return "not_ready";
    case condition::overloaded: return "overloaded";
    case condition::model_error: return "model_error";
    case condition::content_filtered: return "content_filtered";
    case condition::context_too_long: return "context_too_long";
    case condition::server_error: return "server_error";
    case condition::timeout: return "timeout";
    case condition::transient: return "transient";
    case condition::cancelled: return "cancelled";
    }
    return "unknown";
}

namespace detail {

inline bool client_error_is(errc e, condition c) noexcept
{
    switch (c) {
    case condition::invalid_request:
        return e == errc::invalid_argument || e == errc::unsupported || e == errc::missing_region;
    case condition::unauthenticated: return e == errc::credentials_unavailable;
    case condition::timeout:
        return e == errc::pool_timeout || e == errc::resolve_timeout || e == errc::connect_timeout ||
               e == errc::proxy_timeout || e == errc::tls_timeout || e == errc::write_timeout ||
               e == errc::response_timeout || e == errc::idle_timeout || e == errc::first_event_timeout ||
               e == errc::auth_timeout || e == errc::deadline_exceeded;
    case condition::transient:
        // Whether a transient failure may be repeated is a question of its outcome, not of its kind.
        return e == errc::pool_timeout || e == errc::resolve_unavailable || e == errc::resolve_timeout ||
               e == errc::connect_failed || e == errc::connect_timeout || e == errc::proxy_timeout ||
               e == errc::tls_timeout || e == errc::resource_exhausted || e == errc::write_failed ||
               e == errc::write_timeout || e == errc::response_timeout || e == errc::idle_timeout ||
               e == errc::first_event_timeout || e == errc::connection_lost || e == errc::truncated;
    case condition::cancelled: return e == errc::cancelled;
    default: return false;
    }
}

class client_category_impl final : public boost::system::error_category
{
public:
    constexpr client_category_impl() noexcept : error_category(0x6175677572000001ULL) {}
    char const* name() const noexcept override { return "augur"; }
    std::string message(int value) const override { return std::string(to_string(static_cast<errc>(value))); }
    bool equivalent(int value, boost::system::error_condition const& c) const noexcept override;
};

class condition_category_impl final : public boost::system::error_category
{
public:
    constexpr condition_category_impl() noexcept : error_category(0x6175677572000002ULL) {}
    char const* name() const noexcept override { return "augur.condition"; }
    std::string message(int value) const override { return std::string(to_string(static_cast<condition>(value))); }
};

inline constexpr client_category_impl client_category_instance;
inline constexpr condition_category_impl condition_category_instance;

inline bool client_category_impl::equivalent(int value, boost::system::error_condition const& c) const noexcept
{
    if (c.category() == condition_category_instance)
        return client_error_is(static_cast<errc>(value), static_cast<condition>(c.value()));
    return error_category::equivalent(value, c);
}

} // namespace detail

AUGUR_INLINE boost::system::error_category const& client_category() noexcept
{
    return detail::client_category_instance;
}

AUGUR_INLINE boost::system::error_category const& condition_category() noexcept
{
    return detail::condition_category_instance;
}

} // namespace augur::inline AUGUR_ABI

#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/openai_wire/errc.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

AUGUR_INLINE std::string to_string(errc e)
{
    switch (e) {
    case errc::content_filter: return "content_filter";
    case errc::deployment_not_found: return "deployment_not_found";
    case errc::model_not_found: return "model_not_found";
    case errc::response_not_found: return "response_not_found";
    case errc::context_length_exceeded: return "context_length_exceeded";
    case errc::rate_limited: return "rate_limited";
    case errc::insufficient_quota: return "insufficient_quota";
    case errc::permission_denied: return "permission_denied";
    case errc::invalid_prompt: return "invalid_prompt";
    case errc::operation_not_supported: return "operation_not_supported";
    case errc::unsupported_api_version: return "unsupported_api_version";
    case errc::overloaded: return "overloaded";
    case errc::server_error: return "server_error";
    case errc::response_failed: return "response_failed";
    case errc::stream_error: return "stream_error";
    }
    return codec::status_name(static_cast<int>(e));
}

namespace detail {

inline bool errc_is(errc e, condition c) noexcept
{
    switch (e) {
    case errc::content_filter: return c == condition::content_filtered || c == condition::invalid_request;
    case errc::deployment_not_found:
    case errc::model_not_found:
    case errc::response_not_found: return c == condition::not_found;
    case errc::context_length_exceeded: return c == condition::context_too_long || c == condition::invalid_request;
    case errc::rate_limited: return c == condition::throttled || c == condition::transient;
    case errc::insufficient_quota:
    case errc::permission_denied: return c == condition::forbidden;
    case errc::invalid_prompt:
    case errc::operation_not_supported:
    case errc::unsupported_api_version: return c == condition::invalid_request;
    case errc::overloaded:
        return c == condition::overloaded || c == condition::server_error || c == condition::transient;
    case errc::server_error: return c == condition::server_error || c == condition::transient;
    case errc::response_failed:
    case errc::stream_error: return c == condition::server_error;
    }
    return codec::status_is(static_cast<int>(e), c); // the other values are HTTP statuses
}

class category_impl final : public boost::system::error_category
{
public:
    constexpr category_impl() noexcept : error_category(0x6175677572000020ULL) {}
    char const* name() const noexcept override { return "augur.openai_wire"; }
    std::string message(int value) const override { return to_string(static_cast<errc>(value)); }
    bool equivalent(int value, boost::system::error_condition const& c) const noexcept override
    {
        if (c.category() == condition_category())
            return errc_is(static_cast<errc>(value), static_cast<condition>(c.value()));
        return error_category::equivalent(value, c);
    }
};

inline constexpr category_impl category_instance;

} // namespace detail

AUGUR_INLINE boost::system::error_category const& category() noexcept
{
    return detail::category_instance;
}

} // namespace augur::inline AUGUR_ABI::openai_wire

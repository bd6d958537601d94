#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/sagemaker/errc.hpp>

namespace augur::inline AUGUR_ABI::sagemaker {

AUGUR_INLINE std::string to_string(errc e)
{
    switch (e) {
    case errc::endpoint_not_found: return "endpoint_not_found";
    case errc::validation_error: return "validation_error";
    case errc::payload_too_large: return "payload_too_large";
    case errc::model_error: return "model_error";
    case errc::model_not_ready: return "model_not_ready";
    case errc::throttling: return "throttling";
    case errc::internal_failure: return "internal_failure";
    case errc::service_unavailable: return "service_unavailable";
    case errc::internal_dependency: return "internal_dependency";
    case errc::request_timeout: return "request_timeout";
    case errc::access_denied: return "access_denied";
    case errc::invalid_signature: return "invalid_signature";
    case errc::incomplete_signature: return "incomplete_signature";
    case errc::expired_token: return "expired_token";
    case errc::request_time_too_skewed: return "request_time_too_skewed";
    case errc::unrecognized_client: return "unrecognized_client";
    case errc::missing_authentication: return "missing_authentication";
    case errc::model_stream_error: return "model_stream_error";
    case errc::internal_stream_failure: return "internal_stream_failure";
    }
    return codec::status_name(static_cast<int>(e));
}

namespace detail {

inline bool errc_is(errc e, condition c) noexcept
{
    switch (e) {
    case errc::endpoint_not_found: return c == condition::not_found;
    case errc::validation_error: return c == condition::invalid_request;
    case errc::payload_too_large: return c == condition::too_large || c == condition::invalid_request;
    case errc::model_error:
    case errc::model_stream_error: return c == condition::model_error;
    case errc::model_not_ready: return c == condition::not_ready || c == condition::transient;
    case errc::throttling: return c == condition::throttled || c == condition::transient;
    case errc::internal_failure: return c == condition::server_error || c == condition::transient;
    case errc::service_unavailable:
        return c == condition::overloaded || c == condition::server_error || c == condition::transient;
    case errc::internal_dependency:
    case errc::internal_stream_failure: return c == condition::server_error;
    case errc::request_timeout: return c == condition::timeout || c == condition::transient;
    case errc::access_denied: return c == condition::forbidden;
    case errc::invalid_signature:
    case errc::incomplete_signature:
    case errc::expired_token:
    case errc::request_time_too_skewed:
    case errc::unrecognized_client:
    case errc::missing_authentication: return c == condition::unauthenticated;
    }
    return codec::status_is(static_cast<int>(e), c);
}

class category_impl final : public boost::system::error_category
{
public:
    constexpr category_impl() noexcept : error_category(0x6175677572000010ULL) {}
    char const* name() const noexcept override { return "augur.sagemaker"; }
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

} // namespace augur::inline AUGUR_ABI::sagemaker

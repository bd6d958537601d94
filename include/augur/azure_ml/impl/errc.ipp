#pragma once

#include <augur/azure_ml/errc.hpp>
#include <augur/codec/service_error.hpp>

namespace augur::inline AUGUR_ABI::azure_ml {

AUGUR_INLINE std::string to_string(errc e)
{
    switch (e) {
    case errc::model_throttled: return "model_throttled";
    case errc::model_overloaded: return "model_overloaded";
    case errc::bad_request: return "bad_request";
    case errc::unauthorized: return "unauthorized";
    case errc::forbidden: return "forbidden";
    case errc::not_found: return "not_found";
    case errc::model_timeout: return "model_timeout";
    case errc::conflict: return "conflict";
    case errc::payload_too_large: return "payload_too_large";
    case errc::model_error: return "model_error";
    case errc::throttled: return "throttled";
    case errc::header_too_large: return "header_too_large";
    case errc::internal_error: return "internal_error";
    case errc::bad_gateway: return "bad_gateway";
    case errc::unavailable: return "unavailable";
    case errc::gateway_timeout: return "gateway_timeout";
    }
    return codec::status_name(static_cast<int>(e));
}

namespace detail {

inline bool errc_is(errc e, condition c) noexcept
{
    switch (e) {
    case errc::model_throttled: return c == condition::throttled || c == condition::transient;
    case errc::model_overloaded: return c == condition::overloaded || c == condition::transient;
    case errc::model_error: return c == condition::model_error;
    case errc::payload_too_large: return c == condition::too_large || c == condition::invalid_request;
    default: return codec::status_is(static_cast<int>(e), c); // the other values are HTTP statuses
    }
}

class category_impl final : public boost::system::error_category
{
public:
    constexpr category_impl() noexcept : error_category(0x6175677572000011ULL) {}
    char const* name() const noexcept override { return "augur.azure_ml"; }
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

} // namespace augur::inline AUGUR_ABI::azure_ml

#pragma once

#include <augur/auth/entra/errc.hpp>

#include <algorithm>
#include <iterator>
#include <string>

namespace augur::inline AUGUR_ABI::auth::entra {

AUGUR_INLINE std::string_view to_string(errc e) noexcept
{
    switch (e) {
    case errc::refused: return "refused";
    case errc::wrong_clock: return "wrong_clock";
    case errc::interaction: return "interaction";
    case errc::back_off: return "back_off";
    case errc::throttled: return "throttled";
    case errc::unavailable: return "unavailable";
    }
    return "unknown";
}

/// Source: Microsoft's list of AADSTS errors. What is not here is some setting that does not fit.
AUGUR_INLINE errc meaning_of(std::int64_t aadsts) noexcept
{
    switch (aadsts) {
    case 700024: return errc::wrong_clock; // the assertion is not within its valid time
    case 50072:                            // enrol for a second factor
    case 50074:                            // strong authentication is required
    case 50076:                            // another factor, because of policy or place
    case 50078:                            // the other factor was too long ago
    case 50079:                            // enrol for another factor
    case 50158:                            // an external challenge
    case 53000:                            // the device does not comply
    case 53001:                            // the device is not joined
    case 53003: return errc::interaction;  // Conditional Access
    case 50196: return errc::back_off;     // a loop
    case 90033:                            // a service is unavailable for now
    case 50000:                            // issuing failed
    case 50001:                            // ... those that end in x as the service's own
    case 90006:                            // external server, retryable
    case 90012:                            // took too long
    case 90024:                            // request budget
    case 90055: return errc::unavailable;  // too many requests, of the tenant
    default: return errc::refused;
    }
}

namespace detail {

inline bool errc_is(errc e, condition c) noexcept
{
    switch (e) {
    case errc::throttled: return c == condition::throttled || c == condition::transient;
    case errc::back_off: return c == condition::throttled;
    case errc::unavailable: return c == condition::server_error || c == condition::transient;
    case errc::refused:
    case errc::wrong_clock:
    case errc::interaction: return c == condition::unauthenticated;
    }
    return false;
}

class category_impl final : public boost::system::error_category
{
public:
    constexpr category_impl() noexcept : error_category(0x6175677572000040ULL) {}
    char const* name() const noexcept override { return "augur.entra"; }
    std::string message(int value) const override { return std::string(to_string(static_cast<errc>(value))); }
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

} // namespace augur::inline AUGUR_ABI::auth::entra

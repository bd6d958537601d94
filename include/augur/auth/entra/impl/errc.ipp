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

AUGUR_INLINE std::string_view advice_for(std::int64_t aadsts) noexcept
{
    switch (aadsts) {
    case 7000215: return "the secret is wrong: often its id and not its value; copy the value, or make a new one";
    case 7000222: return "the secret has expired; make a new one";
    case 700016: return "the tenant has no such application; look at AZURE_TENANT_ID and AZURE_CLIENT_ID";
    case 90002:
    case 900023: return "there is no such tenant; look at AZURE_TENANT_ID";
    case 700027: return "the certificate is not that of the application; upload it there";
    case 700024: return "this machine's clock is wrong, or the assertion is too old; set the clock";
    case 70021:
    case 700211:
    case 700212:
    case 700213:
        return "no federated credential of the application fits the token's issuer, audience or subject; compare them "
               "with the token";
    case 65001: return "nobody has consented to what the application wants; an administrator can";
    case 500011: return "there is nothing to get a token for by that name; look at the scope";
    case 1002012: return "that is no scope; it is one resource and \"/.default\"";
    case 700082: return "the one who is signed in was away for too long; sign in again";
    default: break;
    }
    if (meaning_of(aadsts) == errc::interaction)
        return "a person must do something; sign in again, or use another identity";
    return {};
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

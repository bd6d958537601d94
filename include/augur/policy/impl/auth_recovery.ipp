#pragma once

#include <augur/policy/auth_recovery.hpp>

#include <algorithm>
#include <array>

namespace augur::inline AUGUR_ABI::policy {

namespace detail {

inline constexpr std::chrono::nanoseconds longest_round_trip = std::chrono::minutes(15);
inline constexpr std::chrono::nanoseconds skew_threshold = std::chrono::minutes(4);
/// Beyond this a date is nonsense, and differences could overflow.
inline constexpr std::chrono::nanoseconds largest_skew = std::chrono::hours(24 * 3650);

inline constexpr std::array<std::string_view, 4> definite_skew_codes{
    "RequestTimeTooSkewed",
    "RequestExpired",
    "RequestInTheFuture",
    "SignatureExpired",
};
inline constexpr std::array<std::string_view, 3> possible_skew_codes{
    "InvalidSignatureException",
    "SignatureDoesNotMatch",
    "AuthFailure",
};
/// The service knows neither good nor bad of us; other credentials may help.
inline constexpr std::array<std::string_view, 4> stale_credential_codes{
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "InvalidClientTokenId",
};

template <std::size_t N>
bool is_one_of(std::array<std::string_view, N> const& names, std::string_view name) noexcept
{
    return std::find(names.begin(), names.end(), name) != names.end();
}

} // namespace detail

AUGUR_INLINE std::optional<std::chrono::nanoseconds> measured_skew(skew_facts const& facts) noexcept
{
    if (!facts.server_date || facts.from_cache)
        return std::nullopt;
    auto const round_trip = facts.received - facts.sent;
    if (round_trip < round_trip.zero() || round_trip > detail::longest_round_trip)
        return std::nullopt;
    auto const middle = facts.sent + round_trip / 2;
    if (*facts.server_date < middle - detail::largest_skew || *facts.server_date > middle + detail::largest_skew)
        return std::nullopt;
    return *facts.server_date - middle;
}

AUGUR_INLINE std::optional<std::chrono::nanoseconds> skew_decision(error const& failure,
                                                                   skew_facts const& facts) noexcept
{
    // The code is text that a model's author may have written: only a refusal may be sent again.
    if (failure.outcome() != outcome::refused || facts.already_corrected)
        return std::nullopt;
    bool const definite = detail::is_one_of(detail::definite_skew_codes, failure.provider_code());
    if (!definite && !detail::is_one_of(detail::possible_skew_codes, failure.provider_code()))
        return std::nullopt;
    auto const skew = measured_skew(facts);
    if (!skew)
        return std::nullopt;
    auto const left = *skew - facts.correction; // what was still wrong when we signed
    if (!definite && left <= detail::skew_threshold && left >= -detail::skew_threshold)
        return std::nullopt;
    return skew;
}

AUGUR_INLINE auth_action auth_decision(error const& failure, auth_facts const& facts) noexcept
{
    bool const refused = failure.outcome() == outcome::refused;
    bool const about_credentials = failure.http_status() == 401 ||
                                   detail::is_one_of(detail::stale_credential_codes, failure.provider_code());
    if (!refused || !about_credentials || facts.already_refreshed)
        return auth_action::surface;
    if (facts.newer_available)
        return auth_action::resend;
    return facts.refreshable ? auth_action::refresh_and_send : auth_action::surface;
}

} // namespace augur::inline AUGUR_ABI::policy

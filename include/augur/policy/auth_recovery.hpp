#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/error.hpp>
#include <augur/policy/retry.hpp>

#include <optional>

namespace augur::inline AUGUR_ABI::policy {

/// When a response was asked for and received, by our own clock without any correction, and what it
/// says of the server's clock.
struct skew_facts
{
    wall_time sent{};
    wall_time received{};
    std::optional<wall_time> server_date;    ///< its `Date` header, if it has a valid one
    bool from_cache = false;                 ///< it has an `Age` header, so the date is not of now
    std::chrono::nanoseconds correction{};   ///< what was added to our clock when the request was signed
    bool already_corrected = false;          ///< this call was sent again for this reason before
};

/// A correction of our clock, or none.
///
/// The server's date against the middle between sending and receiving. Without a date, from a
/// cache, or after a round trip over 15 minutes nothing is concluded.
std::optional<std::chrono::nanoseconds> measured_skew(skew_facts const& facts) noexcept;

/// The new correction to sign with, and to repeat the call with once; nothing if the failure has
/// another reason.
///
/// RequestTimeTooSkewed, RequestExpired, RequestInTheFuture and SignatureExpired are definite.
/// InvalidSignatureException, SignatureDoesNotMatch and AuthFailure count only if the clock, as it
/// was used for signing, is over 4 minutes wrong: otherwise they mean a wrong key. Source: AWS SDKs.
std::optional<std::chrono::nanoseconds> skew_decision(error const& failure, skew_facts const& facts) noexcept;

/// What the call knows of the credentials that a refused attempt was signed with.
struct auth_facts
{
    bool refreshable = false;       ///< their source can give others; a static key cannot
    bool already_refreshed = false; ///< this call was sent again with other credentials before
    bool newer_available = false;   ///< somebody refreshed since this attempt was signed
};

enum class auth_action : std::uint8_t
{
    surface,          ///< give the error to the caller
    resend,           ///< sign again with the newer credentials
    refresh_and_send, ///< drop the credentials, fetch others once, sign again
};

/// What to do about a refused attempt: a 401, or a code that says the credentials are expired or
/// unknown. A 403 that forbids is never repeated.
auth_action auth_decision(error const& failure, auth_facts const& facts) noexcept;

} // namespace augur::inline AUGUR_ABI::policy

#if AUGUR_HEADER_ONLY
#include <augur/policy/impl/auth_recovery.ipp>
#endif

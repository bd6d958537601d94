#pragma once

#include <augur/core/errc.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace augur::inline AUGUR_ABI::auth::entra {

/// Why Entra, or a host of managed identities, gave no token. The code itself ("AADSTS7000215") is the error's
/// `provider_code()`; its attributes are "correlation_id", "trace_id" and "suberror" when they were told.
enum class errc
{
    refused = 1,   ///< something is configured wrong and will stay wrong: secret, certificate, tenant, scope, consent
    wrong_clock,   ///< an assertion was not within its time: this machine's clock, or the token's issuer
    interaction,   ///< a person must do something: another factor, a device that complies, signing in again
    back_off,      ///< the same request too often in a row: a cache leaves Entra alone for a minute
    throttled,     ///< 429
    unavailable,   ///< the service failed; a later attempt may succeed
};

AUGUR_DECL boost::system::error_category const& category() noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), category()};
}

/// "refused" for errc::refused.
std::string_view to_string(errc e) noexcept;

/// What an AADSTS number means for the caller; `errc::refused` for those that have no row of their own.
errc meaning_of(std::int64_t aadsts) noexcept;

/// What to do about an AADSTS number that people meet, such as "the secret has expired; make a new one"; empty for the
/// others. docs/how-to/authenticate.md has the same sentences.
std::string_view advice_for(std::int64_t aadsts) noexcept;

} // namespace augur::inline AUGUR_ABI::auth::entra

namespace boost::system {
template <>
struct is_error_code_enum<augur::auth::entra::errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/errc.ipp>
#endif

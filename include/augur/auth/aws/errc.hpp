#pragma once

#include <augur/core/errc.hpp>

#include <string_view>
#include <type_traits>

namespace augur::inline AUGUR_ABI::auth::aws {

/// Why a service gives no credentials for now: STS, SSO, a container's or an instance's. The service's own name for it
/// is the error's `provider_code()`. What will stay so is `augur::errc::credentials_unavailable`.
enum class source_errc
{
    throttled = 1, ///< 429, or a name such as "Throttling", which STS sends with a 400
    unavailable,   ///< the service failed, or somebody whom it asks: 5xx, "RequestTimeout", "IDPCommunicationError"
};

AUGUR_DECL boost::system::error_category const& source_category() noexcept;

inline error_code make_error_code(source_errc e) noexcept
{
    return {static_cast<int>(e), source_category()};
}

/// "throttled" for source_errc::throttled.
std::string_view to_string(source_errc e) noexcept;

} // namespace augur::inline AUGUR_ABI::auth::aws

namespace boost::system {
template <>
struct is_error_code_enum<augur::auth::aws::source_errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/errc.ipp>
#endif

#pragma once

#include <augur/core/headers.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::codec {

/// One challenge of a `WWW-Authenticate` field (RFC 9110 11.6.1).
struct auth_challenge
{
    std::string scheme;  ///< as it was written
    std::string token68; ///< what stands alone behind the scheme; usually empty
    std::vector<std::pair<std::string, std::string>> parameters; ///< unquoted, names as written

    /// The first parameter of that name, ASCII case aside.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
};

/// All challenges of one field's value, in order. Commas separate challenges and parameters alike; both are told
/// apart by what follows. Also read: values that should be quoted and are not, up to the next blank or comma (Azure
/// Arc sends a path so), and empty list elements. What makes no sense ends the reading; what was read before it
/// counts. At most 16 challenges with 32 parameters each; linear.
std::vector<auth_challenge> parse_auth_challenges(std::string_view value);

/// The same of every `WWW-Authenticate` field of a response.
std::vector<auth_challenge> auth_challenges_of(headers const& fields);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/auth_challenge.ipp>
#endif

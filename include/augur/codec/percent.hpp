#pragma once

#include <augur/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// What stays as it is besides the unreserved set of RFC 3986 (letters, digits, "-", ".", "_", "~").
enum class percent_keep : std::uint8_t
{
    nothing, ///< a path segment, a query name or value
    slash,   ///< a whole path
};

/// Upper-case digits, a blank becomes %20. Any bytes are welcome.
std::string percent_encode(std::string_view bytes, percent_keep keep = percent_keep::nothing);
/// The same, at the end of `out`.
void percent_encode_to(std::string& out, std::string_view bytes, percent_keep keep = percent_keep::nothing);

/// Strict: a "%" without two hexadecimal digits is `errc::decode_error`. "+" stays "+".
result<std::string> percent_decode(std::string_view text);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/percent.ipp>
#endif

#pragma once

#include <augur/core/result.hpp>

#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// Writes 2 * bytes.size() lower-case digits and returns that number. RFC 4648 section 8.
std::size_t hex_encode_to(std::string_view bytes, char* out) noexcept;
std::string hex_encode(std::string_view bytes);

/// Both cases are read. An odd length or a character that is no digit is `errc::decode_error`.
result<std::string> hex_decode(std::string_view text);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/hex.ipp>
#endif

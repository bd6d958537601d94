#pragma once

#include <augur/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::codec {

/// RFC 4648: `standard` is section 4 and always padded; `url` is section 5 ("-" and "_"), written
/// without padding, as in tokens.
enum class base64_alphabet : std::uint8_t
{
    standard,
    url,
};

/// The exact length of the encoded text.
constexpr std::size_t base64_size(std::size_t bytes, base64_alphabet alphabet = base64_alphabet::standard) noexcept
{
    if (alphabet == base64_alphabet::standard)
        return (bytes + 2) / 3 * 4;
    return bytes / 3 * 4 + (bytes % 3 == 0 ? 0 : bytes % 3 + 1);
}

/// Writes `base64_size(bytes.size(), alphabet)` characters and returns that number.
std::size_t base64_encode_to(std::string_view bytes, char* out,
                             base64_alphabet alphabet = base64_alphabet::standard) noexcept;
std::string base64_encode(std::string_view bytes, base64_alphabet alphabet = base64_alphabet::standard);

/// Strict: no blank, no foreign character, no bit lost in the last group, and padding complete. The
/// `url` alphabet may also come without any padding. Everything else is `errc::decode_error`.
result<std::string> base64_decode(std::string_view text, base64_alphabet alphabet = base64_alphabet::standard);

/// Numbers as embeddings carry them: little-endian binary32, one behind the other, in the standard alphabet. Strict
/// like `base64_decode`, and `errc::decode_error` when the bytes are no whole number of floats. Any bits are a
/// float, NaN too.
result<std::vector<float>> base64_decode_floats(std::string_view text);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/base64.ipp>
#endif

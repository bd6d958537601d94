#pragma once

#include <augur/config.hpp>

#include <array>
#include <cstddef>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

using sha256_digest = std::array<unsigned char, 32>;
using sha256_text = std::array<char, 64>;

/// FIPS 180-4. Needs no initialisation, keeps nothing between calls, allocates nothing (see
/// sha256.ipp for the one exception). Distinct objects may be used from distinct threads.
sha256_digest sha256(std::string_view bytes) noexcept;
/// The same as 64 lower-case hexadecimal digits.
sha256_text sha256_hex(std::string_view bytes) noexcept;

inline std::string_view view(sha256_digest const& digest) noexcept
{
    return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}
inline std::string_view view(sha256_text const& text) noexcept
{
    return {text.data(), text.size()};
}

/// Hashes a text that arrives in pieces.
class sha256_hasher
{
public:
    sha256_hasher() noexcept;
    sha256_hasher(sha256_hasher const& other) noexcept;
    sha256_hasher& operator=(sha256_hasher const& other) noexcept;
    ~sha256_hasher();

    sha256_hasher& update(std::string_view bytes) noexcept;
    /// The digest of all pieces; the object then starts again from nothing.
    sha256_digest finish() noexcept;

private:
    alignas(8) unsigned char state_[112]; ///< OpenSSL's own state; its header stays out of ours
};

/// A key of HMAC-SHA256 (RFC 2104) whose inner and outer first blocks were already hashed: signing
/// costs no work for the key. Equivalent to the key, so it is overwritten when it dies.
class hmac_sha256_key
{
public:
    explicit hmac_sha256_key(std::string_view key) noexcept;
    hmac_sha256_key(hmac_sha256_key const&) noexcept = default;
    hmac_sha256_key& operator=(hmac_sha256_key const&) noexcept = default;
    ~hmac_sha256_key();

    sha256_digest sign(std::string_view bytes) const noexcept;

private:
    std::array<unsigned char, 64> inner_; ///< the state after the block key^ipad
    std::array<unsigned char, 64> outer_; ///< the state after the block key^opad
};

sha256_digest hmac_sha256(std::string_view key, std::string_view bytes) noexcept;

/// Compares in a time that does not depend on where the texts differ.
bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/sha256.ipp>
#endif

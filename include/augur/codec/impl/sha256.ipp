#pragma once

#include <augur/codec/impl/hex.ipp>
#include <augur/codec/sha256.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

#include <cstdint>
#include <cstring>
#include <exception>

/// @file
/// Two ways to the same digest:
/// - OpenSSL's SHA256_* functions (the default): state on the stack, copied by memcpy, no allocation.
///   They are marked deprecated since OpenSSL 3.0 in favour of EVP, where copying a state allocates;
///   that is why the warning is switched off here, and only here.
/// - EVP, when OpenSSL was built without deprecated functions or when AUGUR_SHA256_EVP is defined:
///   it goes through the provider (what a FIPS set-up asks for). A hasher then owns one allocated
///   context and an HMAC key hashes its two blocks again.

namespace augur::inline AUGUR_ABI::codec {

#if !defined(AUGUR_SHA256_EVP) && !defined(OPENSSL_NO_DEPRECATED_3_0)

#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#endif

static_assert(sizeof(SHA256_CTX) <= 112 && alignof(SHA256_CTX) <= 8);

AUGUR_INLINE sha256_digest sha256(std::string_view bytes) noexcept
{
    sha256_digest digest;
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, bytes.data(), bytes.size());
    SHA256_Final(digest.data(), &state);
    return digest;
}

AUGUR_INLINE sha256_hasher::sha256_hasher() noexcept
{
    SHA256_Init(reinterpret_cast<SHA256_CTX*>(state_));
}

AUGUR_INLINE sha256_hasher::sha256_hasher(sha256_hasher const& other) noexcept
{
    std::memcpy(state_, other.state_, sizeof state_);
}

AUGUR_INLINE sha256_hasher& sha256_hasher::operator=(sha256_hasher const& other) noexcept
{
    if (this != &other)
        std::memcpy(state_, other.state_, sizeof state_);
    return *this;
}

AUGUR_INLINE sha256_hasher::~sha256_hasher()
{
    OPENSSL_cleanse(state_, sizeof state_);
}

AUGUR_INLINE sha256_hasher& sha256_hasher::update(std::string_view bytes) noexcept
{
    SHA256_Update(reinterpret_cast<SHA256_CTX*>(state_), bytes.data(), bytes.size());
    return *this;
}

AUGUR_INLINE sha256_digest sha256_hasher::finish() noexcept
{
    sha256_digest digest;
    SHA256_Final(digest.data(), reinterpret_cast<SHA256_CTX*>(state_));
    SHA256_Init(reinterpret_cast<SHA256_CTX*>(state_));
    return digest;
}

namespace detail {

/// The eight words of the state after one 64-byte block.
inline void sha256_save_block(std::array<unsigned char, 64> const& block, std::array<unsigned char, 64>& saved) noexcept
{
    SHA256_CTX state;
    SHA256_Init(&state);
    SHA256_Update(&state, block.data(), block.size());
    std::memcpy(saved.data(), state.h, sizeof state.h);
    OPENSSL_cleanse(&state, sizeof state);
}

/// The digest of "the saved block, then these bytes".
inline sha256_digest sha256_resume(std::array<unsigned char, 64> const& saved, std::string_view bytes) noexcept
{
    SHA256_CTX state;
    SHA256_Init(&state);
    std::memcpy(state.h, saved.data(), sizeof state.h);
    state.Nl = 64 * 8;
    SHA256_Update(&state, bytes.data(), bytes.size());
    sha256_digest digest;
    SHA256_Final(digest.data(), &state);
    return digest;
}

} // namespace detail

#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#else

namespace detail {

inline EVP_MD const* sha256_method() noexcept
{
    // Fetched once: a fetch per hash would cost as much as hashing 200 bytes.
    static EVP_MD const* const method = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    return method;
}

inline EVP_MD_CTX*& sha256_context(unsigned char* state) noexcept
{
    return *reinterpret_cast<EVP_MD_CTX**>(state);
}

/// No SHA-256 or no memory: nothing above could go on.
inline void sha256_require(bool ok) noexcept
{
    if (!ok)
        std::terminate();
}

inline void sha256_save_block(std::array<unsigned char, 64> const& block, std::array<unsigned char, 64>& saved) noexcept
{
    saved = block;
}

inline sha256_digest sha256_resume(std::array<unsigned char, 64> const& saved, std::string_view bytes) noexcept
{
    sha256_hasher hasher;
    hasher.update({reinterpret_cast<char const*>(saved.data()), saved.size()}).update(bytes);
    return hasher.finish();
}

} // namespace detail

AUGUR_INLINE sha256_digest sha256(std::string_view bytes) noexcept
{
    return sha256_hasher().update(bytes).finish();
}

AUGUR_INLINE sha256_hasher::sha256_hasher() noexcept
{
    auto& context = detail::sha256_context(state_) = EVP_MD_CTX_new();
    detail::sha256_require(context && EVP_DigestInit_ex2(context, detail::sha256_method(), nullptr) == 1);
}

AUGUR_INLINE sha256_hasher::sha256_hasher(sha256_hasher const& other) noexcept : sha256_hasher()
{
    *this = other;
}

AUGUR_INLINE sha256_hasher& sha256_hasher::operator=(sha256_hasher const& other) noexcept
{
    auto* const from = *reinterpret_cast<EVP_MD_CTX* const*>(other.state_);
    if (this != &other)
        detail::sha256_require(EVP_MD_CTX_copy_ex(detail::sha256_context(state_), from) == 1);
    return *this;
}

AUGUR_INLINE sha256_hasher::~sha256_hasher()
{
    EVP_MD_CTX_free(detail::sha256_context(state_));
}

AUGUR_INLINE sha256_hasher& sha256_hasher::update(std::string_view bytes) noexcept
{
    EVP_DigestUpdate(detail::sha256_context(state_), bytes.data(), bytes.size());
    return *this;
}

AUGUR_INLINE sha256_digest sha256_hasher::finish() noexcept
{
    sha256_digest digest;
    auto* const context = detail::sha256_context(state_);
    EVP_DigestFinal_ex(context, digest.data(), nullptr);
    EVP_DigestInit_ex2(context, nullptr, nullptr);
    return digest;
}

#endif

AUGUR_INLINE sha256_text sha256_hex(std::string_view bytes) noexcept
{
    sha256_text text;
    hex_encode_to(view(sha256(bytes)), text.data());
    return text;
}

AUGUR_INLINE hmac_sha256_key::hmac_sha256_key(std::string_view key) noexcept : inner_(), outer_()
{
    std::array<unsigned char, 64> block{};
    if (key.size() > block.size()) {
        auto const digest = sha256(key);
        std::memcpy(block.data(), digest.data(), digest.size());
    }
    else if (!key.empty()) {
        std::memcpy(block.data(), key.data(), key.size());
    }
    for (auto& byte : block)
        byte = static_cast<unsigned char>(byte ^ 0x36);
    detail::sha256_save_block(block, inner_);
    for (auto& byte : block)
        byte = static_cast<unsigned char>(byte ^ 0x36 ^ 0x5c);
    detail::sha256_save_block(block, outer_);
    OPENSSL_cleanse(block.data(), block.size());
}

AUGUR_INLINE hmac_sha256_key::~hmac_sha256_key()
{
    OPENSSL_cleanse(inner_.data(), inner_.size());
    OPENSSL_cleanse(outer_.data(), outer_.size());
}

AUGUR_INLINE sha256_digest hmac_sha256_key::sign(std::string_view bytes) const noexcept
{
    return detail::sha256_resume(outer_, view(detail::sha256_resume(inner_, bytes)));
}

AUGUR_INLINE sha256_digest hmac_sha256(std::string_view key, std::string_view bytes) noexcept
{
    return hmac_sha256_key(key).sign(bytes);
}

AUGUR_INLINE bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept
{
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

} // namespace augur::inline AUGUR_ABI::codec

#pragma once

#include <augur/codec/sha256.hpp>
#include <augur/core/chrono.hpp>
#include <augur/core/result.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::codec {

/// Days since 1970-01-01 in UTC.
using utc_day = std::chrono::sys_days;

/// What a Signature Version 4 key is good for: one day, one region, one service.
class credential_scope
{
public:
    /// `errc::invalid_argument` when a name is empty or has a byte that is no letter, digit, "-",
    /// "_" or ".": the scope is a list separated by slashes, inside a header.
    static result<credential_scope> make(std::chrono::system_clock::time_point now, std::string_view region,
                                         std::string_view service);

    utc_day day() const noexcept { return day_; }
    /// "20150830"
    std::string_view date() const noexcept { return std::string_view(text_).substr(0, 8); }
    std::string_view region() const noexcept { return std::string_view(text_).substr(9, region_size_); }
    std::string_view service() const noexcept
    {
        auto const tail = std::string_view("/aws4_request").size();
        return std::string_view(text_).substr(10 + region_size_, text_.size() - 10 - region_size_ - tail);
    }
    /// "20150830/us-east-1/sagemaker/aws4_request"
    std::string_view text() const noexcept { return text_; }

private:
    credential_scope() = default;

    utc_day day_{};
    std::string text_;
    std::size_t region_size_ = 0;
};

/// The key derived from a secret access key for one scope. Good until its day ends; the secret
/// itself is not kept. Overwritten when destroyed.
class signing_key
{
public:
    /// Five HMACs, about nine times the work of one signature: keep the key, or use the cache.
    signing_key(std::string_view secret_access_key, credential_scope scope);

    credential_scope const& scope() const noexcept { return scope_; }
    sha256_digest sign(std::string_view string_to_sign) const noexcept { return key_.sign(string_to_sign); }

private:
    credential_scope scope_;
    hmac_sha256_key key_;
};

/// `credential_scope::make`, then the derivation. An empty secret is `errc::invalid_argument`.
result<signing_key> derive_signing_key(std::string_view secret_access_key, std::chrono::system_clock::time_point now,
                                       std::string_view region, std::string_view service);

/// Remembers signing keys by secret, day, region and service.
///
/// It knows secrets only by their SHA-256, so it never holds one. A key is forgotten when its place
/// is needed (least recently used first), when a key is made for a day more than one day away from
/// its own, or by `forget`; its memory is overwritten as soon as the last user lets it go.
/// Threads: all members may be called at any time. A hit allocates nothing.
class signing_key_cache
{
public:
    explicit signing_key_cache(std::size_t capacity = 16);

    result<std::shared_ptr<signing_key const>> get(std::string_view secret_access_key,
                                                   std::chrono::system_clock::time_point now, std::string_view region,
                                                   std::string_view service);
    /// Drops the keys of one secret: it was rotated or refused.
    void forget(std::string_view secret_access_key) noexcept;
    void clear() noexcept;
    std::size_t size() const noexcept;

private:
    struct entry
    {
        sha256_digest secret;
        std::uint64_t last_use;
        std::shared_ptr<signing_key const> key;
    };

    mutable std::mutex mutex_;
    std::vector<entry> entries_;
    std::size_t capacity_;
    std::uint64_t uses_ = 0;
};

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/signing_key.ipp>
#endif

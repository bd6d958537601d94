#pragma once

#include <augur/core/headers.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::codec {

/// Payload hashes that are no hash.
inline constexpr std::string_view unsigned_payload = "UNSIGNED-PAYLOAD";
inline constexpr std::string_view empty_payload_hash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How a service reads the path of a request.
enum class path_encoding : std::uint8_t
{
    once,  ///< the path on the wire is the canonical path: S3
    twice, ///< the path on the wire is percent-encoded again: every other service
};
enum class path_normalisation : std::uint8_t
{
    off, ///< S3: "a//b/../c" is a key
    on,  ///< dot segments and empty segments are removed before signing
};

/// What is signed. Holds views only: they must live as long as it does.
class sigv4_request
{
public:
    /// `target` is path and query as on the wire, already percent-encoded.
    /// `fields` are the headers to sign, names in lower case, `host` among them, without `x-amz-date`
    /// (the signer adds it) and in any order; the same name may come again.
    /// `payload_hash` is the lower-case hex SHA-256 of the payload or a word such as UNSIGNED-PAYLOAD.
    sigv4_request(std::string_view method, std::string_view target, std::span<headers::field const> fields,
                  std::string_view payload_hash) noexcept
        : method_(method), target_(target), fields_(fields), payload_hash_(payload_hash)
    {
    }
    sigv4_request& encoding(path_encoding value) & noexcept { return encoding_ = value, *this; }
    sigv4_request& normalisation(path_normalisation value) & noexcept { return normalisation_ = value, *this; }
    /// The path as S3 reads it: encoded once, never normalised.
    sigv4_request& for_s3() & noexcept { return encoding(path_encoding::once).normalisation(path_normalisation::off); }

    std::string_view method() const noexcept { return method_; }
    std::string_view target() const noexcept { return target_; }
    std::span<headers::field const> fields() const noexcept { return fields_; }
    std::string_view payload_hash() const noexcept { return payload_hash_; }
    path_encoding encoding() const noexcept { return encoding_; }
    path_normalisation normalisation() const noexcept { return normalisation_; }

private:
    std::string_view method_;
    std::string_view target_;
    std::span<headers::field const> fields_;
    std::string_view payload_hash_;
    path_encoding encoding_ = path_encoding::twice;
    path_normalisation normalisation_ = path_normalisation::on;
};

/// False for the headers that proxies and connections change, for `amz-sdk-*`, for `authorization` and
/// for `x-amz-date`, which the signer adds itself. `name` in lower case.
bool is_signable_header(std::string_view name) noexcept;

/// The headers to sign of a request head: signable ones, names in lower case. Keeps its memory; its
/// views live until the next `assign` and as long as the head.
class signable_headers
{
public:
    /// `Head` has `size()` and `at(i)` giving something with `name` and `value`.
    template <class Head>
    std::span<headers::field const> assign(Head const& head)
    {
        clear();
        for (std::size_t i = 0; i < head.size(); ++i) {
            auto const field = head.at(i);
            add(field.name, field.value);
        }
        return finish();
    }
    void clear() noexcept;
    void add(std::string_view name, std::string_view value);
    std::span<headers::field const> finish() noexcept;

private:
    std::string names_;
    std::vector<headers::field> fields_;
};

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/sigv4_request.ipp>
#endif

#pragma once

#include <augur/codec/sha256.hpp>
#include <augur/codec/signing_key.hpp>
#include <augur/codec/sigv4_request.hpp>
#include <augur/core/chrono.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// @file
/// AWS Signature Version 4 in its three stages: canonical request -> string to sign -> signature.
/// Everything is a function of its arguments; the time is one of them.
///
/// Sources: AWS Identity and Access Management user guide, "Signature Version 4 for API requests";
/// Amazon S3 API reference, "Authenticating requests". Objects of the stages keep their memory, so
/// that signing again with the same object allocates nothing. One that was moved from can only be assigned to.
namespace augur::inline AUGUR_ABI::codec {

/// The first stage: the request in the one form that both sides agree on.
class canonical_request
{
public:
    /// Header form: `amz_date` becomes the header `x-amz-date`. Empty: no such header (query form).
    /// Errors are `errc::invalid_argument`: no host, a name that is no lower-case token, a value with a
    /// control character, a payload hash that is no word or contradicts `x-amz-content-sha256`.
    result<void> assign(sigv4_request const& request, std::string_view amz_date);

    /// The same request at another time with another payload. False, and nothing changes: `amz_date` or
    /// `payload_hash` is not as long as it was, or one of them stands in more places than its own.
    bool replace(std::string_view amz_date, std::string_view payload_hash) noexcept;

    /// The SHA-256 of the text. What stands before the payload hash is hashed again only when it is another than the
    /// last time: calls in the same second, however long their session token is, hash little more than their payload.
    sha256_digest digest() const noexcept;

    std::string_view text() const noexcept { return std::string_view(text_).substr(0, size_); }
    /// "content-type;host;x-amz-date"
    std::string_view signed_headers() const noexcept { return text().substr(names_begin_, names_size_); }

private:
    void hash_start() noexcept;

    std::string text_; ///< as long as it ever was; `size_` bytes of it are in use
    std::size_t size_ = 0;
    sha256_hasher start_; ///< was given `hashed_`
    std::string hashed_; ///< the last text before the payload hash
    std::size_t date_begin_ = 0; ///< 0: no date
    std::size_t hash_size_ = 0; ///< 0: a header repeats it
    std::size_t names_begin_ = 0;
    std::size_t names_size_ = 0;
    std::vector<headers::field> sorted_;
    std::string query_;
    std::vector<std::array<std::size_t, 3>> pairs_;
};

/// The second stage: what the key signs.
class string_to_sign
{
public:
    void assign(canonical_request const& canonical, std::string_view amz_date, credential_scope const& scope);

    std::string_view text() const noexcept { return std::string_view(text_).substr(0, size_); }

private:
    std::string text_;
    std::size_t size_ = 0;
};

/// The third stage: 64 lower-case hexadecimal digits.
sha256_text sign(string_to_sign const& text, signing_key const& key) noexcept;

/// All stages of one signature; make one per connection or call and use it again.
class sigv4_signature
{
public:
    canonical_request const& canonical() const noexcept { return canonical_; }
    string_to_sign const& to_sign() const noexcept { return to_sign_; }
    std::string_view signature() const noexcept { return view(signature_); }
    /// The value of `x-amz-date`.
    std::string_view amz_date() const noexcept { return {date_.data(), date_.size()}; }
    /// The value of `authorization`; empty after `presign`.
    std::string_view authorization() const noexcept
    {
        return std::string_view(authorization_).substr(0, authorization_size_);
    }
    /// Path and query with everything that `presign` adds; empty after `sign_headers`.
    std::string_view target() const noexcept { return target_; }

private:
    friend result<void> sign_headers(sigv4_request const&, std::string_view, signing_key const&,
                                     std::chrono::system_clock::time_point, sigv4_signature&);
    friend result<void> sign_again(std::string_view, std::string_view, signing_key const&,
                                   std::chrono::system_clock::time_point, sigv4_signature&);
    friend result<void> presign(sigv4_request const&, std::string_view, signing_key const&,
                                std::chrono::system_clock::time_point, class presign_options const&, sigv4_signature&);

    void complete(std::string_view access_key_id, signing_key const& key);

    canonical_request canonical_;
    string_to_sign to_sign_;
    sha256_text signature_{};
    std::array<char, 16> date_{};
    std::string authorization_;
    std::size_t authorization_size_ = 0;
    std::string target_;
};

/// Header form. A session token is a header like any other: the caller lists `x-amz-security-token`
/// among the fields to have it signed. Send `authorization` and `x-amz-date` of `out` with the request.
/// Errors: those of `canonical_request::assign`, an access key that is no plain word, and a key made
/// for another day than `now`. No allocation once `out` has signed a request of this size.
result<void> sign_headers(sigv4_request const& request, std::string_view access_key_id, signing_key const& key,
                          std::chrono::system_clock::time_point now, sigv4_signature& out);

/// Signs the request that `io` signed last once more, at another time and with another payload: half the work.
/// `errc::invalid_argument` also when that is not possible, see `canonical_request::replace`.
result<void> sign_again(std::string_view access_key_id, std::string_view payload_hash, signing_key const& key,
                        std::chrono::system_clock::time_point now, sigv4_signature& io);

/// Most services want the session token signed with the rest, a few appended afterwards.
enum class token_signing : std::uint8_t
{
    included,
    appended,
};

/// Options of the query form.
class presign_options
{
public:
    static constexpr std::chrono::seconds max_expires = std::chrono::hours(24 * 7);

    explicit presign_options(std::chrono::seconds expires) noexcept : expires_(expires) {}
    presign_options& session_token(std::string_view token, token_signing how = token_signing::included) & noexcept
    {
        return token_ = token, token_signing_ = how, *this;
    }

    std::chrono::seconds expires() const noexcept { return expires_; }
    std::string_view session_token() const noexcept { return token_; }
    codec::token_signing token_signing() const noexcept { return token_signing_; }

private:
    std::chrono::seconds expires_;
    std::string_view token_;
    codec::token_signing token_signing_ = codec::token_signing::included;
};

/// Query form: `out.target()` carries the signature and needs no header but the signed ones. Valid for
/// `expires`, 1 second to 7 days (service limit). S3 signs UNSIGNED-PAYLOAD here.
result<void> presign(sigv4_request const& request, std::string_view access_key_id, signing_key const& key,
                     std::chrono::system_clock::time_point now, presign_options const& options, sigv4_signature& out);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/sigv4.ipp>
#endif

#pragma once

// Signed JSON web tokens, verified and made with OpenSSL. Shares no code with the library's own.

#include "../json.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

std::string base64url(std::string_view bytes);
std::optional<std::string> from_base64url(std::string_view text);

/// An RSA key with the certificate that goes with it.
class signing_key
{
public:
    /// Makes both: about a tenth of a second.
    signing_key();

    std::string const& certificate_pem() const noexcept { return certificate_; }
    std::string const& key_pem() const noexcept { return key_; }
    std::string const& certificate_der() const noexcept { return der_; }
    /// Of the certificate, base64url.
    std::string sha1() const;
    std::string sha256() const;
    /// Made with RS256, the key's SHA-1 as kid.
    std::string sign(json const& claims) const;
    /// `algorithm`: RS256 or PS256; anything else is false.
    bool verify(std::string_view algorithm, std::string_view signed_text, std::string_view signature) const;

private:
    std::string certificate_, key_, der_;
};

struct read_jwt
{
    json header;
    json claims;
    std::string signed_text;
    std::string signature;
};

/// Three parts of base64url, of which the first two are JSON objects.
std::optional<read_jwt> parse_jwt(std::string_view text);

/// A text member, or an empty one.
std::string text_of(json const& object, char const* name);

} // namespace augur::emulator

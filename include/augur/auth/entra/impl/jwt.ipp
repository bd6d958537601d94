#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/codec/base64.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// What an assertion says of the certificate that signs it.
struct assertion_header
{
    bool rs256 = false;
    std::string sha1;               ///< of the leaf, 20 bytes
    std::string sha256;             ///< of the leaf, 32 bytes
    std::vector<std::string> chain; ///< DER, leaf first; empty: none is sent
};

/// Header and claims, encoded and joined: what is signed (RFC 7523 section 3, RFC 7515 section 5.1).
inline result<std::string> signing_input(assertion_header const& about, std::string_view client_id,
                                         std::string_view endpoint, std::string_view unique, wall_time now)
{
    using codec::base64_alphabet;
    constexpr char const* digits = "0123456789ABCDEF";
    codec::json::writer head;
    head.begin_object().key("alg").string(about.rs256 ? "RS256" : "PS256");
    if (about.rs256) {
        std::string kid;
        for (char const c : about.sha1) {
            auto const byte = static_cast<unsigned char>(c);
            (kid += digits[byte >> 4]) += digits[byte & 15];
        }
        head.key("x5t").string(codec::base64_encode(about.sha1, base64_alphabet::url)).key("kid").string(kid);
    }
    else {
        head.key("x5t#S256").string(codec::base64_encode(about.sha256, base64_alphabet::url));
    }
    head.key("typ").string("JWT");
    if (!about.chain.empty()) {
        head.key("x5c").begin_array();
        for (auto const& der : about.chain)
            head.string(codec::base64_encode(der)); // RFC 7515 4.1.6: not the alphabet of the rest
        head.end_array();
    }
    head.end_object();
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    codec::json::writer claims;
    claims.begin_object().key("aud").string(endpoint).key("iss").string(client_id).key("sub").string(client_id);
    claims.key("jti").string(unique).key("nbf").number(std::int64_t{seconds});
    claims.key("exp").number(std::int64_t{seconds + 600}).end_object();
    auto const head_text = std::move(head).finish();
    auto const claims_text = std::move(claims).finish();
    if (!head_text || !claims_text)
        return bad_setting("the client id is no text that an assertion can hold");
    return codec::base64_encode(*head_text, base64_alphabet::url) + "." +
           codec::base64_encode(*claims_text, base64_alphabet::url);
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail

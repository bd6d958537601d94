#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/impl/wire_support.ipp>
#include <augur/auth/aws/login_wire.hpp>
#include <augur/codec/base64.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <memory>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws::wire {

namespace detail {

template <auto Free>
struct openssl_free
{
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
using key_handle = std::unique_ptr<EVP_PKEY, openssl_free<&EVP_PKEY_free>>;
using number_handle = std::unique_ptr<BIGNUM, openssl_free<&BN_free>>;

inline std::string base64url(std::string_view bytes)
{
    return codec::base64_encode(bytes, codec::base64_alphabet::url);
}

inline bool append_padded(std::string& out, BIGNUM const* number)
{
    std::array<unsigned char, 32> bytes{};
    if (number == nullptr || BN_bn2binpad(number, bytes.data(), static_cast<int>(bytes.size())) != 32)
        return false;
    out.append(reinterpret_cast<char const*>(bytes.data()), bytes.size());
    return true;
}

/// One coordinate of the public key in base64url; empty: it has none.
inline std::string coordinate(EVP_PKEY* key, char const* name)
{
    BIGNUM* number = nullptr;
    if (EVP_PKEY_get_bn_param(key, name, &number) != 1)
        return {};
    number_handle const owner(number);
    std::string bytes;
    return append_padded(bytes, number) ? base64url(bytes) : std::string();
}

inline key_handle read_p256(secret const& pem)
{
    std::unique_ptr<BIO, openssl_free<&BIO_free>> const text(
        BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())));
    // An empty pass phrase: OpenSSL would ask for one on the terminal.
    static char nothing[] = "";
    key_handle key(text ? PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nothing) : nullptr);
    std::array<char, 64> group{};
    if (!key || EVP_PKEY_is_a(key.get(), "EC") != 1 ||
        EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) != 1 ||
        std::string_view(group.data()) != "prime256v1")
        return nullptr;
    return key;
}

/// r and s, 32 bytes each, as JWS wants them; empty: OpenSSL failed.
inline std::string sign_es256(EVP_PKEY* key, std::string_view text)
{
    std::unique_ptr<EVP_MD_CTX, openssl_free<&EVP_MD_CTX_free>> const context(EVP_MD_CTX_new());
    std::array<unsigned char, 128> der{};
    std::size_t size = der.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
        EVP_DigestSign(context.get(), der.data(), &size, reinterpret_cast<unsigned char const*>(text.data()),
                       text.size()) != 1)
        return {};
    unsigned char const* at = der.data();
    std::unique_ptr<ECDSA_SIG, openssl_free<&ECDSA_SIG_free>> const parts(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    std::string out;
    if (!parts || !append_padded(out, ECDSA_SIG_get0_r(parts.get())) ||
        !append_padded(out, ECDSA_SIG_get0_s(parts.get())))
        return {};
    return out;
}

inline void take_login_keys(codec::json::value const& from, credentials& into)
{
    auto const text = [&from](std::string_view name) { return from.find_string(name).value_or(std::string_view()); };
    into.access_key_id = text("accessKeyId");
    into.secret_access_key = secret(text("secretAccessKey"));
    into.session_token = secret(text("sessionToken"));
}

inline bool are_clean(credentials const& c) noexcept
{
    return !c.access_key_id.empty() && !c.secret_access_key.empty() && is_clean(c.access_key_id) &&
           is_clean(c.secret_access_key.reveal()) && is_clean(c.session_token.reveal());
}

} // namespace detail

AUGUR_INLINE result<login_token> parse_login_token(std::string_view json)
{
    auto const document = codec::json::parse(json, detail::small());
    auto const set = document ? document->root().find("accessToken") : std::nullopt;
    if (!set || !set->is_object())
        return detail::bad_answer("the file of the login session is not what aws login writes; log in again");
    auto const text = [&document](std::string_view name) {
        return document->root().find_string(name).value_or(std::string_view());
    };
    login_token out;
    detail::take_login_keys(*set, out.keys);
    out.keys.account_id = sanitise(set->find_string("accountId").value_or(std::string_view()), 32);
    out.keys.expires = parse_time(set->find_string("expiresAt").value_or(std::string_view()));
    out.refresh_token = secret(text("refreshToken"));
    out.dpop_key = secret(text("dpopKey"));
    out.client_id = text("clientId");
    out.token_type = text("tokenType");
    out.id_token = text("idToken");
    if (!detail::are_clean(out.keys) || !out.keys.expires)
        return detail::bad_answer("the file of the login session has no keys with an end; log in again");
    return out;
}

AUGUR_INLINE result<std::string> login_refresh_body(login_token const& token)
{
    codec::json::writer w;
    w.begin_object().key("clientId").string(token.client_id).key("grantType").string("refresh_token");
    w.key("refreshToken").string(token.refresh_token.reveal()).end_object();
    return std::move(w).finish();
}

AUGUR_INLINE result<login_token> parse_login_refreshed(std::string_view json, login_token const& old, wall_time now)
{
    auto const document = codec::json::parse(json, detail::small());
    auto const set = document ? document->root().find("accessToken") : std::nullopt;
    if (!set || !set->is_object())
        return detail::bad_answer("the answer of sign-in has no accessToken");
    auto out = old;
    detail::take_login_keys(*set, out.keys);
    auto const lasts = document->root().find("expiresIn");
    auto const number = lasts ? lasts->as_int64() : result<std::int64_t>(0);
    if (!detail::are_clean(out.keys) || !number || *number <= 0)
        return detail::bad_answer("the answer of sign-in has no keys with an expiresIn");
    out.keys.expires = now + std::chrono::seconds(std::min<std::int64_t>(*number, 24LL * 3600));
    if (auto const newer = document->root().find_string("refreshToken"); newer && !newer->empty())
        out.refresh_token = secret(*newer);
    if (auto const newer = document->root().find_string("idToken"); newer && !newer->empty())
        out.id_token = *newer;
    return out;
}

AUGUR_INLINE result<std::string> write_login_token(login_token const& token)
{
    codec::json::writer w;
    auto const add = [&w](std::string_view name, std::string_view value) {
        if (!value.empty())
            w.key(name).string(value);
    };
    w.begin_object().key("accessToken").begin_object();
    add("accessKeyId", token.keys.access_key_id);
    add("secretAccessKey", token.keys.secret_access_key.reveal());
    add("sessionToken", token.keys.session_token.reveal());
    add("accountId", token.keys.account_id);
    if (token.keys.expires)
        add("expiresAt", detail::time_text(*token.keys.expires));
    w.end_object();
    add("tokenType", token.token_type);
    add("clientId", token.client_id);
    add("refreshToken", token.refresh_token.reveal());
    add("idToken", token.id_token);
    add("dpopKey", token.dpop_key.reveal());
    w.end_object();
    return std::move(w).finish();
}

AUGUR_INLINE result<std::string> dpop_proof(secret const& key_pem, std::string_view method, std::string_view target_url,
                                            wall_time now, std::string_view id)
{
    auto const refuse = [] {
        return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                          "the key of the login session is no EC P-256 key; log in again");
    };
    auto const key = detail::read_p256(key_pem);
    if (!key)
        return refuse();
    auto const x = detail::coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_X);
    auto const y = detail::coordinate(key.get(), OSSL_PKEY_PARAM_EC_PUB_Y);
    codec::json::writer head;
    head.begin_object().key("typ").string("dpop+jwt").key("alg").string("ES256").key("jwk").begin_object();
    head.key("kty").string("EC").key("crv").string("P-256").key("x").string(x).key("y").string(y);
    head.end_object().end_object();
    codec::json::writer claims;
    claims.begin_object().key("jti").string(id).key("htm").string(method).key("htu").string(target_url);
    auto const seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
    claims.key("iat").number(static_cast<std::int64_t>(seconds)).end_object();
    auto const head_text = std::move(head).finish();
    auto const claims_text = std::move(claims).finish();
    if (x.empty() || y.empty() || !head_text || !claims_text)
        return refuse();
    auto out = detail::base64url(*head_text) + "." + detail::base64url(*claims_text);
    auto const signature = detail::sign_es256(key.get(), out);
    if (signature.empty())
        return refuse();
    return out + "." + detail::base64url(signature);
}

} // namespace augur::inline AUGUR_ABI::auth::aws::wire

#include "jwt.hpp"

#include <augur/codec/base64.hpp>
#include <augur/testing/certificates.hpp>

#include "../sigv4_canonical.hpp"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <stdexcept>

namespace augur::emulator {

namespace {

template <auto Free>
struct releaser
{
    template <class T>
    void operator()(T* what) const noexcept
    {
        Free(what);
    }
};
using bio_handle = std::unique_ptr<BIO, releaser<BIO_free>>;
using key_handle = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using certificate_handle = std::unique_ptr<X509, releaser<X509_free>>;
using digest_handle = std::unique_ptr<EVP_MD_CTX, releaser<EVP_MD_CTX_free>>;

bio_handle reading(std::string const& pem)
{
    return bio_handle(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

certificate_handle certificate_of(std::string const& pem)
{
    return certificate_handle(PEM_read_bio_X509(reading(pem).get(), nullptr, nullptr, nullptr));
}

unsigned char const* bytes_of(std::string_view text)
{
    return reinterpret_cast<unsigned char const*>(text.data());
}

std::string digest(std::string_view bytes, EVP_MD const* how)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), out, &size, how, nullptr) != 1)
        throw std::runtime_error("OpenSSL computes no digest");
    return {reinterpret_cast<char const*>(out), size};
}

} // namespace

std::string base64url(std::string_view bytes)
{
    return codec::base64_encode(bytes, codec::base64_alphabet::url);
}

std::optional<std::string> from_base64url(std::string_view text)
{
    auto bytes = codec::base64_decode(text, codec::base64_alphabet::url);
    if (!bytes || text.find('=') != std::string_view::npos)
        return std::nullopt;
    return std::move(*bytes);
}

signing_key::signing_key()
{
    auto options = testing::certificate_options().common_name("emulator application");
    auto const made = testing::self_signed(options.key(testing::key_kind::rsa_2048));
    certificate_ = made.certificate_pem;
    key_ = made.key_pem;
    auto const certificate = certificate_of(certificate_);
    unsigned char* der = nullptr;
    int const size = certificate ? i2d_X509(certificate.get(), &der) : -1;
    if (size <= 0)
        throw std::runtime_error("OpenSSL reads no certificate that it has made");
    der_.assign(reinterpret_cast<char const*>(der), static_cast<std::size_t>(size));
    OPENSSL_free(der);
}

std::string signing_key::sha1() const
{
    return base64url(digest(der_, EVP_sha1()));
}

std::string signing_key::sha256() const
{
    return base64url(digest(der_, EVP_sha256()));
}

std::string signing_key::sign(json const& claims) const
{
    json header;
    header["alg"] = "RS256";
    header["typ"] = "JWT";
    header["kid"] = sha1();
    auto text = base64url(dump(header)) + '.' + base64url(dump(claims));
    key_handle const key(PEM_read_bio_PrivateKey(reading(key_).get(), nullptr, nullptr, nullptr));
    digest_handle const context(EVP_MD_CTX_new());
    std::string signature(512, '\0');
    auto size = signature.size();
    if (!key || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes_of(text),
                       text.size()) != 1)
        throw std::runtime_error("OpenSSL signs nothing");
    signature.resize(size);
    return text + '.' + base64url(signature);
}

bool signing_key::verify(std::string_view algorithm, std::string_view signed_text, std::string_view signature) const
{
    bool const pss = algorithm == "PS256";
    if (!pss && algorithm != "RS256")
        return false;
    auto const certificate = certificate_of(certificate_);
    key_handle const key(certificate ? X509_get_pubkey(certificate.get()) : nullptr);
    digest_handle const context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* how = nullptr; // belongs to the context
    if (!key || EVP_DigestVerifyInit(context.get(), &how, EVP_sha256(), nullptr, key.get()) != 1)
        return false;
    if (pss && (EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) != 1 ||
                EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) != 1))
        return false;
    return EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(signed_text),
                            signed_text.size()) == 1;
}

std::optional<read_jwt> parse_jwt(std::string_view text)
{
    auto const parts = sigv4::split(text, '.');
    if (parts.size() != 3)
        return std::nullopt;
    auto const header = from_base64url(parts[0]);
    auto const claims = from_base64url(parts[1]);
    auto signature = from_base64url(parts[2]);
    if (!header || !claims || !signature)
        return std::nullopt;
    auto h = parse_json(*header);
    auto c = parse_json(*claims);
    if (!h.value || !h.value->is_object() || !c.value || !c.value->is_object())
        return std::nullopt;
    return read_jwt{std::move(*h.value), std::move(*c.value),
                    std::string(text.substr(0, parts[0].size() + 1 + parts[1].size())), std::move(*signature)};
}

std::string text_of(json const& object, char const* name)
{
    auto const found = object.find(name);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

} // namespace augur::emulator

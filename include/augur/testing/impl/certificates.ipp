#pragma once

#include <augur/core/url.hpp>
#include <augur/testing/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <memory>
#include <stdexcept>

namespace augur::inline AUGUR_ABI::testing {

namespace detail {

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<&X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<&BIO_free_all>>;

inline void need(bool ok, std::string const& what)
{
    if (ok)
        return;
    ERR_clear_error();
    throw std::runtime_error("cannot make a certificate: " + what);
}

inline bio_ptr reading(std::string const& pem)
{
    bio_ptr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    need(bio != nullptr, "memory");
    return bio;
}

inline std::string text_of(BIO* bio)
{
    char* data = nullptr;
    auto const size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

inline identity to_pem(X509* certificate, EVP_PKEY* key, std::string intermediates)
{
    bio_ptr c(BIO_new(BIO_s_mem()));
    bio_ptr k(BIO_new(BIO_s_mem()));
    need(c && k && PEM_write_bio_X509(c.get(), certificate) == 1, "PEM");
    need(PEM_write_bio_PrivateKey(k.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
    return {text_of(c.get()), std::move(intermediates), text_of(k.get())};
}

inline key_ptr make_key(key_kind kind)
{
    key_ptr out(kind == key_kind::p256       ? EVP_EC_gen("P-256")
                : kind == key_kind::rsa_2048 ? EVP_RSA_gen(2048)
                                             : EVP_RSA_gen(1024));
    need(out != nullptr, "key");
    return out;
}

inline void add_extension(X509* certificate, X509* issuer, int nid, std::string const& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    auto* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    need(extension != nullptr, value);
    auto const added = X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
    need(added == 1, value);
}

/// Everything but the issuer, the extensions and the signature.
inline x509_ptr draft(certificate_options const& whom, EVP_PKEY* key)
{
    x509_ptr out(X509_new());
    need(out && X509_set_version(out.get(), X509_VERSION_3) == 1, "memory");
    unsigned char serial[16];
    need(RAND_bytes(serial, sizeof serial) == 1, "random");
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7F) | 0x40); // positive and never zero
    auto* const number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(out.get()));
    BN_free(number);
    X509_gmtime_adj(X509_getm_notBefore(out.get()), static_cast<long>(whom.valid_from().count()));
    X509_gmtime_adj(X509_getm_notAfter(out.get()), static_cast<long>(whom.valid_until().count()));
    need(X509_set_pubkey(out.get(), key) == 1, "key");
    auto const* const text = reinterpret_cast<unsigned char const*>(whom.common_name().c_str());
    need(X509_NAME_add_entry_by_txt(X509_get_subject_name(out.get()), "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1,
         "common name");
    return out;
}

inline void add_authority_extensions(X509* certificate, X509* issuer, bool is_root)
{
    add_extension(certificate, issuer, NID_basic_constraints,
                  is_root ? "critical,CA:TRUE" : "critical,CA:TRUE,pathlen:0");
    add_extension(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (!is_root)
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

/// "DNS:a,IP:b". A comma or a line end would start something else.
inline std::string alternative_names(std::vector<std::string> const& names)
{
    std::string out;
    for (auto const& name : names) {
        bool const is_address = is_host(name) &&
                                (name.find(':') != name.npos || name.find_last_not_of("0123456789.") == name.npos);
        for (char const c : name)
            if (c <= 0x20 || c == 0x7F || c == ',' || c == ';' || c == '\\' || (c == ':' && !is_address))
                throw std::invalid_argument("a name for a certificate has a character that is not allowed");
        out += (out.empty() ? "" : ",") + std::string(is_address ? "IP:" : "DNS:") + name;
    }
    return out;
}

inline void add_leaf_extensions(X509* certificate, X509* issuer, certificate_options const& whom)
{
    add_extension(certificate, issuer, NID_basic_constraints, "critical,CA:FALSE");
    // Key agreement by RSA, which TLS 1.2 still knows, encrypts with the key.
    add_extension(certificate, issuer, NID_key_usage,
                  whom.key() == key_kind::p256 ? "critical,digitalSignature"
                                               : "critical,digitalSignature,keyEncipherment");
    add_extension(certificate, issuer, NID_ext_key_usage,
                  whom.purpose() == key_purpose::server   ? "serverAuth"
                  : whom.purpose() == key_purpose::client ? "clientAuth"
                                                          : "codeSigning");
    add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
    if (issuer != certificate)
        add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always");
    if (!whom.names().empty())
        add_extension(certificate, issuer, NID_subject_alt_name, alternative_names(whom.names()));
}

inline void sign(X509* certificate, EVP_PKEY* with, certificate_options const& whom)
{
    auto const* const digest = whom.digest() == signature_digest::sha1 ? EVP_sha1() : EVP_sha256();
    need(X509_sign(certificate, with, digest) > 0, "signature");
}

/// An issuer, read back from its text.
class issuer
{
public:
    explicit issuer(identity const& from)
    {
        auto const certificate = reading(from.certificate_pem);
        auto const key = reading(from.key_pem);
        certificate_.reset(PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr));
        key_.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr));
        need(certificate_ && key_, "the issuer's PEM");
    }
    X509* certificate() const noexcept { return certificate_.get(); }

    void put_name_on(X509* to) const
    {
        need(X509_set_issuer_name(to, X509_get_subject_name(certificate_.get())) == 1, "issuer");
    }
    void sign(X509* what, certificate_options const& whom) const { detail::sign(what, key_.get(), whom); }

private:
    x509_ptr certificate_;
    key_ptr key_;
};

} // namespace detail

AUGUR_INLINE certificate_authority::certificate_authority(certificate_options const& own)
{
    auto const key = detail::make_key(own.key());
    auto const self = detail::draft(own, key.get());
    detail::need(X509_set_issuer_name(self.get(), X509_get_subject_name(self.get())) == 1, "issuer");
    detail::add_authority_extensions(self.get(), self.get(), true);
    detail::sign(self.get(), key.get(), own);
    self_ = detail::to_pem(self.get(), key.get(), {});
}

AUGUR_INLINE certificate_authority certificate_authority::impostor(identity with)
{
    return certificate_authority(as_is(), std::move(with), false);
}

AUGUR_INLINE identity certificate_authority::issue(certificate_options const& whom) const
{
    detail::issuer const by(self_);
    auto const key = detail::make_key(whom.key());
    auto const issued = detail::draft(whom, key.get());
    by.put_name_on(issued.get());
    detail::add_leaf_extensions(issued.get(), by.certificate(), whom);
    by.sign(issued.get(), whom);
    return detail::to_pem(issued.get(), key.get(), is_root_ ? std::string() : self_.chain_pem());
}

AUGUR_INLINE certificate_authority certificate_authority::intermediate(certificate_options const& own) const
{
    detail::issuer const by(self_);
    auto const key = detail::make_key(own.key());
    auto const issued = detail::draft(own, key.get());
    by.put_name_on(issued.get());
    detail::add_authority_extensions(issued.get(), by.certificate(), false);
    by.sign(issued.get(), own);
    auto above = is_root_ ? std::string() : self_.chain_pem();
    return certificate_authority(as_is(), detail::to_pem(issued.get(), key.get(), std::move(above)), false);
}

AUGUR_INLINE identity self_signed(certificate_options const& whom)
{
    auto const key = detail::make_key(whom.key());
    auto const self = detail::draft(whom, key.get());
    detail::need(X509_set_issuer_name(self.get(), X509_get_subject_name(self.get())) == 1, "issuer");
    detail::add_leaf_extensions(self.get(), self.get(), whom);
    detail::sign(self.get(), key.get(), whom);
    return detail::to_pem(self.get(), key.get(), {});
}

} // namespace augur::inline AUGUR_ABI::testing

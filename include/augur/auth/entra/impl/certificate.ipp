#pragma once

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/impl/jwt.ipp>
#include <augur/auth/impl/small_file.ipp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

template <auto Free>
struct freed_by
{
    template <class T>
    void operator()(T* p) const noexcept
    {
        Free(p);
    }
};
inline void free_certificates(STACK_OF(X509) * all) noexcept
{
    sk_X509_pop_free(all, X509_free);
}
using bio_ptr = std::unique_ptr<BIO, freed_by<&BIO_free_all>>;
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<&EVP_PKEY_free>>;
using x509_ptr = std::unique_ptr<X509, freed_by<&X509_free>>;
using pkcs12_ptr = std::unique_ptr<PKCS12, freed_by<&PKCS12_free>>;
using digest_ptr = std::unique_ptr<EVP_MD_CTX, freed_by<&EVP_MD_CTX_free>>;
using x509_stack = std::unique_ptr<STACK_OF(X509), freed_by<&free_certificates>>;

/// A key and its certificates, the leaf first.
struct signing_identity
{
    key_ptr key;
    std::vector<x509_ptr> certificates;
};

/// Never asks a terminal: a password is given, or there is none.
inline int give_passphrase(char* buffer, int size, int, void* from)
{
    auto const text = static_cast<secret const*>(from)->reveal();
    if (text.size() > static_cast<std::size_t>(size))
        return -1;
    std::copy(text.begin(), text.end(), buffer); // memcpy may not copy nothing from nowhere
    return static_cast<int>(text.size());
}

inline bio_ptr reader_of(std::string_view bytes)
{
    return bio_ptr(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
}

inline result<signing_identity> read_pem(std::string_view text, secret passphrase)
{
    signing_identity out;
    for (auto from = reader_of(text); from && out.certificates.size() < 16;) {
        x509_ptr one(PEM_read_bio_X509(from.get(), nullptr, &give_passphrase, &passphrase));
        if (!one)
            break;
        out.certificates.push_back(std::move(one));
    }
    if (auto const from = reader_of(text))
        out.key.reset(PEM_read_bio_PrivateKey(from.get(), nullptr, &give_passphrase, &passphrase));
    ERR_clear_error();
    if (out.certificates.empty())
        return bad_setting("has no CERTIFICATE");
    if (!out.key)
        return bad_setting("has no PRIVATE KEY, or the passphrase is wrong");
    return out;
}

inline result<signing_identity> read_pkcs12(std::string_view bytes, secret const& passphrase)
{
    signing_identity out;
    auto const from = reader_of(bytes);
    pkcs12_ptr const whole(from ? d2i_PKCS12_bio(from.get(), nullptr) : nullptr);
    if (!whole) {
        ERR_clear_error();
        return bad_setting("is neither PEM nor PKCS#12");
    }
    std::string password(passphrase.reveal()); // with the zero that the C interface wants
    EVP_PKEY* key = nullptr;
    X509* leaf = nullptr;
    STACK_OF(X509)* others = nullptr;
    int const parsed = PKCS12_parse(whole.get(), password.c_str(), &key, &leaf, &others);
    cleanse(password.data(), password.size());
    ERR_clear_error();
    out.key.reset(key);
    x509_ptr first(leaf);
    x509_stack const rest(others);
    if (parsed != 1)
        return bad_setting("is PKCS#12, and the passphrase is wrong or the file is damaged");
    if (!out.key || !first)
        return bad_setting("is PKCS#12 without a key or without its certificate");
    out.certificates.push_back(std::move(first));
    for (int i = 0; rest && i < sk_X509_num(rest.get()) && i < 15; ++i) {
        auto* const one = sk_X509_value(rest.get(), i);
        if (X509_up_ref(one) == 1)
            out.certificates.emplace_back(one);
    }
    return out;
}

/// The leaf is the one that has our key; where it stands in the file does not matter.
inline result<signing_identity> read_identity(std::string_view bytes, secret const& passphrase)
{
    bool const pem = bytes.find("-----BEGIN ") != bytes.npos;
    auto out = pem ? read_pem(bytes, passphrase) : read_pkcs12(bytes, passphrase);
    if (!out)
        return out;
    auto& all = out->certificates;
    auto const leaf = std::find_if(all.begin(), all.end(), [&out](x509_ptr const& one) {
        return X509_check_private_key(one.get(), out->key.get()) == 1;
    });
    ERR_clear_error();
    if (leaf == all.end())
        return bad_setting("has a key that belongs to none of its certificates");
    std::rotate(all.begin(), leaf, leaf + 1);
    if (EVP_PKEY_get_base_id(out->key.get()) != EVP_PKEY_RSA)
        return bad_setting("has a key that is not RSA, which Entra wants");
    return out;
}

inline std::string der_of(X509* one)
{
    unsigned char* bytes = nullptr;
    int const size = i2d_X509(one, &bytes);
    if (size <= 0)
        return {};
    std::string out(reinterpret_cast<char const*>(bytes), static_cast<std::size_t>(size));
    OPENSSL_free(bytes);
    return out;
}

inline std::string thumbprint(X509* one, EVP_MD const* kind)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (X509_digest(one, kind, bytes, &size) != 1)
        return {};
    return std::string(reinterpret_cast<char const*>(bytes), size);
}

inline result<std::string> sign_text(EVP_PKEY* key, bool rs256, std::string_view text)
{
    digest_ptr const context(EVP_MD_CTX_new());
    EVP_PKEY_CTX* how = nullptr;
    auto const* const data = reinterpret_cast<unsigned char const*>(text.data());
    std::size_t size = 0;
    bool good = context && EVP_DigestSignInit(context.get(), &how, EVP_sha256(), nullptr, key) == 1;
    if (good && !rs256)
        good = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_mgf1_md(how, EVP_sha256()) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, RSA_PSS_SALTLEN_DIGEST) == 1;
    good = good && EVP_DigestSign(context.get(), nullptr, &size, data, text.size()) == 1;
    std::string out(size, '\0');
    good = good &&
           EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, data, text.size()) == 1;
    ERR_clear_error();
    if (!good)
        return bad_setting("has a key that cannot sign");
    out.resize(size);
    return out;
}

/// A fresh assertion. `label`: what the errors begin with.
inline result<secret> make_assertion(certificate const& proof, std::string_view client_id, std::string_view endpoint,
                                     std::string_view unique, wall_time now)
{
    std::string const label = proof.path().empty() ? std::string("the certificate given in code ")
                                                   : "the certificate file \"" + sanitise(proof.path(), 200) + "\" ";
    auto const wrong = [&label](error const& e) { return bad_setting(label + std::string(e.message())); };
    result<secret> bytes = proof.content();
    if (!proof.path().empty())
        bytes = auth::detail::read_small_file("the certificate file", proof.path(), 1024 * 1024);
    if (!bytes)
        return bytes.error();
    auto const who = read_identity(bytes->reveal(), proof.passphrase());
    if (!who)
        return wrong(who.error());
    auto* const leaf = who->certificates.front().get();
    assertion_header about;
    about.rs256 = proof.is_rs256();
    about.sha1 = thumbprint(leaf, EVP_sha1());
    about.sha256 = thumbprint(leaf, EVP_sha256());
    if (proof.sends_chain())
        for (auto const& one : who->certificates)
            about.chain.push_back(der_of(one.get()));
    auto input = signing_input(about, client_id, endpoint, unique, now);
    if (!input)
        return input.error();
    auto const signature = sign_text(who->key.get(), proof.is_rs256(), *input);
    if (!signature)
        return wrong(signature.error());
    input->append(".").append(codec::base64_encode(*signature, codec::base64_alphabet::url));
    return secret(std::move(*input));
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail

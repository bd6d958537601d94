#pragma once

// JSON web tokens made by hand with OpenSSL, to be looked at by the emulator's Entra.

#include "support.hpp"

#include <augur/codec/base64.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <nlohmann/json.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace emulator_test {

using nlohmann::json;

inline emulator::request get(std::string target, std::vector<emulator::header_list::line> const& headers = {})
{
    emulator::request r;
    r.method = "GET";
    r.target = std::move(target);
    r.headers.add("host", "localhost:1");
    for (auto const& [name, value] : headers)
        r.headers.add(name, value);
    return r;
}

inline emulator::request form_post(std::string target, std::string body)
{
    auto r = post(std::move(target), std::move(body), "localhost:1");
    r.headers.set("content-type", "application/x-www-form-urlencoded");
    return r;
}

inline std::string url_base64(std::string_view bytes)
{
    return augur::codec::base64_encode(bytes, augur::codec::base64_alphabet::url);
}

/// base64url of a digest of the certificate's DER.
inline std::string thumbprint(std::string const& certificate_pem, EVP_MD const* how)
{
    std::unique_ptr<BIO, int (*)(BIO*)> const in(
        BIO_new_mem_buf(certificate_pem.data(), static_cast<int>(certificate_pem.size())), BIO_free);
    std::unique_ptr<X509, void (*)(X509*)> const certificate(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr),
                                                             X509_free);
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!certificate || X509_digest(certificate.get(), how, out, &size) != 1)
        throw std::runtime_error("no certificate");
    return url_base64({reinterpret_cast<char const*>(out), size});
}

inline std::string signed_jwt(json const& header, json const& claims, std::string const& key_pem)
{
    auto const text = url_base64(header.dump()) + "." + url_base64(claims.dump());
    std::unique_ptr<BIO, int (*)(BIO*)> const in(BIO_new_mem_buf(key_pem.data(), static_cast<int>(key_pem.size())),
                                                 BIO_free);
    std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> const key(
        PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> const context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
    EVP_PKEY_CTX* how = nullptr;
    bool good = key && EVP_DigestSignInit(context.get(), &how, EVP_sha256(), nullptr, key.get()) == 1;
    if (good && header.value("alg", "") == "PS256")
        good = EVP_PKEY_CTX_set_rsa_padding(how, RSA_PKCS1_PSS_PADDING) == 1 &&
               EVP_PKEY_CTX_set_rsa_pss_saltlen(how, 32) == 1;
    unsigned char out[512];
    std::size_t size = sizeof out;
    auto const* bytes = reinterpret_cast<unsigned char const*>(text.data());
    if (!good || EVP_DigestSign(context.get(), out, &size, bytes, text.size()) != 1)
        throw std::runtime_error("no signature");
    return text + "." + url_base64({reinterpret_cast<char const*>(out), size});
}

} // namespace emulator_test

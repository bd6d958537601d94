#pragma once

#include <augur/testing/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

/// What a `memory_server` needs to speak TLS as service.test. Made once per program.
namespace test {

using namespace augur;

class memory_tls
{
public:
    static memory_tls const& instance()
    {
        static memory_tls const one;
        return one;
    }
    SSL_CTX* context() const noexcept { return context_.get(); }
    std::string const& authority() const noexcept { return authority_.pem(); }

private:
    memory_tls() : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free)
    {
        auto const self = authority_.issue(std::vector<std::string>{"service.test"});
        std::unique_ptr<BIO, decltype(&BIO_free)> const certificate(
            BIO_new_mem_buf(self.certificate_pem.data(), static_cast<int>(self.certificate_pem.size())), &BIO_free);
        std::unique_ptr<BIO, decltype(&BIO_free)> const key(
            BIO_new_mem_buf(self.key_pem.data(), static_cast<int>(self.key_pem.size())), &BIO_free);
        std::unique_ptr<X509, decltype(&X509_free)> const x509(
            PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr), &X509_free);
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const pkey(
            PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), &EVP_PKEY_free);
        if (SSL_CTX_use_certificate(context_.get(), x509.get()) != 1 ||
            SSL_CTX_use_PrivateKey(context_.get(), pkey.get()) != 1)
            throw std::runtime_error("the test's own certificate cannot be used");
    }

    testing::certificate_authority authority_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
};

inline SSL_CTX* memory_tls_context()
{
    return memory_tls::instance().context();
}
inline std::string const& memory_tls_authority()
{
    return memory_tls::instance().authority();
}

} // namespace test

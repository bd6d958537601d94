#pragma once

#include <augur/net/endpoint.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::net::detail {

template <auto Free>
struct openssl_free
{
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};
using ssl_ctx_ptr = std::unique_ptr<SSL_CTX, openssl_free<&SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, openssl_free<&SSL_free>>;
using ssl_session_ptr = std::unique_ptr<SSL_SESSION, openssl_free<&SSL_SESSION_free>>;
using bio_ptr = std::unique_ptr<BIO, openssl_free<&BIO_free_all>>;
using x509_ptr = std::unique_ptr<X509, openssl_free<&X509_free>>;
using pkey_ptr = std::unique_ptr<EVP_PKEY, openssl_free<&EVP_PKEY_free>>;

/// The newest reason OpenSSL gives, and an empty error queue.
inline std::string openssl_reason()
{
    std::string out;
    while (auto const code = ERR_get_error()) {
        char const* const reason = ERR_reason_error_string(code);
        if (out.empty() && reason != nullptr)
            out = reason;
    }
    return out;
}

inline error tls_error(errc code, std::string message)
{
    return make_error(code, phase::tls, outcome::not_sent, std::move(message));
}

/// Tickets of one origin, for resumption. TLS 1.3 tickets are used once (RFC 8446 C.4).
class session_store
{
public:
    session_store() { sessions_.reserve(max_sessions); } // OpenSSL's callbacks cannot pass an exception on

    void put(ssl_session_ptr session)
    {
        if (sessions_.size() >= max_sessions)
            sessions_.erase(sessions_.begin());
        sessions_.push_back(std::move(session));
    }
    ssl_session_ptr take()
    {
        if (sessions_.empty())
            return nullptr;
        auto out = std::move(sessions_.back());
        sessions_.pop_back();
        // A TLS 1.2 session may be used again.
        if (SSL_SESSION_get_protocol_version(out.get()) < TLS1_3_VERSION && SSL_SESSION_up_ref(out.get()) == 1)
            sessions_.emplace_back(out.get());
        return out;
    }

private:
    static constexpr std::size_t max_sessions = 4;
    std::vector<ssl_session_ptr> sessions_;
};

/// One SSL_CTX for one `tls_config`: the certification authorities are read once.
class tls_context
{
public:
    static result<std::shared_ptr<tls_context>> make(tls_config const& config);

    SSL_CTX* get() const noexcept { return context_.get(); }

private:
    static int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept;

    ssl_ctx_ptr context_;
};

inline int tls_context::on_new_session(SSL* ssl, SSL_SESSION* session) noexcept
{
    auto* const store = static_cast<session_store*>(SSL_get_app_data(ssl));
    if (store == nullptr)
        return 0;
    // A copy: OpenSSL forbids the original's resumption when its connection ends badly, which says
    // nothing about a ticket (RFC 8446 dropped that rule of TLS 1.2).
    if (auto copy = ssl_session_ptr(SSL_SESSION_dup(session)))
        store->put(std::move(copy));
    return 0;
}

inline result<void> add_authorities(SSL_CTX* context, std::string const& pem, std::string const& name)
{
    bio_ptr const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int count = 0;
    while (x509_ptr const certificate{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
        ++count;
    }
    ERR_clear_error();
    if (count == 0)
        return tls_error(errc::invalid_argument, name + " holds no PEM certificate");
    return {};
}

inline result<std::shared_ptr<tls_context>> tls_context::make(tls_config const& config)
{
    ERR_clear_error();
    auto const out = std::make_shared<tls_context>();
    out->context_.reset(SSL_CTX_new(TLS_client_method()));
    SSL_CTX* const context = out->context_.get();
    if (context == nullptr)
        return tls_error(errc::resource_exhausted, "cannot make a TLS context: " + openssl_reason());
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_security_level(context, 2);
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(context,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context, 1); // one read for header and record
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(context, &tls_context::on_new_session);
    constexpr unsigned char alpn[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    SSL_CTX_set_alpn_protos(context, alpn, sizeof alpn);

    if (config.ca_file.empty() && config.ca_pem.empty()) {
        if (SSL_CTX_set_default_verify_paths(context) != 1)
            return tls_error(errc::tls_failed,
                             "the system's certification authorities cannot be read: " + openssl_reason());
    }
    if (!config.ca_file.empty() && SSL_CTX_load_verify_file(context, config.ca_file.c_str()) != 1)
        return tls_error(errc::invalid_argument,
                         "CA file \"" + sanitise(config.ca_file, 200) + "\": " + openssl_reason());
    if (!config.ca_pem.empty())
        if (auto added = add_authorities(context, config.ca_pem, "the CA text"); !added)
            return added.error();

    if (!config.certificate_pem.empty()) {
        bio_ptr const chain(
            BIO_new_mem_buf(config.certificate_pem.data(), static_cast<int>(config.certificate_pem.size())));
        x509_ptr const leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
        if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
            return tls_error(errc::invalid_argument, "the client certificate cannot be used: " + openssl_reason());
        while (X509* const next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
            SSL_CTX_add_extra_chain_cert(context, next);
        ERR_clear_error();
        auto const key_text = config.private_key_pem.reveal();
        bio_ptr const key_source(BIO_new_mem_buf(key_text.data(), static_cast<int>(key_text.size())));
        auto const ask = [](char* to, int size, int, void* from) -> int {
            auto const password = static_cast<secret const*>(from)->reveal();
            if (password.size() > static_cast<std::size_t>(size))
                return -1;
            password.copy(to, password.size());
            return static_cast<int>(password.size());
        };
        pkey_ptr const key(
            PEM_read_bio_PrivateKey(key_source.get(), nullptr, ask, const_cast<secret*>(&config.private_key_password)));
        if (!key || SSL_CTX_use_PrivateKey(context, key.get()) != 1)
            return tls_error(errc::invalid_argument, "the client's private key cannot be used: " + openssl_reason());
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::net::detail

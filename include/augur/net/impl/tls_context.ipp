#pragma once

#include <augur/codec/hex.hpp>
#include <augur/net/endpoint.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
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

/// Tickets of one origin of one client, for resumption. TLS 1.3 tickets are used once (RFC 8446 C.4).
///
/// Clients do not share them, although they may share a context: no lock, and a server cannot tell from a
/// ticket that two clients live in one process.
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
    bool empty() const noexcept { return sessions_.empty(); }
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

/// One SSL_CTX for one `tls_config`. Used by any number of clients on any thread; it changes no more
/// once it is made.
class tls_context
{
public:
    static result<std::shared_ptr<tls_context>> make(tls_config const& config);

    SSL_CTX* get() const noexcept { return context_.get(); }

private:
    using sha1_digest = std::array<unsigned char, 20>;

    static int on_new_session(SSL* ssl, SSL_SESSION* session) noexcept;
    static int is_pinned(X509_STORE_CTX* chain, void* wanted) noexcept;
    result<void> pin(std::string const& thumbprint);

    ssl_ctx_ptr context_;
    sha1_digest pinned_{};
};

/// In place of OpenSSL's verification of the chain: the leaf is the one, or nobody is.
inline int tls_context::is_pinned(X509_STORE_CTX* chain, void* wanted) noexcept
{
    sha1_digest found{};
    unsigned size = 0;
    X509* const leaf = X509_STORE_CTX_get0_cert(chain);
    bool const same = leaf != nullptr && X509_digest(leaf, EVP_sha1(), found.data(), &size) == 1 &&
                      size == found.size() && found == *static_cast<sha1_digest const*>(wanted);
    X509_STORE_CTX_set_error(chain, same ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
    return same ? 1 : 0;
}

inline result<void> tls_context::pin(std::string const& thumbprint)
{
    auto const bytes = codec::hex_decode(thumbprint);
    if (!bytes || bytes->size() != pinned_.size())
        return tls_error(errc::invalid_argument, "the pinned thumbprint is not one of SHA-1: 40 hexadecimal digits");
    std::copy(bytes->begin(), bytes->end(), pinned_.begin());
    SSL_CTX_set_cert_verify_callback(context_.get(), &tls_context::is_pinned, &pinned_);
    return {};
}

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

/// After the last certificate that could be read of a text. OpenSSL says in the same way that nothing more comes and
/// that what comes is damaged; only the first is good, else a list would be cut where it is damaged, silently.
inline result<void> read_to_the_end(std::string const& name)
{
    auto const last = ERR_peek_last_error();
    if (ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE) {
        ERR_clear_error();
        return {};
    }
    return tls_error(errc::invalid_argument, name + " has a damaged certificate: " + openssl_reason());
}

inline result<void> add_authorities(SSL_CTX* context, std::string const& pem, std::string const& name)
{
    bio_ptr const source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    int count = 0;
    while (x509_ptr const certificate{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
        ++count;
    }
    if (auto whole = read_to_the_end(name); !whole)
        return whole;
    if (count == 0)
        return tls_error(errc::invalid_argument, name + " holds no PEM certificate");
    return {};
}

/// How often this process has read certification authorities: what sharing contexts is about.
inline std::atomic<std::uint64_t>& authority_loads() noexcept
{
    static std::atomic<std::uint64_t> count = 0;
    return count;
}

inline bool has_authorities(SSL_CTX* context)
{
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(SSL_CTX_get_cert_store(context))) > 0;
}

/// Whether OpenSSL could find a certificate there: it looks for names like "1f2e3d4c.0".
inline bool holds_hashed_certificates(std::string const& folder)
{
    std::error_code failed;
    for (std::filesystem::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
        auto const name = at->path().filename().string();
        if (name.size() >= 10 && name[8] == '.' && name.find_first_not_of("0123456789abcdef") == 8)
            return true;
    }
    return false;
}

/// Where systems keep their authorities. OpenSSL's own places come first; a library that was built for
/// another system than it runs on knows the wrong ones.
struct authority_places
{
    std::vector<std::string> files = {X509_get_default_cert_file(),
                                      "/etc/ssl/certs/ca-certificates.crt", // Debian, Alpine, Arch
                                      "/etc/pki/tls/certs/ca-bundle.crt",   // Fedora, RHEL
                                      "/etc/ssl/ca-bundle.pem",             // SUSE
                                      "/etc/ssl/cert.pem"};                 // macOS, BSD, Alpine
    std::vector<std::string> folders = {X509_get_default_cert_dir(), "/etc/ssl/certs"};
};

/// The first folder or file that has any. A folder is read certificate by certificate when one is needed, which
/// is less than the whole bundle. None at all is an error: every verification would fail, and not say why.
inline result<void> add_system_authorities(SSL_CTX* context, authority_places const& places)
{
    for (auto const& folder : places.folders)
        if (holds_hashed_certificates(folder) && SSL_CTX_load_verify_dir(context, folder.c_str()) == 1)
            return {};
    std::string looked;
    for (auto const& file : places.files) {
        if (SSL_CTX_load_verify_file(context, file.c_str()) == 1 && has_authorities(context))
            return {};
        ERR_clear_error();
        looked += (looked.empty() ? "" : ", ") + file;
    }
    for (auto const& folder : places.folders)
        looked += ", " + folder;
    return tls_error(errc::tls_failed, "this system has no certification authorities, so no server can be verified: "
                                       "install the package ca-certificates, or name a file (looked for " +
                                           looked + ")");
}

inline result<void> add_configured_authorities(SSL_CTX* context, tls_config const& config)
{
    if (!config.ca_file.empty() && SSL_CTX_load_verify_file(context, config.ca_file.c_str()) != 1)
        return tls_error(errc::invalid_argument,
                         "CA file \"" + sanitise(config.ca_file, 200) + "\": " + openssl_reason());
    bool const only_folder = config.ca_file.empty() && config.ca_pem.empty();
    if (only_folder && !holds_hashed_certificates(config.ca_directory))
        return tls_error(errc::invalid_argument, "CA directory \"" + sanitise(config.ca_directory, 200) +
                                                     "\" holds no certificate under a hashed name");
    if (!config.ca_directory.empty())
        SSL_CTX_load_verify_dir(context, config.ca_directory.c_str());
    if (!config.ca_pem.empty())
        return add_authorities(context, config.ca_pem, "the CA text");
    return {};
}

inline result<void> add_own_certificate(SSL_CTX* context, tls_config const& config)
{
    bio_ptr const chain(
        BIO_new_mem_buf(config.certificate_pem.data(), static_cast<int>(config.certificate_pem.size())));
    x509_ptr const leaf(PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr));
    if (!leaf || SSL_CTX_use_certificate(context, leaf.get()) != 1)
        return tls_error(errc::invalid_argument, "the client certificate cannot be used: " + openssl_reason());
    while (X509* const next = PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr))
        SSL_CTX_add_extra_chain_cert(context, next);
    if (auto whole = read_to_the_end("the chain of the client certificate"); !whole)
        return whole;
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

    if (!config.pinned_sha1.empty()) {
        if (auto pinned = out->pin(config.pinned_sha1); !pinned)
            return pinned.error();
        if (!config.certificate_pem.empty())
            if (auto added = add_own_certificate(context, config); !added)
                return added.error();
        return out;
    }
    ++authority_loads();
    bool const own = !config.ca_file.empty() || !config.ca_directory.empty() || !config.ca_pem.empty();
    auto known = own ? add_configured_authorities(context, config) : add_system_authorities(context, {});
    if (!known)
        return known.error();
    if (!config.certificate_pem.empty())
        if (auto added = add_own_certificate(context, config); !added)
            return added.error();
    return out;
}

} // namespace augur::inline AUGUR_ABI::net::detail

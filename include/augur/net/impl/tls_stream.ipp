#pragma once

#include <augur/net/endpoint.hpp>
#include <augur/net/stream.hpp>
#include <augur/net/task.hpp>

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

class tls_stream;

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

/// Tickets of one origin, for resumption. TLS 1.3 tickets are used once (RFC 8446 C.4).
class session_store
{
public:
    void put(ssl_session_ptr session)
    {
        if (sessions_.size() >= 4)
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
    std::vector<ssl_session_ptr> sessions_;
};

/// TLS over any stream: OpenSSL behind a BIO of our own, so that it never touches a socket (its socket
/// BIO would raise SIGPIPE) and keeps no buffer while idle.
class tls_stream final : public stream
{
public:
    tls_stream(std::shared_ptr<tls_context> context, std::unique_ptr<stream> lower,
               std::shared_ptr<session_store> sessions)
        : context_(std::move(context)),
          lower_(std::move(lower)),
          sessions_(std::move(sessions)),
          ssl_(SSL_new(context_->get()))
    {
        if (!ssl_)
            throw std::bad_alloc();
        BIO* const bio = BIO_new(method());
        if (bio == nullptr)
            throw std::bad_alloc();
        BIO_set_data(bio, this);
        BIO_set_init(bio, 1);
        SSL_set_bio(ssl_.get(), bio, bio);
        SSL_set_app_data(ssl_.get(), this);
    }

    ~tls_stream() override
    {
        // Without this OpenSSL takes the session for broken and forbids its resumption.
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }

    task<result<void>> handshake(operation& op, std::string host, steady_time until);

    bool was_resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
    /// Bytes handed to the lower stream since the beginning.
    std::uint64_t lower_written() const noexcept { return lower_written_; }

    io_result try_read(char* to, std::size_t size) noexcept override
    {
        ERR_clear_error();
        std::size_t n = 0;
        int const ok = SSL_read_ex(ssl_.get(), to, size, &n);
        return ok == 1 ? io_result{io_status::ok, n, {}} : failure(ok);
    }

    io_result try_write(char const* from, std::size_t size) noexcept override
    {
        ERR_clear_error();
        std::size_t n = 0;
        int const ok = SSL_write_ex(ssl_.get(), from, size, &n);
        return ok == 1 ? io_result{io_status::ok, n, {}} : failure(ok);
    }

    void start_wait(direction what, wake_token token) override { lower_->start_wait(what, std::move(token)); }
    void cancel() noexcept override { lower_->cancel(); }

    void close() noexcept override
    {
        // A close_notify, if it can leave at once: servers free their side sooner.
        if (SSL_is_init_finished(ssl_.get()) && !failed_) {
            ERR_clear_error();
            SSL_shutdown(ssl_.get());
            ERR_clear_error();
        }
        lower_->close();
    }

    void keep_session(ssl_session_ptr session)
    {
        if (sessions_)
            sessions_->put(std::move(session));
    }

private:
    io_result failure(int returned) noexcept
    {
        switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ: return {io_status::want_read, 0, {}};
        case SSL_ERROR_WANT_WRITE: return {io_status::want_write, 0, {}};
        case SSL_ERROR_ZERO_RETURN: return {io_status::end, 0, {}}; // close_notify
        default: break;
        }
        failed_ = true;
        if (lower_error_)
            return {io_status::failed, 0, lower_error_};
        if (lower_ended_) // an end without close_notify may be an attacker's cut
            return {io_status::failed, 0, make_error_code(errc::truncated)};
        return {io_status::failed, 0, make_error_code(errc::tls_failed)};
    }

    static BIO_METHOD* method()
    {
        static BIO_METHOD* const table = make_method();
        return table;
    }

    static BIO_METHOD* make_method()
    {
        BIO_METHOD* const m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "augur stream");
        if (m == nullptr)
            throw std::bad_alloc();
        BIO_meth_set_read_ex(m, &tls_stream::bio_read);
        BIO_meth_set_write_ex(m, &tls_stream::bio_write);
        BIO_meth_set_ctrl(m, &tls_stream::bio_control);
        return m;
    }

    static int bio_read(BIO* bio, char* to, std::size_t size, std::size_t* moved) noexcept
    {
        auto* const self = static_cast<tls_stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        *moved = 0;
        auto const r = self->lower_->try_read(to, size);
        switch (r.status) {
        case io_status::ok: *moved = r.size; return 1;
        case io_status::want_read:
        case io_status::want_write: BIO_set_retry_read(bio); return 0;
        case io_status::end: self->lower_ended_ = true; return 0;
        case io_status::failed: self->lower_error_ = r.code; return 0;
        }
        return 0;
    }

    static int bio_write(BIO* bio, char const* from, std::size_t size, std::size_t* moved) noexcept
    {
        auto* const self = static_cast<tls_stream*>(BIO_get_data(bio));
        BIO_clear_retry_flags(bio);
        *moved = 0;
        auto const r = self->lower_->try_write(from, size);
        switch (r.status) {
        case io_status::ok:
            *moved = r.size;
            self->lower_written_ += r.size;
            return 1;
        case io_status::want_read:
        case io_status::want_write: BIO_set_retry_write(bio); return 0;
        case io_status::end: self->lower_ended_ = true; return 0;
        case io_status::failed: self->lower_error_ = r.code; return 0;
        }
        return 0;
    }

    static long bio_control(BIO* bio, int command, long, void*) noexcept
    {
        auto* const self = static_cast<tls_stream*>(BIO_get_data(bio));
        if (command == BIO_CTRL_EOF)
            return self->lower_ended_ ? 1 : 0;
        return command == BIO_CTRL_FLUSH ? 1 : 0;
    }

    std::shared_ptr<tls_context> context_;
    std::unique_ptr<stream> lower_;
    std::shared_ptr<session_store> sessions_;
    ssl_ptr ssl_;
    std::uint64_t lower_written_ = 0;
    error_code lower_error_;
    bool lower_ended_ = false;
    bool failed_ = false;
};

inline int tls_context::on_new_session(SSL* ssl, SSL_SESSION* session) noexcept
{
    auto* const owner = static_cast<tls_stream*>(SSL_get_app_data(ssl));
    if (owner == nullptr)
        return 0;
    // A copy: OpenSSL forbids the original's resumption when its connection ends badly, which says
    // nothing about a ticket (RFC 8446 dropped that rule of TLS 1.2).
    if (auto copy = ssl_session_ptr(SSL_SESSION_dup(session)))
        owner->keep_session(std::move(copy));
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
            return tls_error(errc::invalid_argument, "the client certificate is not PEM: " + openssl_reason());
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
            return tls_error(errc::invalid_argument, "the client's private key cannot be read: " + openssl_reason());
    }
    return out;
}

inline task<result<void>> tls_stream::handshake(operation& op, std::string host, steady_time until)
{
    SSL* const ssl = ssl_.get();
    if (host.ends_with('.'))
        host.pop_back(); // certificates and SNI have no trailing dot
    auto* const parameters = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) != 1) {
        ERR_clear_error();
        SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
        if (SSL_set1_host(ssl, host.c_str()) != 1 || SSL_set_tlsext_host_name(ssl, host.c_str()) != 1)
            co_return tls_error(errc::tls_failed, "the host name cannot be used in TLS");
    }
    if (sessions_) {
        if (auto const session = sessions_->take())
            SSL_set_session(ssl, session.get());
    }
    for (;;) {
        ERR_clear_error();
        int const done = SSL_connect(ssl);
        if (done == 1)
            co_return result<void>();
        auto const why = failure(done);
        if (why.status == io_status::want_read || why.status == io_status::want_write) {
            failed_ = false;
            auto const what = why.status == io_status::want_read ? direction::read : direction::write;
            auto const woken = co_await ready(op, *lower_, what, until);
            if (woken != wake::done)
                co_return op.interrupted(phase::tls, outcome::not_sent, errc::tls_timeout);
            continue;
        }
        auto const reason = openssl_reason();
        auto const verdict = SSL_get_verify_result(ssl);
        if (verdict != X509_V_OK)
            co_return tls_error(errc::tls_verify_failed,
                                "the certificate of " + host +
                                    " is not valid for this connection: " + X509_verify_cert_error_string(verdict));
        std::string message = "TLS handshake with " + host + " failed";
        if (lower_error_)
            message += ": " + lower_error_.message();
        else if (lower_ended_)
            message += ": the server closed the connection";
        else if (!reason.empty())
            message += ": " + reason;
        if (reason == "wrong version number")
            message += " (does this port speak TLS?)";
        co_return tls_error(errc::tls_failed, std::move(message));
    }
}

} // namespace augur::inline AUGUR_ABI::net::detail

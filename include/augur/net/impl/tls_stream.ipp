#pragma once

#include <augur/core/clock.hpp>
#include <augur/net/impl/tls_context.ipp>
#include <augur/net/stream.hpp>
#include <augur/net/task.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::net::detail {

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
        SSL_set_app_data(ssl_.get(), sessions_.get()); // where `tls_context` puts new sessions
    }

    ~tls_stream() override
    {
        // Without this OpenSSL takes the session for broken and forbids its resumption.
        SSL_set_shutdown(ssl_.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }

    task<result<void>> handshake(operation& op, std::string host, steady_time until);

    bool was_resumed() const noexcept { return SSL_session_reused(ssl_.get()) == 1; }
    /// Why the server does not accept our certificate, or the lack of one; empty if it did not say so. With
    /// TLS 1.3 this comes after our side of the handshake is done and in place of the first answer: the
    /// server has read nothing of what was sent meanwhile.
    std::string const& certificate_refusal() const noexcept { return certificate_refusal_; }
    /// Bytes handed to the lower stream since the beginning.
    std::uint64_t lower_written() const noexcept { return lower_written_; }
    /// Bytes taken from it, whatever became of them.
    std::uint64_t lower_read() const noexcept { return lower_read_; }

    io_result try_read(char* to, std::size_t size) noexcept override
    {
        forget_errors();
        std::size_t n = 0;
        int const ok = SSL_read_ex(ssl_.get(), to, size, &n);
        heard_ = heard_ || ok == 1;
        keeps_buffer_ = ok != 1;
        return ok == 1 ? io_result{io_status::ok, n, {}} : failure(ok);
    }

    io_result try_write(char const* from, std::size_t size) noexcept override
    {
        forget_errors();
        std::size_t n = 0;
        int const ok = SSL_write_ex(ssl_.get(), from, size, &n);
        return ok == 1 ? io_result{io_status::ok, n, {}} : failure(ok);
    }

    bool holds_input() const noexcept override { return SSL_has_pending(ssl_.get()) == 1; }

    bool is_quiet() noexcept override
    {
        if (!holds_input() && lower_->is_quiet())
            return true;
        char byte = 0; // a ticket of TLS 1.3 is no news; everything else is
        return try_read(&byte, 1).status == io_status::want_read;
    }

    void start_wait(direction what, wake_token token) override
    {
        // A read that found nothing keeps its 16 KB. After any other OpenSSL has given them back, and would only look
        // through its 32 records: 28 lines of cache.
        if (keeps_buffer_)
            keeps_buffer_ = SSL_free_buffers(ssl_.get()) == 0; // 0: something is in them
        lower_->start_wait(what, std::move(token));
    }
    void cancel() noexcept override { lower_->cancel(); }

    void close() noexcept override
    {
        // A close_notify, if it can leave at once: servers free their side sooner. A forked child says nothing:
        // the connection is its parent's.
        if (SSL_is_init_finished(ssl_.get()) && !failed_ && process_ == process_id()) {
            ERR_clear_error();
            SSL_shutdown(ssl_.get());
            ERR_clear_error();
        }
        lower_->close();
    }

private:
    /// OpenSSL takes an old error for one of this call. Most of the time there is none, and that is cheap to see.
    static void forget_errors() noexcept
    {
        if (ERR_peek_error() != 0)
            ERR_clear_error();
    }

    io_result failure(int returned) noexcept
    {
        switch (SSL_get_error(ssl_.get(), returned)) {
        case SSL_ERROR_WANT_READ: return {io_status::want_read, 0, {}};
        case SSL_ERROR_WANT_WRITE: return {io_status::want_write, 0, {}};
        case SSL_ERROR_ZERO_RETURN: return {io_status::end, 0, {}}; // close_notify
        default: break;
        }
        failed_ = true;
        note_refusal();
        if (!is_broken())
            return {io_status::failed, 0, make_error_code(errc::tls_failed)};
        if (lower_error_)
            return {io_status::failed, 0, lower_error_};
        // An end without close_notify may be an attacker's cut.
        return {io_status::failed, 0, make_error_code(errc::truncated)};
    }

    /// The connection failed, not what was said over it. If both did, what was said came first: the rest is
    /// only that our alert could not be delivered.
    bool is_broken() const noexcept
    {
        auto const code = ERR_peek_error();
        bool const said = ERR_GET_LIB(code) == ERR_LIB_SSL &&
                          ERR_GET_REASON(code) != SSL_R_UNEXPECTED_EOF_WHILE_READING;
        return !said && (lower_error_ || lower_ended_);
    }

    /// Why we do not accept a server's certificate, and what to do when all that is missing may be our trust.
    AUGUR_COLD static std::string refusal(std::string const& host, long verdict)
    {
        auto out = "the certificate of " + host +
                   " is not valid for this connection: " + X509_verify_cert_error_string(verdict);
        switch (verdict) {
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            out += " (to trust its authority, name the authority's file in client.tls.ca_file or SSL_CERT_FILE)";
            break;
        default: break;
        }
        return out;
    }

    /// RFC 8446 6.2: what a server says about a client's certificate.
    AUGUR_COLD void note_refusal() noexcept
    {
        auto const code = ERR_peek_error();
        if (heard_ || SSL_version(ssl_.get()) < TLS1_3_VERSION || ERR_GET_LIB(code) != ERR_LIB_SSL)
            return;
        switch (ERR_GET_REASON(code)) {
        case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
        case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
        case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
        case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
        case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED: break;
        default: return;
        }
        try {
            certificate_refusal_ = ERR_reason_error_string(code);
        }
        catch (std::bad_alloc const&) { // then it is a failure like any other
        }
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
        case io_status::ok:
            *moved = r.size;
            self->lower_read_ += r.size;
            return 1;
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
    std::int64_t process_ = process_id();
    std::uint64_t lower_written_ = 0;
    std::uint64_t lower_read_ = 0;
    error_code lower_error_;
    std::string certificate_refusal_;
    bool heard_ = false; ///< the server said something that was not handshake
    bool keeps_buffer_ = true; ///< OpenSSL may have a read buffer with nothing in it
    bool lower_ended_ = false;
    bool failed_ = false;
};

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
        bool const broke = is_broken();
        auto const reason = openssl_reason();
        auto const verdict = SSL_get_verify_result(ssl);
        if (verdict != X509_V_OK)
            co_return tls_error(errc::tls_verify_failed, refusal(host, verdict));
        std::string message = "TLS handshake with " + host + " failed";
        // A connection that broke may hold the next time; an answer, even an alert, will stay what it is.
        if (broke && lower_error_)
            co_return tls_error(errc::connection_lost, message + ": " + lower_error_.message());
        if (broke)
            co_return tls_error(errc::connection_lost, message + ": the server closed the connection");
        if (!reason.empty())
            message += ": " + reason;
        if (reason == "wrong version number")
            message += " (does this port speak TLS?)";
        co_return tls_error(errc::tls_failed, std::move(message));
    }
}

} // namespace augur::inline AUGUR_ABI::net::detail

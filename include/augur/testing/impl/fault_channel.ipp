#pragma once

#include <augur/testing/fault_server.hpp>
#include <augur/testing/impl/fault_socket.ipp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <linux/filter.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::testing::detail {

using fault_context = std::shared_ptr<SSL_CTX>;

inline void need_tls(bool ok, char const* what)
{
    if (!ok)
        throw std::runtime_error(std::string("fault server: ") + what);
}

/// Refuses a handshake that is not for the name in `wanted`.
inline int check_server_name(SSL* ssl, int* alert, void* wanted)
{
    char const* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
    if (name != nullptr && static_cast<fault_tls const*>(wanted)->required_name == name)
        return SSL_TLSEXT_ERR_OK;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

inline void load_chain(SSL_CTX* context, std::string const& pem)
{
    std::unique_ptr<BIO, int (*)(BIO*)> const text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                   &BIO_free);
    bool first = true;
    while (X509* const one = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr)) {
        if (first) {
            need_tls(SSL_CTX_use_certificate(context, one) == 1, "certificate");
            X509_free(one);
        }
        else {
            need_tls(SSL_CTX_add0_chain_cert(context, one) == 1, "chain");
        }
        first = false;
    }
    ERR_clear_error();
    need_tls(!first, "no certificate");
}

/// `settings` lives as long as the context.
inline fault_context make_context(fault_tls const& settings)
{
    fault_context out(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free);
    auto* const c = out.get();
    need_tls(c != nullptr, "no memory");
    SSL_CTX_set_security_level(c, 0); // a bad server has bad keys
    need_tls(SSL_CTX_set_min_proto_version(c, settings.min_version) == 1, "version");
    need_tls(SSL_CTX_set_max_proto_version(c, settings.max_version) == 1, "version");
    if (!settings.ciphers.empty())
        need_tls(SSL_CTX_set_cipher_list(c, settings.ciphers.c_str()) == 1, "ciphers");
    if (!settings.tickets)
        SSL_CTX_set_num_tickets(c, 0);
    load_chain(c, settings.certificate_pem);
    std::unique_ptr<BIO, int (*)(BIO*)> const text(
        BIO_new_mem_buf(settings.key_pem.data(), static_cast<int>(settings.key_pem.size())), &BIO_free);
    EVP_PKEY* const key = PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, nullptr);
    need_tls(key != nullptr && SSL_CTX_use_PrivateKey(c, key) == 1, "key");
    EVP_PKEY_free(key);
    constexpr unsigned char id[] = "fault";
    SSL_CTX_set_session_id_context(c, id, sizeof id);
    if (!settings.client_ca_pem.empty()) {
        std::unique_ptr<BIO, int (*)(BIO*)> const ca(
            BIO_new_mem_buf(settings.client_ca_pem.data(), static_cast<int>(settings.client_ca_pem.size())), &BIO_free);
        X509* const authority = PEM_read_bio_X509(ca.get(), nullptr, nullptr, nullptr);
        need_tls(authority != nullptr && X509_STORE_add_cert(SSL_CTX_get_cert_store(c), authority) == 1, "client CA");
        X509_free(authority);
        SSL_CTX_set_verify(c, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
    if (!settings.required_name.empty()) {
        SSL_CTX_set_tlsext_servername_callback(c, &check_server_name);
        SSL_CTX_set_tlsext_servername_arg(c, const_cast<fault_tls*>(&settings));
    }
    return out;
}

/// One accepted connection: bytes in and out, blocking, through TLS once it was started. TLS works on
/// memory, so that every one of its bytes passes through our hands. One thread uses it; `interrupt` is
/// for all others.
class fault_channel
{
public:
    explicit fault_channel(int socket) noexcept : socket_(socket) {}
    fault_channel(fault_channel const&) = delete;
    fault_channel& operator=(fault_channel const&) = delete;
    ~fault_channel() { close(); }

    /// What is called whenever a send has to wait, since the peer takes no more.
    void on_full(std::function<void()> tell) { on_full_ = std::move(tell); }

    /// The next plain byte begins TLS.
    void plan_tls(fault_context context) noexcept { planned_ = std::move(context); }

    bool handshake()
    {
        if (!planned_)
            return true;
        start_tls();
        for (;;) {
            int const ok = SSL_accept(ssl_.get());
            bool const sent = flush();
            if (ok == 1)
                return sent;
            if (SSL_get_error(ssl_.get(), ok) != SSL_ERROR_WANT_READ || !sent || !feed())
                return false;
        }
    }
    /// True: so many bytes were sent, and the rest kept.
    bool handshake_until(std::size_t bytes)
    {
        limit_ = bytes;
        is_limited_ = true;
        handshake();
        return limit_ == 0;
    }

    /// Appends at least one plain byte. False: the peer is gone.
    bool read(std::string& to)
    {
        if (!handshake())
            return false;
        char bytes[16384];
        for (;;) {
            if (!ssl_) {
                auto const n = ::recv(socket_, bytes, sizeof bytes, 0);
                if (n < 0 && errno == EINTR)
                    continue;
                if (n <= 0)
                    return false;
                to.append(bytes, static_cast<std::size_t>(n));
                return true;
            }
            ERR_clear_error();
            int const n = SSL_read(ssl_.get(), bytes, sizeof bytes);
            bool const sent = flush();
            if (n > 0) {
                to.append(bytes, static_cast<std::size_t>(n));
                return true;
            }
            if (SSL_get_error(ssl_.get(), n) != SSL_ERROR_WANT_READ || !sent || !feed())
                return false;
        }
    }
    bool write(std::string_view bytes)
    {
        if (!handshake())
            return false;
        if (!ssl_)
            return write_raw(bytes);
        ERR_clear_error();
        return bytes.empty() || (SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) > 0 && flush());
    }
    bool write_raw(std::string_view bytes)
    {
        while (!bytes.empty()) {
            auto n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
                if (on_full_)
                    on_full_();
                n = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            }
            if (n < 0 && errno == EINTR)
                continue;
            if (n <= 0)
                return false;
            bytes.remove_prefix(static_cast<std::size_t>(n));
        }
        return true;
    }
    bool close_notify() { return !ssl_ || (SSL_shutdown(ssl_.get()) >= 0 && flush()); }
    bool key_update()
    {
        return ssl_ && SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1 &&
               flush();
    }
    void garble_next() noexcept { garbles_ = true; }

    /// Reads nothing until the peer is gone.
    void hold() noexcept
    {
        pollfd one{socket_, POLLRDHUP, 0};
        while (::poll(&one, 1, -1) < 0 && errno == EINTR) {
        }
    }
    /// The kernel drops whatever arrives, before TCP sees it.
    bool deafen() noexcept
    {
        ::sock_filter nothing{BPF_RET | BPF_K, 0, 0, 0};
        ::sock_fprog const program{1, &nothing};
        return ::setsockopt(socket_, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0;
    }
    void end_writing() noexcept { ::shutdown(socket_, SHUT_WR); }
    void drain_raw() noexcept
    {
        char bytes[16384];
        for (;;) {
            auto const n = ::recv(socket_, bytes, sizeof bytes, 0);
            if (n == 0 || (n < 0 && errno != EINTR))
                return;
        }
    }
    void reset() noexcept
    {
        linger const at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        close();
    }
    void close() noexcept
    {
        std::lock_guard const lock(closing_);
        if (socket_ >= 0)
            ::close(socket_);
        socket_ = -1;
    }
    /// Ends all that blocks, from another thread. The connection is reset when it is closed.
    void interrupt() noexcept
    {
        std::lock_guard const lock(closing_);
        if (socket_ < 0)
            return;
        linger const at_once{1, 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
        ::shutdown(socket_, SHUT_RDWR);
    }

    bool is_tls() const noexcept { return ssl_ != nullptr; }
    bool was_resumed() const noexcept { return ssl_ && SSL_session_reused(ssl_.get()) == 1; }
    std::string server_name() const
    {
        char const* const name = ssl_ ? SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name) : nullptr;
        return name != nullptr ? name : "";
    }

private:
    void start_tls()
    {
        context_ = std::exchange(planned_, nullptr);
        ssl_.reset(SSL_new(context_.get()));
        need_tls(ssl_ != nullptr, "no memory");
        in_ = BIO_new(BIO_s_mem());
        out_ = BIO_new(BIO_s_mem());
        SSL_set_bio(ssl_.get(), in_, out_);
    }
    /// Bytes of the peer, for TLS.
    bool feed()
    {
        char bytes[16384];
        for (;;) {
            auto const n = ::recv(socket_, bytes, sizeof bytes, 0);
            if (n < 0 && errno == EINTR)
                continue;
            return n > 0 && BIO_write(in_, bytes, static_cast<int>(n)) == static_cast<int>(n);
        }
    }
    /// What TLS has written goes out.
    bool flush()
    {
        char* data = nullptr;
        auto size = static_cast<std::size_t>(BIO_get_mem_data(out_, &data));
        if (size == 0)
            return true;
        if (std::exchange(garbles_, false))
            data[size - 1] = static_cast<char>(data[size - 1] ^ 1);
        bool const cut = is_limited_ && size >= limit_;
        if (cut)
            size = limit_;
        if (is_limited_)
            limit_ -= size;
        bool const sent = write_raw({data, size});
        BIO_reset(out_);
        return sent && !cut;
    }

    int socket_;
    std::function<void()> on_full_;
    std::mutex closing_;
    fault_context planned_;
    fault_context context_;
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
    BIO* in_ = nullptr;
    BIO* out_ = nullptr;
    std::size_t limit_ = 0;
    bool is_limited_ = false;
    bool garbles_ = false;
};

} // namespace augur::inline AUGUR_ABI::testing::detail

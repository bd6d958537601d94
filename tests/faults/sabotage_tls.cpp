// TLS as it was in many clients, and in Beast's own examples until 2025: the chain is verified, the name is not.
#include "faults/sabotage_tls.hpp"
#include "faults/matrix.hpp"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <utility>

namespace faults {

namespace {

class nameless_tls final : public net::stream
{
public:
    explicit nameless_tls(std::unique_ptr<net::stream> lower) : lower_(std::move(lower))
    {
        context_.reset(SSL_CTX_new(TLS_client_method()));
        auto const pem = bench::authority().pem();
        std::unique_ptr<BIO, int (*)(BIO*)> const text(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                       &BIO_free);
        X509* const authority = PEM_read_bio_X509(text.get(), nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_.get()), authority);
        X509_free(authority);
        SSL_CTX_set_verify(context_.get(), SSL_VERIFY_PEER, nullptr);
        ssl_.reset(SSL_new(context_.get()));
        SSL_set_bio(ssl_.get(), in_, out_);
        SSL_set_connect_state(ssl_.get());
    }

    net::task<result<void>> handshake(net::operation& op, phase_limits limits)
    {
        auto const until = op.until(limits.tls);
        for (;;) {
            int const ok = SSL_do_handshake(ssl_.get());
            flush();
            if (ok == 1)
                co_return result<void>();
            if (auto const bad = SSL_get_verify_result(ssl_.get()); bad != X509_V_OK)
                co_return make_error(errc::tls_verify_failed, phase::tls, outcome::not_sent,
                                     "the certificate proves nothing: " +
                                         std::string(X509_verify_cert_error_string(bad)));
            auto const moved = pump();
            if (moved.status == net::io_status::ok)
                continue;
            if (moved.status != net::io_status::want_read)
                co_return make_error(errc::tls_failed, phase::tls, outcome::not_sent, "the handshake broke off");
            auto const woken = co_await net::ready(op, *lower_, net::direction::read, until);
            if (woken != net::wake::done)
                co_return op.interrupted(phase::tls, outcome::not_sent, errc::tls_timeout);
        }
    }

    net::io_result try_read(char* to, std::size_t size) noexcept override
    {
        for (;;) {
            std::size_t n = 0;
            if (SSL_read_ex(ssl_.get(), to, size, &n) == 1)
                return {net::io_status::ok, n, {}};
            if (auto const moved = pump(); moved.status != net::io_status::ok)
                return moved;
        }
    }
    net::io_result try_write(char const* from, std::size_t size) noexcept override
    {
        std::size_t n = 0;
        SSL_write_ex(ssl_.get(), from, size, &n);
        flush();
        return {net::io_status::ok, n, {}};
    }
    void start_wait(net::direction what, net::wake_token token) override { lower_->start_wait(what, std::move(token)); }
    void cancel() noexcept override { lower_->cancel(); }
    void close() noexcept override { lower_->close(); }

private:
    /// What TLS wrote goes down; requests of these rows are small enough for any socket.
    void flush() noexcept
    {
        char* data = nullptr;
        auto const size = BIO_get_mem_data(out_, &data);
        if (size > 0)
            lower_->try_write(data, static_cast<std::size_t>(size));
        BIO_reset(out_);
    }
    net::io_result pump() noexcept
    {
        char bytes[16384];
        auto const moved = lower_->try_read(bytes, sizeof bytes);
        if (moved.status == net::io_status::ok)
            BIO_write(in_, bytes, static_cast<int>(moved.size));
        return moved;
    }

    std::unique_ptr<net::stream> lower_;
    std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_{nullptr, &SSL_CTX_free};
    std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
    BIO* in_ = BIO_new(BIO_s_mem());
    BIO* out_ = BIO_new(BIO_s_mem());
};

class nameless_dialer final : public net::dialer
{
public:
    explicit nameless_dialer(std::shared_ptr<net::dialer> inner) noexcept : inner_(std::move(inner)) {}
    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string host, std::uint16_t port,
                                                         phase_limits limits, net::exchange_report& report) override
    {
        auto made = co_await inner_->dial(op, std::move(host), port, limits, report);
        if (!made)
            co_return made.error();
        auto tls = std::make_unique<nameless_tls>(std::move(*made));
        auto shaken = co_await tls->handshake(op, limits);
        if (!shaken)
            co_return shaken.error();
        std::unique_ptr<net::stream> out = std::move(tls);
        co_return std::move(out);
    }

private:
    std::shared_ptr<net::dialer> inner_;
};

} // namespace

std::shared_ptr<net::dialer> without_host_check(std::shared_ptr<net::dialer> inner)
{
    return std::make_shared<nameless_dialer>(std::move(inner));
}

} // namespace faults

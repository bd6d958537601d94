// The floor: a socket, OpenSSL on it, one prepared request, and a search for the end of the head.
#include "clients.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace bench {

namespace {

class raw_client final : public client
{
public:
    explicit raw_client(target const& to)
        : to_(to), poll_(epoll_create1(0)), connections_(static_cast<std::size_t>(to.connections))
    {
        std::signal(SIGPIPE, SIG_IGN);
        if (to.tls)
            make_context();
        for (auto& c : connections_)
            connect(c);
        request_ = "POST " + path + " HTTP/1.1\r\nhost: 127.0.0.1:" + std::to_string(to.port) +
                   "\r\ncontent-type: text/csv\r\ncontent-length: " + std::to_string(payload.size()) + "\r\n\r\n" +
                   payload;
    }

    ~raw_client() override
    {
        for (auto& c : connections_) {
            SSL_free(c.tls);
            close(c.file);
        }
        SSL_CTX_free(context_);
        close(poll_);
    }

    std::size_t open_connections() const override { return connections_.size(); }

    void run(std::size_t calls, latencies& times) override
    {
        std::size_t sent = 0;
        std::size_t done = 0;
        for (auto& c : connections_)
            if (sent < calls)
                send(c, sent++);
        std::array<epoll_event, 64> events;
        while (done < calls) {
            int n = 1;
            events[0].data.ptr = &connections_[0]; // a single connection blocks instead
            if (connections_.size() > 1)
                n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), -1);
            for (int i = 0; i < n; ++i) {
                auto& c = *static_cast<connection*>(events[static_cast<std::size_t>(i)].data.ptr);
                if (!receive(c))
                    continue;
                times.stop(c.started);
                ++done;
                if (sent < calls)
                    send(c, sent++);
            }
        }
    }

private:
    struct connection
    {
        int file = -1;
        SSL* tls = nullptr;
        std::size_t size = 0;
        std::array<char, 4096> buffer;
        latencies::clock::time_point started;
    };

    void make_context()
    {
        context_ = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_min_proto_version(context_, TLS1_3_VERSION);
        SSL_CTX_set_read_ahead(context_, 1);
        SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
        BIO* const text = BIO_new_mem_buf(to_.authority_pem.data(), static_cast<int>(to_.authority_pem.size()));
        X509* const authority = PEM_read_bio_X509(text, nullptr, nullptr, nullptr);
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), authority);
        X509_free(authority);
        BIO_free(text);
    }

    void connect(connection& c)
    {
        c.file = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in where{};
        where.sin_family = AF_INET;
        where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        where.sin_port = htons(to_.port);
        if (::connect(c.file, reinterpret_cast<sockaddr*>(&where), sizeof where) != 0)
            give_up("raw", "cannot connect");
        int const on = 1;
        setsockopt(c.file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        if (to_.tls) {
            c.tls = SSL_new(context_);
            SSL_set_fd(c.tls, c.file);
            X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(c.tls), "127.0.0.1");
            if (SSL_connect(c.tls) != 1)
                give_up("raw", "cannot shake hands");
        }
        if (connections_.size() == 1)
            return;
        fcntl(c.file, F_SETFL, fcntl(c.file, F_GETFL) | O_NONBLOCK);
        epoll_event event{};
        event.events = EPOLLIN | EPOLLET;
        event.data.ptr = &c;
        epoll_ctl(poll_, EPOLL_CTL_ADD, c.file, &event);
    }

    void send(connection& c, std::size_t call)
    {
        c.started = latencies::start(call);
        c.size = 0;
        auto const size = static_cast<ssize_t>(request_.size());
        auto const n = c.tls != nullptr ? SSL_write(c.tls, request_.data(), static_cast<int>(size))
                                        : ::send(c.file, request_.data(), request_.size(), MSG_NOSIGNAL);
        if (n != size)
            give_up("raw", "a request was not taken whole");
    }

    /// Whether the answer is whole.
    bool receive(connection& c)
    {
        for (;;) {
            char* const to = c.buffer.data() + c.size;
            auto const room = c.buffer.size() - c.size;
            ssize_t n;
            if (c.tls != nullptr) {
                n = SSL_read(c.tls, to, static_cast<int>(room));
                if (n <= 0) {
                    if (SSL_get_error(c.tls, static_cast<int>(n)) == SSL_ERROR_WANT_READ)
                        return false;
                    give_up("raw", "the connection broke");
                }
            }
            else {
                n = recv(c.file, to, room, 0);
                if (n < 0 && errno == EAGAIN)
                    return false;
                if (n <= 0)
                    give_up("raw", "the connection broke");
            }
            c.size += static_cast<std::size_t>(n);
            if (is_whole({c.buffer.data(), c.size}))
                return true;
        }
    }

    static bool is_whole(std::string_view answer)
    {
        auto const end = answer.find("\r\n\r\n");
        if (end == answer.npos)
            return false;
        auto const length = answer.find("Content-Length: ");
        if (!answer.starts_with("HTTP/1.1 200") || length > end)
            give_up("raw", "this is no answer");
        return answer.size() == end + 4 + std::strtoul(answer.data() + length + 16, nullptr, 10);
    }

    target to_;
    int poll_;
    SSL_CTX* context_ = nullptr;
    std::vector<connection> connections_;
    std::string request_;
};

} // namespace

std::unique_ptr<client> make_raw(target const& to)
{
    return std::make_unique<raw_client>(to);
}

} // namespace bench

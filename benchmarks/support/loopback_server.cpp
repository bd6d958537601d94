#include "loopback_server.hpp"

#include "clients.hpp"

#include <augur/testing/certificates.hpp>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace bench {

namespace {

std::string make_answer(bool last)
{
    std::string json = "{\"predictions\":[";
    while (json.size() < 590)
        json += json.back() == '[' ? "0.125" : ",0.125";
    json.resize(598, ' ');
    json += "]}";
    return "HTTP/1.1 200 OK\r\n"
           "x-amzn-RequestId: 6b9b9d3e-2b1c-4e0f-9f57-0d5b6a1f4c11\r\n"
           "x-Amzn-Invoked-Production-Variant: AllTraffic\r\n"
           "Date: Thu, 26 Nov 2026 10:00:00 GMT\r\n"
           "Content-Type: application/json\r\n"
           "Content-Length: " +
           std::to_string(json.size()) + "\r\n" + (last ? "Connection: close\r\n" : "") + "\r\n" + json;
}

/// A chat answer of which the first event has come and the rest has not.
std::string make_begun_stream()
{
    std::string const event =
        "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1764151200,\"model\":\"m\","
        "\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Once\"},\"finish_reason\":null}]}"
        "\n\n";
    char size[16];
    std::snprintf(size, sizeof size, "%zx\r\n", event.size());
    return "HTTP/1.1 200 OK\r\n"
           "Content-Type: text/event-stream; charset=utf-8\r\n"
           "Transfer-Encoding: chunked\r\n\r\n" +
           (size + event) + "\r\n";
}

struct connection
{
    int file;
    std::unique_ptr<SSL, decltype(&SSL_free)> tls;
    std::string head;           ///< an unfinished one
    std::size_t body_left = 0;
    bool answer_due = false;
    bool last = false;
    bool stalled = false;
    bool streams = false;
};

class serving
{
public:
    serving(int plain, int tls, int forgetful, int life_line, augur::testing::identity const& who)
        : poll_(epoll_create1(0)),
          plain_(plain),
          tls_(tls),
          forgetful_(forgetful),
          life_line_(life_line),
          context_(make_context(who)),
          forgetful_context_(make_context(who))
    {
        SSL_CTX_set_num_tickets(forgetful_context_, 0);
        for (int const file : {plain_, tls_, forgetful_, life_line_})
            watch(file);
    }

    static SSL_CTX* make_context(augur::testing::identity const& who)
    {
        SSL_CTX* const context = SSL_CTX_new(TLS_server_method());
        SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION);
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256");
        SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
        SSL_CTX_set_read_ahead(context, 1);
        BIO* const certificate =
            BIO_new_mem_buf(who.certificate_pem.data(), static_cast<int>(who.certificate_pem.size()));
        X509* const leaf = PEM_read_bio_X509(certificate, nullptr, nullptr, nullptr);
        BIO* const key_text = BIO_new_mem_buf(who.key_pem.data(), static_cast<int>(who.key_pem.size()));
        EVP_PKEY* const key = PEM_read_bio_PrivateKey(key_text, nullptr, nullptr, nullptr);
        if (SSL_CTX_use_certificate(context, leaf) != 1 || SSL_CTX_use_PrivateKey(context, key) != 1)
            std::_Exit(2);
        return context;
    }

    [[noreturn]] void run()
    {
        std::array<epoll_event, 256> events;
        for (;;) {
            // To wake a process costs whoever sends to it, and a slower client would find this one asleep more often.
            bool const is_busy = clock::now() - last_event_ < std::chrono::milliseconds(2);
            int const n = epoll_wait(poll_, events.data(), static_cast<int>(events.size()), is_busy ? 0 : -1);
            if (n > 0)
                last_event_ = clock::now();
            for (int i = 0; i < n; ++i) {
                int const file = events[static_cast<std::size_t>(i)].data.fd;
                if (file == life_line_)
                    std::_Exit(0); // the client is gone
                if (file == plain_ || file == tls_ || file == forgetful_)
                    accept_all(file);
                else
                    serve(file);
            }
        }
    }

private:
    using clock = std::chrono::steady_clock;

    void watch(int file) const
    {
        epoll_event event{};
        event.events = EPOLLIN;
        event.data.fd = file;
        epoll_ctl(poll_, EPOLL_CTL_ADD, file, &event);
    }

    void accept_all(int listener)
    {
        int file;
        while ((file = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0) {
            int const on = 1;
            setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            auto& slot = at(file);
            slot = std::make_unique<connection>(connection{file, {nullptr, &SSL_free}, {}});
            if (listener != plain_) {
                slot->tls.reset(SSL_new(listener == tls_ ? context_ : forgetful_context_));
                SSL_set_fd(slot->tls.get(), file);
                SSL_set_accept_state(slot->tls.get());
            }
            watch(file);
        }
    }

    std::unique_ptr<connection>& at(int file)
    {
        auto const index = static_cast<std::size_t>(file);
        if (connections_.size() <= index)
            connections_.resize(index + 1024);
        return connections_[index];
    }

    void close_connection(connection& c)
    {
        int const file = c.file;
        if (c.tls)
            SSL_shutdown(c.tls.get());
        at(file).reset();
        close(file);
    }

    /// Bytes read; 0: nothing now; negative: over.
    static long read_some(connection& c, char* to, std::size_t size)
    {
        if (!c.tls) {
            auto const n = recv(c.file, to, size, 0);
            return n > 0 ? n : n < 0 && errno == EAGAIN ? 0 : -1;
        }
        int const n = SSL_read(c.tls.get(), to, static_cast<int>(size));
        if (n > 0)
            return n;
        int const why = SSL_get_error(c.tls.get(), n);
        return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0 : -1;
    }

    static bool write_all(connection& c, std::string const& text)
    {
        if (c.tls)
            return SSL_write(c.tls.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
        return send(c.file, text.data(), text.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(text.size());
    }

    void serve(int file)
    {
        auto& c = *at(file);
        for (;;) {
            auto const n = read_some(c, buffer_.data(), buffer_.size());
            if (n < 0 || (n > 0 && !take(c, {buffer_.data(), static_cast<std::size_t>(n)})))
                return close_connection(c);
            // A short read has emptied the socket; epoll tells about the rest.
            if (n == 0 || (static_cast<std::size_t>(n) < buffer_.size() && !(c.tls && SSL_pending(c.tls.get()) > 0)))
                return;
        }
    }

    /// False: the connection is over.
    bool take(connection& c, std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (!c.answer_due) {
                std::string_view text = bytes;
                if (!c.head.empty()) {
                    c.head.append(bytes);
                    text = c.head;
                }
                auto const end = text.find("\r\n\r\n");
                if (end == text.npos) {
                    if (c.head.empty())
                        c.head = bytes;
                    return true;
                }
                start(c, text.substr(0, end));
                bytes.remove_prefix(end + 4 - (text.size() - bytes.size()));
                c.head.clear();
            }
            auto const part = std::min(bytes.size(), c.body_left);
            bytes.remove_prefix(part);
            c.body_left -= part;
            if (c.body_left > 0 || c.stalled)
                return true;
            c.answer_due = false;
            auto const& answer = c.streams ? begun_stream_ : c.last ? last_answer_ : answer_;
            if (!write_all(c, answer) || c.last)
                return false;
        }
        return true;
    }

    static void start(connection& c, std::string_view head)
    {
        auto const line = head.substr(0, head.find('\r'));
        c.answer_due = true;
        c.last = line.find("/close/") != line.npos;
        c.stalled = line.find("/stall/") != line.npos;
        c.streams = line.find("/stream/") != line.npos;
        c.body_left = 0;
        for (auto const name : {"content-length: ", "Content-Length: "}) {
            if (auto const found = head.find(name); found != head.npos)
                c.body_left = static_cast<std::size_t>(std::strtoul(head.data() + found + 16, nullptr, 10));
        }
    }

    int poll_;
    int plain_;
    int tls_;
    int forgetful_;
    int life_line_;
    SSL_CTX* context_;
    SSL_CTX* forgetful_context_;
    std::vector<std::unique_ptr<connection>> connections_;
    std::array<char, 64 * 1024> buffer_{};
    clock::time_point last_event_{};
    std::string const answer_ = make_answer(false);
    std::string const last_answer_ = make_answer(true);
    std::string const begun_stream_ = make_begun_stream();
};

int listen_on_loopback(std::uint16_t& port)
{
    int const file = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof where;
    if (bind(file, reinterpret_cast<sockaddr*>(&where), size) != 0 || listen(file, 4096) != 0 ||
        getsockname(file, reinterpret_cast<sockaddr*>(&where), &size) != 0)
        throw std::runtime_error("cannot listen on 127.0.0.1");
    port = ntohs(where.sin_port);
    return file;
}

} // namespace

loopback_server::loopback_server()
{
    augur::testing::certificate_authority const authority;
    authority_pem_ = authority.pem();
    auto const who = authority.issue(std::vector<std::string>{"127.0.0.1", "localhost"});
    int const plain = listen_on_loopback(plain_port_);
    int const tls = listen_on_loopback(tls_port_);
    int const forgetful = listen_on_loopback(forgetful_port_);
    int ends[2];
    if (pipe(ends) != 0 || (process_ = fork()) < 0)
        throw std::runtime_error("cannot start the server's process");
    if (process_ == 0) {
        close(ends[1]);
        signal(SIGPIPE, SIG_IGN);
        pin_to_cpu(1);
        serving(plain, tls, forgetful, ends[0], who).run();
    }
    close(ends[0]);
    close(plain);
    close(tls);
    close(forgetful);
    life_line_ = ends[1];
}

loopback_server::~loopback_server()
{
    close(life_line_);
    waitpid(process_, nullptr, 0);
}

void pin_to_cpu(unsigned cpu) noexcept
{
    cpu_set_t here;
    CPU_ZERO(&here);
    CPU_SET(cpu, &here);
    if (sysconf(_SC_NPROCESSORS_ONLN) > 1)
        sched_setaffinity(0, sizeof here, &here);
}

void raise_file_limit() noexcept
{
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

double process_cpu_us()
{
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    auto const us = [](timeval const& t) {
        return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return us(used.ru_utime) + us(used.ru_stime);
}

double latencies::percentile(double share)
{
    if (values_.empty())
        return 0;
    auto const at = static_cast<std::ptrdiff_t>(share * static_cast<double>(values_.size() - 1));
    std::nth_element(values_.begin(), values_.begin() + at, values_.end());
    return values_[static_cast<std::size_t>(at)];
}

client::~client() = default;

void give_up(char const* client, std::string const& why)
{
    std::fprintf(stderr, "%s: %s\n", client, why.c_str());
    std::_Exit(3);
}

} // namespace bench

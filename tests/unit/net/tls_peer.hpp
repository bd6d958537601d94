#pragma once

#include <augur/call/core.hpp>
#include <augur/net/start.hpp>
#include <augur/testing/certificates.hpp>
#include <augur/testing/manual_time.hpp>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// TLS servers in memory: OpenSSL's server side behind a `net::stream`. No socket, no thread and no real
/// time, so that a hundred handshakes take as long as their arithmetic.
namespace augur::tests {

class tls_peer;

/// How the server's bytes to the client stop.
enum class stop_with
{
    silence,
    end,
    reset,
};

/// What one server is, and what it does.
struct peer_setup
{
    testing::identity who;
    std::string trusted_clients = {}; ///< PEM; not empty: asks for a client certificate, and insists
    int lowest = TLS1_2_VERSION;
    int highest = TLS1_3_VERSION;
    std::string ciphers = {};    ///< of TLS 1.2 and below, in OpenSSL's notation
    std::string groups = {};     ///< for key agreement
    bool small_dh = false;       ///< 1024 bits
    std::string required_name = {}; ///< other names get the alert unrecognized_name
    std::string raw_answer = {};    ///< not TLS at all: what it says to whatever comes
    std::size_t stop_after = static_cast<std::size_t>(-1); ///< bytes to the client
    stop_with stop = stop_with::silence;
    std::function<void(tls_peer&)> answer = {}; ///< a whole request has come; empty: 200 "ok"
};

/// What the server saw; one per connection, outlives it.
struct peer_log
{
    std::string request; ///< decrypted
    std::string raw;     ///< as it came over the wire
    std::string name;    ///< server name indication
    std::string hello_suites; ///< "1301 1302 ...": cipher suites of the ClientHello
    std::vector<int> hello_extensions;
    std::string failure; ///< why the server's handshake failed, in OpenSSL's words
    bool shaken = false;
    bool resumed = false;
    bool saw_close_notify = false;
};

/// One server for any number of connections: tickets of one are good on the next.
class peer_server
{
public:
    explicit peer_server(peer_setup setup);

    peer_setup const& setup() const noexcept { return setup_; }
    SSL_CTX* context() const noexcept { return context_.get(); }

private:
    struct free_context
    {
        void operator()(SSL_CTX* c) const noexcept { SSL_CTX_free(c); }
    };
    peer_setup setup_;
    std::unique_ptr<SSL_CTX, free_context> context_;
};

/// One connection, seen by the client as a stream and by an `answer` as the server's side.
class tls_peer final : public net::stream
{
public:
    tls_peer(boost::asio::any_io_executor executor, std::shared_ptr<peer_server> server, std::shared_ptr<peer_log> log);
    ~tls_peer() override;

    // The server's side.
    void say(std::string_view text);      ///< encrypted
    void say_raw(std::string_view bytes); ///< as they are
    void say_part(std::string_view text, std::size_t size); ///< the first bytes of its record
    void spoil_next_record() noexcept { spoil_ = true; }
    void update_keys(bool ask_back);
    void send_ticket();
    void close_notify();
    void end() noexcept { ended_ = true; }
    void reset() noexcept { reset_ = true; }
    int requests() const noexcept { return requests_; }

    // The client's side.
    net::io_result try_read(char* to, std::size_t size) noexcept override;
    net::io_result try_write(char const* from, std::size_t size) noexcept override;
    void start_wait(net::direction what, net::wake_token token) override;
    void cancel() noexcept override;
    void close() noexcept override;

private:
    void take_in();
    void advance();
    void flush();
    bool has_whole_request() const;
    bool is_readable() const noexcept;

    boost::asio::any_io_executor executor_;
    std::shared_ptr<peer_server> server_;
    std::shared_ptr<peer_log> log_;
    SSL* ssl_;
    BIO* in_;
    BIO* out_;
    std::string from_client_;
    std::string to_client_;
    std::size_t at_ = 0;
    std::size_t request_begin_ = 0;
    int requests_ = 0;
    bool spoil_ = false;
    bool ended_ = false;
    bool reset_ = false;
    std::optional<net::wake_token> waiting_;
};

/// Gives each dial the next server; the last one serves all later dials.
class peer_dialer final : public net::dialer
{
public:
    peer_dialer(boost::asio::any_io_executor executor, std::vector<std::shared_ptr<peer_server>> servers)
        : executor_(std::move(executor)), servers_(std::move(servers))
    {
    }
    net::task<result<std::unique_ptr<net::stream>>> dial(net::operation& op, std::string host, std::uint16_t port,
                                                         phase_limits limits, net::exchange_report& report) override;

    std::vector<std::shared_ptr<peer_log>> const& logs() const noexcept { return logs_; }

private:
    boost::asio::any_io_executor executor_;
    std::vector<std::shared_ptr<peer_server>> servers_;
    std::vector<std::shared_ptr<peer_log>> logs_;
};

/// The real call loop and the real transport in front of such servers, on the manual clock.
class tls_bench
{
public:
    tls_bench(std::vector<std::shared_ptr<peer_server>> servers, net::tls_config trust);
    tls_bench(peer_setup server, net::tls_config trust);

    /// POSTs "hello" to https://`host`/path.
    result<call::answer> send(std::string const& host = "host.example.test", call_options options = {});

    std::vector<std::shared_ptr<peer_log>> const& logs() const noexcept { return dialer->logs(); }
    std::size_t dials() const noexcept { return dialer->logs().size(); }
    /// Of all connections together.
    std::size_t request_bytes() const;

    boost::asio::io_context context{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<peer_dialer> dialer;
    std::shared_ptr<net::https_transport> transport;

private:
    std::shared_ptr<call::core> core_;
};

/// One authority for all tests of the program: its key is made once.
testing::certificate_authority const& authority();
/// Trusts it.
net::tls_config trusting();
/// A good server of that authority.
peer_setup good_server(std::vector<std::string> names = {"host.example.test"});

} // namespace augur::tests

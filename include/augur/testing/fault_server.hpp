#pragma once

#include <augur/config.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::testing {

/// How a `fault_server` does TLS. It holds nothing back: any version, cipher or key that OpenSSL still has.
struct fault_tls
{
    std::string certificate_pem = {}; ///< the chain, the server's own first
    std::string key_pem = {};
    int min_version = 0x0303;        ///< as on the wire; 0x0301 is TLS 1.0
    int max_version = 0x0304;
    std::string ciphers = {};        ///< OpenSSL's list for TLS 1.2 and older; empty: its default
    std::string client_ca_pem = {};  ///< not empty: a client certificate of this authority is required
    std::string required_name = {};  ///< not empty: a handshake for another server name ends with an alert
    bool tickets = true;
};

/// A request as a `fault_server` read it, with a framing of its own: a head and `content-length` bytes.
struct received_request
{
    std::size_t connection = 0;   ///< 1 for the first
    std::string head;             ///< with the blank line
    std::string content;          ///< its first 64 KiB
    std::size_t content_size = 0; ///< bytes that arrived; 0 if only the head was read

    std::string_view method() const noexcept;
    std::string_view target() const noexcept;
    /// The first field of that name, whatever its case; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
};

/// What a `fault_server` does with one connection, step by step. A value.
///
///     connection_script().read_request().send("HTTP/1.1 200 OK\r\ncontent-le").rst()
///
/// At the end of its script the server closes as by `fin`. A step that the peer makes impossible by
/// hanging up ends the script. TLS begins with the first step that reads or sends.
class connection_script
{
public:
    using answer_function = std::function<std::string(received_request const&)>;

    /// Waits for a whole request.
    connection_script& read_request() { return add(kind::read_request); }
    /// Waits for the head of a request and leaves its content unread.
    connection_script& read_head() { return add(kind::read_head); }
    /// Waits until so many bytes beyond the last request have arrived.
    connection_script& read_bytes(std::size_t n) { return add(kind::read_bytes, {}, n); }
    connection_script& send(std::string bytes) { return add(kind::send, std::move(bytes)); }
    /// Sends beneath TLS.
    connection_script& send_raw(std::string bytes) { return add(kind::send_raw, std::move(bytes)); }
    /// The same bytes `n` times, without holding them all.
    connection_script& send_often(std::string bytes, std::size_t n)
    {
        return add(kind::send_often, std::move(bytes), n);
    }
    /// Reads requests and sends this for each, until the peer hangs up.
    connection_script& serve(std::string response) { return add(kind::serve, std::move(response)); }
    connection_script& serve(answer_function answer); ///< under `always`: called by several threads
    /// From here on sends go out in pieces of so many bytes, each a packet or TLS record of its own.
    connection_script& slice(std::size_t n) { return add(kind::slice, {}, n); }
    /// From here on each such piece waits for a `fault_server::step`.
    connection_script& drip(std::size_t n) { return add(kind::drip, {}, n); }
    connection_script& wait_for_step() { return add(kind::wait_for_step); } ///< for a `fault_server::step`
    /// Does nothing, and reads nothing, until the peer hangs up.
    connection_script& hold() { return add(kind::hold); }
    /// Reads and throws away until the peer hangs up.
    connection_script& drain() { return add(kind::drain); }
    /// From here on all that arrives, the peer's end too, is dropped and not acknowledged, as if a router had gone.
    connection_script& deafen() { return add(kind::deafen); }
    /// Ends our side in TCP's good order, with TLS's close_notify only if that was sent before; then drains.
    connection_script& fin() { return add(kind::fin); }
    connection_script& fin_and_hold() { return add(kind::fin_and_hold); } ///< the same, but reads nothing more
    connection_script& rst() { return add(kind::rst); } ///< breaks the connection with a reset

    /// TLS from here on, with these settings instead of the server's; after a proxy's answer, for instance.
    connection_script& start_tls(fault_tls settings);
    /// A handshake of which only the first `n` bytes of ours go out.
    connection_script& handshake_until(std::size_t n) { return add(kind::handshake_until, {}, n); }
    connection_script& handshake() { return add(kind::handshake); }
    connection_script& close_notify() { return add(kind::close_notify); } ///< TLS's own end
    connection_script& key_update() { return add(kind::key_update); }
    /// The next send's last TLS record arrives with a flipped bit.
    connection_script& garble() { return add(kind::garble); }

private:
    friend struct fault_server_state;

    enum class kind : std::uint8_t
    {
        read_request,
        read_head,
        read_bytes,
        send,
        send_raw,
        send_often,
        serve,
        answer,
        slice,
        drip,
        wait_for_step,
        hold,
        drain,
        deafen,
        fin,
        fin_and_hold,
        rst,
        start_tls,
        handshake_until,
        handshake,
        close_notify,
        key_update,
        garble,
    };
    struct step
    {
        kind what;
        std::string bytes;
        std::size_t number;
        std::shared_ptr<answer_function const> answer;
        std::shared_ptr<fault_tls const> tls;
    };

    connection_script& add(kind what, std::string bytes = {}, std::size_t number = 0);

    std::vector<step> steps_;
};

/// A server on loopback that does to each connection exactly what its script says, and counts what arrives.
///
/// One thread accepts, one serves each connection. Every function may be called from any thread. A wait returns true
/// when its condition holds, false after 20 s. It does not share a line with the client that it tests.
class AUGUR_DECL fault_server
{
public:
    /// Plain HTTP, on a free port. Throws std::system_error.
    fault_server();
    /// TLS, for every script that does not say otherwise.
    explicit fault_server(fault_tls settings);
    /// At an IPv4 address of this machine, for instance on another server's port at 127.0.0.2. Without settings: plain.
    fault_server(std::string const& address, std::uint16_t port, std::optional<fault_tls> settings);
    fault_server(fault_server const&) = delete;
    fault_server& operator=(fault_server const&) = delete;
    /// Resets what is open and waits for its threads.
    ~fault_server();

    /// For the next connection that has none yet; in order.
    fault_server& script(connection_script s);
    /// For every connection beyond those. Without it such a connection is reset and counted as unexpected.
    fault_server& always(connection_script s);
    /// Connections from now on are given small buffers: who sends more than is read meets a full window early.
    fault_server& small_buffers();

    std::uint16_t port() const noexcept;

    std::size_t connections() const; ///< accepted since the start
    std::size_t open_connections() const; ///< not closed yet
    std::size_t unexpected() const; ///< connections without a script
    std::size_t handshakes() const; ///< finished TLS handshakes
    std::size_t resumptions() const; ///< of these, with a session from before
    std::size_t requests() const; ///< request heads that were read whole
    std::uint64_t request_bytes() const; ///< plaintext that arrived, scripts that do not read aside
    std::uint64_t sent_bytes() const; ///< of `send`, `send_often` and `serve`
    std::size_t breaks() const; ///< `fin`, `rst` and `deafen` steps that were done
    std::vector<received_request> received() const;
    std::vector<std::string> server_names() const; ///< that clients asked for in their handshakes, "" for none
    std::vector<std::string> problems() const; ///< what answer functions and wrong PEM threw; each reset a connection

    /// Lets the steps that wait for it, now or later, go on: `n` of them.
    void step(std::size_t n = 1);
    bool wait_for_connections(std::size_t n) const;
    bool wait_for_requests(std::size_t n) const;
    bool wait_for_request_bytes(std::uint64_t n) const;
    bool wait_for_sent_bytes(std::uint64_t n) const;
    bool wait_for_blocked_sends(std::size_t n) const; ///< until so many had to wait for a peer that takes no more
    bool wait_for_breaks(std::size_t n) const;
    bool wait_for_open_connections(std::size_t n) const; ///< until at most `n` are open
    /// Resets everything that is open, whatever its script does; later connections are served as before.
    void close_connections();

private:
    std::shared_ptr<struct fault_server_state> state_;
};

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/fault_server.ipp>
#endif

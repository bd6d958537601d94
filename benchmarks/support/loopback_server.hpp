#pragma once

#include <cstdint>
#include <string>

namespace bench {

/// A server in a process of its own, as lean as a server can be: it verifies nothing and answers every
/// request with the same 600 bytes of JSON, so that the client is what is measured. TLS is 1.3 with
/// AES-128-GCM and a P-256 certificate made at start.
///
/// Make it before any thread. What the path holds decides: `/stall/` is never answered, `/close/` is
/// answered and closed, `/stream/` gets a streamed chat answer that begins and does not go on, everything
/// else keeps the connection.
class loopback_server
{
public:
    loopback_server();
    loopback_server(loopback_server const&) = delete;
    loopback_server& operator=(loopback_server const&) = delete;
    ~loopback_server();

    std::uint16_t port(bool tls) const noexcept { return tls ? tls_port_ : plain_port_; }
    /// TLS, but without tickets: nobody can resume a session.
    std::uint16_t forgetful_port() const noexcept { return forgetful_port_; }
    /// Of the authority that signed the certificate for 127.0.0.1.
    std::string const& authority_pem() const noexcept { return authority_pem_; }

private:
    std::uint16_t plain_port_ = 0;
    std::uint16_t tls_port_ = 0;
    std::uint16_t forgetful_port_ = 0;
    int life_line_ = -1;
    int process_ = -1;
    std::string authority_pem_;
};

/// Puts this process on one of the first two CPUs; nothing happens on a machine with one.
void pin_to_cpu(unsigned cpu) noexcept;

/// As many open files as this process may have.
void raise_file_limit() noexcept;

} // namespace bench

#pragma once

#include <augur/config.hpp>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

namespace augur::inline AUGUR_ABI::testing::detail {

[[noreturn]] inline void fail_with_errno(char const* what)
{
    throw std::system_error(errno, std::generic_category(), what);
}

/// Bound and not yet listening. Throws std::system_error.
inline int bound_socket(char const* at, std::uint16_t port)
{
    int const out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    // On a port that was chosen by somebody else an earlier test's connections may wait for late packets still. Where
    // the kernel chooses it never takes such a port, but with this option might.
    int const yes = 1;
    if (out >= 0 && port != 0)
        ::setsockopt(out, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    bool const is_address = ::inet_pton(AF_INET, at, &address.sin_addr) == 1;
    if (!is_address)
        errno = EINVAL;
    if (out < 0 || !is_address || ::bind(out, reinterpret_cast<sockaddr const*>(&address), sizeof address) != 0) {
        int const reason = errno;
        if (out >= 0)
            ::close(out);
        errno = reason;
        fail_with_errno("cannot bind a socket");
    }
    return out;
}

inline std::uint16_t port_of(int socket)
{
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        fail_with_errno("getsockname");
    return ntohs(address.sin_port);
}

} // namespace augur::inline AUGUR_ABI::testing::detail

// The program's own `connect`, which the linker takes before libc's: all ephemeral ports of a machine cannot be used up
// in a test.
#include "faults/ports.hpp"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace {

thread_local constinit std::size_t refusals = 0;
thread_local constinit std::size_t tried = 0;

} // namespace

extern "C" int connect(int socket, sockaddr const* to, socklen_t size)
{
    ++tried;
    if (refusals > 0) {
        --refusals;
        errno = EADDRNOTAVAIL;
        return -1;
    }
    return static_cast<int>(::syscall(SYS_connect, socket, to, size));
}

namespace faults {

port_shortage::port_shortage(std::size_t times) noexcept
{
    refusals = times;
    tried = 0;
}

port_shortage::~port_shortage()
{
    refusals = 0;
}

std::size_t port_shortage::tries() const noexcept
{
    return tried;
}

} // namespace faults

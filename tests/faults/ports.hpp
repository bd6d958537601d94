#pragma once

#include <cstddef>

namespace faults {

/// While this lives this thread's connections find no local port free (EADDRNOTAVAIL), the first `times` of them.
class port_shortage
{
public:
    explicit port_shortage(std::size_t times) noexcept;
    port_shortage(port_shortage const&) = delete;
    port_shortage& operator=(port_shortage const&) = delete;
    ~port_shortage();
    /// Connections that were tried.
    std::size_t tries() const noexcept;
};

} // namespace faults

#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// A key and its certificate, both PEM.
struct identity
{
    std::string certificate_pem;
    std::string key_pem;
};

/// A certificate authority that lives for one run. Keys are EC P-256.
class certificate_authority
{
public:
    /// Makes the key and a self-signed certificate valid from a day ago for thirty days. Throws
    /// std::runtime_error when OpenSSL fails.
    certificate_authority();

    std::string const& pem() const noexcept { return self_.certificate_pem; }
    /// A server certificate for these names: host names, `*.wildcards` and IP addresses.
    identity issue(std::vector<std::string> const& names) const;

private:
    identity self_;
};

/// Writes a file that only its owner can read, whole or not at all (a temporary file, then a rename).
/// Throws std::system_error.
void write_private_file(std::string const& path, std::string_view content);

} // namespace augur::emulator

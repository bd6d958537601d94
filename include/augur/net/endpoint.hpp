#pragma once

#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <array>
#include <compare>
#include <cstdint>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::net {

/// Where requests go. Connections, TLS sessions and secrets are never shared between origins.
struct origin
{
    std::string host = {}; ///< a name or an address without brackets, lower-case
    std::uint16_t port = 443;
    bool is_https = true;

    friend auto operator<=>(origin const&, origin const&) = default;
};

/// How TLS proves who is who. There is no way to switch the verification off.
///
/// Clients with equal configurations share one TLS context, so a process reads each set of authorities
/// once. A client reads files at its first connection and keeps what it read; a client made later sees
/// a file that was replaced since (its size or time of change is another).
struct tls_config
{
    // Certification authorities, used *instead of* the system's. All empty: the system's.
    std::string ca_file = {};      ///< a PEM file with any number of certificates
    std::string ca_directory = {}; ///< certificates under their hashed names (openssl rehash), read when needed
    std::string ca_pem = {};       ///< the certificates themselves, as PEM text
    /// Our own certificate chain and key as PEM text, for servers that ask for one.
    std::string certificate_pem = {};
    secret private_key_pem = {};
    secret private_key_password = {};
    /// The SHA-1 thumbprint of the server's certificate, 40 hexadecimal digits: exactly this one is accepted, whoever
    /// signed it and whatever its names and dates are, and no other. For hosts that are known by nothing else, such as
    /// Service Fabric; the authorities above are not asked then.
    std::string pinned_sha1 = {};
};

/// One address of a host, 4 or 16 bytes.
struct address
{
    std::array<unsigned char, 16> bytes{};
    bool is_v6 = false;
    friend bool operator==(address const&, address const&) = default;
};

} // namespace augur::inline AUGUR_ABI::net

#pragma once

#include <augur/core/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI {

/// A label of a host name as clouds use them in regions: `[a-z0-9]([a-z0-9-]*[a-z0-9])?`, at most 63.
bool is_host_label(std::string_view text) noexcept;
/// A DNS name (labels and dots, at most 253), a dotted IPv4 address, or an IPv6 address without brackets.
bool is_host(std::string_view text) noexcept;
/// RFC 9112 origin-form: a path and a query whose every byte may stand in a request line.
bool is_request_target(std::string_view text) noexcept;

/// An absolute http or https URL, checked byte by byte.
///
/// Refused with `errc::invalid_argument` and a sentence: user information, fragments, backslashes,
/// control or non-ASCII characters, encoded dot segments, other schemes, bad ports. Nothing is
/// repaired; a text that parses is sent as it stands, but for a question mark with nothing behind it.
class url
{
public:
    static result<url> parse(std::string_view text);

    bool is_https() const noexcept { return https_; }
    /// Lower-case; an IPv6 address without its brackets.
    std::string const& host() const noexcept { return host_; }
    std::uint16_t port() const noexcept { return port_; }
    /// At least "/".
    std::string const& path() const noexcept { return path_; }
    /// Without the question mark.
    std::string const& query() const noexcept { return query_; }
    /// The Host header: brackets around IPv6, the port unless it is the scheme's own.
    std::string const& authority() const noexcept { return authority_; }
    /// "https://host:port", the port always there: what a secret is bound to.
    std::string origin() const;
    std::string to_string() const;
    /// Whether the host is this machine: 127.0.0.0/8, ::1 or localhost.
    bool is_loopback() const noexcept;

private:
    std::string host_;
    std::string authority_;
    std::string path_ = "/";
    std::string query_;
    std::uint16_t port_ = 443;
    bool https_ = true;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/url.ipp>
#endif

#pragma once

#include <augur/core/url.hpp>

#include <cstdint>
#include <string>

namespace augur::inline AUGUR_ABI::azure_ml {

/// Where an online endpoint is.
struct host_options
{
    std::string scoring_uri;       ///< as the portal or ARM shows it, with its path
    bool allow_plain_http = false; ///< for a scoring URI without TLS that is not on this machine
};

/// Whose host a scoring URI names. Advice, not a rule: private links and custom domains are `other`.
enum class cloud : std::uint8_t
{
    global,        ///< {endpoint}.{region}.inference.ml.azure.com
    us_government, ///< ... .inference.ml.azure.us
    china,         ///< ... .inference.ml.azure.cn
    other,
};

struct resolved_host
{
    url scoring;                      ///< what a request without its own path is sent to
    azure_ml::cloud cloud = cloud::other;
    std::string endpoint;             ///< the first label of a known host, else empty
    std::string region;               ///< the second label of a known host, else empty
};

/// Checks a scoring URI: https, unless the host is this machine or plain http is allowed explicitly.
///
/// Errors: `errc::invalid_argument`. The host is not restricted to Azure's own names, because the URI
/// is the caller's explicit choice; whoever gets it from elsewhere can insist on `cloud != other`.
result<resolved_host> resolve_host(host_options const& options);

cloud cloud_of(std::string_view host) noexcept;

} // namespace augur::inline AUGUR_ABI::azure_ml

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/hosts.ipp>
#endif

#pragma once

#include <augur/core/url.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::sagemaker {

/// Where to find the runtime.
struct host_options
{
    std::string region;            ///< such as "eu-west-1"; may be empty if `endpoint_url` is set
    bool fips = false;             ///< the FIPS 140 validated host
    bool dual_stack = false;       ///< the host that has IPv6 addresses too
    std::string endpoint_url;      ///< replaces the host and may have a path; never changes the signing region
    bool allow_plain_http = false; ///< for an `endpoint_url` without TLS that is not on this machine
};

/// An address to connect to, and what signing needs to know of it.
struct resolved_host
{
    url base;                   ///< scheme, host, port and path prefix
    std::string signing_region; ///< empty only with an `endpoint_url` and no region
    std::string partition;      ///< "aws", "aws-cn", "aws-us-gov", ...
};

/// Applies the public endpoint rules of `sagemaker-runtime`. A region that is not known is guessed
/// from its form, else it belongs to the partition "aws".
///
/// Errors: `errc::missing_region`; `errc::invalid_argument` for a region that is not a host label
/// (checked before it gets into a host), for FIPS or dual-stack together with an endpoint URL, and for
/// an endpoint URL with a query or without TLS.
result<resolved_host> resolve_host(host_options const& options);

/// The partition of a region, by the form of its name: "aws-cn" for "cn-north-1".
std::string_view partition_of(std::string_view region) noexcept;

} // namespace augur::inline AUGUR_ABI::sagemaker

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/hosts.ipp>
#endif

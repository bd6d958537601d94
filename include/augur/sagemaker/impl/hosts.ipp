#pragma once

#include <augur/auth/aws/partition.hpp>
#include <augur/sagemaker/hosts.hpp>

#include <string_view>

namespace augur::inline AUGUR_ABI::sagemaker {

namespace detail {

inline error bad_host(std::string message)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent, std::move(message));
}

} // namespace detail

AUGUR_INLINE std::string_view partition_of(std::string_view region) noexcept
{
    return auth::aws::partition_for(region).id;
}

AUGUR_INLINE result<resolved_host> resolve_host(host_options const& options)
{
    if (!options.region.empty() && !is_host_label(options.region))
        return detail::bad_host("the region \"" + sanitise(options.region, 80) +
                                "\" is not a host label (a-z, 0-9 and inner dashes, at most 63)");
    resolved_host out;
    out.signing_region = options.region;
    auto const& partition = auth::aws::partition_for(options.region);
    out.partition = partition.id;

    if (!options.endpoint_url.empty()) {
        if (options.fips)
            return detail::bad_host("an endpoint URL cannot be combined with FIPS: name the FIPS host in the URL");
        if (options.dual_stack)
            return detail::bad_host("an endpoint URL cannot be combined with dual-stack: name that host in the URL");
        auto parsed = url::parse(options.endpoint_url);
        if (!parsed)
            return parsed.error();
        if (!parsed->query().empty())
            return detail::bad_host("an endpoint URL must not have a query");
        if (!parsed->is_https() && !parsed->is_loopback() && !options.allow_plain_http)
            return detail::bad_host("the endpoint URL \"" + parsed->to_string() +
                                    "\" has no TLS; plain http is for this machine, or allow it explicitly");
        out.base = std::move(*parsed);
        return out;
    }

    if (options.region.empty())
        return make_error(augur::errc::missing_region, phase::prepare, outcome::not_sent,
                          "no region: set one in the options, in AWS_REGION or in the profile, or set an endpoint URL");
    std::string_view service = "runtime.sagemaker";
    if (options.fips && options.dual_stack)
        service = "runtime.sagemaker-fips";
    else if (options.fips && partition.id == "aws")
        service = "runtime-fips.sagemaker";
    else if (options.fips && partition.id != "aws-us-gov") // there the ordinary host is the validated one
        service = "runtime.sagemaker-fips";
    std::string text = "https://";
    text.append(service).append(".").append(options.region).append(".");
    text.append(options.dual_stack ? partition.dual_stack_suffix : partition.suffix);
    auto parsed = url::parse(text);
    if (!parsed)
        return parsed.error();
    out.base = std::move(*parsed);
    return out;
}

} // namespace augur::inline AUGUR_ABI::sagemaker

#pragma once

#include <augur/sagemaker/hosts.hpp>

#include <algorithm>
#include <array>
#include <string_view>

namespace augur::inline AUGUR_ABI::sagemaker {

namespace detail {

/// One row of the public partition table. A region belongs to it when its name is one of the
/// prefixes followed by a word and a number: "us-gov-" + "west" + "-" + "1".
struct partition
{
    std::string_view id;
    std::string_view prefixes; ///< separated by blanks
    std::string_view suffix;
    std::string_view dual_stack_suffix;
};

inline constexpr std::array<partition, 8> partitions{{
    {"aws", "us eu ap sa ca me af il mx", "amazonaws.com", "api.aws"},
    {"aws-cn", "cn", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov", "amazonaws.com", "api.aws"},
    {"aws-eusc", "eusc-de", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"aws-iso", "us-iso", "c2s.ic.gov", "api.aws.ic.gov"},
    {"aws-iso-b", "us-isob", "sc2s.sgov.gov", "api.aws.scloud"},
    {"aws-iso-e", "eu-isoe", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "us-isof", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
}};

/// Regions whose name does not have the form of their partition.
inline constexpr std::array<std::pair<std::string_view, std::string_view>, 8> global_regions{{
    {"aws-global", "aws"},
    {"aws-cn-global", "aws-cn"},
    {"aws-us-gov-global", "aws-us-gov"},
    {"aws-eusc-global", "aws-eusc"},
    {"aws-iso-global", "aws-iso"},
    {"aws-iso-b-global", "aws-iso-b"},
    {"aws-iso-e-global", "aws-iso-e"},
    {"aws-iso-f-global", "aws-iso-f"},
}};

inline bool has_prefix(partition const& p, std::string_view prefix) noexcept
{
    for (std::string_view rest = p.prefixes; !rest.empty();) {
        auto const blank = rest.find(' ');
        if (rest.substr(0, blank) == prefix)
            return true;
        rest = blank == rest.npos ? std::string_view() : rest.substr(blank + 1);
    }
    return false;
}

inline partition const& partition_for(std::string_view region) noexcept
{
    for (auto const& [name, id] : global_regions)
        if (region == name)
            for (auto const& p : partitions)
                if (p.id == id)
                    return p;
    auto const last = region.rfind('-');
    auto const middle = last == region.npos || last == 0 ? region.npos : region.rfind('-', last - 1);
    if (middle == region.npos)
        return partitions.front();
    auto const number = region.substr(last + 1);
    auto const word = region.substr(middle + 1, last - middle - 1);
    bool const counts = !number.empty() &&
                        std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (counts && !word.empty())
        for (auto const& p : partitions)
            if (has_prefix(p, region.substr(0, middle)))
                return p;
    return partitions.front();
}

inline error bad_host(std::string message)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent, std::move(message));
}

} // namespace detail

AUGUR_INLINE std::string_view partition_of(std::string_view region) noexcept
{
    return detail::partition_for(region).id;
}

AUGUR_INLINE result<resolved_host> resolve_host(host_options const& options)
{
    if (!options.region.empty() && !is_host_label(options.region))
        return detail::bad_host("the region \"" + sanitise(options.region, 80) +
                                "\" is not a host label (a-z, 0-9 and inner dashes, at most 63)");
    resolved_host out;
    out.signing_region = options.region;
    auto const& partition = detail::partition_for(options.region);
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

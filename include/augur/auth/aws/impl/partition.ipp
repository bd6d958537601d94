#pragma once

#include <augur/auth/aws/partition.hpp>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

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

} // namespace detail

AUGUR_INLINE partition const& partition_for(std::string_view region) noexcept
{
    for (auto const& [name, id] : detail::global_regions)
        if (region == name)
            for (auto const& p : detail::partitions)
                if (p.id == id)
                    return p;
    auto const last = region.rfind('-');
    auto const middle = last == region.npos || last == 0 ? region.npos : region.rfind('-', last - 1);
    if (middle == region.npos)
        return detail::partitions.front();
    auto const number = region.substr(last + 1);
    auto const word = region.substr(middle + 1, last - middle - 1);
    bool const counts = !number.empty() &&
                        std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (counts && !word.empty())
        for (auto const& p : detail::partitions)
            if (detail::has_prefix(p, region.substr(0, middle)))
                return p;
    return detail::partitions.front();
}

} // namespace augur::inline AUGUR_ABI::auth::aws

#pragma once

#include <augur/azure_ml/hosts.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_ml {

namespace detail {

struct cloud_suffix
{
    std::string_view suffix;
    azure_ml::cloud cloud;
};

inline constexpr std::array<cloud_suffix, 3> cloud_suffixes{{
    {".inference.ml.azure.com", cloud::global},
    {".inference.ml.azure.us", cloud::us_government},
    {".inference.ml.azure.cn", cloud::china},
}};

/// "endpoint.region" in front of a known suffix, and whose it is.
inline std::pair<std::string_view, cloud> split_host(std::string_view host) noexcept
{
    for (auto const& [suffix, whose] : cloud_suffixes) {
        if (!host.ends_with(suffix))
            continue;
        auto const front = host.substr(0, host.size() - suffix.size());
        auto const dot = front.find('.');
        bool const two_labels = dot != front.npos && is_host_label(front.substr(0, dot)) &&
                                is_host_label(front.substr(dot + 1));
        if (two_labels)
            return {front, whose};
    }
    return {{}, cloud::other};
}

} // namespace detail

AUGUR_INLINE cloud cloud_of(std::string_view host) noexcept
{
    return detail::split_host(host).second;
}

AUGUR_INLINE result<resolved_host> resolve_host(host_options const& options)
{
    auto parsed = url::parse(options.scoring_uri);
    if (!parsed)
        return parsed.error();
    if (!parsed->is_https() && !parsed->is_loopback() && !options.allow_plain_http)
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "the scoring URI of host \"" + parsed->host() +
                              "\" has no TLS; plain http is for this machine, or allow it explicitly");
    resolved_host out;
    auto const [front, whose] = detail::split_host(parsed->host());
    out.cloud = whose;
    if (whose != cloud::other) {
        auto const dot = front.find('.');
        out.endpoint = front.substr(0, dot);
        out.region = front.substr(dot + 1);
    }
    out.scoring = std::move(*parsed);
    return out;
}

} // namespace augur::inline AUGUR_ABI::azure_ml

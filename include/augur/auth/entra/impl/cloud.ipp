#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/auth/entra/impl/support.ipp>

#include <algorithm>
#include <array>
#include <cstddef>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

struct cloud_row
{
    std::string_view authority;
    std::array<std::string_view, 5> resources; ///< in the order of `audience`
};

/// Source: the table of @azure/identity; storage has one name in all clouds.
inline constexpr std::array<cloud_row, 3> clouds{{
    {"https://login.microsoftonline.com",
     {"https://management.azure.com", "https://ml.azure.com", "https://cognitiveservices.azure.com",
      "https://ai.azure.com", "https://storage.azure.com"}},
    {"https://login.microsoftonline.us",
     {"https://management.usgovcloudapi.net", "https://ml.azure.us", "https://cognitiveservices.azure.us",
      "https://ai.azure.us", "https://storage.azure.com"}},
    {"https://login.chinacloudapi.cn",
     {"https://management.chinacloudapi.cn", "https://ml.azure.cn", "https://cognitiveservices.azure.cn",
      "https://ai.azure.cn", "https://storage.azure.com"}},
}};

} // namespace detail

AUGUR_INLINE std::string_view authority_host(cloud c) noexcept
{
    return detail::clouds[static_cast<std::size_t>(c)].authority;
}

AUGUR_INLINE std::string scope_for(audience a, cloud c)
{
    auto const& row = detail::clouds[static_cast<std::size_t>(c)];
    return std::string(row.resources[static_cast<std::size_t>(a)]) + "/.default";
}

AUGUR_INLINE cloud cloud_of_host(std::string_view host) noexcept
{
    for (std::string_view const end : {".azure.us", ".usgovcloudapi.net", ".microsoftonline.us"})
        if (host.ends_with(end))
            return cloud::us_government;
    for (std::string_view const end : {".azure.cn", ".chinacloudapi.cn"})
        if (host.ends_with(end))
            return cloud::china;
    return cloud::global;
}

AUGUR_INLINE bool is_tenant(std::string_view text) noexcept
{
    auto const ok = [](char c) { return detail::is_letter_or_digit(c) || c == '.' || c == '-'; };
    // A dash in front would be an option to the tools that get it, and dots alone another place.
    return !text.empty() && text.size() <= 253 && std::all_of(text.begin(), text.end(), ok) &&
           detail::is_letter_or_digit(text.front());
}

AUGUR_INLINE bool is_scope(std::string_view text) noexcept
{
    auto const ok = [](char c) {
        return detail::is_letter_or_digit(c) || std::string_view("-_.:/").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= 512 && text.front() != '-' && std::all_of(text.begin(), text.end(), ok);
}

AUGUR_INLINE std::string resource_of(std::string_view scope)
{
    constexpr std::string_view suffix = "/.default";
    return std::string(scope.ends_with(suffix) ? scope.substr(0, scope.size() - suffix.size()) : scope);
}

AUGUR_INLINE result<url> token_endpoint(std::string_view authority, std::string_view tenant, bool allow_plain_http)
{
    bool const is_bare = authority.find("://") == authority.npos; // "login.microsoftonline.us"
    auto const base = url::parse((is_bare ? "https://" : "") + std::string(authority));
    if (!base)
        return detail::bad_setting("the authority: " + std::string(base.error().message()));
    if (base->path() != "/" || !base->query().empty())
        return detail::bad_setting("the authority \"" + base->to_string() +
                                   "\" has a path; it is a host such as https://login.microsoftonline.com");
    if (!base->is_https() && !base->is_loopback() && !allow_plain_http)
        return detail::bad_setting("the authority \"" + base->to_string() + "\" has no TLS");
    if (!is_tenant(tenant))
        return detail::bad_setting("the tenant \"" + sanitise(tenant, 80) + "\" is neither a GUID nor a domain");
    bool const adfs = tenant == "adfs";
    std::string text = base->is_https() ? "https://" : "http://";
    text.append(base->authority()).append("/").append(tenant);
    text.append(adfs ? "/oauth2/token" : "/oauth2/v2.0/token");
    return url::parse(text);
}

} // namespace augur::inline AUGUR_ABI::auth::entra

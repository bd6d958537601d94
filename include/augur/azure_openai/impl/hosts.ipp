#pragma once

#include <augur/azure_openai/hosts.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai {

namespace detail {

struct cloud_suffix
{
    std::string_view suffix;
    azure_openai::cloud cloud;
};

inline constexpr std::array<cloud_suffix, 9> cloud_suffixes{{
    {".openai.azure.com", cloud::global},
    {".cognitiveservices.azure.com", cloud::global},
    {".services.ai.azure.com", cloud::global},
    {".openai.azure.us", cloud::us_government},
    {".cognitiveservices.azure.us", cloud::us_government},
    {".services.ai.azure.us", cloud::us_government},
    {".openai.azure.cn", cloud::china},
    {".cognitiveservices.azure.cn", cloud::china},
    {".services.ai.azure.cn", cloud::china},
}};

inline error bad_address(std::string message)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent, std::move(message));
}

inline bool is_gateway(std::string_view host) noexcept
{
    return host.ends_with(".azure-api.net") || host.ends_with(".azure-api.us") || host.ends_with(".azure-api.cn");
}

inline bool is_openai(std::string_view host) noexcept
{
    return host == "api.openai.com" || host.ends_with(".api.openai.com");
}

/// "2024-10-21" or "2025-04-01-preview".
inline bool is_date_version(std::string_view text) noexcept
{
    constexpr std::string_view shape = "0000-00-00";
    if (text.size() > shape.size() && text.substr(shape.size()) != "-preview")
        return false;
    if (text.size() < shape.size())
        return false;
    for (std::size_t i = 0; i < shape.size(); ++i)
        if (shape[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i])
            return false;
    return true;
}

inline bool is_v1_version(std::string_view text) noexcept
{
    return text == "v1" || text == "preview";
}

/// What the portals put behind a base to make a "target URI" of it.
inline std::string_view without_operation(std::string_view path) noexcept
{
    for (std::string_view const operation : {"/chat/completions", "/embeddings", "/responses", "/models"})
        if (path.ends_with(operation))
            return path.substr(0, path.size() - operation.size());
    return path;
}

inline std::string_view without_slashes(std::string_view path) noexcept
{
    while (path.ends_with('/'))
        path.remove_suffix(1);
    return path;
}

/// Where "/openai" stands as a whole segment.
inline std::size_t find_openai(std::string_view path) noexcept
{
    constexpr std::string_view segment = "/openai";
    for (auto at = path.find(segment); at != path.npos; at = path.find(segment, at + 1)) {
        auto const end = at + segment.size();
        if (end == path.size() || path[end] == '/')
            return at;
    }
    return path.npos;
}

/// "/api/projects/NAME", of Azure AI Foundry.
inline bool is_project(std::string_view path) noexcept
{
    constexpr std::string_view front = "/api/projects/";
    return path.size() > front.size() && path.starts_with(front) && path.find('/', front.size()) == path.npos;
}

/// The address in its parts, before the version has been decided.
struct azure_path
{
    std::string front; ///< what stands before "/openai"
    std::string deployment;
    std::optional<path_style> style; ///< if the path says it
};

inline result<azure_path> read_azure_path(url const& from, bool known_host)
{
    azure_path out;
    auto const path = without_slashes(without_operation(without_slashes(from.path())));
    auto const at = find_openai(path);
    if (at == path.npos) {
        if (!path.empty() && !is_project(path) && known_host)
            return bad_address("the path \"" + sanitise(path, 120) + "\" is none of Azure OpenAI's: give https://" +
                               from.authority() + " alone, or the target URI of a deployment");
        out.front = path;
        return out;
    }
    out.front = path.substr(0, at);
    auto rest = path.substr(at + std::string_view("/openai").size());
    if (rest.empty())
        return out;
    if (rest == "/v1") {
        out.style = path_style::v1;
        return out;
    }
    constexpr std::string_view deployments = "/deployments/";
    if (!rest.starts_with(deployments) || !is_deployment_name(rest.substr(deployments.size())))
        return bad_address("behind /openai must come /v1 or /deployments/NAME, not \"" + sanitise(rest, 120) + "\"");
    out.style = path_style::dated;
    out.deployment = rest.substr(deployments.size());
    return out;
}

/// The one member that the query of an address may have.
inline result<std::string> version_in(url const& from)
{
    std::string_view const query = from.query();
    constexpr std::string_view name = "api-version=";
    if (query.empty())
        return std::string();
    if (!query.starts_with(name) || query.find('&') != query.npos)
        return bad_address("an endpoint URL may have the query api-version=... and no other");
    return std::string(query.substr(name.size()));
}

inline result<void> decide_version(resolved_host& out, std::optional<path_style> said, std::string version,
                                   std::string const& fallback)
{
    bool const explicit_version = !version.empty();
    if (!explicit_version && said != path_style::v1)
        version = fallback;
    if (!version.empty() && !is_v1_version(version) && !is_date_version(version))
        return bad_address("the api-version \"" + sanitise(version, 40) +
                           "\" is neither a date such as 2024-10-21 or 2025-04-01-preview, nor v1 or preview");
    bool const dated = is_date_version(version);
    if (said == path_style::v1 && dated)
        return bad_address("the address ends in /openai/v1 and takes no dated api-version (" + version +
                           "): leave out one of the two");
    if (said == path_style::dated && !dated)
        return bad_address("an address with /deployments/ needs an api-version such as 2024-10-21: set `api_version` "
                           "or OPENAI_API_VERSION");
    out.style = dated ? path_style::dated : path_style::v1;
    out.api_version = std::move(version);
    return {};
}

/// Whether the paths are Azure's.
inline bool speaks_azure(host_options const& options, url const& base)
{
    if (options.service != service::automatic)
        return options.service == service::azure;
    auto const& host = base.host();
    if (cloud_of(host) != cloud::other || is_gateway(host))
        return true;
    if (is_openai(host))
        return false;
    return base.path() == "/" || !options.api_version.empty() ||
           base.path().find("/openai/deployments/") != std::string::npos;
}

} // namespace detail

AUGUR_INLINE cloud cloud_of(std::string_view host) noexcept
{
    for (auto const& [suffix, whose] : detail::cloud_suffixes)
        if (host.size() > suffix.size() && host.ends_with(suffix))
            return whose;
    return cloud::other;
}

AUGUR_INLINE bool is_deployment_name(std::string_view text) noexcept
{
    auto const allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), allowed) &&
           text.find_first_not_of('.') != text.npos;
}

AUGUR_INLINE result<resolved_host> resolve_host(host_options const& options)
{
    if (options.endpoint.empty())
        return make_error(augur::errc::missing_region, phase::prepare, outcome::not_sent,
                          "no endpoint: name one, such as https://NAME.openai.azure.com, or set AZURE_OPENAI_ENDPOINT "
                          "or OPENAI_BASE_URL");
    auto parsed = url::parse(options.endpoint);
    if (!parsed)
        return parsed.error();
    if (!parsed->is_https() && !parsed->is_loopback() && !options.allow_plain_http)
        return detail::bad_address("the endpoint of host \"" + parsed->host() +
                                   "\" has no TLS; plain http is for this machine, or allow it explicitly");
    resolved_host out;
    out.cloud = cloud_of(parsed->host());
    if (!detail::speaks_azure(options, *parsed)) {
        if (!parsed->query().empty() || !options.api_version.empty())
            return detail::bad_address("an address of OpenAI's dialect has no query and no api-version; if Azure is "
                                       "behind it, set `service`");
        out.style = path_style::plain;
        out.prefix = detail::without_slashes(detail::without_operation(detail::without_slashes(parsed->path())));
        if (out.prefix.empty() && detail::is_openai(parsed->host()))
            out.prefix = "/v1"; // nothing else is there
        out.base = std::move(*parsed);
        return out;
    }
    auto path = detail::read_azure_path(*parsed, out.cloud != cloud::other);
    if (!path)
        return path.error();
    auto version = detail::version_in(*parsed);
    if (!version)
        return version.error();
    if (!version->empty() && !options.api_version.empty() && *version != options.api_version)
        return detail::bad_address("the endpoint's api-version is " + sanitise(*version, 40) +
                                   " and `api_version` is " + sanitise(options.api_version, 40) +
                                   ": leave out one of the two");
    auto const said = version->empty() ? options.api_version : *version;
    if (auto decided = detail::decide_version(out, path->style, said, options.default_api_version); !decided)
        return decided.error();
    out.is_project = detail::is_project(path->front);
    out.prefix = path->front + (out.style == path_style::v1 ? "/openai/v1" : "/openai");
    out.deployment = std::move(path->deployment);
    out.base = std::move(*parsed);
    return out;
}

} // namespace augur::inline AUGUR_ABI::azure_openai

#pragma once

#include <augur/core/url.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::azure_openai {

/// Who stands behind an address, which decides its paths and the header of its key.
enum class service : std::uint8_t
{
    automatic, ///< told from the URL, see `resolve_host`
    azure,     ///< Azure's paths; the key goes into `api-key`
    plain,     ///< OpenAI and any server of its dialect; the key is `Authorization: Bearer`
};

enum class path_style : std::uint8_t
{
    v1,    ///< /openai/v1/chat/completions; the body names the deployment
    dated, ///< /openai/deployments/NAME/chat/completions?api-version=2024-10-21
    plain, ///< /v1/chat/completions
};

/// Whose host an address names. Advice, not a rule: private links, gateways and custom domains are `other`.
enum class cloud : std::uint8_t
{
    global,        ///< *.openai.azure.com, *.cognitiveservices.azure.com, *.services.ai.azure.com
    us_government, ///< the same under azure.us
    china,         ///< the same under azure.cn
    other,
};

struct host_options
{
    std::string endpoint;    ///< a URL
    std::string api_version; ///< a date, "v1", "preview" or nothing
    /// An `api_version` to use if nothing else says which; passed over where none is wanted.
    std::string default_api_version;
    azure_openai::service service = azure_openai::service::automatic;
    bool allow_plain_http = false; ///< for a URL without TLS that is not on this machine
};

struct resolved_host
{
    url base;                ///< scheme, host and port; its path is the caller's
    std::string prefix;      ///< of every path, without a slash at its end: "/openai/v1", "/openai", "/v1"
    std::string api_version; ///< of the query; may be empty unless `style` is dated
    std::string deployment;  ///< if the URL names one
    path_style style = path_style::v1;
    azure_openai::cloud cloud = azure_openai::cloud::other;
    bool is_project = false; ///< of Azure AI Foundry, which takes tokens of an audience of its own

    bool is_azure() const noexcept { return style != path_style::plain; }
};

/// Understands the addresses that the portals show, bare or with the path of an operation behind them:
///
///     https://NAME.openai.azure.com            v1; dated if `api_version` is a date
///     https://NAME.openai.azure.com/openai/v1
///     https://NAME.openai.azure.com/openai/deployments/D/chat/completions?api-version=2024-10-21
///     https://NAME.services.ai.azure.com/api/projects/P
///     https://NAME.azure-api.net/my/api        API Management: Azure's paths behind the prefix
///     https://api.openai.com/v1                plain; so is every unknown host with a path
///     https://127.0.0.1:8443                   Azure's paths; so is every unknown host without one
///
/// `service` decides where that guess is wrong, such as for a custom domain with a path.
///
/// Errors: `errc::missing_region` without an endpoint; `errc::invalid_argument` for what is no such address, for a
/// URL without TLS, and for an `api_version` that is none or contradicts the URL.
result<resolved_host> resolve_host(host_options const& options);

cloud cloud_of(std::string_view host) noexcept;

/// 1 to 64 letters, digits and `-_.`, not dots alone: what may stand in a path of Azure's.
bool is_deployment_name(std::string_view text) noexcept;

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/hosts.ipp>
#endif

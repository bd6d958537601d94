#pragma once

#include <augur/core/result.hpp>
#include <augur/core/url.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::entra {

/// Which of Microsoft's clouds; they share no identities.
enum class cloud : std::uint8_t
{
    global,
    us_government,
    china,
};

/// What a token is for. A token for one is refused by the others.
enum class audience : std::uint8_t
{
    management,         ///< ARM: management.azure.com
    machine_learning,   ///< online and batch endpoints: ml.azure.com
    cognitive_services, ///< Azure OpenAI and AI services: cognitiveservices.azure.com
    ai,                 ///< AI Foundry projects: ai.azure.com
    storage,            ///< blobs: storage.azure.com
};

/// "https://login.microsoftonline.com" and its relatives: where tokens are issued.
std::string_view authority_host(cloud c) noexcept;
/// The scope of a token, such as "https://ml.azure.com/.default".
std::string scope_for(audience a, cloud c = cloud::global);
/// The cloud a host of Azure belongs to, by the end of its name; `global` for those that tell nothing.
cloud cloud_of_host(std::string_view host) noexcept;

/// A tenant's GUID or domain: letters, digits, "." and "-", 1 to 253 of them.
bool is_tenant(std::string_view text) noexcept;
/// A scope or a resource as it may stand in a request or on a command line: letters, digits and "-_.:/", 1 to 512 of
/// them, the first one no "-".
bool is_scope(std::string_view text) noexcept;
/// For the older parameter of that name: the scope without "/.default". "https://x//.default" keeps a slash.
std::string resource_of(std::string_view scope);

/// Where tokens of a tenant are issued. AD FS ("adfs") has its own path. An authority may lack its "https://".
///
/// Errors, `errc::invalid_argument`: an authority that is no plain https origin (http: this machine only, unless
/// `allow_plain_http`), and what is no tenant.
result<url> token_endpoint(std::string_view authority, std::string_view tenant, bool allow_plain_http = false);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/cloud.ipp>
#endif

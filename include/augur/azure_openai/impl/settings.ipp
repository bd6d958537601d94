#pragma once

#include <augur/azure_openai/settings.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai {

namespace detail {

inline error no_key(resolved_host const& host)
{
    return make_error(augur::errc::credentials_unavailable, phase::auth, outcome::not_sent,
                      "no key for " + host.base.host() + ": set `key`, " +
                          (host.is_azure() ? "AZURE_OPENAI_API_KEY, or `credentials` for tokens of Entra"
                                           : "OPENAI_API_KEY, or call::no_authentication() in `client.auth` for a "
                                             "server that asks for none"));
}

inline void take_key(settings& out, client_config const& config, call::environment const& e, bool from_openai_url)
{
    auto const take = [&out](secret const& key, std::string_view source) {
        if (!out.key.empty() || key.empty())
            return;
        out.key = key;
        out.key_source = source;
    };
    take(config.key, "the configuration");
    if (out.host.is_azure())
        take(e.azure_openai_api_key, "AZURE_OPENAI_API_KEY");
    if (!out.host.is_azure() || from_openai_url)
        take(e.openai_api_key, "OPENAI_API_KEY");
}

} // namespace detail

AUGUR_INLINE result<settings> settle(std::string const& endpoint, client_config const& config,
                                     call::environment const& e)
{
    bool const from_openai_url = endpoint.empty() && e.azure_openai_endpoint.empty();
    host_options where;
    where.endpoint = !endpoint.empty() ? endpoint : from_openai_url ? e.openai_base_url : e.azure_openai_endpoint;
    where.api_version = config.api_version;
    where.default_api_version = e.openai_api_version;
    where.service = config.service;
    where.allow_plain_http = config.allow_plain_http;
    auto host = resolve_host(where);
    if (!host)
        return host.error();
    settings out;
    out.host = std::move(*host);
    if (out.host.is_project) // which refuses tokens of the other
        out.audience = auth::entra::audience::ai;
    out.deployment = config.deployment.empty() ? out.host.deployment : config.deployment;
    if (out.host.is_azure() && !out.deployment.empty() && !is_deployment_name(out.deployment))
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "deployment must be 1 to 64 letters, digits and -_., and is \"" +
                              sanitise(out.deployment, 80) + "\"");
    int const proofs = (config.client.auth ? 1 : 0) + (config.credentials ? 1 : 0) + (config.key.empty() ? 0 : 1);
    if (proofs > 1)
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "`key`, `credentials` and an authenticator in `client.auth` exclude each other");
    if (config.client.auth)
        return out;
    out.uses_tokens = config.credentials != nullptr;
    if (out.uses_tokens)
        return out;
    detail::take_key(out, config, e, from_openai_url);
    out.uses_tokens = out.key.empty() && out.host.is_azure() && out.host.cloud != cloud::other;
    if (out.key.empty() && !out.uses_tokens)
        return detail::no_key(out.host);
    return out;
}

} // namespace augur::inline AUGUR_ABI::azure_openai

#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/aws/partition.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/impl/service_call.ipp>
#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

using source_settings = std::shared_ptr<source_options const>;

using auth::detail::read_token_file;
using auth::detail::service_call;

/// Ours for this fetch only: no connection outlives it, and it runs wherever the fetch runs.
inline result<std::shared_ptr<net::transport>> transport_of(net::operation& op, source_options const& settings)
{
    if (settings.transport())
        return settings.transport();
    auto const& e = settings.environment();
    net::https_config config;
    config.tls = settings.tls();
    if (config.tls.ca_file.empty() && config.tls.ca_directory.empty() && config.tls.ca_pem.empty())
        config.tls.ca_file = call::aws_ca_file_of(e);
    config.proxy = net::proxy_config{e.https_proxy, e.no_proxy}; // for https: plain http always goes directly
    return auth::detail::transport_for(op, std::move(config));
}

/// Sends it, again if that may help; every status is a success. `signer`: null, or who proves it.
inline net::task<result<http_response>> call_service(net::operation& op, source_settings settings,
                                                     std::shared_ptr<service_call const> what,
                                                     std::shared_ptr<call::authenticator> signer)
{
    auto transport = transport_of(op, *settings);
    if (!transport)
        co_return transport.error();
    auto got = co_await auth::detail::send_call(op, std::move(*transport), std::move(what), std::move(signer));
    co_return got;
}

/// One property of the selected profile, read anew. Errors of the files count as "not set": whoever needs the
/// profile for its credentials tells them.
inline std::string profile_value(source_options const& settings, std::string_view key)
{
    auto const& e = settings.environment();
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file);
    if (!profiles)
        return {};
    std::string out;
    if (auto const found = profiles->find(settings.profile()); found != profiles->end())
        if (auto const value = found->second.find(key); value != found->second.end())
            out = value->second;
    forget_profiles(*profiles);
    return out;
}

/// The endpoint that somebody configured for one service; empty: nobody did.
inline std::string configured_endpoint(source_options const& settings, std::string_view service,
                                       std::string const& own_variable)
{
    auto const& e = settings.environment();
    if (e.aws_ignore_configured_endpoint_urls)
        return {};
    if (!own_variable.empty())
        return own_variable;
    std::string of_service;
    std::string of_profile;
    if (auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file)) {
        if (auto const found = profiles->find(settings.profile()); found != profiles->end()) {
            auto const value = [&found](std::string_view key) {
                auto const at = found->second.find(key);
                return at == found->second.end() ? std::string() : at->second;
            };
            of_profile = value("endpoint_url");
            auto const section = profiles->find("services " + value("services"));
            if (section != profiles->end())
                if (auto const at = section->second.find(service); at != section->second.end())
                    of_service = sub_property(at->second, "endpoint_url");
        }
        forget_profiles(*profiles);
    }
    if (!of_service.empty())
        return of_service;
    return e.aws_endpoint_url.empty() ? of_profile : e.aws_endpoint_url;
}

inline std::string region_of(source_options const& settings)
{
    auto const& e = settings.environment();
    if (!settings.region().empty())
        return settings.region();
    if (!e.aws_region.empty())
        return e.aws_region;
    if (!e.aws_default_region.empty())
        return e.aws_default_region;
    auto const own = profile_value(settings, "region");
    return own.empty() ? "us-east-1" : own;
}

/// Where a credential service of AWS is. `prefix`: "sts", "portal.sso", "oidc".
inline result<url> service_url(source_options const& settings, std::string_view prefix, std::string_view region,
                               std::string const& configured)
{
    if (!configured.empty()) {
        auto parsed = url::parse(configured);
        if (!parsed)
            return bad_setting("a configured endpoint URL: " + std::string(parsed.error().message()));
        if (!parsed->is_https() && !parsed->is_loopback() && !settings.allow_plain_http())
            return bad_setting("the endpoint URL \"" + parsed->to_string() + "\" has no TLS");
        return parsed;
    }
    if (!is_host_label(region))
        return bad_setting("the region \"" + sanitise(region, 80) + "\" is not a host label");
    auto const& partition = partition_for(region);
    auto const& e = settings.environment();
    auto const set = [&settings](bool flag, std::string_view key) {
        return flag || equal_ignoring_case(profile_value(settings, key), "true");
    };
    bool const dual = set(e.aws_use_dualstack_endpoint, "use_dualstack_endpoint");
    bool const fips = set(e.aws_use_fips_endpoint, "use_fips_endpoint") && partition.id != "aws-us-gov";
    std::string text = "https://";
    text.append(prefix).append(fips ? "-fips." : ".").append(region).append(".");
    text.append(dual ? partition.dual_stack_suffix : partition.suffix);
    return url::parse(text);
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

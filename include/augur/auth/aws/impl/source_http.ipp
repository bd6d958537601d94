#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/impl/client_settings.ipp>
#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/aws/partition.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/impl/service_call.ipp>
#include <augur/call/environment.hpp>
#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/task.hpp>
#include <augur/policy/backoff.hpp>

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
inline result<std::shared_ptr<net::transport>> transport_of(net::operation& op, source_options const& settings,
                                                            bool is_direct)
{
    if (settings.transport())
        return settings.transport();
    auto const& e = settings.environment();
    net::https_config config;
    config.tls = settings.tls();
    if (config.tls.ca_file.empty() && config.tls.ca_directory.empty() && config.tls.ca_pem.empty())
        config.tls.ca_file = call::aws_ca_file_of(e);
    if (!is_direct)
        config.proxy = net::proxy_config{e.https_proxy, e.no_proxy}; // for https: plain http always goes directly
    return auth::detail::transport_for(op, std::move(config));
}

/// Sends it, again if that may help; every status is a success. `signer`: null, or who proves it.
inline net::task<result<http_response>> call_service(net::operation& op, source_settings settings,
                                                     std::shared_ptr<service_call const> what,
                                                     std::shared_ptr<call::authenticator> signer)
{
    auto transport = transport_of(op, *settings, what->is_direct());
    if (!transport)
        co_return transport.error();
    auto got = co_await auth::detail::send_call(op, std::move(*transport), std::move(what), std::move(signer));
    co_return got;
}

/// The shared files, read anew. Errors of the files count as "not set": whoever needs the profile for its credentials
/// tells them. `forget_profiles` them when done.
inline profile_set known_profiles(source_options const& settings)
{
    auto const& e = settings.environment();
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file);
    return profiles ? std::move(*profiles) : profile_set();
}

/// One property of the selected profile.
inline std::string profile_value(source_options const& settings, std::string_view key)
{
    auto profiles = known_profiles(settings);
    auto out = setting_in(profiles, settings.profile(), key);
    forget_profiles(profiles);
    return out;
}

/// What a variable says, else the selected profile.
inline std::string variable_or_profile(source_options const& settings, std::string const& variable,
                                       std::string_view key)
{
    return variable.empty() ? profile_value(settings, key) : variable;
}

/// The endpoint that somebody configured for one service; empty: nobody did.
inline std::string configured_endpoint(source_options const& settings, std::string_view service,
                                       std::string const& own_variable)
{
    auto profiles = known_profiles(settings);
    auto out = endpoint_setting(settings.environment(), profiles, settings.profile(), service, own_variable);
    forget_profiles(profiles);
    return out;
}

/// Sends of one request to STS, SSO and the like, the first included.
inline result<int> attempts_of(source_options const& settings)
{
    constexpr int usual = 3;
    if (settings.max_attempts())
        return *settings.max_attempts();
    auto const& e = settings.environment();
    auto const said = call::max_attempts_of(variable_or_profile(settings, e.aws_max_attempts, "max_attempts"),
                                            variable_or_profile(settings, e.aws_retry_mode, "retry_mode"));
    if (said)
        return said->value_or(usual);
    auto failure = said.error();
    return failure.at(phase::auth);
}

/// Again, as `attempts` allows, after what a later attempt may mend: these services say so with a 400, too. Each client
/// waits as long as its own die says, so that a fleet that was throttled does not come back in step.
inline auth::detail::repeat_rule regional_rule(int attempts, std::shared_ptr<random_source> random)
{
    return [attempts, random = std::move(random)](int attempt, result<http_response> const& got,
                                                  wall_time) -> std::optional<std::chrono::nanoseconds> {
        bool is_throttled = false;
        bool again = !got && auth::detail::worth_repeating(got);
        if (got && got->status >= 400) {
            auto const why = wire::refusal("", got->status, got->content);
            again = why == condition::transient;
            is_throttled = why == condition::throttled;
        }
        if (!again || attempt >= attempts)
            return std::nullopt;
        auto const base = std::chrono::milliseconds(is_throttled ? 1000 : 400);
        return policy::backoff_delay(attempt, base, std::chrono::seconds(20), random->unit());
    };
}

/// A request to STS or SSO.
inline result<std::shared_ptr<service_call>> regional_call(source_options const& settings, std::string who, url to)
{
    auto const attempts = attempts_of(settings);
    if (!attempts)
        return attempts.error();
    auto out = std::make_shared<service_call>(std::move(who), std::move(to));
    out->repeat(regional_rule(*attempts, settings.random() ? settings.random() : system_random()));
    return out;
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
    auto own = profile_value(settings, "region");
    return own.empty() ? "us-east-1" : own;
}

/// Whether the selected profile or a variable wants hosts of that kind.
inline bool wants_host(source_options const& settings, bool variable, std::string_view key)
{
    return variable || equal_ignoring_case(profile_value(settings, key), "true");
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
    bool const dual = wants_host(settings, e.aws_use_dualstack_endpoint, "use_dualstack_endpoint");
    // In the clouds of the US government the ordinary host is the validated one, but not of the dual-stack ones.
    bool const fips = wants_host(settings, e.aws_use_fips_endpoint, "use_fips_endpoint") &&
                      (dual || partition.id != "aws-us-gov");
    std::string text = "https://";
    text.append(prefix).append(fips ? "-fips." : ".").append(region).append(".");
    text.append(dual ? partition.dual_stack_suffix : partition.suffix);
    return url::parse(text);
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

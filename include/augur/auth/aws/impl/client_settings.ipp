#pragma once

#include <augur/auth/aws/client_settings.hpp>
#include <augur/auth/aws/profile.hpp>
#include <augur/core/headers.hpp>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

/// The value of one key; empty: it is not there.
inline std::string setting_in(profile_set const& profiles, std::string_view section, std::string_view key)
{
    auto const found = profiles.find(section);
    if (found == profiles.end())
        return {};
    auto const value = found->second.find(key);
    return value == found->second.end() ? std::string() : value->second;
}

/// The endpoint that somebody configured for one service; empty: nobody did.
inline std::string endpoint_setting(call::environment const& e, profile_set const& profiles, std::string_view profile,
                                    std::string_view service, std::string_view own_variable)
{
    auto const own = [&](std::string_view key) { return setting_in(profiles, profile, key); };
    if (e.aws_ignore_configured_endpoint_urls || equal_ignoring_case(own("ignore_configured_endpoint_urls"), "true"))
        return {};
    std::string out(own_variable);
    if (out.empty())
        out = sub_property(setting_in(profiles, "services " + own("services"), service), "endpoint_url");
    if (out.empty())
        out = e.aws_endpoint_url;
    return out.empty() ? own("endpoint_url") : out;
}

} // namespace detail

AUGUR_INLINE result<client_settings> read_client_settings(call::environment const& e, std::string_view profile,
                                                          std::string_view service, std::string_view own_endpoint)
{
    client_settings out;
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file, out.unread);
    if (!profiles)
        return profiles.error();
    if (profile.empty())
        profile = e.aws_profile.empty() ? std::string_view("default") : std::string_view(e.aws_profile);
    auto const own = [&](std::string_view key) { return detail::setting_in(*profiles, profile, key); };
    auto const is_set = [&own](bool variable, std::string_view key) {
        return variable || equal_ignoring_case(own(key), "true");
    };
    out.region = !e.aws_region.empty() ? e.aws_region : e.aws_default_region;
    if (out.region.empty())
        out.region = own("region");
    out.fips = is_set(e.aws_use_fips_endpoint, "use_fips_endpoint");
    out.dual_stack = is_set(e.aws_use_dualstack_endpoint, "use_dualstack_endpoint");
    out.endpoint_url = detail::endpoint_setting(e, *profiles, profile, service, own_endpoint);
    out.max_attempts = e.aws_max_attempts.empty() ? own("max_attempts") : e.aws_max_attempts;
    out.retry_mode = e.aws_retry_mode.empty() ? own("retry_mode") : e.aws_retry_mode;
    forget_profiles(*profiles);
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws

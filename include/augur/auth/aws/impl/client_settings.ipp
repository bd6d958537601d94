#pragma once

#include <augur/auth/aws/client_settings.hpp>
#include <augur/auth/aws/profile.hpp>
#include <augur/core/headers.hpp>

namespace augur::inline AUGUR_ABI::auth::aws {

AUGUR_INLINE result<client_settings> read_client_settings(call::environment const& e, std::string_view profile,
                                                          std::string_view service, std::string_view own_endpoint)
{
    client_settings out;
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file, out.unread);
    if (!profiles)
        return profiles.error();
    if (profile.empty())
        profile = e.aws_profile.empty() ? std::string_view("default") : std::string_view(e.aws_profile);
    auto const in = [&profiles](std::string_view section, std::string_view key) {
        auto const found = profiles->find(section);
        if (found == profiles->end())
            return std::string();
        auto const value = found->second.find(key);
        return value == found->second.end() ? std::string() : value->second;
    };
    auto const own = [&](std::string_view key) { return in(profile, key); };
    auto const is_set = [&own](bool variable, std::string_view key) {
        return variable || equal_ignoring_case(own(key), "true");
    };
    out.region = !e.aws_region.empty() ? e.aws_region : e.aws_default_region;
    if (out.region.empty())
        out.region = own("region");
    out.fips = is_set(e.aws_use_fips_endpoint, "use_fips_endpoint");
    out.dual_stack = is_set(e.aws_use_dualstack_endpoint, "use_dualstack_endpoint");
    if (!is_set(e.aws_ignore_configured_endpoint_urls, "ignore_configured_endpoint_urls")) {
        out.endpoint_url = own_endpoint;
        if (out.endpoint_url.empty())
            out.endpoint_url = sub_property(in("services " + own("services"), service), "endpoint_url");
        if (out.endpoint_url.empty())
            out.endpoint_url = e.aws_endpoint_url;
        if (out.endpoint_url.empty())
            out.endpoint_url = own("endpoint_url");
    }
    out.max_attempts = e.aws_max_attempts.empty() ? own("max_attempts") : e.aws_max_attempts;
    out.retry_mode = e.aws_retry_mode.empty() ? own("retry_mode") : e.aws_retry_mode;
    forget_profiles(*profiles);
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws

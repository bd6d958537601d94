#pragma once

#include <augur/auth/aws/profile.hpp>
#include <augur/core/chrono.hpp>
#include <augur/core/secret.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws {

/// One AssumeRole on the way from a profile's first credentials to its own.
struct role_step
{
    std::string role_arn;
    std::string external_id;
    std::string session_name; ///< empty: one is made
    std::optional<std::chrono::seconds> duration;
    std::string profile; ///< that wants it
};

/// Where a profile's first credentials come from.
struct profile_root
{
    enum class kind
    {
        access_key,   ///< plain keys of the files
        named_source, ///< Environment, Ec2InstanceMetadata or EcsContainer
        web_identity, ///< a token file and a role
        sso,          ///< a session or a start URL, an account and a role
        login,        ///< `aws login`
        process,      ///< credential_process
    };

    kind from = kind::access_key;
    std::string profile; ///< that says so
    std::string access_key_id;
    secret secret_access_key;
    secret session_token;
    std::string account_id;
    std::string source;              ///< named_source
    std::string token_file;          ///< web_identity
    role_step web_role;              ///< web_identity
    std::string sso_session;         ///< sso; empty: the older form without a session
    std::string sso_start_url;
    std::string sso_region;
    std::string sso_account_id;
    std::string sso_role_name;
    std::string login_session;
    secret command;                  ///< process; people put passwords on command lines
};

struct profile_plan
{
    profile_root root;
    std::vector<role_step> roles; ///< in the order in which they are assumed
};

/// Decides what a profile asks for. `errc::credentials_unavailable`: there is no such profile, or it says
/// nothing of credentials. `errc::invalid_argument`: it contradicts itself, names a profile that is not there, or
/// goes round in circles. `errc::unsupported`: it needs something typed by a person (`mfa_serial`).
result<profile_plan> plan_profile(profile_set const& profiles, std::string_view selected);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/profile_plan.ipp>
#endif

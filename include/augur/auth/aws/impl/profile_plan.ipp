#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/aws/profile_plan.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

/// The values of one profile.
class profile_view
{
public:
    profile_view(std::string_view name, std::map<std::string, std::string, std::less<>> const& values) noexcept
        : name_(name), values_(&values)
    {
    }
    std::string_view name() const noexcept { return name_; }
    std::string_view operator[](std::string_view key) const noexcept
    {
        auto const at = values_->find(key);
        return at == values_->end() ? std::string_view() : std::string_view(at->second);
    }
    bool has(std::string_view key) const noexcept { return !(*this)[key].empty(); }
    bool has_any(std::initializer_list<std::string_view> keys) const noexcept
    {
        return std::any_of(keys.begin(), keys.end(), [this](std::string_view key) { return has(key); });
    }
    error fault(std::string_view what) const { return bad_setting(profile_label(name_) + " " + std::string(what)); }

private:
    std::string_view name_;
    std::map<std::string, std::string, std::less<>> const* values_;
};

inline result<role_step> role_of(profile_view const& p)
{
    role_step out;
    out.role_arn = p["role_arn"];
    out.external_id = p["external_id"];
    out.session_name = p["role_session_name"];
    out.profile = p.name();
    if (auto const text = p["duration_seconds"]; !text.empty()) {
        int n = 0;
        auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), n);
        if (ec != std::errc() || end != text.data() + text.size() || n < 900 || n > 43'200)
            return p.fault("has a duration_seconds that is no number from 900 to 43200");
        out.duration = std::chrono::seconds(n);
    }
    return out;
}

inline result<profile_root> keys_of(profile_view const& p)
{
    profile_root out;
    out.profile = p.name();
    out.access_key_id = p["aws_access_key_id"];
    out.secret_access_key = secret(p["aws_secret_access_key"]);
    out.session_token = secret(p["aws_session_token"]);
    out.account_id = p["aws_account_id"];
    if (out.access_key_id.empty())
        return incomplete(profile_label(p.name()), "aws_secret_access_key", "aws_access_key_id");
    if (out.secret_access_key.empty())
        return incomplete(profile_label(p.name()), "aws_access_key_id", "aws_secret_access_key");
    return out;
}

inline bool has_keys(profile_view const& p) noexcept
{
    return p.has_any({"aws_access_key_id", "aws_secret_access_key"});
}

inline result<profile_root> sso_of(profile_view const& p, profile_set const& profiles)
{
    profile_root out;
    out.profile = p.name();
    out.from = profile_root::kind::sso;
    out.sso_session = p["sso_session"];
    out.sso_start_url = p["sso_start_url"];
    out.sso_region = p["sso_region"];
    out.sso_account_id = p["sso_account_id"];
    out.sso_role_name = p["sso_role_name"];
    if (!out.sso_session.empty()) {
        auto const found = profiles.find("sso-session " + out.sso_session);
        if (found == profiles.end())
            return p.fault("names the sso_session \"" + sanitise(out.sso_session, 64) +
                           "\", and the config file has no such [sso-session] section");
        profile_view const session("sso-session", found->second);
        for (std::string_view const key : {"sso_region", "sso_start_url"})
            if (p.has(key) && p[key] != session[key])
                return p.fault("has another " + std::string(key) + " than its [sso-session] section");
        out.sso_region = session["sso_region"];
        out.sso_start_url = session["sso_start_url"];
    }
    if (out.sso_region.empty() || out.sso_start_url.empty())
        return p.fault("uses SSO and lacks sso_region or sso_start_url");
    if (out.sso_account_id.empty() && (out.sso_session.empty() || !out.sso_role_name.empty()))
        return p.fault("uses SSO and lacks sso_account_id");
    if (out.sso_role_name.empty() && (out.sso_session.empty() || !out.sso_account_id.empty()))
        return p.fault("uses SSO and lacks sso_role_name");
    return out;
}

/// What a profile holds that is not built on another one.
inline result<profile_root> root_of(profile_view const& p, profile_set const& profiles)
{
    profile_root out;
    out.profile = p.name();
    if (p.has("role_arn") && p.has("credential_source")) {
        out.from = profile_root::kind::named_source;
        out.source = p["credential_source"];
        if (out.source != "Environment" && out.source != "Ec2InstanceMetadata" && out.source != "EcsContainer")
            return p.fault("has a credential_source that is neither Environment nor Ec2InstanceMetadata nor "
                           "EcsContainer");
        return out;
    }
    if (p.has("web_identity_token_file")) {
        if (!p.has("role_arn"))
            return p.fault("has a web_identity_token_file and no role_arn");
        out.from = profile_root::kind::web_identity;
        out.token_file = p["web_identity_token_file"];
        auto role = role_of(p);
        if (!role)
            return role.error();
        out.web_role = std::move(*role);
        return out;
    }
    if (p.has_any({"sso_session", "sso_account_id", "sso_role_name", "sso_start_url"})) {
        // A session alone may be there for bearer tokens; plain keys beside it are the credentials.
        if (!has_keys(p) || p.has_any({"sso_account_id", "sso_role_name"}))
            return sso_of(p, profiles);
    }
    if (p.has("login_session") && !has_keys(p)) {
        out.from = profile_root::kind::login;
        out.login_session = p["login_session"];
        return out;
    }
    if (p.has("credential_process") && !has_keys(p)) {
        out.from = profile_root::kind::process;
        out.command = secret(p["credential_process"]);
        out.account_id = p["aws_account_id"];
        return out;
    }
    if (has_keys(p))
        return keys_of(p);
    return nothing_here(profile_label(p.name()) + ": the profile says nothing of credentials");
}

} // namespace detail

AUGUR_INLINE result<profile_plan> plan_profile(profile_set const& profiles, std::string_view selected)
{
    profile_plan out;
    std::vector<std::string_view> seen;
    std::string_view name = selected;
    for (;;) {
        auto const found = profiles.find(name);
        if (found == profiles.end()) {
            if (seen.empty())
                return detail::nothing_here(detail::profile_label(name) + ": no such profile in the shared files");
            return detail::bad_setting(detail::profile_label(seen.back()) + " names the source_profile \"" +
                                       sanitise(name, 64) + "\", which does not exist");
        }
        detail::profile_view const p(found->first, found->second);
        bool const is_again = std::find(seen.begin(), seen.end(), p.name()) != seen.end();
        bool const is_own_source = is_again && !seen.empty() && seen.back() == p.name();
        if (is_again && !is_own_source)
            return p.fault("is its own source_profile, over others: they form a circle");
        // Whoever is somebody's source gives his plain keys, if he has some.
        if (!seen.empty() && detail::has_keys(p)) {
            auto keys = detail::keys_of(p);
            if (!keys)
                return keys.error();
            out.root = std::move(*keys);
            break;
        }
        if (is_own_source)
            return p.fault("is its own source_profile and has no plain keys");
        seen.push_back(p.name());
        bool const chained = p.has("source_profile");
        // The SDKs do not agree which of two counts, and it would be another identity.
        for (auto const& [one, other] :
             {std::pair("source_profile", "credential_source"), std::pair("source_profile", "web_identity_token_file"),
              std::pair("credential_source", "web_identity_token_file")})
            if (p.has(one) && p.has(other))
                return p.fault("has a " + std::string(one) + " and a " + other + "; one of them is too many");
        if (p.has("role_arn") && p.has("mfa_serial"))
            return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                              detail::profile_label(p.name()) +
                                  " has an mfa_serial, which needs a code typed by a person: get a session with the "
                                  "AWS CLI and use its keys");
        if (p.has("role_arn") && chained) {
            auto step = detail::role_of(p);
            if (!step)
                return step.error();
            out.roles.insert(out.roles.begin(), std::move(*step));
            name = p["source_profile"];
            continue;
        }
        if (p.has("role_arn") && !p.has_any({"credential_source", "web_identity_token_file"}))
            return p.fault("has a role_arn and neither source_profile nor credential_source nor "
                           "web_identity_token_file");
        auto root = detail::root_of(p, profiles);
        if (!root) {
            // A source without credentials is a mistake of the profile that names it.
            if (seen.size() > 1 && root.error() == errc::credentials_unavailable)
                return detail::bad_setting(std::string(root.error().message()));
            return root.error();
        }
        out.root = std::move(*root);
        if (out.root.from == profile_root::kind::named_source) {
            auto step = detail::role_of(p);
            if (!step)
                return step.error();
            out.roles.insert(out.roles.begin(), std::move(*step));
        }
        break;
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws

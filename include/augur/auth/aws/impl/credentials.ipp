#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/aws/profile.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

AUGUR_INLINE credential_source::~credential_source() = default;
AUGUR_INLINE bool credential_source::can_change() const noexcept
{
    return true;
}

namespace detail {

inline error nothing_here(std::string why)
{
    return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, std::move(why));
}

/// Half a set of keys is a mistake to tell, not a reason to look elsewhere.
inline error incomplete(std::string where, std::string_view has, std::string_view lacks)
{
    return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                      std::move(where) + " has " + std::string(has) + " but no " + std::string(lacks));
}

class fixed_source final : public credential_source
{
public:
    explicit fixed_source(credentials c) noexcept : credentials_(std::move(c)) {}
    net::task<result<credentials>> fetch(net::operation&, steady_time) override
    {
        if (credentials_.access_key_id.empty() || credentials_.secret_access_key.empty())
            co_return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                                 "the access key or its secret is empty");
        co_return credentials_;
    }
    bool can_change() const noexcept override { return false; }
    std::string name() const override { return credentials_.source; }

private:
    credentials credentials_;
};

class environment_source final : public credential_source
{
public:
    explicit environment_source(call::environment e) noexcept : environment_(std::move(e)) {}
    net::task<result<credentials>> fetch(net::operation&, steady_time) override
    {
        auto const& e = environment_;
        if (e.aws_access_key_id.empty() && e.aws_secret_access_key.empty())
            co_return nothing_here("the environment: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
        if (e.aws_access_key_id.empty())
            co_return incomplete("the environment", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID");
        if (e.aws_secret_access_key.empty())
            co_return incomplete("the environment", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        credentials out;
        out.access_key_id = e.aws_access_key_id;
        out.secret_access_key = e.aws_secret_access_key;
        out.session_token = e.aws_session_token;
        out.source = name();
        co_return out;
    }
    bool can_change() const noexcept override { return false; }
    std::string name() const override { return "the environment"; }

private:
    call::environment environment_;
};

/// The key by which a profile asks for credentials that it does not hold; empty: none. The first group
/// means other credentials than the profile's plain keys even where these are there too; signing with
/// the plain ones would be signing as somebody else.
inline std::string_view unsupported_source(std::map<std::string, std::string, std::less<>> const& profile,
                                           bool has_keys) noexcept
{
    for (std::string_view const key :
         {"role_arn", "web_identity_token_file", "credential_source", "sso_account_id", "sso_role_name"})
        if (profile.contains(key))
            return key;
    if (!has_keys)
        for (std::string_view const key : {"sso_session", "sso_start_url", "login_session", "credential_process"})
            if (profile.contains(key))
                return key;
    return {};
}

class profile_source final : public credential_source
{
public:
    profile_source(call::environment e, std::string profile) : environment_(std::move(e)), profile_(std::move(profile))
    {
        if (profile_.empty())
            profile_ = environment_.aws_profile.empty() ? "default" : environment_.aws_profile;
    }

    net::task<result<credentials>> fetch(net::operation&, steady_time) override
    {
        auto loaded = load_profiles(environment_.aws_config_file, environment_.aws_credentials_file);
        if (!loaded)
            co_return loaded.error();
        auto out = choose(*loaded);
        forget_profiles(*loaded);
        co_return out;
    }
    std::string name() const override { return "profile " + sanitise(profile_, 64); }

private:
    result<credentials> choose(profile_set const& profiles) const
    {
        auto const found = profiles.find(profile_);
        if (found == profiles.end())
            return nothing_here(name() + ": no such profile in the shared files");
        auto const value = [&found](std::string_view key) {
            auto const at = found->second.find(key);
            return at == found->second.end() ? std::string_view() : std::string_view(at->second);
        };
        credentials out;
        out.access_key_id = value("aws_access_key_id");
        out.secret_access_key = secret(value("aws_secret_access_key"));
        out.session_token = secret(value("aws_session_token"));
        out.source = name();
        bool const has_keys = !out.access_key_id.empty() || !out.secret_access_key.empty();
        if (auto const key = unsupported_source(found->second, has_keys); !key.empty())
            return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                              name() + " gets its credentials through " + std::string(key) +
                                  ", which is not supported yet: give the profile an aws_access_key_id and an "
                                  "aws_secret_access_key, or set them in the environment");
        if (!has_keys)
            return nothing_here(name() + ": the profile has no plain keys");
        if (out.access_key_id.empty())
            return incomplete(name(), "aws_secret_access_key", "aws_access_key_id");
        if (out.secret_access_key.empty())
            return incomplete(name(), "aws_access_key_id", "aws_secret_access_key");
        return out;
    }

    call::environment environment_;
    std::string profile_;
};

class source_chain final : public credential_source
{
public:
    explicit source_chain(std::vector<std::shared_ptr<credential_source>> sources) noexcept
        : sources_(std::move(sources))
    {
    }

    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        std::string said;
        for (auto const& source : sources_) {
            auto found = co_await source->fetch(op, until);
            if (found || found.error() != errc::credentials_unavailable)
                co_return found;
            said += (said.empty() ? "" : "; ") + std::string(found.error().message());
        }
        co_return nothing_here("no AWS credentials: " + (said.empty() ? "no source was given" : said));
    }
    bool can_change() const noexcept override
    {
        return std::any_of(sources_.begin(), sources_.end(), [](auto const& source) { return source->can_change(); });
    }
    std::string name() const override { return "the credential chain"; }

private:
    std::vector<std::shared_ptr<credential_source>> sources_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<credential_source> static_credentials(std::string access_key_id, secret secret_access_key,
                                                                   secret session_token)
{
    credentials c;
    c.access_key_id = std::move(access_key_id);
    c.secret_access_key = std::move(secret_access_key);
    c.session_token = std::move(session_token);
    c.source = "code";
    return std::make_shared<detail::fixed_source>(std::move(c));
}

AUGUR_INLINE std::shared_ptr<credential_source> environment_credentials(call::environment e)
{
    return std::make_shared<detail::environment_source>(std::move(e));
}

AUGUR_INLINE std::shared_ptr<credential_source> profile_credentials(call::environment e, std::string profile)
{
    return std::make_shared<detail::profile_source>(std::move(e), std::move(profile));
}

AUGUR_INLINE std::shared_ptr<credential_source> chain(std::vector<std::shared_ptr<credential_source>> sources)
{
    return std::make_shared<detail::source_chain>(std::move(sources));
}

AUGUR_INLINE std::shared_ptr<credential_source> default_chain(call::environment e, std::string profile)
{
    std::vector<std::shared_ptr<credential_source>> sources;
    // A profile named in code is wanted more than the environment.
    if (profile.empty())
        sources.push_back(environment_credentials(e));
    sources.push_back(profile_credentials(std::move(e), std::move(profile)));
    return chain(std::move(sources));
}

} // namespace augur::inline AUGUR_ABI::auth::aws

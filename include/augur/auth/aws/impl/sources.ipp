#pragma once

#include <augur/auth/aws/impl/bearer_sources.ipp>
#include <augur/auth/aws/impl/command_line.ipp>
#include <augur/auth/aws/impl/credential_wire.ipp>
#include <augur/auth/aws/impl/login_sources.ipp>
#include <augur/auth/aws/impl/login_wire.ipp>
#include <augur/auth/aws/impl/metadata_sources.ipp>
#include <augur/auth/aws/impl/partition.ipp>
#include <augur/auth/aws/impl/profile_plan.ipp>
#include <augur/auth/aws/impl/sso_sources.ipp>
#include <augur/auth/aws/impl/sts_sources.ipp>
#include <augur/auth/impl/process.ipp>

namespace augur::inline AUGUR_ABI::auth::aws {

AUGUR_INLINE std::string source_options::profile() const
{
    if (!profile_.empty())
        return profile_;
    return environment_.aws_profile.empty() ? "default" : environment_.aws_profile;
}

AUGUR_INLINE bool source_options::chooses_profile() const noexcept
{
    return !profile_.empty() || !environment_.aws_profile.empty();
}

namespace detail {

inline net::task<result<credentials>> run_credential_process(net::operation& op, secret command, std::string account_id)
{
    auto words = split_command(command.reveal());
    if (!words)
        co_return words.error();
    auth::detail::program what;
    what.label = "credential_process \"" + sanitise(words->front(), 100) + "\"";
    what.words = std::move(*words);
    auto const label = what.label;
    auto ended = co_await auth::detail::run_program(op, std::move(what));
    if (!ended)
        co_return ended.error();
    if (ended->status != 0)
        co_return configured_but_absent(label + " ended with status " + std::to_string(ended->status));
    auto out = wire::parse_credentials(ended->output.reveal(), wire::credential_form::process);
    if (!out)
        co_return out.error().with_message("credential_process: " + std::string(out.error().message()));
    if (out->account_id.empty())
        out->account_id = std::move(account_id);
    co_return out;
}

class process_source final : public credential_source
{
public:
    explicit process_source(secret command) noexcept : command_(std::move(command)) {}
    net::task<result<credentials>> fetch(net::operation& op, steady_time) override
    {
        auto out = co_await run_credential_process(op, command_, std::string());
        if (out)
            out->source = name();
        co_return out;
    }
    std::string name() const override { return "credential_process"; }

private:
    secret command_;
};

class whole_profile_source final : public credential_source
{
public:
    explicit whole_profile_source(source_settings settings) noexcept : settings_(std::move(settings)) {}

    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        auto const plan = load_plan();
        if (!plan)
            co_return plan.error();
        auto current = co_await from_root(op, until, plan->root);
        if (current && plan->roles.empty() && plan->root.from == profile_root::kind::access_key)
            current->source = name();
        for (auto const& role : plan->roles) {
            if (!current)
                break;
            auto what = request_of(role);
            std::optional<credentials> with(std::move(*current));
            current = co_await assume(op, until, settings_, std::move(what), std::move(with));
        }
        if (!current) {
            auto failure = current.error();
            // What a profile names must be there: "not configured" would send the search elsewhere.
            if (is_nothing_here(failure))
                co_return configured_but_absent(name() + " needs what is not there: " + std::string(failure.message()));
            co_return failure;
        }
        current->source = name();
        co_return current;
    }
    std::string name() const override { return profile_label(settings_->profile()); }

private:
    result<profile_plan> load_plan() const
    {
        auto const& e = settings_->environment();
        auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file);
        if (!profiles)
            return profiles.error();
        auto const name = settings_->profile();
        // Whoever chose a profile did not mean whoever this machine happens to be.
        result<profile_plan> out = configured_but_absent(profile_label(name) + ": no such profile in the shared files");
        if (!settings_->chooses_profile() || profiles->contains(name))
            out = plan_profile(*profiles, name);
        forget_profiles(*profiles);
        return out;
    }

    net::task<result<credentials>> from_root(net::operation& op, steady_time until, profile_root root)
    {
        using kind = profile_root::kind;
        switch (root.from) {
        case kind::access_key: {
            credentials out;
            out.access_key_id = std::move(root.access_key_id);
            out.secret_access_key = std::move(root.secret_access_key);
            out.session_token = std::move(root.session_token);
            out.account_id = sanitise(root.account_id, 32);
            co_return out;
        }
        case kind::named_source: {
            std::shared_ptr<credential_source> source;
            if (root.source == "Environment")
                source = environment_credentials(settings_->environment());
            else if (root.source == "EcsContainer")
                source = std::make_shared<container_source>(settings_);
            else
                source = std::make_shared<metadata_source>(settings_);
            auto out = co_await source->fetch(op, until);
            co_return out;
        }
        case kind::web_identity: {
            auto out = co_await assume_with_token(op, until, settings_, root.web_role, root.token_file);
            co_return out;
        }
        case kind::sso: {
            auto out = co_await sso_credentials(op, settings_, std::move(root), files_);
            co_return out;
        }
        case kind::process: {
            auto out = co_await run_credential_process(op, root.command, root.account_id);
            co_return out;
        }
        case kind::login: break;
        }
        auto out = co_await login_credentials(op, settings_, std::move(root), files_);
        co_return out;
    }

    source_settings settings_;
    std::shared_ptr<token_files> files_ = std::make_shared<token_files>();
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<credential_source> profile_credentials(call::environment e, std::string profile)
{
    return profile_credentials(source_options(std::move(e)).profile(std::move(profile)));
}

AUGUR_INLINE std::shared_ptr<credential_source> default_chain(call::environment e, std::string profile)
{
    return default_chain(source_options(std::move(e)).profile(std::move(profile)));
}

AUGUR_INLINE std::shared_ptr<credential_source> process_credentials(secret command, source_options)
{
    return std::make_shared<detail::process_source>(std::move(command));
}

AUGUR_INLINE std::shared_ptr<credential_source> profile_credentials(source_options options)
{
    return std::make_shared<detail::whole_profile_source>(std::make_shared<source_options const>(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<credential_source> default_chain(source_options options)
{
    auto const settings = std::make_shared<source_options const>(std::move(options));
    auto const& e = settings->environment();
    std::vector<std::shared_ptr<credential_source>> sources;
    // A profile named in code is wanted more than the environment.
    if (!settings->has_named_profile())
        sources.push_back(environment_credentials(e));
    sources.push_back(std::make_shared<detail::whole_profile_source>(settings));
    if (!settings->has_named_profile()) {
        sources.push_back(std::make_shared<detail::web_identity_source>(settings));
        sources.push_back(std::make_shared<detail::container_source>(settings));
        sources.push_back(std::make_shared<detail::metadata_source>(settings));
    }
    return chain(std::move(sources));
}

} // namespace augur::inline AUGUR_ABI::auth::aws

#pragma once

#include <augur/auth/aws/impl/profile_plan.ipp>
#include <augur/auth/aws/impl/sso_sources.ipp>
#include <augur/auth/token_cache.hpp>
#include <augur/call/authenticator.hpp>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

inline net::task<result<bearer_token>> bearer_token_of(net::operation& op, source_options options,
                                                       std::shared_ptr<token_files> files)
{
    bearer_token out;
    auto const settings = std::make_shared<source_options const>(std::move(options));
    auto const& e = settings->environment();
    if (!e.aws_bearer_token_bedrock.empty()) {
        if (!is_field_value(e.aws_bearer_token_bedrock.reveal()))
            co_return bad_setting("AWS_BEARER_TOKEN_BEDROCK cannot stand in a header");
        out.text = e.aws_bearer_token_bedrock;
        out.source = "the environment";
        co_return out;
    }
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file);
    if (!profiles)
        co_return profiles.error();
    result<profile_root> root = nothing_here("no bearer token: AWS_BEARER_TOKEN_BEDROCK is not set, and " +
                                             profile_label(settings->profile()) + " has no sso_session");
    if (auto const found = profiles->find(settings->profile()); found != profiles->end()) {
        profile_view const p(found->first, found->second);
        if (p.has("sso_session"))
            root = sso_of(p, *profiles);
    }
    else if (settings->chooses_profile()) {
        root = configured_but_absent(profile_label(settings->profile()) + ": no such profile in the shared files");
    }
    forget_profiles(*profiles);
    if (!root)
        co_return root.error();
    auto token = co_await sso_access_token(op, settings, std::move(*root), std::move(files));
    if (!token)
        co_return token.error();
    out.text = std::move(token->access_token);
    out.expires = token->expires;
    out.source = profile_label(settings->profile());
    co_return out;
}

class bearer_fetcher final : public token_fetcher
{
public:
    explicit bearer_fetcher(source_options options) : options_(std::move(options)) {}

    net::task<result<fetched_token>> fetch(net::operation& op, steady_time) override
    {
        auto got = co_await bearer_token_of(op, options_, files_);
        if (!got)
            co_return got.error();
        fetched_token out;
        out.life.expires = got->expires;
        out.value = std::make_shared<bearer_token const>(std::move(*got));
        co_return out;
    }

private:
    source_options options_;
    std::shared_ptr<token_files> files_ = std::make_shared<token_files>();
};

class bearer_authenticator final : public call::authenticator
{
public:
    explicit bearer_authenticator(source_options options)
        : is_fixed_(!options.environment().aws_bearer_token_bedrock.empty()),
          random_(options.random()),
          cache_(std::make_shared<bearer_fetcher>(std::move(options)), policy::token_timing(), random_)
    {
    }

    result<void> sign(request_head& head, body const&, wall_time now) override
    {
        bool const is_fresh = !value_.empty() && version_ == cache_.version() && (!ask_again_ || now < *ask_again_);
        if (!is_fresh && !take_fresh(now))
            return error(make_error_code(errc::credentials_needed), phase::auth);
        if (head.find("authorization")) // two proofs: nobody knows which one counts
            return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                              "header \"authorization\" holds the token and is set by nobody else");
        return head.add("authorization", value_.reveal());
    }

    /// A token's end is counted by our own clock, as in its file.
    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        return cache_.refresh(op, until, op.timers().clock().wall_now());
    }

    void invalidate(std::uint64_t generation) noexcept override { cache_.invalidate(generation); }
    bool is_refreshable() const noexcept override { return !is_fixed_; }
    std::uint64_t generation() const noexcept override { return cache_.generation(); }

private:
    bool take_fresh(wall_time now)
    {
        auto const found = cache_.look(now);
        if (!found.value)
            return false;
        auto const token = static_cast<bearer_token const*>(found.value.get())->text.reveal();
        std::string text = "Bearer ";
        text.reserve(text.size() + token.size()); // no copy of it is left behind
        text.append(token);
        value_ = secret(std::move(text));
        version_ = found.version;
        ask_again_ = found.ask_again;
        return true;
    }

    bool is_fixed_; ///< the variable's, which does not change
    std::shared_ptr<random_source> random_;
    token_cache cache_;
    secret value_; ///< of the header
    std::uint64_t version_ = 0;
    std::optional<wall_time> ask_again_;
};

} // namespace detail

AUGUR_INLINE net::task<result<bearer_token>> fetch_bearer_token(net::operation& op, steady_time, source_options options)
{
    auto files = std::make_shared<detail::token_files>();
    auto out = co_await detail::bearer_token_of(op, std::move(options), std::move(files));
    co_return out;
}

AUGUR_INLINE std::shared_ptr<call::authenticator> bearer(source_options options)
{
    return std::make_shared<detail::bearer_authenticator>(std::move(options));
}

} // namespace augur::inline AUGUR_ABI::auth::aws

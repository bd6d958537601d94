#pragma once

#include <augur/auth/aws/impl/source_http.ipp>
#include <augur/auth/aws/sigv4.hpp>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

inline std::string session_name(source_options const& settings, std::string const& wanted)
{
    if (!wanted.empty())
        return wanted;
    auto const random = settings.random() ? settings.random() : system_random();
    return "augur-" + make_uuid(*random);
}

/// What STS takes as a name of a session; 2 to 64 of these.
inline bool is_session_name(std::string_view text) noexcept
{
    return text.size() >= 2 && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("_+=,.@-").find(c) != std::string_view::npos;
           });
}

/// The regions that `legacy` sends to the one old host, by the rules of the service's endpoints.
inline bool is_of_old_sts(std::string_view region) noexcept
{
    constexpr std::string_view old[] = {"ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
                                        "aws-global",     "ca-central-1", "eu-central-1",   "eu-north-1",
                                        "eu-west-1",      "eu-west-2",    "eu-west-3",      "sa-east-1",
                                        "us-east-1",      "us-east-2",    "us-west-1",      "us-west-2"};
    return std::find(std::begin(old), std::end(old), region) != std::end(old);
}

struct sts_place
{
    url to;
    std::string region; ///< for signing
};

inline result<sts_place> place_of_sts(source_options const& settings)
{
    auto const& e = settings.environment();
    auto region = region_of(settings);
    auto const configured = configured_endpoint(settings, "sts", e.aws_endpoint_url_sts);
    auto const choice = variable_or_profile(settings, e.aws_sts_regional_endpoints, "sts_regional_endpoints");
    bool const legacy = equal_ignoring_case(choice, "legacy");
    if (!legacy && !choice.empty() && !equal_ignoring_case(choice, "regional"))
        return bad_setting("sts_regional_endpoints must be regional or legacy, not \"" + sanitise(choice, 40) + "\"");
    bool const plain = configured.empty() &&
                       !wants_host(settings, e.aws_use_dualstack_endpoint, "use_dualstack_endpoint") &&
                       !wants_host(settings, e.aws_use_fips_endpoint, "use_fips_endpoint");
    bool const global = plain && (legacy ? is_of_old_sts(region) : region == "aws-global");
    auto to = global ? url::parse("https://sts.amazonaws.com") : service_url(settings, "sts", region, configured);
    if (!to)
        return to.error();
    return sts_place{std::move(*to), global ? "us-east-1" : std::move(region)};
}

/// Posts a form to STS; the answer is XML. `with`: whose credentials sign it; nobody's for web identity.
inline net::task<result<http_response>> post_to_sts(net::operation& op, steady_time until, source_settings settings,
                                                    secret form, std::optional<credentials> with)
{
    auto place = place_of_sts(*settings);
    if (!place)
        co_return place.error();
    auto const call = regional_call(*settings, "STS", std::move(place->to));
    if (!call)
        co_return call.error();
    (*call)->method("POST").content(form);
    (*call)->field("content-type", "application/x-www-form-urlencoded");
    std::shared_ptr<call::authenticator> signer;
    if (with) {
        auto keys = static_credentials(with->access_key_id, with->secret_access_key, with->session_token);
        signer = sigv4(std::move(keys), place->region, "sts");
        auto ready = co_await signer->refresh(op, until);
        if (!ready)
            co_return ready.error();
    }
    auto got = co_await call_service(op, std::move(settings), *call, std::move(signer));
    co_return got;
}

/// Assumes one role: `with` somebody's credentials, or with the token in `form`.
inline net::task<result<credentials>> assume(net::operation& op, steady_time until, source_settings settings,
                                             wire::role_request what, std::optional<credentials> with)
{
    what.session_name = session_name(*settings, what.session_name);
    if (what.role_arn.empty() || !is_session_name(what.session_name))
        co_return bad_setting("a role needs a role_arn, and a session name of 2 to 64 letters, digits and _+=,.@-");
    auto form = wire::role_form(what);
    auto got = co_await post_to_sts(op, until, std::move(settings), std::move(form), std::move(with));
    if (!got)
        co_return got.error();
    if (got->status != 200)
        co_return wire::refusal("STS", got->status, got->content);
    auto out = wire::parse_role_answer(got->content);
    cleanse(got->content.data(), got->content.size());
    co_return out;
}

inline wire::role_request request_of(role_step const& role)
{
    wire::role_request out;
    out.role_arn = role.role_arn;
    out.session_name = role.session_name;
    out.external_id = role.external_id;
    out.duration = role.duration;
    return out;
}

inline net::task<result<credentials>> assume_with_token(net::operation& op, steady_time until, source_settings settings,
                                                        role_step role, std::string file)
{
    auto token = read_token_file(file);
    if (!token)
        co_return token.error();
    auto what = request_of(role);
    what.external_id.clear(); // which AssumeRoleWithWebIdentity does not have
    what.web_identity_token = std::move(*token);
    auto out = co_await assume(op, until, std::move(settings), std::move(what), std::nullopt);
    if (out)
        out->source = "web identity";
    co_return out;
}

class web_identity_source final : public credential_source
{
public:
    explicit web_identity_source(source_settings settings) noexcept : settings_(std::move(settings)) {}

    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        auto const& e = settings_->environment();
        if (e.aws_web_identity_token_file.empty())
            co_return nothing_here("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
        if (e.aws_role_arn.empty())
            co_return bad_setting("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is set and AWS_ROLE_ARN is not");
        role_step role;
        role.role_arn = e.aws_role_arn;
        role.session_name = e.aws_role_session_name;
        auto out = co_await assume_with_token(op, until, settings_, std::move(role), e.aws_web_identity_token_file);
        co_return out;
    }
    std::string name() const override { return "web identity"; }

private:
    source_settings settings_;
};

class role_source final : public credential_source
{
public:
    role_source(std::shared_ptr<credential_source> with, role_step role, source_settings settings) noexcept
        : with_(std::move(with)), role_(std::move(role)), settings_(std::move(settings))
    {
    }

    net::task<result<credentials>> fetch(net::operation& op, steady_time until) override
    {
        auto base = co_await with_->fetch(op, until);
        if (!base)
            co_return base;
        auto what = request_of(role_);
        std::optional<credentials> with(std::move(*base));
        auto out = co_await assume(op, until, settings_, std::move(what), std::move(with));
        if (out)
            out->source = name();
        co_return out;
    }
    std::string name() const override { return "role " + sanitise(role_.role_arn, 200); }

private:
    std::shared_ptr<credential_source> with_;
    role_step role_;
    source_settings settings_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<credential_source> web_identity_credentials(source_options options)
{
    return std::make_shared<detail::web_identity_source>(std::make_shared<source_options const>(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<credential_source> assumed_role(std::shared_ptr<credential_source> with, role_step role,
                                                             source_options options)
{
    return std::make_shared<detail::role_source>(std::move(with), std::move(role),
                                                 std::make_shared<source_options const>(std::move(options)));
}

AUGUR_INLINE net::task<result<wire::caller_identity>> get_caller_identity(net::operation& op, steady_time until,
                                                                          credentials with, source_options options)
{
    auto const settings = std::make_shared<source_options const>(std::move(options));
    secret form("Action=GetCallerIdentity&Version=2011-06-15");
    std::optional<credentials> signer(std::move(with));
    auto got = co_await detail::post_to_sts(op, until, settings, std::move(form), std::move(signer));
    if (!got)
        co_return got.error();
    if (got->status != 200)
        co_return wire::refusal("STS", got->status, got->content);
    co_return wire::parse_caller_identity(got->content);
}

} // namespace augur::inline AUGUR_ABI::auth::aws

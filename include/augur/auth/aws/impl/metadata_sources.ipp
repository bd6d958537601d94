#pragma once

#include <augur/auth/aws/impl/source_http.ipp>

#include <array>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

inline result<url> container_url(call::environment const& e)
{
    if (!e.aws_container_relative_uri.empty()) {
        if (e.aws_container_relative_uri.front() != '/')
            return bad_setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not start with a slash");
        auto parsed = url::parse("http://169.254.170.2" + e.aws_container_relative_uri);
        if (!parsed)
            return bad_setting("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: " + std::string(parsed.error().message()));
        return parsed;
    }
    if (e.aws_container_full_uri.empty())
        return nothing_here("the container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
                            "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
    auto parsed = url::parse(e.aws_container_full_uri);
    if (!parsed)
        return bad_setting("AWS_CONTAINER_CREDENTIALS_FULL_URI: " + std::string(parsed.error().message()));
    // Without TLS only to where no network can be in between. Names but localhost are looked up by somebody.
    constexpr std::array<std::string_view, 3> agents{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};
    bool const is_agent = std::find(agents.begin(), agents.end(), parsed->host()) != agents.end();
    if (!parsed->is_https() && !parsed->is_loopback() && !is_agent)
        return bad_setting("AWS_CONTAINER_CREDENTIALS_FULL_URI: the host \"" + sanitise(parsed->host(), 80) +
                           "\" is neither this machine nor a container agent, and there is no TLS");
    return parsed;
}

class container_source final : public credential_source
{
public:
    explicit container_source(source_settings settings) noexcept : settings_(std::move(settings)) {}

    net::task<result<credentials>> fetch(net::operation& op, steady_time) override
    {
        auto const& e = settings_->environment();
        auto const to = container_url(e);
        if (!to)
            co_return to.error();
        auto call = std::make_shared<service_call>("the container's credential service", *to);
        call->field("accept", "application/json").limit(std::chrono::seconds(2)).direct();
        call->attempts(3, std::chrono::milliseconds(500));
        if (!e.aws_container_token_file.empty()) {
            auto token = read_token_file(e.aws_container_token_file);
            if (!token)
                co_return token.error();
            call->field("authorization", std::move(*token));
        }
        else if (!e.aws_container_token.empty()) {
            if (!is_field_value(e.aws_container_token.reveal()))
                co_return bad_setting("AWS_CONTAINER_AUTHORIZATION_TOKEN cannot stand in a header");
            call->field("authorization", e.aws_container_token);
        }
        auto got = co_await call_service(op, settings_, std::move(call), nullptr);
        if (!got)
            co_return got.error();
        if (got->status != 200)
            co_return wire::refusal("the container's credential service", got->status, got->content);
        auto out = wire::parse_credentials(got->content, wire::credential_form::container);
        cleanse(got->content.data(), got->content.size());
        if (out)
            out->source = name();
        co_return out;
    }
    std::string name() const override { return "the container"; }

private:
    source_settings settings_;
};

inline result<url> metadata_url(source_options const& settings)
{
    auto const& e = settings.environment();
    auto const setting = [&settings](std::string const& variable, std::string_view key) {
        return variable.empty() ? profile_value(settings, key) : variable;
    };
    if (auto const text = setting(e.aws_ec2_metadata_endpoint, "ec2_metadata_service_endpoint"); !text.empty()) {
        auto parsed = url::parse(text);
        if (!parsed)
            return bad_setting("the endpoint of instance metadata: " + std::string(parsed.error().message()));
        return parsed;
    }
    auto const mode = setting(e.aws_ec2_metadata_endpoint_mode, "ec2_metadata_service_endpoint_mode");
    if (mode.empty() || equal_ignoring_case(mode, "ipv4"))
        return url::parse("http://169.254.169.254");
    if (equal_ignoring_case(mode, "ipv6"))
        return url::parse("http://[fd00:ec2::254]");
    return bad_setting("the endpoint mode of instance metadata must be IPv4 or IPv6, not \"" + sanitise(mode, 40) +
                       "\"");
}

class metadata_source final : public credential_source
{
public:
    explicit metadata_source(source_settings settings) noexcept : settings_(std::move(settings)) {}

    net::task<result<credentials>> fetch(net::operation& op, steady_time) override
    {
        if (settings_->environment().aws_ec2_metadata_disabled)
            co_return nothing_here("instance metadata: AWS_EC2_METADATA_DISABLED is set");
        auto const base = metadata_url(*settings_);
        if (!base)
            co_return base.error();
        auto const end = op.until(whole);
        result<credentials> out = error();
        {
            net::earlier_deadline const limit(op, end);
            out = co_await ask(op, *base);
        }
        if (out)
            co_return out;
        if (op.stopped() != net::stop_reason::none || op.now() >= op.deadline())
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (out.error() == errc::deadline_exceeded) // ours, not the call's
            co_return make_error(errc::auth_timeout, phase::auth, outcome::not_sent,
                                 "instance metadata was asked for two seconds and has not answered everything");
        co_return out;
    }
    std::string name() const override { return "instance metadata"; }

private:
    static constexpr auto each = std::chrono::milliseconds(900);   ///< connecting, waiting, each wait for more
    static constexpr auto whole = std::chrono::milliseconds(1900); ///< everything: a chain has others to ask

    net::task<result<credentials>> ask(net::operation& op, url base)
    {
        std::string const root = (base.path() == "/" ? std::string() : base.path()) + "/latest/";
        auto token = co_await get_token(op, base, root);
        if (!token)
            co_return token.error();
        std::string const place = root + "meta-data/iam/security-credentials/";
        auto role = co_await get(op, base, root, place, *token);
        if (!role)
            co_return role.error();
        if (role->status == 404)
            co_return nothing_here("instance metadata: the instance has no role");
        if (role->status != 200)
            co_return wire::refusal("instance metadata", role->status, role->content);
        auto const end = role->content.find_first_of("\r\n");
        auto const role_name = role->content.substr(0, end);
        // A path segment of our next request: nothing that could make it another path.
        auto const fits = [](char c) { return is_token(std::string_view(&c, 1)) || c == '=' || c == ',' || c == '@'; };
        if (role_name.empty() || role_name.size() > 128 || role_name == "." || role_name == ".." ||
            !std::all_of(role_name.begin(), role_name.end(), fits))
            co_return bad_answer("instance metadata answered with what is no name of a role");
        auto got = co_await get(op, base, root, place + role_name, *token);
        if (!got)
            co_return got.error();
        if (got->status != 200)
            co_return wire::refusal("instance metadata", got->status, got->content);
        auto out = wire::parse_credentials(got->content, wire::credential_form::metadata);
        cleanse(got->content.data(), got->content.size());
        if (out)
            out->source = name();
        co_return out;
    }

    net::task<result<secret>> get_token(net::operation& op, url base, std::string root)
    {
        auto call = std::make_shared<service_call>("instance metadata", std::move(base));
        call->method("PUT").target(root + "api/token").limit(each).attempts(1).direct();
        call->field("x-aws-ec2-metadata-token-ttl-seconds", "21600");
        result<http_response> got = error();
        for (int attempt = 1; attempt <= 4; ++attempt) { // an answer that is an error is repeated, silence is not
            auto next = co_await call_service(op, settings_, call, nullptr);
            if (!next && got) // it is there; that it runs out of time makes no difference
                break;
            got = std::move(next);
            if (!got || got->status < 500)
                break;
        }
        if (!got) {
            std::string why(got.error().message());
            if (got.error() == errc::deadline_exceeded) // ours, and nobody else's word for it
                why = "instance metadata: no whole answer within two seconds";
            co_return nothing_here(why + " (not an EC2 instance; or a container behind a hop limit of 1)");
        }
        if (got->status == 403 || got->status == 404 || got->status == 405)
            co_return nothing_here("instance metadata: no session token (" + std::to_string(got->status) +
                                   "); version 2 is switched off");
        if (got->status != 200)
            co_return wire::refusal("instance metadata", got->status, got->content);
        secret token(std::move(got->content));
        if (token.empty() || !is_field_value(token.reveal()) || token.reveal().size() > 4096)
            co_return bad_answer("instance metadata answered with what is no session token");
        co_return token;
    }

    /// `token` is renewed if it is refused.
    net::task<result<http_response>> get(net::operation& op, url base, std::string root, std::string target,
                                         secret& token)
    {
        result<http_response> got = error();
        for (int attempt = 1; attempt <= 4; ++attempt) {
            auto call = std::make_shared<service_call>("instance metadata", base);
            call->target(target).field("x-aws-ec2-metadata-token", token).limit(each);
            call->attempts(1).direct();
            auto next = co_await call_service(op, settings_, std::move(call), nullptr);
            if (!next && got)
                break;
            got = std::move(next);
            if (!got || (got->status < 500 && got->status != 401))
                break;
            if (got->status == 401) {
                auto fresh = co_await get_token(op, base, root);
                if (!fresh)
                    co_return fresh.error();
                token = std::move(*fresh);
            }
        }
        co_return got;
    }

    source_settings settings_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<credential_source> container_credentials(source_options options)
{
    return std::make_shared<detail::container_source>(std::make_shared<source_options const>(std::move(options)));
}

AUGUR_INLINE std::shared_ptr<credential_source> instance_metadata_credentials(source_options options)
{
    return std::make_shared<detail::metadata_source>(std::make_shared<source_options const>(std::move(options)));
}

} // namespace augur::inline AUGUR_ABI::auth::aws

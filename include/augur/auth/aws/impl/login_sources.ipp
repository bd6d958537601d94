#pragma once

#include <augur/auth/aws/impl/private_file.ipp>
#include <augur/auth/aws/impl/source_http.ipp>
#include <augur/auth/aws/login_wire.hpp>
#include <augur/codec/sha256.hpp>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

inline result<url> signin_url(source_options const& settings)
{
    auto const region = region_of(settings);
    auto const configured = configured_endpoint(settings, "signin", settings.environment().aws_endpoint_url_signin);
    if (!configured.empty())
        return service_url(settings, "signin", region, configured);
    if (!is_host_label(region))
        return bad_setting("the region \"" + sanitise(region, 80) + "\" is not a host label");
    auto const id = partition_for(region).id;
    if (id == "aws")
        return url::parse("https://" + region + ".signin.aws.amazon.com");
    if (id == "aws-cn")
        return url::parse("https://" + region + ".signin.amazonaws.cn");
    if (id == "aws-us-gov")
        return url::parse("https://" + region + ".signin.amazonaws-us-gov.com");
    return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                      "it is not known where aws login is in the region \"" + region + "\"");
}

/// The keys that `aws login` left, refreshed when five minutes or less remain.
inline net::task<result<credentials>> login_credentials(net::operation& op, source_settings settings, profile_root root,
                                                        std::shared_ptr<token_files> files)
{
    auto const& e = settings->environment();
    auto const hint = "; run: aws login --profile " + sanitise(root.profile, 64);
    if (e.home.empty() && e.aws_login_cache_directory.empty())
        co_return bad_setting("the home folder is not known, so the login session cannot be found");
    auto const digest = codec::sha256_hex(root.login_session);
    auto const file =
        (e.aws_login_cache_directory.empty() ? e.home + "/.aws/login/cache" : e.aws_login_cache_directory) + "/" +
        std::string(codec::view(digest)) + ".json";
    auto const none = bad_setting("there is no login session for " + profile_label(root.profile) + hint);
    auto const text = files->read(file, none);
    if (!text)
        co_return text.error();
    auto token = wire::parse_login_token(text->reveal());
    if (!token)
        co_return token.error();
    auto const now = op.timers().clock().wall_now();
    if (now + std::chrono::minutes(5) < *token->keys.expires)
        co_return std::move(token->keys);
    auto to = signin_url(*settings);
    if (!to)
        co_return to.error();
    auto body = wire::login_refresh_body(*token);
    if (!body)
        co_return bad_answer("the file of the login session is not UTF-8" + hint);
    auto const random = settings->random() ? settings->random() : system_random();
    auto const target = (to->is_https() ? "https://" : "http://") + to->authority() + "/v1/token";
    auto proof = wire::dpop_proof(token->dpop_key, "POST", target, now, make_uuid(*random));
    if (!proof)
        co_return proof.error();
    auto call = std::make_shared<service_call>("sign-in", std::move(*to));
    call->method("POST").target("/v1/token").content(secret(std::move(*body)));
    call->field("content-type", "application/json").field("dpop", secret(std::move(*proof)));
    call->attempts(1, {}); // a refresh token is used once
    auto got = co_await call_service(op, settings, std::move(call), nullptr);
    if (got && got->status == 200) {
        auto fresh = wire::parse_login_refreshed(got->content, *token, now);
        cleanse(got->content.data(), got->content.size());
        if (fresh) {
            if (auto written = wire::write_login_token(*fresh))
                files->replace(file, *text, secret(std::move(*written)));
            co_return std::move(fresh->keys);
        }
    }
    if (now < *token->keys.expires) // good still; the next fetch tries again
        co_return std::move(token->keys);
    if (!got)
        co_return got.error();
    auto failure = wire::refusal("sign-in", got->status, got->content);
    failure.with_message("the login session of " + profile_label(root.profile) + " is over and could not be refreshed" +
                         hint);
    co_return failure;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

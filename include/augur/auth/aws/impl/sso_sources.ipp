#pragma once

#include <augur/auth/aws/impl/private_file.ipp>
#include <augur/auth/aws/impl/source_http.ipp>
#include <augur/codec/hex.hpp>
#include <augur/codec/percent.hpp>

#include <openssl/evp.h>

#include <array>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

/// The AWS CLI names its cache files by the SHA-1 of what they are for.
inline std::string sha1_hex(std::string_view text)
{
    std::array<unsigned char, 20> digest{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1)
        return {};
    return codec::hex_encode({reinterpret_cast<char const*>(digest.data()), digest.size()});
}

inline result<std::string> sso_cache_file(source_options const& settings, profile_root const& root)
{
    if (settings.environment().home.empty())
        return bad_setting("the home folder is not known, so the SSO token cannot be found");
    auto const digest = sha1_hex(root.sso_session.empty() ? root.sso_start_url : root.sso_session);
    if (digest.empty())
        return make_error(errc::unsupported, phase::auth, outcome::not_sent, "OpenSSL was built without SHA-1");
    return settings.environment().home + "/.aws/sso/cache/" + digest + ".json";
}

inline std::string login_hint(profile_root const& root)
{
    return "; run: aws sso login --profile " + sanitise(root.profile, 64);
}

/// The session's access token, refreshed with its refresh token when less than five minutes are left.
inline net::task<result<wire::sso_token>> sso_access_token(net::operation& op, source_settings settings,
                                                           profile_root root, std::shared_ptr<token_files> files)
{
    auto const file = sso_cache_file(*settings, root);
    if (!file)
        co_return file.error();
    auto const none = bad_setting("there is no SSO token for " + profile_label(root.profile) + login_hint(root));
    auto const text = files->read(*file, none);
    if (!text)
        co_return text.error();
    auto token = wire::parse_sso_token(text->reveal());
    if (!token)
        co_return bad_answer(std::string(token.error().message()) + login_hint(root));
    auto const now = op.timers().clock().wall_now();
    if (now + std::chrono::minutes(5) < token->expires)
        co_return token;
    bool const registered = !token->client_id.empty() && !token->client_secret.empty() &&
                            (!token->registration_expires || now < *token->registration_expires);
    bool const can_refresh = !root.sso_session.empty() && !token->refresh_token.empty() && registered;
    auto const over = [&] {
        return bad_setting("the SSO token of " + profile_label(root.profile) + " is over" + login_hint(root));
    };
    if (!can_refresh) {
        if (now < token->expires)
            co_return token;
        co_return over();
    }
    auto const configured =
        configured_endpoint(*settings, "sso_oidc", settings->environment().aws_endpoint_url_sso_oidc);
    auto to = service_url(*settings, "oidc", root.sso_region, configured);
    if (!to)
        co_return to.error();
    auto body = wire::refresh_body(*token);
    if (!body)
        co_return bad_answer("the SSO token file is not UTF-8" + login_hint(root));
    auto const call = regional_call(*settings, "SSO", std::move(*to));
    if (!call)
        co_return call.error();
    (*call)->method("POST").target("/token").content(secret(std::move(*body)));
    (*call)->field("content-type", "application/json");
    auto got = co_await call_service(op, settings, *call, nullptr);
    if (got && got->status == 200) {
        auto fresh = wire::parse_refreshed(got->content, *token, now);
        cleanse(got->content.data(), got->content.size());
        if (fresh) {
            if (auto written = wire::write_sso_token(*fresh))
                files->replace(*file, *text, secret(std::move(*written)));
            co_return fresh;
        }
    }
    if (now < token->expires) // good still; the next fetch tries again
        co_return token;
    if (!got)
        co_return got.error();
    auto failure = wire::refusal("SSO", got->status, got->content);
    failure.with_message("the SSO token of " + profile_label(root.profile) + " is over and could not be refreshed" +
                         login_hint(root));
    co_return failure;
}

inline net::task<result<credentials>> sso_credentials(net::operation& op, source_settings settings, profile_root root,
                                                      std::shared_ptr<token_files> files)
{
    if (root.sso_account_id.empty())
        co_return bad_setting(profile_label(root.profile) +
                              " names an SSO session, which gives a token, and no sso_account_id and sso_role_name, "
                              "which credentials need");
    auto token = co_await sso_access_token(op, settings, root, std::move(files));
    if (!token)
        co_return token.error();
    auto const configured = configured_endpoint(*settings, "sso", settings->environment().aws_endpoint_url_sso);
    auto to = service_url(*settings, "portal.sso", root.sso_region, configured);
    if (!to)
        co_return to.error();
    auto const call = regional_call(*settings, "SSO", std::move(*to));
    if (!call)
        co_return call.error();
    (*call)->target("/federation/credentials?role_name=" + codec::percent_encode(root.sso_role_name) +
                    "&account_id=" + codec::percent_encode(root.sso_account_id));
    (*call)->field("x-amz-sso_bearer_token", token->access_token);
    auto got = co_await call_service(op, std::move(settings), *call, nullptr);
    if (!got)
        co_return got.error();
    if (got->status != 200) {
        auto failure = wire::refusal("SSO", got->status, got->content);
        if (got->status == 401)
            failure.with_message("SSO refused its token" + login_hint(root));
        co_return failure;
    }
    auto out = wire::parse_credentials(got->content, wire::credential_form::sso);
    cleanse(got->content.data(), got->content.size());
    if (out)
        out->account_id = sanitise(root.sso_account_id, 32);
    co_return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

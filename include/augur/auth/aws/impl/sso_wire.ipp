#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/impl/wire_support.ipp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws::wire {

AUGUR_INLINE result<sso_token> parse_sso_token(std::string_view json)
{
    auto const document = codec::json::parse(json, detail::small());
    if (!document || !document->root().is_object())
        return detail::bad_answer("the SSO token file is not JSON; log in again");
    auto const text = [&document](std::string_view name) {
        return document->root().find_string(name).value_or(std::string_view());
    };
    sso_token out;
    out.access_token = secret(text("accessToken"));
    auto const end = parse_time(text("expiresAt"));
    if (out.access_token.empty() || !end || !detail::is_clean(out.access_token.reveal()))
        return detail::bad_answer("the SSO token file has no accessToken with an expiresAt; log in again");
    out.expires = *end;
    out.refresh_token = secret(text("refreshToken"));
    out.client_id = text("clientId");
    out.client_secret = secret(text("clientSecret"));
    out.registration_expires = parse_time(text("registrationExpiresAt"));
    out.region = text("region");
    out.start_url = text("startUrl");
    return out;
}

AUGUR_INLINE result<std::string> refresh_body(sso_token const& token)
{
    codec::json::writer w;
    w.begin_object().key("grantType").string("refresh_token").key("clientId").string(token.client_id);
    w.key("clientSecret").string(token.client_secret.reveal());
    w.key("refreshToken").string(token.refresh_token.reveal()).end_object();
    return std::move(w).finish();
}

AUGUR_INLINE result<sso_token> parse_refreshed(std::string_view json, sso_token const& old, wall_time now)
{
    auto const document = codec::json::parse(json, detail::small());
    if (!document || !document->root().is_object())
        return detail::bad_answer("the answer of SSO is not JSON");
    auto const root = document->root();
    sso_token out = old;
    out.access_token = secret(root.find_string("accessToken").value_or(std::string_view()));
    auto const lasts = root.find("expiresIn");
    auto const number = lasts ? lasts->as_int64() : result<std::int64_t>(0);
    if (out.access_token.empty() || !detail::is_clean(out.access_token.reveal()) || !number || *number <= 0)
        return detail::bad_answer("the answer of SSO has no accessToken with an expiresIn");
    out.expires = now + std::chrono::seconds(std::min<std::int64_t>(*number, 30LL * 24 * 3600));
    if (auto const newer = root.find_string("refreshToken"); newer && !newer->empty())
        out.refresh_token = secret(*newer);
    return out;
}

AUGUR_INLINE result<std::string> write_sso_token(sso_token const& token)
{
    codec::json::writer w;
    w.begin_object();
    auto const add = [&w](std::string_view name, std::string_view value) {
        if (!value.empty())
            w.key(name).string(value);
    };
    add("startUrl", token.start_url);
    add("region", token.region);
    add("accessToken", token.access_token.reveal());
    add("expiresAt", detail::time_text(token.expires));
    add("clientId", token.client_id);
    add("clientSecret", token.client_secret.reveal());
    if (token.registration_expires)
        add("registrationExpiresAt", detail::time_text(*token.registration_expires));
    add("refreshToken", token.refresh_token.reveal());
    w.end_object();
    return std::move(w).finish();
}

} // namespace augur::inline AUGUR_ABI::auth::aws::wire

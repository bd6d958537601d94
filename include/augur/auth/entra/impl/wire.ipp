#pragma once

#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/impl/wire_support.ipp>
#include <augur/auth/entra/wire.hpp>
#include <augur/codec/auth_challenge.hpp>
#include <augur/codec/base64.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/codec/percent.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra::wire {

namespace detail {

/// The words up to where the service begins to number itself: people need no trace ids there.
inline std::string_view sentence_of(std::string_view description) noexcept
{
    for (std::string_view const mark : {" Trace ID:", "\r\nTrace ID:", "\nTrace ID:"})
        description = description.substr(0, description.find(mark));
    return description;
}

inline bool repeats(std::string_view text, std::initializer_list<std::string_view> secrets)
{
    return std::any_of(secrets.begin(), secrets.end(), [text](std::string_view s) {
        return s.size() >= 4 && (text.find(s) != text.npos || text.find(codec::percent_encode(s)) != text.npos);
    });
}

} // namespace detail

AUGUR_INLINE form& form::add(std::string_view name, std::string_view value)
{
    auto const needed = text_.size() + name.size() + 2 + 3 * value.size();
    if (needed > text_.capacity()) { // a text that moves leaves a copy behind
        std::string larger;
        larger.reserve(std::max(needed, 2 * text_.capacity()));
        larger = text_;
        cleanse(text_.data(), text_.size());
        text_ = std::move(larger);
    }
    auth::detail::add_to_form(text_, name, value);
    return *this;
}

AUGUR_INLINE result<form> begin_grant(std::string_view client_id, std::string_view grant, token_request const& what,
                                      std::string_view tenant)
{
    bool const adfs = tenant == "adfs";
    if (!is_scope(what.scope()) || (!adfs && !what.scope().ends_with("/.default")))
        return detail::bad_setting("the scope \"" + sanitise(what.scope(), 100) +
                                   "\" is not one resource and \"/.default\", such as https://ml.azure.com/.default");
    auto const claims = claims_of(what);
    if (!claims)
        return claims.error();
    form out;
    out.add("client_id", client_id);
    out.add("scope", adfs ? resource_of(what.scope()) : what.scope());
    out.add("grant_type", grant);
    if (!claims->empty())
        out.add("claims", *claims);
    return out;
}

AUGUR_INLINE result<std::string> claims_of(token_request const& what)
{
    if (what.claims().empty())
        return std::string(what.continuous_evaluation() ? R"({"access_token":{"xms_cc":{"values":["cp1"]}}})" : "");
    auto const document = codec::json::parse(what.claims(), auth::detail::small());
    if (!document || !document->root().is_object())
        return detail::bad_setting("claims are a JSON object, and these are not");
    if (!what.continuous_evaluation())
        return what.claims();
    codec::json::writer w;
    w.begin_object().key("access_token").begin_object();
    if (auto const inner = document->root().find("access_token"); inner && inner->is_object())
        for (auto const& [key, value] : inner->members())
            if (key != "xms_cc")
                w.key(key).raw(value.raw());
    w.key("xms_cc").raw(R"({"values":["cp1"]})").end_object();
    for (auto const& [key, value] : document->root().members())
        if (key != "access_token")
            w.key(key).raw(value.raw());
    w.end_object();
    return std::move(w).finish();
}

AUGUR_INLINE result<access_token> parse_token(std::string_view json, wall_time now)
{
    auto const document = codec::json::parse(json, auth::detail::small());
    if (!document || !document->root().is_object())
        return detail::bad_answer("the answer with the token is no JSON object");
    auto const root = document->root();
    access_token out;
    out.text = secret(root.find_string("access_token").value_or(""));
    if (out.text.empty())
        return detail::bad_answer("the answer has no access_token");
    if (!auth::detail::is_clean(out.text.reveal()))
        return detail::bad_answer("the access_token has a character that cannot stand in a header, or is over 16 KiB");
    if (auto const type = root.find_string("token_type"); type && !equal_ignoring_case(*type, "bearer"))
        return detail::bad_answer("the token_type is not Bearer");
    auto const number = [&root](std::string_view name) {
        auto const member = root.find(name);
        return member ? detail::number_of(*member) : std::nullopt;
    };
    if (auto const left = number("expires_in"))
        out.expires = detail::after(now, *left);
    else if (auto const end = root.find("expires_on"))
        out.expires = detail::moment_of(*end, now);
    if (!out.expires)
        return detail::bad_answer("the answer does not say when the token ends");
    detail::plan_refresh(out, now, number("refresh_in"));
    return out;
}

AUGUR_INLINE error parse_error(std::string_view who, http_response const& answer, wall_time now,
                               std::initializer_list<std::string_view> never_told)
{
    error_details said;
    auto const content = std::string_view(answer.content).substr(0, 64 * 1024);
    auto const document = codec::json::parse(content, auth::detail::small());
    std::string_view name;
    std::string_view description;
    std::int64_t number = 0;
    if (document && document->root().is_object()) {
        auto const root = document->root();
        name = root.find_string("error").value_or("");
        description = root.find_string("error_description").value_or("");
        number = detail::aadsts_of(description);
        if (auto const codes = root.find("error_codes"); codes && codes->size() > 0 && codes->is_array())
            if (auto const first = codes->at(0))
                if (auto const code = first->as_int64())
                    number = *code;
        for (std::string_view const key : {"correlation_id", "trace_id", "suberror"})
            if (auto const text = root.find_string(key); text && !detail::repeats(*text, never_told))
                said.attributes.emplace_back(std::string(key), sanitise(*text, 64));
    }
    if (said.request_id.empty())
        for (auto const& [key, value] : said.attributes)
            if (key == "correlation_id")
                said.request_id = value;
    if (!detail::repeats(description, never_told))
        said.service_message = sanitise(detail::sentence_of(description), 300);
    said.provider_code = number > 0                          ? "AADSTS" + std::to_string(number)
                         : detail::repeats(name, never_told) ? std::string()
                                                             : sanitise(name, 64);
    said.message = std::string(who) + " answered " + std::to_string(answer.status);
    said.retry_after = codec::asked_wait_of(answer.fields, now).wait;
    auto code = number > 0 ? meaning_of(number) : errc::refused;
    if (answer.status == 429)
        code = errc::throttled;
    else if (answer.status >= 500 || name == "temporarily_unavailable" || name == "server_error")
        code = errc::unavailable;
    else if (code == errc::refused && (name == "interaction_required" || name == "consent_required"))
        code = errc::interaction;
    else if (answer.status == 200 || (answer.status < 400 && name.empty()))
        return detail::bad_answer(said.message + ", which is no answer of a token endpoint");
    if (meaning_of(number) == errc::back_off) // which names no time
        said.retry_after = std::max<std::chrono::milliseconds>(said.retry_after.value_or(std::chrono::milliseconds(0)),
                                                               std::chrono::minutes(1));
    if (auto const advice = advice_for(number); !advice.empty())
        said.message.append(": ").append(advice);
    return error(make_error_code(code), phase::auth, outcome::not_sent, std::move(said))
        .with_http_status(answer.status);
}

AUGUR_INLINE std::optional<std::string> demanded_claims(headers const& fields)
{
    for (auto const& one : codec::auth_challenges_of(fields)) {
        auto const error = one.find("error");
        auto const claims = one.find("claims");
        if (!equal_ignoring_case(one.scheme, "bearer") || !claims || error != "insufficient_claims")
            continue;
        std::string text(claims->substr(0, 32 * 1024));
        while (!text.empty() && text.back() == '=')
            text.pop_back();
        std::replace(text.begin(), text.end(), '+', '-');
        std::replace(text.begin(), text.end(), '/', '_');
        auto decoded = codec::base64_decode(text, codec::base64_alphabet::url);
        if (!decoded || decoded->size() > 16 * 1024)
            continue;
        auto const document = codec::json::parse(*decoded, auth::detail::small());
        if (document && document->root().is_object())
            return std::move(*decoded);
    }
    return std::nullopt;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::wire

#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/errc.hpp>
#include <augur/auth/aws/impl/sso_wire.ipp>
#include <augur/auth/aws/impl/wire_support.ipp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/headers.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <iterator>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws::wire {

namespace detail {

/// What stands between <name> and </name>, the first time; empty: nothing does.
inline std::string_view element(std::string_view xml, std::string_view name) noexcept
{
    for (std::size_t at = 0; (at = xml.find('<', at)) != xml.npos; ++at) {
        auto rest = xml.substr(at + 1);
        if (!rest.starts_with(name))
            continue;
        rest.remove_prefix(name.size());
        if (rest.empty() || (rest.front() != '>' && rest.front() != ' '))
            continue;
        auto const open = rest.find('>');
        if (open == rest.npos)
            return {};
        rest.remove_prefix(open + 1);
        for (std::size_t end = 0; (end = rest.find("</", end)) != rest.npos; ++end) {
            auto const tag = rest.substr(end + 2);
            if (tag.starts_with(name) && tag.substr(name.size()).starts_with(">"))
                return rest.substr(0, end);
        }
        return {};
    }
    return {};
}

inline std::string xml_text(std::string_view xml, std::string_view name)
{
    constexpr std::pair<std::string_view, char> entities[] = {{"&amp;", '&'},  {"&lt;", '<'},    {"&gt;", '>'},
                                                              {"&quot;", '"'}, {"&apos;", '\''}, {"&#13;", '\r'},
                                                              {"&#xD;", '\r'}};
    std::string out;
    for (auto text = element(xml, name); !text.empty();) {
        auto const known = std::find_if(std::begin(entities), std::end(entities),
                                        [text](auto const& e) { return text.starts_with(e.first); });
        out += known == std::end(entities) ? text.front() : known->second;
        text.remove_prefix(known == std::end(entities) ? 1 : known->first.size());
    }
    return out;
}

/// "123456789012" of "arn:aws:sts::123456789012:assumed-role/x".
inline std::string account_of(std::string_view arn)
{
    for (int i = 0; i < 4; ++i) {
        auto const colon = arn.find(':');
        if (colon == arn.npos)
            return {};
        arn.remove_prefix(colon + 1);
    }
    return std::string(arn.substr(0, arn.find(':')));
}

/// Names that mean "slow down", whatever the status. Source: what the AWS SDKs take for throttling; SlowDownException
/// and slow_down are those of SSO's OIDC.
inline bool is_throttling(std::string_view code) noexcept
{
    constexpr std::string_view names[] = {"Throttling",
                                          "ThrottlingException",
                                          "ThrottledException",
                                          "RequestThrottledException",
                                          "TooManyRequestsException",
                                          "ProvisionedThroughputExceededException",
                                          "TransactionInProgressException",
                                          "RequestLimitExceeded",
                                          "BandwidthLimitExceeded",
                                          "LimitExceededException",
                                          "RequestThrottled",
                                          "SlowDown",
                                          "SlowDownException",
                                          "slow_down",
                                          "PriorRequestNotComplete",
                                          "EC2ThrottledException"};
    return std::find(std::begin(names), std::end(names), code) != std::end(names);
}

/// IDPCommunicationError: STS could not reach whoever made the token; its own documentation says to try again.
inline error_code meaning_of(int status, std::string_view code) noexcept
{
    if (status == 429 || is_throttling(code))
        return source_errc::throttled;
    if (status >= 500 || code == "RequestTimeout" || code == "RequestTimeoutException" ||
        code == "IDPCommunicationError")
        return source_errc::unavailable;
    return make_error_code(errc::credentials_unavailable);
}

inline result<credentials> checked(credentials c)
{
    for (auto const text : {std::string_view(c.access_key_id), c.secret_access_key.reveal(), c.session_token.reveal()})
        if (!is_clean(text))
            return bad_answer("the credentials hold a character that cannot stand in a header");
    if (c.access_key_id.empty() || c.secret_access_key.empty())
        return bad_answer("the answer has no access key or no secret");
    return c;
}

} // namespace detail

AUGUR_INLINE std::optional<wall_time> parse_time(std::string_view text) noexcept
{
    return auth::detail::parse_rfc3339(text);
}

AUGUR_INLINE result<credentials> parse_credentials(std::string_view json, credential_form form)
{
    auto const document = codec::json::parse(json, detail::small());
    if (!document)
        return detail::bad_answer("the credentials are not JSON");
    auto root = document->root();
    if (!root.is_object())
        return detail::bad_answer("the credentials are no JSON object");
    bool const sso = form == credential_form::sso;
    if (sso) {
        auto const inner = root.find("roleCredentials");
        if (!inner || !inner->is_object())
            return detail::bad_answer("the answer has no roleCredentials");
        root = *inner;
    }
    // IMDS and ECS differ in capitals, and so do their imitations.
    auto const text = [&root](std::initializer_list<std::string_view> names) {
        for (auto const& [key, value] : root.members())
            for (auto const name : names)
                if (equal_ignoring_case(key, name))
                    if (auto const found = value.as_string())
                        return *found;
        return std::string_view();
    };
    if (form == credential_form::metadata) {
        auto const code = text({"Code"});
        if (code != "Success") {
            error_details said;
            said.message = "instance metadata has a role and no credentials for it";
            said.provider_code = sanitise(code.empty() ? "no code" : code, 64);
            said.service_message = sanitise(text({"Message"}), 200);
            return error(make_error_code(errc::credentials_unavailable), phase::auth, outcome::not_sent,
                         std::move(said))
                .with_http_status(200);
        }
    }
    if (form == credential_form::process) {
        auto const version = root.find("Version");
        auto const number = version ? version->as_int64() : result<std::int64_t>(0);
        if (!number || *number != 1)
            return detail::bad_answer("the process printed another Version than 1");
    }
    credentials out;
    out.access_key_id = text({"AccessKeyId"});
    out.secret_access_key = secret(text({"SecretAccessKey"}));
    out.session_token =
        secret(form == credential_form::process || sso ? text({"SessionToken"}) : text({"Token", "SessionToken"}));
    out.account_id = sanitise(text({"AccountId"}), 32);
    if (sso) {
        auto const ms = root.find("expiration");
        auto const number = ms ? ms->as_int64() : result<std::int64_t>(0);
        if (!number || *number <= 0)
            return detail::bad_answer("roleCredentials have no expiration");
        constexpr std::int64_t latest = 8'835'000'000'000; // 2249, within the clock's range
        out.expires = wall_time(std::chrono::milliseconds(std::min(*number, latest)));
    }
    else if (auto const end = text({"Expiration"}); !end.empty()) {
        out.expires = parse_time(end);
        if (!out.expires)
            return detail::bad_answer("the Expiration is no date");
    }
    else if (form != credential_form::process) {
        return detail::bad_answer("the credentials have no Expiration");
    }
    out.outlives_its_end = form == credential_form::metadata;
    return detail::checked(std::move(out));
}

AUGUR_INLINE secret role_form(role_request const& request)
{
    std::string form; // which does not move with the token in it: that would leave a copy behind
    form.reserve(256 + 3 * (request.role_arn.size() + request.session_name.size() + request.external_id.size() +
                            request.web_identity_token.reveal().size()));
    bool const web = !request.web_identity_token.empty();
    detail::add_to_form(form, "Action", web ? "AssumeRoleWithWebIdentity" : "AssumeRole");
    detail::add_to_form(form, "Version", "2011-06-15");
    detail::add_to_form(form, "RoleArn", request.role_arn);
    detail::add_to_form(form, "RoleSessionName", request.session_name);
    if (!request.external_id.empty())
        detail::add_to_form(form, "ExternalId", request.external_id);
    if (request.duration)
        detail::add_to_form(form, "DurationSeconds", std::to_string(request.duration->count()));
    if (web)
        detail::add_to_form(form, "WebIdentityToken", request.web_identity_token.reveal());
    return secret(std::move(form));
}

AUGUR_INLINE result<credentials> parse_role_answer(std::string_view xml)
{
    auto const set = detail::element(xml, "Credentials");
    if (set.empty())
        return detail::bad_answer("the answer of STS has no Credentials");
    credentials out;
    out.access_key_id = detail::xml_text(set, "AccessKeyId");
    out.secret_access_key = secret(detail::xml_text(set, "SecretAccessKey"));
    out.session_token = secret(detail::xml_text(set, "SessionToken"));
    out.expires = parse_time(detail::xml_text(set, "Expiration"));
    out.account_id = sanitise(detail::account_of(detail::xml_text(detail::element(xml, "AssumedRoleUser"), "Arn")), 32);
    if (!out.expires)
        return detail::bad_answer("the credentials of STS have no Expiration");
    return detail::checked(std::move(out));
}

AUGUR_INLINE result<caller_identity> parse_caller_identity(std::string_view xml)
{
    caller_identity out;
    auto const known = detail::element(xml, "GetCallerIdentityResult");
    out.account = sanitise(detail::xml_text(known, "Account"), 64);
    out.arn = sanitise(detail::xml_text(known, "Arn"), 2048);
    out.user_id = sanitise(detail::xml_text(known, "UserId"), 256);
    if (out.account.empty() || out.arn.empty())
        return detail::bad_answer("the answer of STS does not say who the caller is");
    return out;
}

AUGUR_INLINE error refusal(std::string_view who, int status, std::string_view content)
{
    error_details said;
    said.message = std::string(who) + " answered " + std::to_string(status);
    content = content.substr(0, 64 * 1024);
    auto const fault = detail::element(content, "Error");
    if (!fault.empty()) {
        said.provider_code = sanitise(detail::xml_text(fault, "Code"), 64);
        said.service_message = sanitise(detail::xml_text(fault, "Message"), 300);
    }
    else {
        auto const body = codec::error_body::read(content);
        if (body.is_json()) { // anything else is somebody's web page
            bool const oauth = body.code().empty() && is_token(body.find("error"));
            auto const description = oauth ? body.find("error_description") : std::string_view();
            said.provider_code = sanitise(oauth ? body.find("error") : body.code(), 64);
            said.service_message = sanitise(description.empty() ? body.message() : description, 300);
        }
    }
    auto const code = detail::meaning_of(status, said.provider_code);
    return error(code, phase::auth, outcome::not_sent, std::move(said)).with_http_status(status);
}

} // namespace augur::inline AUGUR_ABI::auth::aws::wire

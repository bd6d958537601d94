#pragma once

#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/wire.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/policy/retry.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_ml::wire {

namespace detail {

/// Set by us, or the business of the connection and the authenticator.
inline constexpr std::array<std::string_view, 18> reserved_headers{
    "accept",
    "authorization",
    "azureml-model-deployment",
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-ms-client-request-id",
    "x-request-id",
};

inline error bad_member(std::string_view member, std::string_view rule)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                      std::string(member) + " must be " + std::string(rule));
}

inline bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// 3 to 32 letters, digits and single dashes, a letter first, no dash last.
inline bool is_deployment_name(std::string_view text) noexcept
{
    if (text.size() < 3 || text.size() > 32 || !is_letter(text.front()) || text.back() == '-')
        return false;
    return text.find("--") == text.npos && std::all_of(text.begin(), text.end(), [](char c) {
               return is_letter(c) || (c >= '0' && c <= '9') || c == '-';
           });
}

/// ASCII that may stand in a header; `add` knows the rest of the rule.
inline bool is_short_text(std::string_view text, std::size_t longest) noexcept
{
    return !text.empty() && text.size() <= longest && is_field_value(text) &&
           std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

/// Where the request goes: the scoring URI's own path and query, or another route of the same host.
inline result<std::string> target_of(score_request const& request, url const& scoring)
{
    auto const join = [](url const& u) { return u.query().empty() ? u.path() : u.path() + "?" + u.query(); };
    if (!request.path())
        return join(scoring);
    // The URL parser knows what must not be in a path: fragments, dot segments, blanks.
    auto const& path = *request.path();
    if (path.starts_with('/'))
        if (auto const whole = url::parse(scoring.origin() + path))
            return join(*whole);
    return bad_member("path",
                      "a path with a leading slash, percent-encoded, without dot segments and fragment, and is \"" +
                          sanitise(path, 200) + "\"");
}

inline result<void> add_headers(request_head& head, score_request const& request)
{
    struct member
    {
        std::string_view name;
        std::string_view header;
        std::optional<std::string> const& value;
        std::size_t longest;
    };
    std::optional<std::string> const content_type = request.content_type();
    for (auto const& m : {member{"content type", "Content-Type", content_type, 1024},
                          member{"accept", "Accept", request.accept(), 1024},
                          member{"client request id", "x-ms-client-request-id", request.client_request_id(), 100},
                          member{"request id", "x-request-id", request.request_id(), 100}}) {
        if (!m.value)
            continue;
        if (!is_short_text(*m.value, m.longest))
            return bad_member(m.name, "1 to " + std::to_string(m.longest) +
                                          " ASCII characters without controls and without a blank at an end, and has " +
                                          std::to_string(m.value->size()));
        if (auto added = head.add(m.header, *m.value); !added)
            return added.error();
    }
    if (auto const& deployment = request.deployment()) {
        if (!is_deployment_name(*deployment))
            return bad_member("deployment",
                              "3 to 32 letters, digits and single inner dashes, a letter first, and is \"" +
                                  sanitise(*deployment, 80) + "\"");
        if (auto added = head.add("azureml-model-deployment", *deployment); !added)
            return added.error();
    }
    for (auto const& field : request.headers()) {
        auto const& name = field.first;
        auto const same = [&name](std::string_view reserved) { return equal_ignoring_case(reserved, name); };
        if (std::any_of(reserved_headers.begin(), reserved_headers.end(), same))
            return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                              "header \"" + sanitise(name, 64) + "\" is not free: it has a setter or belongs to HTTP");
        if (auto added = head.add(name, field.second); !added)
            return added.error();
    }
    return {};
}

inline std::string request_id_of(headers const& fields)
{
    for (std::string_view const name : {"x-request-id", "x-ms-request-id", "apim-request-id"})
        if (auto const id = fields[name]; !id.empty())
            return sanitise(id, 128);
    return {};
}

/// "12.345" milliseconds.
inline std::optional<std::chrono::microseconds> parse_model_time(std::string_view text) noexcept
{
    double ms = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), ms, std::chars_format::fixed);
    if (text.empty() || code != std::errc() || end != text.data() + text.size() || !(ms >= 0 && ms < 1e12))
        return std::nullopt;
    return std::chrono::microseconds(static_cast<std::chrono::microseconds::rep>(ms * 1000 + 0.5));
}

inline constexpr std::string_view inner_status_header = "ms-azureml-model-error-statuscode";
inline constexpr std::string_view inner_reason_header = "ms-azureml-model-error-reason";

/// A 424 is an envelope: the container's own status decides.
inline errc errc_of(int status, std::string_view inner_status) noexcept
{
    if (status == 424 && inner_status == "429")
        return errc::model_throttled;
    if (status == 424 && inner_status == "503")
        return errc::model_overloaded;
    return static_cast<errc>(std::clamp(status, 100, 999)); // never one of our own small numbers
}

inline outcome outcome_of(errc code) noexcept
{
    switch (code) {
    case errc::model_throttled:
    case errc::model_overloaded: return outcome::refused;
    case errc::model_error: return outcome::complete;
    case errc::model_timeout: return outcome::unknown; // it ran, and may still do
    default: return codec::status_outcome(static_cast<int>(code));
    }
}

/// Our words: what to do about it.
inline std::string advice(errc code, std::string_view inner_status)
{
    switch (code) {
    case errc::model_throttled:
    case errc::model_overloaded:
        return "the model's container has no capacity now (HTTP " + sanitise(inner_status, 16) + ")";
    case errc::model_error:
        return "the model's container failed" +
               (inner_status.empty() ? std::string() : " with HTTP " + sanitise(inner_status, 16));
    case errc::unauthorized: return "the key is wrong, or the token expired or is not for https://ml.azure.com";
    case errc::forbidden: return "this identity may not score on this endpoint (onlineEndpoints/score/action)";
    case errc::not_found: return "no deployment takes traffic, or none has the name that was asked for";
    case errc::model_timeout: return "the model ran longer than the deployment's request time-out";
    case errc::payload_too_large: return "the request body is over the service's limit";
    case errc::throttled: return "too many requests are waiting for this endpoint";
    case errc::header_too_large: return "a request id is over 100 characters, or the headers are too large";
    default: return {};
    }
}

} // namespace detail

AUGUR_INLINE result<http_request> build_request(score_request const& request, url const& scoring, request_head memory)
{
    auto const target = detail::target_of(request, scoring);
    if (!target)
        return target.error();
    auto head = request_head::make("POST", {std::string_view(*target)}, scoring, std::move(memory));
    if (!head)
        return head.error();
    if (auto added = detail::add_headers(*head, request); !added)
        return added.error();
    return http_request{std::move(*head), request.payload()};
}

AUGUR_INLINE result<score_response> parse_response(http_response&& response, wall_time now)
{
    if (response.status < 200 || response.status >= 300)
        return parse_error(response, now);
    score_response out;
    auto const& fields = response.fields;
    out.content_type = fields["content-type"];
    out.client_request_id = fields["x-ms-client-request-id"];
    out.model_time = detail::parse_model_time(fields["x-ms-run-fn-exec-ms"]);
    out.meta.request_id = detail::request_id_of(fields);
    out.meta.deployment = fields["azureml-model-deployment"];
    out.meta.rate_limits = codec::rate_limit_fields(fields);
    out.body = std::move(response.content);
    return out;
}

AUGUR_INLINE error parse_error(http_response const& response, wall_time now)
{
    if (response.status >= 300 && response.status < 400)
        return codec::refused_redirect(response);
    auto const inner_status = response.fields[detail::inner_status_header];
    auto const inner_reason = response.fields[detail::inner_reason_header];
    auto const body = codec::error_body::read(response.content);
    auto const code = detail::errc_of(response.status, inner_status);

    error_details details;
    details.message = detail::advice(code, inner_status);
    details.service_message = sanitise(body.message().empty() ? inner_reason : body.message());
    details.provider_code = sanitise(body.code(), 128);
    details.request_id = detail::request_id_of(response.fields);
    for (std::string_view const name :
         {detail::inner_status_header, detail::inner_reason_header, std::string_view("azureml-model-deployment"),
          std::string_view("x-ms-run-function-failed")})
        if (auto const value = response.fields[name]; !value.empty())
            details.attributes.emplace_back(name, sanitise(value, 512));
    auto const asked = codec::asked_wait_of(response.fields, now);
    details.retry_after = asked.wait;
    if (asked.hint)
        details.attributes.emplace_back(policy::retry_hint_attribute, std::to_string(asked.wait->count()));
    error out(make_error_code(code), phase::decode, detail::outcome_of(code), std::move(details));
    out.with_http_status(response.status);
    return out;
}

} // namespace augur::inline AUGUR_ABI::azure_ml::wire

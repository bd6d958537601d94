#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/policy/retry.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/wire.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker::wire {

namespace detail {

inline bool is_alnum(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// The model's pattern for names: letters and digits, with dashes inside.
inline bool is_name(std::string_view text, std::size_t longest) noexcept
{
    return !text.empty() && text.size() <= longest && is_alnum(text.front()) && is_alnum(text.back()) &&
           std::all_of(text.begin(), text.end(), [](char c) { return is_alnum(c) || c == '-'; });
}

inline bool is_ascii(std::string_view text) noexcept
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

inline error bad_member(std::string_view member, std::string_view rule)
{
    return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                      std::string(member) + " must be " + std::string(rule));
}

/// Adds the members of a request as headers and keeps the first failure.
class header_writer
{
public:
    explicit header_writer(request_head& head) noexcept : head_(head) {}

    /// Letters, digits and inner dashes.
    void name(std::string_view header, std::string_view member, std::optional<std::string> const& value,
              std::size_t longest = 63)
    {
        if (!value || !status_)
            return;
        if (!is_name(*value, longest))
            status_ = bad_member(member, "1 to " + std::to_string(longest) +
                                             " letters, digits and inner dashes, and is \"" + sanitise(*value, 80) +
                                             "\"");
        else
            status_ = head_.add(header, *value);
    }

    /// Any ASCII text that may stand in a header. The value may be private, so messages do not show it.
    void text(std::string_view header, std::string_view member, std::optional<std::string> const& value,
              std::size_t shortest, std::size_t longest)
    {
        if (!value || !status_)
            return;
        if (value->size() < shortest || value->size() > longest || !is_ascii(*value) || !is_field_value(*value))
            status_ =
                bad_member(member, std::to_string(shortest) + " to " + std::to_string(longest) +
                                       " ASCII characters without controls and without a blank at an end, and has " +
                                       std::to_string(value->size()));
        else if (!value->empty()) // an empty header says nothing
            status_ = head_.add(header, *value);
    }

    /// A text of ours.
    void own(std::string_view header, std::string_view value)
    {
        if (status_)
            status_ = head_.add(header, value);
    }

    result<void> const& status() const noexcept { return status_; }

private:
    request_head& head_;
    result<void> status_;
};

/// "2026-08-21T12:00:00Z", the only form the service uses.
inline std::optional<wall_time> parse_expiry(std::string_view text) noexcept
{
    constexpr std::string_view shape = "0000-00-00T00:00:00Z";
    if (text.size() != shape.size())
        return std::nullopt;
    for (std::size_t i = 0; i < shape.size(); ++i) {
        bool const digit = text[i] >= '0' && text[i] <= '9';
        if (shape[i] == '0' ? !digit : text[i] != shape[i])
            return std::nullopt;
    }
    auto const number = [&text](std::size_t at, std::size_t size) {
        int out = 0;
        for (char const c : text.substr(at, size))
            out = out * 10 + (c - '0');
        return out;
    };
    using namespace std::chrono;
    year_month_day const day(year(number(0, 4)), month(static_cast<unsigned>(number(5, 2))),
                             std::chrono::day(static_cast<unsigned>(number(8, 2))));
    int const h = number(11, 2);
    int const m = number(14, 2);
    int const s = number(17, 2);
    // The clock counts nanoseconds: years beyond its range must not reach it.
    if (!day.ok() || day.year() < year(1970) || day.year() > year(2200) || h > 23 || m > 59 || s > 60)
        return std::nullopt;
    return wall_time(sys_days(day)) + hours(h) + minutes(m) + seconds(std::min(s, 59));
}

/// "<id>; Expires=<time>". An expiry in another form is left out: the id alone is useful.
inline std::optional<session> parse_new_session(std::string_view text)
{
    auto const semicolon = text.find(';');
    session out;
    out.id = text.substr(0, semicolon);
    while (out.id.ends_with(' '))
        out.id.pop_back();
    if (out.id.empty())
        return std::nullopt;
    if (semicolon == text.npos)
        return out;
    auto rest = text.substr(semicolon + 1);
    while (rest.starts_with(' ') || rest.starts_with('\t'))
        rest.remove_prefix(1);
    constexpr std::string_view label = "Expires=";
    if (rest.size() > label.size() && equal_ignoring_case(rest.substr(0, label.size()), label))
        out.expires = parse_expiry(rest.substr(label.size()));
    return out;
}

inline std::string request_id_of(headers const& fields)
{
    auto id = fields["x-amzn-requestid"];
    if (id.empty())
        id = fields["x-amz-request-id"];
    return sanitise(id, 128);
}

struct error_name
{
    std::string_view text;
    errc code;
};

/// The runtime's own errors, those common to all AWS services, and the throttling names that the AWS
/// SDKs agree on.
inline constexpr std::array<error_name, 49> error_names{{
    {"ValidationError", errc::validation_error},
    {"ValidationException", errc::validation_error},
    {"InputValidationError", errc::validation_error},
    {"ModelError", errc::model_error},
    {"ModelNotReadyException", errc::model_not_ready},
    {"InternalFailure", errc::internal_failure},
    {"InternalError", errc::internal_failure},
    {"InternalServerError", errc::internal_failure},
    {"InternalServerException", errc::internal_failure},
    {"ServiceUnavailable", errc::service_unavailable},
    {"ServiceUnavailableError", errc::service_unavailable},
    {"ServiceUnavailableException", errc::service_unavailable},
    {"InternalDependencyException", errc::internal_dependency},
    {"ModelStreamError", errc::model_stream_error},
    {"InternalStreamFailure", errc::internal_stream_failure},
    {"RequestTimeout", errc::request_timeout},
    {"RequestTimeoutException", errc::request_timeout},
    {"Throttling", errc::throttling},
    {"ThrottlingException", errc::throttling},
    {"ThrottledException", errc::throttling},
    {"RequestThrottled", errc::throttling},
    {"RequestThrottledException", errc::throttling},
    {"TooManyRequestsException", errc::throttling},
    {"ProvisionedThroughputExceededException", errc::throttling},
    {"TransactionInProgressException", errc::throttling},
    {"RequestLimitExceeded", errc::throttling},
    {"BandwidthLimitExceeded", errc::throttling},
    {"LimitExceededException", errc::throttling},
    {"SlowDown", errc::throttling},
    {"PriorRequestNotComplete", errc::throttling},
    {"EC2ThrottledException", errc::throttling},
    {"AccessDenied", errc::access_denied},
    {"AccessDeniedException", errc::access_denied},
    {"NotAuthorized", errc::access_denied},
    {"OptInRequired", errc::access_denied},
    {"InvalidSignatureException", errc::invalid_signature},
    {"SignatureDoesNotMatch", errc::invalid_signature},
    {"AuthFailure", errc::invalid_signature},
    {"IncompleteSignature", errc::incomplete_signature},
    {"IncompleteSignatureException", errc::incomplete_signature},
    {"ExpiredToken", errc::expired_token},
    {"ExpiredTokenException", errc::expired_token},
    {"RequestTimeTooSkewed", errc::request_time_too_skewed},
    {"RequestExpired", errc::request_time_too_skewed},
    {"RequestInTheFuture", errc::request_time_too_skewed},
    {"UnrecognizedClientException", errc::unrecognized_client},
    {"InvalidClientTokenId", errc::unrecognized_client},
    {"MissingAuthenticationToken", errc::missing_authentication},
    {"MissingAuthenticationTokenException", errc::missing_authentication},
}};

/// Without a name that we know, the status speaks; without a meaning of ours, it stays as it is.
inline errc errc_of_status(int status) noexcept
{
    switch (status) {
    case 403: return errc::access_denied;
    case 408: return errc::request_timeout;
    case 413: return errc::payload_too_large;
    case 424: return errc::model_error;
    case 429: return errc::throttling;
    case 500: return errc::internal_failure;
    case 503: return errc::service_unavailable;
    case 530: return errc::internal_dependency;
    default: return static_cast<errc>(std::clamp(status, 100, 999)); // never one of our own small numbers
    }
}

inline errc errc_of(int status, std::string_view name, std::string_view message) noexcept
{
    auto const known =
        std::find_if(error_names.begin(), error_names.end(), [&](auto const& e) { return e.text == name; });
    errc const code = known == error_names.end() ? errc_of_status(status) : known->code;
    // An unknown endpoint has no name of its own.
    if (code == errc::validation_error && message.starts_with("Endpoint ") &&
        message.find(" not found") != message.npos)
        return errc::endpoint_not_found;
    // Nor has a wrong clock: the signature is called invalid, and the text tells why.
    if (code == errc::invalid_signature &&
        (message.starts_with("Signature expired") || message.starts_with("Signature not yet current")))
        return errc::request_time_too_skewed;
    return code;
}

inline outcome outcome_of(errc code, int status) noexcept
{
    switch (code) {
    case errc::model_error: return outcome::complete;
    case errc::model_stream_error:
    case errc::internal_stream_failure: return outcome::partial;
    case errc::throttling:
    case errc::model_not_ready:
    case errc::service_unavailable: return outcome::refused; // says so, whatever the status
    default: return codec::status_outcome(status);
    }
}

/// Our words: what to do about it.
inline std::string advice(errc code, codec::error_body const& body)
{
    switch (code) {
    case errc::endpoint_not_found: return "there is no such endpoint in this account and region";
    case errc::payload_too_large: return "the request body is over the service's limit";
    case errc::model_error: {
        auto const status = body.find("OriginalStatusCode");
        if (status == "0")
            return "the model's container did not answer in time";
        return "the model's container failed" + (status.empty() ? std::string() : " with HTTP " + sanitise(status, 16));
    }
    case errc::model_not_ready: return "the model is still loading";
    case errc::throttling: return "too many requests for now";
    case errc::access_denied: return "these credentials may not invoke this endpoint (sagemaker:InvokeEndpoint)";
    case errc::invalid_signature: return "the secret key is wrong, or something between changed the request";
    case errc::expired_token: return "the temporary credentials have expired";
    case errc::request_time_too_skewed: return "the clock of this machine differs from the service's";
    case errc::unrecognized_client: return "the access key or session token is not known";
    default: return {};
    }
}

/// A refused signature is answered with the canonical request, and with it the session token that
/// was signed: the words stay, the token goes.
inline std::string without_token(std::string_view message)
{
    constexpr std::string_view field = "x-amz-security-token:";
    std::string out(message);
    for (auto at = out.find(field); at != out.npos; at = out.find(field, at + field.size())) {
        auto const begin = at + field.size();
        auto const end = out.find_first_of("\n'", begin);
        out.replace(begin, end == out.npos ? out.npos : end - begin, "(hidden)");
    }
    return out;
}

} // namespace detail

AUGUR_INLINE payload_header_names payload_headers_of(operation op) noexcept
{
    switch (op) {
    case operation::invoke: break;
    case operation::invoke_with_response_stream: return {"Content-Type", "X-Amzn-SageMaker-Accept"};
    case operation::invoke_async: return {"X-Amzn-SageMaker-Content-Type", "X-Amzn-SageMaker-Accept"};
    }
    return {"Content-Type", "Accept"};
}

AUGUR_INLINE result<http_request> build_request(invoke_endpoint_request const& request, url const& base,
                                                request_head memory)
{
    if (!detail::is_name(request.endpoint_name(), 63))
        return detail::bad_member("EndpointName", "1 to 63 letters, digits and inner dashes, and is \"" +
                                                      sanitise(request.endpoint_name(), 80) + "\"");
    std::string_view prefix = base.path();
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);
    auto head = request_head::make("POST", {prefix, "/endpoints/", request.endpoint_name(), "/invocations"}, base,
                                   std::move(memory));
    if (!head)
        return head.error();

    auto const names = payload_headers_of(operation::invoke);
    detail::header_writer write(*head);
    write.text(names.content_type, "ContentType", request.content_type(), 0, 1024);
    if (!request.content_type() && request.payload().size() != 0)
        write.own(names.content_type, "application/octet-stream"); // what the protocol says of a payload without a type
    write.text(names.accept, "Accept", request.accept(), 0, 1024);
    write.text("X-Amzn-SageMaker-Custom-Attributes", "CustomAttributes", request.custom_attributes(), 0, 1024);
    write.text("X-Amzn-SageMaker-Target-Model", "TargetModel", request.target_model(), 1, 1024);
    write.name("X-Amzn-SageMaker-Target-Variant", "TargetVariant", request.target_variant());
    write.name("X-Amzn-SageMaker-Target-Container-Hostname", "TargetContainerHostname",
               request.target_container_hostname());
    write.text("X-Amzn-SageMaker-Inference-Id", "InferenceId", request.inference_id(), 1, 64);
    write.text("X-Amzn-SageMaker-Enable-Explanations", "EnableExplanations", request.enable_explanations(), 1, 64);
    write.name("X-Amzn-SageMaker-Inference-Component", "InferenceComponentName", request.inference_component());
    if (request.opens_session())
        write.text("X-Amzn-SageMaker-Session-Id", "SessionId", request.session_id(), 1, 256);
    else
        write.name("X-Amzn-SageMaker-Session-Id", "SessionId", request.session_id(), 256);
    if (!write.status())
        return write.status().error();
    return http_request{std::move(*head), request.payload()};
}

AUGUR_INLINE result<invoke_endpoint_response> parse_response(http_response&& response, wall_time now)
{
    if (response.status < 200 || response.status >= 300)
        return parse_error(response, now);
    invoke_endpoint_response out;
    auto const& fields = response.fields;
    out.content_type = fields["content-type"];
    out.invoked_production_variant = fields["x-amzn-invoked-production-variant"];
    out.custom_attributes = fields["x-amzn-sagemaker-custom-attributes"];
    out.new_session = detail::parse_new_session(fields["x-amzn-sagemaker-new-session-id"]);
    out.closed_session_id = fields["x-amzn-sagemaker-closed-session-id"];
    out.meta.request_id = detail::request_id_of(fields);
    out.meta.variant = out.invoked_production_variant;
    out.meta.rate_limits = codec::rate_limit_fields(fields);
    out.body = std::move(response.content);
    return out;
}

AUGUR_INLINE error parse_error(http_response const& response, wall_time now)
{
    if (response.status >= 300 && response.status < 400)
        return codec::refused_redirect(response);
    auto const body = codec::error_body::read(response.content);
    auto name = codec::bare_error_name(response.fields["x-amzn-errortype"]);
    if (name.empty())
        name = body.code();
    auto const message = body.message();
    auto const code = detail::errc_of(response.status, name, message);

    error_details details;
    details.message = detail::advice(code, body);
    details.service_message = sanitise(detail::without_token(message));
    details.provider_code = sanitise(name, 128);
    details.request_id = detail::request_id_of(response.fields);
    for (std::string_view const member : {"OriginalStatusCode", "OriginalMessage", "LogStreamArn"})
        if (auto const value = body.find(member); !value.empty())
            details.attributes.emplace_back(member, sanitise(value));
    auto const asked = codec::asked_wait_of(response.fields, now);
    details.retry_after = asked.wait;
    if (asked.hint)
        details.attributes.emplace_back(policy::retry_hint_attribute, std::to_string(asked.wait->count()));
    error out(make_error_code(code), phase::decode, detail::outcome_of(code, response.status), std::move(details));
    out.with_http_status(response.status);
    return out;
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

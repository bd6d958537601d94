#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/policy/retry.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/wire.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker::wire {

namespace detail {

inline std::string request_id_of(headers const& fields)
{
    auto id = fields["x-amzn-requestid"];
    if (id.empty())
        id = fields["x-amz-request-id"];
    return sanitise(id, 128);
}

/// Also on an answer that the model could not give.
inline constexpr std::string_view variant_header = "x-amzn-invoked-production-variant";

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
        if (status == "0") // it has none of its own: too slow, or gone
            return body.message().find("timed out") != std::string_view::npos
                       ? "the model's container did not answer in time"
                       : "the model's container gave no answer";
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
    if (auto const variant = response.fields[detail::variant_header]; !variant.empty())
        details.attributes.emplace_back(detail::variant_header, sanitise(variant, 512));
    auto const asked = codec::asked_wait_of(response.fields, now);
    details.retry_after = asked.wait;
    if (asked.hint)
        details.attributes.emplace_back(policy::retry_hint_attribute, std::to_string(asked.wait->count()));
    error out(make_error_code(code), phase::decode, detail::outcome_of(code, response.status), std::move(details));
    out.with_http_status(response.status);
    return out;
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

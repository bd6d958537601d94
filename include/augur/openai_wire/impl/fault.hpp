#pragma once

#include <augur/codec/json.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/openai_wire/errc.hpp>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

/// What the body of an error says, whichever of its forms it has.
struct fault
{
    std::string code, type, message, param, inner_code;
    std::vector<std::pair<std::string, std::string>> filters; ///< category, finding
};

struct fault_name
{
    std::string_view name;
    errc code;
};

/// Codes and types of OpenAI, Azure and the compatible servers; the more exact name is asked first.
inline constexpr fault_name fault_names[] = {
    {"content_filter", errc::content_filter},
    {"content_policy_violation", errc::content_filter},
    {"ResponsibleAIPolicyViolation", errc::content_filter},
    {"DeploymentNotFound", errc::deployment_not_found},
    {"model_not_found", errc::model_not_found},
    {"ModelNotFound", errc::model_not_found},
    {"unknown_model", errc::model_not_found},
    {"previous_response_not_found", errc::response_not_found},
    {"response_not_found", errc::response_not_found},
    {"context_length_exceeded", errc::context_length_exceeded},
    {"rate_limit_exceeded", errc::rate_limited},
    {"RateLimitReached", errc::rate_limited},
    {"rate_limit_error", errc::rate_limited},
    {"too_many_requests", errc::rate_limited},
    {"insufficient_quota", errc::insufficient_quota},
    {"InsufficientQuota", errc::insufficient_quota},
    {"billing_hard_limit_reached", errc::insufficient_quota},
    {"billing_not_active", errc::insufficient_quota},
    {"PermissionDenied", errc::permission_denied},
    {"AuthenticationTypeDisabled", errc::permission_denied},
    {"invalid_prompt", errc::invalid_prompt},
    {"OperationNotSupported", errc::operation_not_supported},
    {"unsupported_api_version", errc::unsupported_api_version},
    {"server_is_overloaded", errc::overloaded},
    {"engine_overloaded", errc::overloaded},
    {"overloaded_error", errc::overloaded},
    {"slow_down", errc::overloaded},
    {"server_error", errc::server_error},
    {"internal_error", errc::server_error},
    {"InternalServerError", errc::server_error},
};

inline std::optional<errc> named(std::string_view name) noexcept
{
    auto const* const found = std::ranges::find(fault_names, name, &fault_name::name);
    return found == std::end(fault_names) ? std::nullopt : std::optional(found->code);
}

inline std::optional<int> status_number(std::string_view text) noexcept
{
    int number = 0;
    auto const [end, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc() || end != text.data() + text.size() || number < 400 || number > 599)
        return std::nullopt;
    return number;
}

/// A scalar as text; nothing for anything else.
inline std::string scalar(codec::json::value object, std::string_view key, std::size_t cap)
{
    auto const v = object.find(key);
    if (!v)
        return {};
    if (v->kind() == codec::json::kind::string)
        return sanitise(*v->as_string(), cap);
    return v->kind() == codec::json::kind::number ? sanitise(v->raw(), cap) : std::string();
}

/// "filtered, severity medium"; empty for what is harmless.
inline std::string finding_of(codec::json::value category)
{
    auto const is_true = [&category](std::string_view key) {
        auto const v = category.find(key);
        return v && v->kind() == codec::json::kind::boolean && *v->as_bool();
    };
    std::string out = is_true("filtered") ? "filtered" : "";
    auto const add = [&out](std::string_view words) { out.append(out.empty() ? "" : ", ").append(words); };
    if (is_true("detected"))
        add("detected");
    if (auto const severity = category.find_string("severity"); severity && *severity != "safe")
        add("severity " + sanitise(*severity, 32));
    return out;
}

inline void read_inner(codec::json::value inner, fault& to)
{
    to.inner_code = scalar(inner, "code", 128);
    constexpr std::size_t most_findings = 16;
    for (std::string_view const key : {"content_filter_result", "content_filter_results"})
        if (auto const filters = inner.find(key))
            for (auto const [category, value] : filters->members())
                if (auto words = finding_of(value); !words.empty() && to.filters.size() < most_findings)
                    to.filters.emplace_back(sanitise(category, 64), std::move(words));
}

/// An object of an error: the value of "error", or the whole text where a server has no envelope.
inline fault read_fault(codec::json::value object)
{
    fault out;
    if (object.kind() == codec::json::kind::string) {
        out.message = sanitise(*object.as_string());
        return out;
    }
    out.code = scalar(object, "code", 128);
    out.type = scalar(object, "type", 128);
    out.message = scalar(object, "message", 2048);
    out.param = scalar(object, "param", 256);
    for (std::string_view const key : {"innererror", "inner_error"})
        if (auto const inner = object.find(key))
            read_inner(*inner, out);
    return out;
}

/// Where the error is in a body or an event, if there is one.
inline std::optional<codec::json::value> error_in(codec::json::value root)
{
    if (auto const inner = root.find("error"); inner && !inner->is_null())
        return inner;
    // vLLM's older form, and the event of the Responses API.
    if (root.find_string("object") == "error" || root.find_string("type") == "error")
        return root;
    return std::nullopt;
}

inline bool says_too_long(std::string_view message)
{
    return message.find("maximum context length") != message.npos ||
           message.find("context window") != message.npos; // servers that give no code
}

inline std::optional<errc> errc_of(fault const& f) noexcept
{
    if (f.inner_code == "ResponsibleAIPolicyViolation")
        return errc::content_filter;
    for (std::string_view const name : {std::string_view(f.code), std::string_view(f.type)})
        if (auto const known = named(name))
            return known;
    return std::nullopt;
}

/// Our words: what to do about it.
inline std::string advice(errc code, fault const& f)
{
    switch (code) {
    case errc::content_filter: {
        std::string out = "a content filter stopped the prompt";
        if (f.param != "prompt")
            out += " or the answer";
        for (auto const& [category, finding] : f.filters)
            out.append(&category == &f.filters.front().first ? ": " : "; ").append(category + " (" + finding + ")");
        return out;
    }
    case errc::deployment_not_found:
        return "this resource has no deployment of that name (the name of a model is not enough), or it is younger "
               "than five minutes";
    case errc::model_not_found: return "there is no such model, or none that this key may use";
    case errc::response_not_found: return "no stored response has that id";
    case errc::context_length_exceeded: return "the prompt and the wanted answer do not fit the model: shorten either";
    case errc::rate_limited: return "too many requests or tokens in this minute";
    case errc::insufficient_quota: return "the quota or the credit is used up; waiting does not help";
    case errc::permission_denied: return "this identity may not do this on this resource, or keys are switched off";
    case errc::invalid_prompt: return "the service refuses this prompt";
    case errc::operation_not_supported: return "this model or deployment cannot do this";
    case errc::unsupported_api_version: return "the service does not know this api-version";
    case errc::overloaded: return "the service has no capacity now";
    case errc::server_error: return "the service failed";
    default: break;
    }
    switch (static_cast<int>(code)) {
    case 401: return "the key is wrong or of another resource, or the token expired or has another audience";
    case 403: return "this identity or this network may not use the resource";
    case 404: return "there is nothing at this address: wrong api-version, path or host";
    case 413: return "the request is larger than the service takes";
    case 408:
    case 504: return "the model did not answer in the time that the service allows";
    case 429: return "too many requests or tokens in this minute";
    case 500:
    case 502: return "the service or a gateway before it failed";
    case 503: return "the service has no capacity now";
    default: return {};
    }
}

inline error_details details_of(errc code, fault const& f)
{
    error_details out;
    out.message = advice(code, f);
    out.service_message = f.message;
    out.provider_code = f.code.empty() ? f.type : f.code;
    auto const add = [&out](std::string name, std::string const& value) {
        if (!value.empty())
            out.attributes.emplace_back(std::move(name), value);
    };
    add("param", f.param);
    add("type", f.type);
    add("content_filter.code", f.inner_code);
    for (auto const& [category, finding] : f.filters)
        add("content_filter." + category, finding);
    return out;
}

/// Of a stream or of a body with status 200: there the status says nothing, but a code may be one.
inline error stream_error(fault const& f, errc otherwise)
{
    auto code = errc_of(f);
    if (auto const status = status_number(f.code); !code && status)
        code = static_cast<errc>(*status);
    if (!code && says_too_long(f.message))
        code = errc::context_length_exceeded;
    auto const known = code.value_or(otherwise);
    return error(make_error_code(known), phase::body, outcome::partial, details_of(known, f)).with_http_status(200);
}

/// The error in an event or in a body with status 200.
inline std::optional<error> stream_error_in(codec::json::value root)
{
    auto const where = error_in(root);
    if (!where)
        return std::nullopt;
    auto f = read_fault(*where);
    if (f.type == "error")
        f.type.clear(); // of the event
    return stream_error(f, errc::stream_error);
}

inline fault fault_of_body(std::string_view content)
{
    constexpr std::size_t longest = 64 * 1024;
    auto const first = content.find_first_not_of(" \t\r\n");
    if (first != content.npos && content[first] == '{' && content.size() <= longest)
        if (auto const document = codec::json::parse(content)) {
            auto const root = document->root();
            auto out = read_fault(error_in(root).value_or(root));
            if (!out.message.empty() || !out.code.empty())
                return out;
        }
    // API Management's own form, web frameworks, HTML: what the shared reader makes of it.
    auto const body = codec::error_body::read(content);
    fault out;
    out.code = sanitise(body.code(), 128);
    out.message = sanitise(body.message());
    return out;
}

/// What an event whose type is "error" says, in whatever form; nothing if its data has the member `sign`, by which
/// other events are known.
inline std::optional<error> error_event(std::string_view data, std::string_view sign)
{
    auto const document = codec::json::parse(data);
    if (!document)
        return stream_error(fault_of_body(data), errc::stream_error);
    auto const root = document->root();
    if (root.find(sign))
        return std::nullopt;
    if (auto said = stream_error_in(root))
        return said;
    return stream_error(read_fault(root), errc::stream_error);
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::openai_wire

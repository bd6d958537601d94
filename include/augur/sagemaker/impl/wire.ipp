#pragma once

#include <augur/codec/service_error.hpp>
#include <augur/sagemaker/impl/wire_error.ipp>
#include <augur/sagemaker/wire.hpp>

#include <algorithm>
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

AUGUR_COLD inline error bad_member(std::string_view member, std::string_view rule)
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

inline std::string_view path_of(operation op) noexcept
{
    switch (op) {
    case operation::invoke: break;
    case operation::invoke_with_response_stream: return "/invocations-response-stream";
    case operation::invoke_async: return "/async-invocations";
    }
    return "/invocations";
}

/// Of every path, without a slash at its end.
inline std::string_view prefix_of(url const& base) noexcept
{
    std::string_view out = base.path();
    while (out.ends_with('/'))
        out.remove_suffix(1);
    return out;
}

AUGUR_COLD inline error bad_endpoint_name(std::string_view name)
{
    return bad_member("EndpointName",
                      "1 to 63 letters, digits and inner dashes, and is \"" + sanitise(name, 80) + "\"");
}

/// What the operations that take a payload have in common.
inline result<http_request> build(invoke_endpoint_request const& request, url const& base, operation op,
                                  request_head memory)
{
    if (!is_name(request.endpoint_name(), 63))
        return bad_endpoint_name(request.endpoint_name());
    auto head = request_head::make("POST", {prefix_of(base), "/endpoints/", request.endpoint_name(), path_of(op)}, base,
                                   std::move(memory));
    if (!head)
        return head.error();

    auto const names = payload_headers_of(op);
    header_writer write(*head);
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
    return detail::build(request, base, operation::invoke, std::move(memory));
}

AUGUR_INLINE result<http_request> build_openai_chat(std::string_view endpoint_name,
                                                    std::string_view inference_component, std::string text,
                                                    url const& base, request_head memory)
{
    if (!detail::is_name(endpoint_name, 63))
        return detail::bad_endpoint_name(endpoint_name);
    bool const is_component = !inference_component.empty();
    if (is_component && !detail::is_name(inference_component, 63))
        return detail::bad_member("InferenceComponentName", "1 to 63 letters, digits and inner dashes, and is \"" +
                                                                sanitise(inference_component, 80) + "\"");
    auto head = request_head::make("POST",
                                   {detail::prefix_of(base), "/endpoints/", endpoint_name,
                                    is_component ? "/inference-components/" : "", inference_component,
                                    "/openai/v1/chat/completions"},
                                   base, std::move(memory));
    if (!head)
        return head.error();
    if (auto added = head->add("Content-Type", "application/json"); !added)
        return added.error();
    return http_request{std::move(*head), body(std::move(text))};
}

AUGUR_INLINE result<invoke_endpoint_response> parse_response(http_response&& response, wall_time now)
{
    if (response.status < 200 || response.status >= 300)
        return parse_error(response, now);
    result<invoke_endpoint_response> made(boost::system::in_place_value); // a response is large to move
    auto& out = *made;
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
    return made;
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

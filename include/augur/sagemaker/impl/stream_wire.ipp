#pragma once

#include <augur/sagemaker/impl/wire.ipp>
#include <augur/sagemaker/stream_wire.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::sagemaker::wire {

namespace detail {

inline result<void> fits_a_stream(invoke_endpoint_request const& request)
{
    char const* const misfit = request.target_model()          ? "TargetModel"
                               : request.enable_explanations() ? "EnableExplanations"
                               : request.opens_session()       ? "a new session"
                                                               : nullptr;
    if (misfit == nullptr)
        return {};
    return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                      std::string("a request for a response stream has no place for ") + misfit);
}

inline errc stream_errc_of(std::string_view name) noexcept
{
    auto const known =
        std::find_if(error_names.begin(), error_names.end(), [&](auto const& e) { return e.text == name; });
    return known == error_names.end() ? errc::internal_stream_failure : known->code;
}

inline std::string stream_advice(errc code, std::string_view why)
{
    if (code != errc::model_stream_error)
        return "the service broke the stream off";
    if (why == "ModelInvocationTimeExceeded")
        return "the model took longer than the service allows for one answer";
    return "the model's container broke the stream off";
}

} // namespace detail

AUGUR_INLINE result<http_request> build_stream_request(invoke_endpoint_request const& request, url const& base,
                                                       request_head memory)
{
    if (auto fits = detail::fits_a_stream(request); !fits)
        return fits.error();
    return detail::build(request, base, operation::invoke_with_response_stream, std::move(memory));
}

AUGUR_INLINE void read_meta(augur::meta& into, headers const& fields)
{
    into.request_id = detail::request_id_of(fields);
    into.variant = fields["x-amzn-invoked-production-variant"];
    into.rate_limits = codec::rate_limit_fields(fields);
}

AUGUR_INLINE result<stream_head> parse_stream_head(headers const& fields)
{
    constexpr std::string_view wanted = "application/vnd.amazon.eventstream";
    auto const type = fields["content-type"];
    auto const bare = type.substr(0, type.find_first_of("; "));
    if (!bare.empty() && !equal_ignoring_case(bare, wanted))
        return make_error(augur::errc::decode_error, phase::decode, outcome::partial,
                          "the response is no event stream but \"" + sanitise(type, 80) + "\"");
    stream_head out;
    out.content_type = fields["x-amzn-sagemaker-content-type"];
    out.invoked_production_variant = fields["x-amzn-invoked-production-variant"];
    out.custom_attributes = fields["x-amzn-sagemaker-custom-attributes"];
    return out;
}

AUGUR_INLINE error parse_stream_error(codec::eventstream::frame const& frame)
{
    bool const is_exception = frame.headers.find_string(":message-type") == "exception";
    auto const type =
        frame.headers.find_string(is_exception ? ":exception-type" : ":error-code").value_or(std::string_view());
    auto const name = codec::bare_error_name(type);
    auto const code = detail::stream_errc_of(name);
    auto const content = codec::error_body::read(frame.payload);
    auto const said = is_exception ? content.message()
                                   : frame.headers.find_string(":error-message").value_or(std::string_view());
    auto const why = content.find("ErrorCode");
    error_details details;
    details.message = detail::stream_advice(code, why);
    details.service_message = sanitise(said);
    details.provider_code = sanitise(name, 128);
    if (!why.empty())
        details.attributes.emplace_back("ErrorCode", sanitise(why, 128));
    return error(make_error_code(code), phase::body, outcome::partial, std::move(details));
}

AUGUR_INLINE result<std::optional<payload_part>> part_decoder::next()
{
    while (!failure_) {
        auto const frame = frames_.next();
        if (!frame)
            return failure_.emplace(frame.error());
        if (!*frame)
            return std::optional<payload_part>();
        auto const type = (*frame)->headers.find_string(":message-type").value_or(std::string_view());
        if (type == "exception" || type == "error")
            return failure_.emplace(parse_stream_error(**frame));
        if (type != "event")
            return failure_.emplace(
                make_error(augur::errc::frame_error, phase::body, outcome::partial,
                           "a frame of the type \"" + sanitise(type, 80) + "\", which nobody knows"));
        if ((*frame)->headers.find_string(":event-type") == "PayloadPart" && !(*frame)->payload.empty())
            return std::optional<payload_part>(payload_part{(*frame)->payload});
    }
    return *failure_;
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/core/url.hpp>
#include <augur/sagemaker/request.hpp>
#include <augur/sagemaker/response.hpp>

#include <cstdint>
#include <string_view>

/// Values to HTTP and back, for the runtime's rest-json protocol. No I/O, no clock, no credentials.
namespace augur::inline AUGUR_ABI::sagemaker::wire {

enum class operation : std::uint8_t
{
    invoke,
    invoke_with_response_stream,
    invoke_async,
};

/// The two headers that are spelled differently by each operation.
struct payload_header_names
{
    std::string_view content_type;
    std::string_view accept;
};

payload_header_names payload_headers_of(operation op) noexcept;

/// `base`: from `resolve_host`. The head has no authentication yet and no framing (content-length),
/// which belongs to whoever writes it.
///
/// `memory`: of a head that is no longer needed.
/// Errors: `errc::invalid_argument`, naming the member that breaks its limit.
result<http_request> build_request(invoke_endpoint_request const& request, url const& base, request_head memory = {});

/// The request of `chat_form::openai`; `inference_component` may be empty. Errors: `errc::invalid_argument` for what is
/// no name.
result<http_request> build_openai_chat(std::string_view endpoint_name, std::string_view inference_component,
                                       std::string text, url const& base, request_head memory = {});

/// An answer with a status below 300 in its own terms; any other goes through `parse_error`.
result<invoke_endpoint_response> parse_response(http_response&& response, wall_time now);

/// What a status of 300 or more means. `now` is used only for a `Retry-After` that is a date, and
/// only if the answer has no `Date` of its own.
///
/// The outcome is `refused` for what the service declined, `unknown` for 500, 502 and 504, and
/// `complete` for a model that ran and failed. A redirect is `errc::redirect_refused`.
error parse_error(http_response const& response, wall_time now);

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/wire.ipp>
#endif

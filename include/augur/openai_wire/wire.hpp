#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What the services of this dialect say beside their answers: errors, limits, request ids.
namespace augur::inline AUGUR_ABI::openai_wire {

/// What a status of 300 or more means. `now` is used only for a `Retry-After` that is a date, and only if the
/// answer has no `Date` of its own.
///
/// Reads the error objects of OpenAI, Azure OpenAI, API Management and the compatible servers, also HTML and
/// nothing at all. Attributes: "param" and "type" as the service named them; "x-ms-region",
/// "x-ms-deployment-name" and "x-should-retry"; "content_filter.<category>" such as "filtered, severity medium" for
/// each category that is not harmless, and "content_filter.code".
error parse_error(http_response const& response, wall_time now);

/// The error that an event of a stream (status 200) is about, if it is an error: `{"error":{...}}` and its
/// relatives. Outcome `partial`, phase `body`.
std::optional<error> parse_stream_error(std::string_view data);

/// The service's name of a call, the best one to quote to its support: `apim-request-id`, `x-request-id`, ...
std::string request_id_of(headers const& fields);

/// `x-ratelimit-*`: what is left of the minute. Azure often sends only what remains.
struct rate_limits
{
    std::optional<std::int64_t> limit_requests, limit_tokens;
    std::optional<std::int64_t> remaining_requests, remaining_tokens;
    std::optional<std::chrono::milliseconds> reset_requests, reset_tokens; ///< until all of it is there again
};
rate_limits parse_rate_limits(headers const& fields) noexcept;

/// "1s", "6m0s", "120ms", "1h30m" or a bare number of seconds, rounded up to a millisecond.
std::optional<std::chrono::milliseconds> parse_reset_time(std::string_view text) noexcept;

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/wire.ipp>
#endif

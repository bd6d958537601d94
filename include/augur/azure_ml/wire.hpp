#pragma once

#include <augur/azure_ml/request.hpp>
#include <augur/azure_ml/response.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/core/url.hpp>

/// Values to HTTP and back. No I/O, no clock, no credentials.
namespace augur::inline AUGUR_ABI::azure_ml::wire {

/// `scoring`: from `resolve_host`. The head has no authentication yet and no framing (content-length),
/// which belongs to whoever writes it.
///
/// Errors: `errc::invalid_argument`, naming the member that breaks its limit.
result<http_request> build_request(score_request const& request, url const& scoring, request_head memory = {});

/// An answer with a status below 300 in its own terms; any other goes through `parse_error`.
result<score_response> parse_response(http_response&& response, wall_time now);

/// What a status of 300 or more means. `now` is used only for a `Retry-After` that is a date, and
/// only if the answer has no `Date` of its own.
///
/// 424 is unfolded: around the container's own 429 or 503 it is `refused` and may be repeated, else it
/// is a model error and `complete`. 408 means that the model ran out of time: `unknown`.
error parse_error(http_response const& response, wall_time now);

} // namespace augur::inline AUGUR_ABI::azure_ml::wire

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/wire.ipp>
#endif

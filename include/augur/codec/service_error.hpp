#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::codec {

/// What a bare HTTP status answers to a portable question, for failures whose name is not known.
bool status_is(int status, condition c) noexcept;

/// What a failure is called that has no name but its HTTP status: "unauthorized" for 401, "http_418" for one that few
/// people know.
std::string status_name(int status);

/// Whether a service that answered so may have acted: 500, 502, 504 and unheard-of 5xx are `unknown`,
/// everything else from 300 on is `refused` (RFC 9110 15). Services with another habit say so themselves.
outcome status_outcome(int status) noexcept;

/// The named texts in the body of an error: the scalar members of a JSON object, and those of its
/// object "error" (as "error.code"). Anything else, HTML or nothing at all, is only text.
class error_body
{
public:
    /// Never fails; reads at most 64 KiB and keeps at most 32 members.
    static error_body read(std::string_view content);

    bool is_json() const noexcept { return is_json_; }
    /// The first member of one of these names, ASCII case aside; empty when absent or null.
    std::string_view find(std::string_view name) const noexcept;
    /// "code", "__type", "error.code" or "error.type", the namespace and what follows a colon cut off.
    std::string_view code() const noexcept;
    /// "message", "error.message", "error", "detail" or "errormessage"; without any, the text of the body, also if it
    /// is JSON, up to 8 KiB.
    std::string_view message() const noexcept;

private:
    std::vector<std::pair<std::string, std::string>> members_;
    std::string text_; ///< of the body, up to 8 KiB
    bool is_json_ = false;
};

/// "ModelError" for "com.amazon.sagemaker#ModelError:http://internal/".
std::string_view bare_error_name(std::string_view text) noexcept;

/// How long the service asked to wait, and whether it was only a hint (`x-amz-retry-after`).
///
/// A date counts from the answer's own `Date`, so that a wrong clock of ours does not matter; from
/// `now` if it has none.
struct asked_wait
{
    std::optional<std::chrono::milliseconds> wait;
    bool hint = false;
};
asked_wait asked_wait_of(headers const& fields, wall_time now);

/// `x-ratelimit-*` and `retry-after*` fields, for `meta::rate_limits`.
std::vector<std::pair<std::string, std::string>> rate_limit_fields(headers const& fields);

/// `errc::redirect_refused`: redirects are never followed, since they would carry a signature or a key
/// to another place. The message names the host of the target and nothing else of it.
error refused_redirect(http_response const& response);

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/service_error.ipp>
#endif

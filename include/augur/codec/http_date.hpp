#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// Reads the three forms of RFC 9110 5.6.7: IMF-fixdate, RFC 850 and asctime. Nothing else, no
/// blank around it. The name of the day must be one, but is not compared with the date. A second 60
/// counts as 59. Dates beyond the clock's range become its first or last moment.
///
/// `now` places the two digits of an RFC 850 year: one that would lie more than 50 years ahead
/// belongs to the past.
std::optional<std::chrono::system_clock::time_point>
parse_http_date(std::string_view text, std::chrono::system_clock::time_point now) noexcept;

/// IMF-fixdate, 29 characters: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string format_http_date(std::chrono::system_clock::time_point when);

/// "20150830T123600Z": ISO 8601 basic format in UTC, whole seconds, as in `x-amz-date`.
std::array<char, 16> format_basic_date(std::chrono::system_clock::time_point when) noexcept;

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/http_date.ipp>
#endif

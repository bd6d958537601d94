#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::emulator {

/// One frame of an AWS event stream with string headers, written by code that shares nothing with the library's:
///
///     u32 total | u32 headers | u32 CRC of these | headers | payload | u32 CRC of all before       (big-endian)
std::string event_frame(std::vector<std::pair<std::string_view, std::string_view>> const& headers,
                        std::string_view payload);

/// `:message-type` event, `:event-type` PayloadPart.
std::string payload_part(std::string_view bytes);

/// `:message-type` exception with `{"Message": ...}`, and "ErrorCode" when it is not empty.
std::string exception_frame(std::string_view type, std::string_view message, std::string_view code);

} // namespace augur::emulator

#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// What is known of a failure beyond its code. Filled once, then immutable and shared.
struct error_details
{
    std::string message;         ///< ours: what happened and what to do
    std::string service_message; ///< the service's own words, control characters escaped, at most 2 KiB
    std::string provider_code;   ///< the service's name for it, such as "ThrottlingException"
    std::string request_id;
    std::optional<std::chrono::milliseconds> retry_after; ///< as the service asked; may be long
    std::vector<std::pair<std::string, std::string>> attributes; ///< provider specific, such as OriginalStatusCode
};

} // namespace augur::inline AUGUR_ABI

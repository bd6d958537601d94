#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/meta.hpp>

#include <optional>
#include <string>

namespace augur::inline AUGUR_ABI::azure_ml {

/// What the container answered. Texts are empty when the service sent nothing.
struct score_response
{
    std::string body; ///< as it came
    std::string content_type;
    std::string client_request_id; ///< echoed
    /// How long the scoring function ran, when the inference server says so (`x-ms-run-fn-exec-ms`).
    std::optional<std::chrono::microseconds> model_time;
    augur::meta meta;
};

} // namespace augur::inline AUGUR_ABI::azure_ml

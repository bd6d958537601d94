#pragma once

#include <augur/config.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace augur::inline AUGUR_ABI {

/// Tokens that one answer took, which is what is billed. A count that the service did not give is 0 or empty.
struct usage
{
    std::int64_t input_tokens = 0; ///< the prompt, cached tokens included
    std::int64_t output_tokens = 0; ///< the answer, reasoning included
    std::int64_t total_tokens = 0;
    std::optional<std::int64_t> cached_tokens; ///< of the input, read from the service's cache
    std::optional<std::int64_t> cache_write_tokens; ///< of the input, written to that cache
    std::optional<std::int64_t> reasoning_tokens; ///< of the output, thought and perhaps not shown
    std::optional<std::int64_t> input_audio_tokens;
    std::optional<std::int64_t> output_audio_tokens;
    std::optional<std::int64_t> accepted_prediction_tokens;
    std::optional<std::int64_t> rejected_prediction_tokens;
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing

    friend bool operator==(usage const&, usage const&) = default;
};

} // namespace augur::inline AUGUR_ABI

#pragma once

// nlohmann::json behind a gate: its recursive copy and dump overflow the stack on deeply nested input.

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

using json = nlohmann::json;

inline constexpr std::size_t json_max_depth = 64;

struct parsed_json
{
    std::optional<json> value;
    std::string problem; ///< one sentence, when there is no value
};

/// Refuses text that nests deeper than 64 or is not JSON. With `nan_is_null` the words NaN and Infinity, which
/// Python writes, are read as null.
parsed_json parse_json(std::string_view text, bool nan_is_null = false);

/// Never throws: bytes that are not UTF-8 are replaced.
std::string dump(json const& value);

} // namespace augur::emulator

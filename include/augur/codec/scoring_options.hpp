#pragma once

#include <augur/codec/json_limits.hpp>

#include <cstdint>
#include <string>

namespace augur::inline AUGUR_ABI::codec::scoring {

/// MLflow `input_data` and Open Inference tensors will be two more values here and one more file each.
enum class format : std::uint8_t
{
    json_instances, ///< `{"instances": [...]}`, answered by `{"predictions": [...]}`; application/json
    csv,            ///< RFC 4180; text/csv
    json_lines,     ///< one JSON value per line; application/jsonlines
    npy,            ///< one NumPy array; application/x-npy
    raw,            ///< bytes and text as they are
};

struct options
{
    scoring::format format = scoring::format::json_instances;
    std::string instances_key = "instances";     ///< in requests
    std::string predictions_key = "predictions"; ///< in answers
    /// json_instances and json_lines: rows with column names become objects, not arrays.
    bool rows_as_objects = false;
    /// json_lines: each line is an object with this one member, such as "features"; empty: the bare value.
    std::string line_key = {};
    /// The first line of a CSV body names the columns. Without it they are named "0", "1", ...
    bool csv_header = false;
    json::limits json = {};
};

} // namespace augur::inline AUGUR_ABI::codec::scoring

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

/// Whether the first line of a CSV body names its columns.
enum class csv_header_line : std::uint8_t
{
    declared, ///< as the media type says: `text/csv; header=present` (RFC 4180 section 3); without a word, no
    present,
    absent,
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
    /// The first line of a CSV request names the columns, which are "0", "1", ... if they have no names.
    bool csv_header = false;
    /// The same of a CSV answer. Without such a line its columns are named "0", "1", ...
    csv_header_line csv_answer_header = csv_header_line::declared;
    json::limits json = {};
};

} // namespace augur::inline AUGUR_ABI::codec::scoring

#pragma once

#include <augur/codec/scoring_options.hpp>
#include <augur/core/rows.hpp>
#include <augur/core/table.hpp>
#include <augur/core/tensor.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// How rows and tensors become the body of a request, and how the body of an answer becomes a table.
/// `model/scoring.hpp` does the same with whole requests and responses.
namespace augur::inline AUGUR_ABI::codec::scoring {

/// "json_instances", "csv", "json_lines", "npy" or "raw".
std::string_view to_string(format f) noexcept;
/// The same names, also "json", "jsonl" and "jsonlines"; for `?format=csv` in configuration.
std::optional<format> parse_format(std::string_view name) noexcept;
/// "application/json" for json_instances.
std::string_view content_type_of(format f) noexcept;

struct encoded
{
    std::string content_type;
    std::string body;
};

/// Bytes whose meaning is not ours to know.
struct opaque
{
    std::string content_type;
    std::string body;
    friend bool operator==(opaque const&, opaque const&) = default;
};

/// A table, tensors, text, or bytes that were kept as they came.
using decoded = std::variant<opaque, table, std::vector<tensor>, std::string>;

/// Errors of `encode`: `errc::unsupported` (phase prepare, outcome not_sent) naming the kind of payload and the
/// format when the format cannot carry it, `errc::invalid_argument` when a value cannot be written (infinity
/// in JSON, text that is not UTF-8, columns of one name as members of an object).
result<encoded> encode(rows const& payload, options const& options = {});
result<encoded> encode(std::span<tensor const> payload, options const& options = {});
result<encoded> encode(tensor const& payload, options const& options = {});
/// `text/plain` in raw, one instance in json_instances and json_lines.
result<encoded> encode_text(std::string text, options const& options = {});
/// The answering side, for servers and test doubles: `{"predictions": [...]}` and its relatives. CSV has a header if
/// `csv_answer_header` says so; where that goes by what is declared, if `csv_header` does, and then declares it.
result<encoded> encode(table const& answer, options const& options = {});
/// The error for a payload that has no way into the format; `kind` such as "messages".
error unsupported_payload(std::string_view kind, format f);

/// Reads an answer by its media type; parameters other than `header=present` of text/csv are ignored, and so is that
/// one where `csv_answer_header` decides. An unknown or empty media type, and JSON without `predictions`, are kept as
/// bytes. `errc::decode_error` (phase decode, outcome complete) names the line or path. Memory stays within a constant
/// times the body: a table has at most 1,048,576 columns and 65,536 cells plus one per byte of the body, missing ones
/// included.
///
/// JSON: the elements of `predictions` (or of a bare array) are the rows. Scalars go to the column
/// "prediction", array elements to "0", "1", ..., members to their names, nested ones joined by dots
/// ("probabilities.setosa"). A lone value is one row. null and absent are missing. An integer outside int64 and
/// a double that overflows are errors; so is a member or a dotted name that is there twice in one row. The words NaN,
/// Infinity and -Infinity are doubles.
/// JSON lines: the same for each line; blank lines are skipped.
/// CSV: an unquoted number (RFC 8259 grammar, spaces around it allowed) is int64 or double, an unquoted empty
/// field is missing, unquoted nan, inf and infinity are doubles, with a sign or without and whatever the case,
/// everything else is text, also a number that does not fit. Short rows end in missing cells; blank lines are skipped.
result<decoded> decode(std::string_view content_type, std::string body, options const& options = {});

/// The server's side of `encode`: what a client asked about. NaN for missing cells. A CSV body has a header if its
/// media type says so, or `csv_header` where that says nothing.
result<rows> decode_rows(std::string_view content_type, std::string body, options const& options = {});
/// `errc::decode_error` for a cell that is no number. Booleans are 0 and 1.
result<rows> to_rows(table const& values);

/// One NumPy array file, versions 1.0 to 3.0 (numpy.lib.format), both byte orders, both memory orders; the
/// tensor is row-major. Booleans, integers and floats of 1 to 8 bytes, and text (U, S). Pickled objects are never
/// read. Writes version 1.0, little-endian.
result<tensor> read_npy(std::string_view bytes);
result<std::string> write_npy(tensor const& values);

} // namespace augur::inline AUGUR_ABI::codec::scoring

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/scoring.ipp>
#endif

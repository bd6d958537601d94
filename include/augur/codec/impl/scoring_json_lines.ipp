#pragma once

#include <augur/codec/impl/scoring_json.ipp>
#include <augur/codec/json.hpp>

namespace augur::inline AUGUR_ABI::codec::scoring::detail {

/// One line per index below `count`; `write_value` puts the value of one line.
template <class WriteValue>
result<encoded> encode_lines(std::size_t count, std::string const& line_key, WriteValue&& write_value)
{
    encoded out{std::string(content_type_of(format::json_lines)), {}};
    for (std::size_t row = 0; row < count; ++row) {
        json::writer w;
        if (!line_key.empty())
            w.begin_object().key(line_key);
        write_value(w, row);
        if (!line_key.empty())
            w.end_object();
        auto line = std::move(w).finish();
        if (!line)
            return line.error();
        out.body.append(*line).append(1, '\n'); // the writer escapes line ends inside strings
    }
    return out;
}

inline result<encoded> encode_json_lines(rows const& values, options const& o)
{
    bool const as_objects = are_objects(values, o);
    if (as_objects)
        if (auto const checked = check_member_names(values.column_names()); !checked)
            return checked.error();
    return encode_lines(values.row_count(), o.line_key,
                        [&](json::writer& w, std::size_t row) { write_row(w, values, row, as_objects); });
}

inline result<encoded> encode_json_lines(tensor const& values, options const& o)
{
    auto const lines = static_cast<std::size_t>(values.shape()[0]);
    auto const width = values.row_size();
    return encode_lines(lines, o.line_key, [&](json::writer& w, std::size_t row) {
        with_elements(
            values, [&](auto elements) { write_nested(w, values.shape().subspan(1), elements.data() + row * width); });
    });
}

inline result<encoded> encode_json_lines(table const& values, options const&)
{
    if (auto const checked = check_member_names(values.column_names()); !checked)
        return checked.error();
    return encode_lines(values.row_count(), {}, [&](json::writer& w, std::size_t row) { write_row(w, values, row); });
}

/// With a `line_key`, an object that has it stands for that member.
inline result<table> decode_json_lines(std::string_view body, std::string_view line_key, options const& o)
{
    json_flattener out(body.size());
    json::reader reader(scoring_limits(o));
    for (std::size_t number = 1; !body.empty(); ++number) {
        auto const end = std::min(body.find('\n'), body.size());
        auto const line = body.substr(0, end);
        body.remove_prefix(std::min(end + 1, body.size()));
        if (line.find_first_not_of(" \t\r") == line.npos)
            continue;
        auto const at_line = [&](error const& e) {
            return decode_failure("line " + std::to_string(number) + ": " + std::string(e.message()));
        };
        auto const document = reader.read(line);
        if (!document)
            return at_line(document.error());
        auto row = document->root();
        if (!line_key.empty())
            if (auto const inner = row.find(line_key))
                row = *inner;
        if (auto const added = out.add_row(row); !added)
            return at_line(added.error());
    }
    return out.take();
}

} // namespace augur::inline AUGUR_ABI::codec::scoring::detail

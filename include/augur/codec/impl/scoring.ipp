#pragma once

#include <augur/codec/impl/scoring_csv.ipp>
#include <augur/codec/impl/scoring_json.ipp>
#include <augur/codec/impl/scoring_json_lines.ipp>
#include <augur/codec/impl/scoring_npy.ipp>

namespace augur::inline AUGUR_ABI::codec::scoring {

namespace detail {

inline std::string lower(std::string_view text)
{
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

inline std::string_view trim(std::string_view text)
{
    auto const first = text.find_first_not_of(" \t");
    if (first == text.npos)
        return {};
    return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

struct media_type
{
    std::string name; ///< lower case, without parameters
    csv_header_line header = csv_header_line::declared; ///< which here means that nothing was said
};

inline media_type parse_media_type(std::string_view text)
{
    media_type out;
    auto const all = lower(text);
    std::string_view rest = all;
    auto end = std::min(rest.find(';'), rest.size());
    out.name = trim(rest.substr(0, end));
    while (end < rest.size()) {
        rest.remove_prefix(end + 1);
        end = std::min(rest.find(';'), rest.size());
        auto const parameter = trim(rest.substr(0, end));
        if (parameter == "header=present")
            out.header = csv_header_line::present;
        else if (parameter == "header=absent")
            out.header = csv_header_line::absent;
    }
    return out;
}

enum class body_kind
{
    json,
    csv,
    json_lines,
    npy,
    text,
    unknown,
};

inline body_kind kind_of(std::string_view name)
{
    struct known
    {
        std::string_view name;
        body_kind kind;
    };
    constexpr known table[] = {
        {"application/json", body_kind::json},
        {"text/json", body_kind::json},
        {"text/csv", body_kind::csv},
        {"application/csv", body_kind::csv},
        {"application/jsonlines", body_kind::json_lines},
        {"application/x-jsonlines", body_kind::json_lines},
        {"application/jsonl", body_kind::json_lines},
        {"application/x-jsonl", body_kind::json_lines},
        {"application/ndjson", body_kind::json_lines},
        {"application/x-ndjson", body_kind::json_lines},
        {"application/x-npy", body_kind::npy},
        {"text/plain", body_kind::text},
    };
    for (auto const& row : table)
        if (row.name == name)
            return row.kind;
    return body_kind::unknown;
}

/// What differs between a request and an answer.
struct decode_side
{
    std::string_view rows;
    std::string_view line;
    csv_header_line header; ///< `declared`: the media type's word, and if it says nothing
    bool header_unsaid;     ///< this
};

inline result<decoded> decode_body(std::string_view content_type, std::string body, decode_side side, options const& o)
{
    auto const type = parse_media_type(content_type);
    auto const keep = [&] { return decoded(opaque{std::string(content_type), std::move(body)}); };
    switch (kind_of(type.name)) {
    case body_kind::json: {
        auto found = decode_json(body, side.rows, o);
        if (!found)
            return found.error();
        if (!*found)
            return keep();
        return decoded(std::move(**found));
    }
    case body_kind::csv: {
        auto const said = side.header == csv_header_line::declared ? type.header : side.header;
        bool const header = said == csv_header_line::declared ? side.header_unsaid : said == csv_header_line::present;
        auto found = decode_csv(body, header);
        if (!found)
            return found.error();
        return decoded(std::move(*found));
    }
    case body_kind::json_lines: {
        auto found = decode_json_lines(body, side.line, o);
        if (!found)
            return found.error();
        return decoded(std::move(*found));
    }
    case body_kind::npy: {
        auto found = read_npy(body);
        if (!found)
            return found.error();
        std::vector<tensor> one;
        one.push_back(std::move(*found));
        return decoded(std::move(one));
    }
    case body_kind::text:
        if (find_invalid_utf8(body) == std::string_view::npos)
            return decoded(std::move(body));
        break;
    case body_kind::unknown: break;
    }
    return keep();
}

inline result<rows> rows_of_tensor(tensor const& values)
{
    if (values.rank() != 1 && values.rank() != 2)
        return decode_failure("a tensor of rank " + std::to_string(values.rank()) + " is not rows");
    std::vector<double> cells(values.size());
    for (std::size_t i = 0; i < cells.size(); ++i) {
        auto const number = values.number(i);
        if (!number)
            return number.error();
        cells[i] = *number;
    }
    return rows::from(std::move(cells), values.row_size());
}

inline result<encoded> encode_one_npy(tensor const& values)
{
    auto bytes = write_npy(values);
    if (!bytes)
        return bytes.error();
    return encoded{std::string(content_type_of(format::npy)), std::move(*bytes)};
}

} // namespace detail

AUGUR_INLINE std::string_view to_string(format f) noexcept
{
    switch (f) {
    case format::json_instances: return "json_instances";
    case format::csv: return "csv";
    case format::json_lines: return "json_lines";
    case format::npy: return "npy";
    case format::raw: return "raw";
    }
    return "unknown";
}

AUGUR_INLINE std::optional<format> parse_format(std::string_view name) noexcept
{
    if (name == "json" || name == "json_instances")
        return format::json_instances;
    if (name == "csv")
        return format::csv;
    if (name == "json_lines" || name == "jsonl" || name == "jsonlines")
        return format::json_lines;
    if (name == "npy")
        return format::npy;
    if (name == "raw")
        return format::raw;
    return std::nullopt;
}

AUGUR_INLINE std::string_view content_type_of(format f) noexcept
{
    switch (f) {
    case format::json_instances: return "application/json";
    case format::csv: return "text/csv";
    case format::json_lines: return "application/jsonlines";
    case format::npy: return "application/x-npy";
    case format::raw: break;
    }
    return "application/octet-stream";
}

AUGUR_INLINE error unsupported_payload(std::string_view kind, format f)
{
    return make_error(errc::unsupported, phase::prepare, outcome::not_sent,
                      "the format " + std::string(to_string(f)) + " cannot carry " + std::string(kind));
}

AUGUR_INLINE result<encoded> encode(rows const& payload, options const& o)
{
    switch (o.format) {
    case format::json_instances: return detail::encode_json(payload, o);
    case format::csv: return detail::encode_csv(payload, o);
    case format::json_lines: return detail::encode_json_lines(payload, o);
    case format::npy: {
        auto const cells = payload.values();
        return detail::encode_one_npy(tensor(std::vector<double>(cells.begin(), cells.end()),
                                             {static_cast<tensor::dimension>(payload.row_count()),
                                              static_cast<tensor::dimension>(payload.column_count())}));
    }
    case format::raw: break;
    }
    return unsupported_payload("rows", o.format);
}

AUGUR_INLINE result<encoded> encode(tensor const& payload, options const& o)
{
    if (payload.rank() == 0 && o.format != format::npy && o.format != format::raw)
        return unsupported_payload("a tensor without dimensions", o.format);
    switch (o.format) {
    case format::json_instances: return detail::encode_json(payload, o);
    case format::csv:
        if (payload.rank() > 2)
            return unsupported_payload("tensors of rank " + std::to_string(payload.rank()), o.format);
        return detail::encode_csv(payload, o);
    case format::json_lines: return detail::encode_json_lines(payload, o);
    case format::npy: return detail::encode_one_npy(payload);
    case format::raw: break;
    }
    return unsupported_payload("tensors", o.format);
}

AUGUR_INLINE result<encoded> encode(std::span<tensor const> payload, options const& o)
{
    if (payload.size() != 1)
        return unsupported_payload(std::to_string(payload.size()) + " tensors", o.format);
    return encode(payload.front(), o);
}

AUGUR_INLINE result<encoded> encode_text(std::string text, options const& o)
{
    switch (o.format) {
    case format::raw: return encoded{"text/plain; charset=utf-8", std::move(text)};
    case format::json_instances: {
        json::writer w;
        w.begin_object().key(o.instances_key).begin_array().string(text).end_array().end_object();
        return detail::finish_json(std::move(w));
    }
    case format::json_lines:
        return detail::encode_lines(1, o.line_key, [&](json::writer& w, std::size_t) { w.string(text); });
    case format::csv:
    case format::npy: break;
    }
    return unsupported_payload("text", o.format);
}

AUGUR_INLINE result<encoded> encode(table const& answer, options const& o)
{
    switch (o.format) {
    case format::json_instances: return detail::encode_json(answer, o);
    case format::csv: return detail::encode_csv(answer, o);
    case format::json_lines: return detail::encode_json_lines(answer, o);
    case format::npy:
    case format::raw: break;
    }
    return unsupported_payload("tables", o.format);
}

AUGUR_INLINE result<decoded> decode(std::string_view content_type, std::string body, options const& o)
{
    return detail::decode_body(content_type, std::move(body), {o.predictions_key, {}, o.csv_answer_header, false}, o);
}

AUGUR_INLINE result<rows> decode_rows(std::string_view content_type, std::string body, options const& o)
{
    auto const found = detail::decode_body(content_type, std::move(body),
                                           {o.instances_key, o.line_key, csv_header_line::declared, o.csv_header}, o);
    if (!found)
        return found.error();
    if (auto const* values = std::get_if<table>(&*found))
        return to_rows(*values);
    if (auto const* tensors = std::get_if<std::vector<tensor>>(&*found))
        return detail::rows_of_tensor(tensors->front());
    return detail::decode_failure("a body of type \"" + sanitise(content_type, 80) + "\" without \"" + o.instances_key +
                                  "\" is not rows");
}

AUGUR_INLINE result<rows> to_rows(table const& values)
{
    auto const columns = values.column_count();
    std::vector<double> cells;
    cells.reserve(values.row_count() * columns);
    for (std::size_t row = 0; row < values.row_count(); ++row)
        for (std::size_t column = 0; column < columns; ++column) {
            auto const& value = values(row, column);
            if (value.index() == 0)
                cells.push_back(rows::missing);
            else if (auto const* truth = std::get_if<bool>(&value))
                cells.push_back(*truth ? 1.0 : 0.0);
            else if (auto const number = values.at<double>(row, column))
                cells.push_back(*number);
            else
                return number.error();
        }
    auto out = rows::from(std::move(cells), columns);
    auto const names = values.column_names();
    bool numbered = true;
    for (std::size_t column = 0; column < columns && numbered; ++column)
        numbered = names[column] == std::to_string(column);
    if (out && !numbered)
        out->with_columns({names.begin(), names.end()});
    return out;
}

} // namespace augur::inline AUGUR_ABI::codec::scoring

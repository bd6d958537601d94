#pragma once

#include <augur/codec/impl/scoring_table.ipp>
#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>

#include <unordered_set>

namespace augur::inline AUGUR_ABI::codec::scoring::detail {

/// An object cannot have a name twice: the reader would keep one of the cells, and not say so.
inline result<void> check_member_names(std::span<std::string const> names)
{
    std::unordered_set<std::string_view> seen;
    for (auto const& name : names)
        if (!seen.insert(name).second)
            return encode_failure("the column \"" + sanitise(name, 120) +
                                  "\" is there more than once: rows cannot be written as JSON objects");
    return {};
}

inline bool are_objects(rows const& values, options const& o)
{
    return o.rows_as_objects && !values.column_names().empty();
}

inline void write_row(json::writer& w, rows const& values, std::size_t row, bool as_object)
{
    auto const names = values.column_names();
    auto const cells = values.row(row);
    if (as_object) {
        w.begin_object();
        for (std::size_t column = 0; column < cells.size(); ++column)
            w.key(names[column]).number_or_null(cells[column]);
        w.end_object();
        return;
    }
    w.begin_array();
    for (double const value : cells)
        w.number_or_null(value);
    w.end_array();
}

template <class T>
void write_element(json::writer& w, T const& value)
{
    if constexpr (std::is_same_v<T, bool>)
        w.boolean(value);
    else if constexpr (std::is_same_v<T, std::string>)
        w.string(value);
    else if constexpr (std::is_same_v<T, float16> || std::is_same_v<T, bfloat16>)
        w.number(static_cast<float>(value));
    else if constexpr (std::is_floating_point_v<T>)
        w.number(value);
    else if constexpr (std::is_same_v<T, std::uint64_t>)
        w.number(value);
    else
        w.number(static_cast<std::int64_t>(value));
}

/// The elements from `data` on as nested arrays of the dimensions in `shape`; returns where they end.
template <class T>
T const* write_nested(json::writer& w, std::span<tensor::dimension const> shape, T const* data)
{
    if (shape.empty()) {
        write_element(w, *data);
        return data + 1;
    }
    w.begin_array();
    for (tensor::dimension i = 0; i < shape.front(); ++i)
        data = write_nested(w, shape.subspan(1), data);
    w.end_array();
    return data;
}

/// Calls `use` with the elements of `values` as a span of their own type.
template <class Use>
void with_elements(tensor const& values, Use&& use)
{
    switch (values.type()) {
    case element_type::f16: use(*values.as<float16>()); break;
    case element_type::bf16: use(*values.as<bfloat16>()); break;
    case element_type::f32: use(*values.as<float>()); break;
    case element_type::f64: use(*values.as<double>()); break;
    case element_type::i8: use(*values.as<std::int8_t>()); break;
    case element_type::i16: use(*values.as<std::int16_t>()); break;
    case element_type::i32: use(*values.as<std::int32_t>()); break;
    case element_type::i64: use(*values.as<std::int64_t>()); break;
    case element_type::u8: use(*values.as<std::uint8_t>()); break;
    case element_type::u16: use(*values.as<std::uint16_t>()); break;
    case element_type::u32: use(*values.as<std::uint32_t>()); break;
    case element_type::u64: use(*values.as<std::uint64_t>()); break;
    case element_type::boolean: use(*values.as<bool>()); break;
    case element_type::string: use(*values.as<std::string>()); break;
    }
}

inline void write_tensor(json::writer& w, tensor const& values)
{
    with_elements(values, [&](auto elements) { write_nested(w, values.shape(), elements.data()); });
}

inline void write_cell(json::writer& w, cell const& value)
{
    switch (value.index()) {
    case 0: w.null(); break;
    case 1: w.boolean(std::get<bool>(value)); break;
    case 2: w.number(std::get<std::int64_t>(value)); break;
    case 3: w.number_or_null(std::get<double>(value)); break;
    default: w.string(std::get<std::string>(value)); break;
    }
}

/// The inverse of json_flattener for flat rows.
inline void write_row(json::writer& w, table const& values, std::size_t row)
{
    auto const names = values.column_names();
    if (names.size() == 1 && names[0] == "prediction")
        return write_cell(w, values(row, 0));
    w.begin_object();
    for (std::size_t column = 0; column < names.size(); ++column)
        write_cell(w.key(names[column]), values(row, column));
    w.end_object();
}

inline result<encoded> finish_json(json::writer&& w)
{
    auto text = std::move(w).finish();
    if (!text)
        return text.error();
    return encoded{std::string(content_type_of(format::json_instances)), std::move(*text)};
}

inline result<encoded> encode_json(rows const& values, options const& o)
{
    bool const as_objects = are_objects(values, o);
    if (as_objects)
        if (auto const checked = check_member_names(values.column_names()); !checked)
            return checked.error();
    json::writer w(32 + values.values().size() * 8);
    w.begin_object().key(o.instances_key).begin_array();
    for (std::size_t row = 0; row < values.row_count(); ++row)
        write_row(w, values, row, as_objects);
    w.end_array().end_object();
    return finish_json(std::move(w));
}

inline result<encoded> encode_json(tensor const& values, options const& o)
{
    json::writer w(32 + values.size() * 8);
    w.begin_object().key(o.instances_key);
    write_tensor(w, values);
    w.end_object();
    return finish_json(std::move(w));
}

inline result<encoded> encode_json(table const& values, options const& o)
{
    if (auto const checked = check_member_names(values.column_names()); !checked)
        return checked.error();
    json::writer w;
    w.begin_object().key(o.predictions_key).begin_array();
    for (std::size_t row = 0; row < values.row_count(); ++row)
        write_row(w, values, row);
    w.end_array().end_object();
    return finish_json(std::move(w));
}

/// An answer that was paid for is not thrown away for a NaN, which Python and TensorFlow Serving write as they are.
inline json::limits scoring_limits(options const& o) noexcept
{
    auto out = o.json;
    out.not_finite = true;
    return out;
}

/// Nothing when the text is JSON but not an answer of a known shape.
inline result<std::optional<table>> decode_json(std::string_view body, std::string_view rows_key, options const& o)
{
    auto const document = json::parse(body, scoring_limits(o));
    if (!document)
        return document.error();
    auto list = document->root();
    if (list.is_object()) {
        bool present = false;
        for (auto const& [key, content] : list.members())
            present = present || key == rows_key;
        if (!present)
            return std::optional<table>();
        auto const found = list.at(rows_key); // fails when it is there twice
        if (!found)
            return found.error();
        list = *found;
    }
    json_flattener out(body.size());
    if (!list.is_array()) {
        if (auto added = out.add_row(list); !added)
            return added.error();
    }
    for (auto const row : list.elements())
        if (auto added = out.add_row(row); !added)
            return added.error();
    return std::optional<table>(out.take());
}

} // namespace augur::inline AUGUR_ABI::codec::scoring::detail

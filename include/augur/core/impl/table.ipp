#pragma once

#include <augur/core/impl/cell.hpp>
#include <augur/core/impl/exact_number.hpp>
#include <augur/core/table.hpp>

#include <algorithm>
#include <cassert>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline std::string place_text(cell_place place)
{
    std::string text = "row " + std::to_string(place.row) + ", column ";
    if (place.name.empty())
        return text + std::to_string(place.column);
    return text + '"' + sanitise(place.name, 120) + '"';
}

inline error cell_error(cell const& value, cell_place place, char const* wanted)
{
    std::string text = place_text(place);
    if (value.index() == 0)
        text += " is missing";
    else
        text.append(" is a ").append(type_name(value));
    text.append(", wanted ").append(wanted);
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

AUGUR_INLINE result<bool> cell_as_bool(cell const& value, cell_place place)
{
    if (auto const* b = std::get_if<bool>(&value))
        return *b;
    return cell_error(value, place, "bool");
}

AUGUR_INLINE result<std::int64_t> cell_as_int64(cell const& value, cell_place place)
{
    if (auto const* i = std::get_if<std::int64_t>(&value))
        return *i;
    if (auto const* d = std::get_if<double>(&value))
        if (auto const i = exact_int64(*d))
            return *i;
    return cell_error(value, place, "int64");
}

AUGUR_INLINE result<double> cell_as_double(cell const& value, cell_place place)
{
    if (auto const* d = std::get_if<double>(&value))
        return *d;
    if (auto const* i = std::get_if<std::int64_t>(&value)) {
        if (auto const d = exact_double(*i))
            return *d;
        return make_error(errc::decode_error, phase::decode, outcome::complete,
                          place_text(place) + " is the int64 " + std::to_string(*i) + ", which no double equals");
    }
    return cell_error(value, place, "double");
}

AUGUR_INLINE result<std::string_view> cell_as_text(cell const& value, cell_place place)
{
    if (auto const* s = std::get_if<std::string>(&value))
        return std::string_view(*s);
    return cell_error(value, place, "string");
}

} // namespace detail

AUGUR_INLINE std::string_view type_name(cell const& value) noexcept
{
    constexpr std::string_view names[] = {"missing", "bool", "int64", "double", "string"};
    return names[value.index()];
}

AUGUR_INLINE table::table() noexcept = default;
AUGUR_INLINE table::table(table const&) = default;
AUGUR_INLINE table& table::operator=(table const&) = default;
AUGUR_INLINE table::~table() = default;

// The count of rows goes along, so that what is left is empty.
AUGUR_INLINE table::table(table&& other) noexcept
    : names_(std::move(other.names_)), columns_(std::move(other.columns_)), rows_(std::exchange(other.rows_, 0))
{
}

AUGUR_INLINE table& table::operator=(table&& other) noexcept
{
    auto taken(std::move(other));
    names_.swap(taken.names_);
    columns_.swap(taken.columns_);
    rows_ = taken.rows_;
    return *this;
}

AUGUR_INLINE table::table(std::vector<std::string> column_names)
    : names_(std::move(column_names)), columns_(names_.size())
{
}

AUGUR_INLINE std::optional<std::size_t> table::column_index(std::string_view name) const noexcept
{
    auto const found = std::ranges::find(names_, name);
    if (found == names_.end())
        return std::nullopt;
    return static_cast<std::size_t>(found - names_.begin());
}

template <class T>
result<T> table::read(std::size_t row, std::size_t column) const
{
    auto const found = locate(row, column);
    if (!found)
        return found.error();
    return detail::cell_as<T>(**found, {row, column, names_[column]});
}

template <class T>
result<T> table::read(std::size_t row, std::string_view column) const
{
    auto const index = find_column(column);
    if (!index)
        return index.error();
    return read<T>(row, *index);
}

AUGUR_INLINE bool table::is_missing(std::size_t row, std::size_t column) const noexcept
{
    return (*this)(row, column).index() == 0;
}

AUGUR_INLINE cell const& table::operator()(std::size_t row, std::size_t column) const noexcept
{
    static cell const missing;
    if (column >= columns_.size() || row >= columns_[column].size())
        return missing;
    return columns_[column][row];
}

AUGUR_INLINE void table::add_row(std::vector<cell> cells)
{
    auto const row = add_row();
    auto const count = std::min(cells.size(), columns_.size());
    for (std::size_t column = 0; column < count; ++column)
        if (cells[column].index() != 0)
            set(row, column, std::move(cells[column]));
}

AUGUR_INLINE std::size_t table::add_column(std::string name)
{
    names_.push_back(std::move(name));
    columns_.emplace_back();
    return names_.size() - 1;
}

AUGUR_INLINE void table::set(std::size_t row, std::size_t column, cell value)
{
    assert(row < rows_ && column < columns_.size());
    auto& cells = columns_[column];
    if (row == cells.size())
        cells.push_back(std::move(value));
    else {
        if (row > cells.size())
            cells.resize(row + 1);
        cells[row] = std::move(value);
    }
}

AUGUR_INLINE result<std::size_t> table::find_column(std::string_view name) const
{
    if (auto const index = column_index(name))
        return *index;
    std::string text = "there is no column \"" + sanitise(name, 120) + "\"; there ";
    text += names_.size() == 1 ? "is " : "are ";
    if (names_.empty())
        text += "none";
    for (std::size_t i = 0; i < std::min<std::size_t>(names_.size(), 8); ++i)
        text.append(i == 0 ? "" : ", ").append(1, '"').append(sanitise(names_[i], 60)).append(1, '"');
    if (names_.size() > 8)
        text += " and " + std::to_string(names_.size() - 8) + " more";
    return make_error(errc::decode_error, phase::decode, outcome::complete, std::move(text));
}

AUGUR_INLINE result<cell const*> table::locate(std::size_t row, std::size_t column) const
{
    if (row < rows_ && column < names_.size())
        return &(*this)(row, column);
    return make_error(errc::decode_error, phase::decode, outcome::complete,
                      "there is no row " + std::to_string(row) + ", column " + std::to_string(column) +
                          " in a table of " + std::to_string(rows_) + " rows and " + std::to_string(names_.size()) +
                          " columns");
}

AUGUR_INLINE bool table::equal(table const& a, table const& b) noexcept
{
    if (a.rows_ != b.rows_ || a.names_ != b.names_)
        return false;
    for (std::size_t column = 0; column < a.names_.size(); ++column)
        for (std::size_t row = 0; row < a.rows_; ++row) {
            auto const& x = a(row, column);
            auto const& y = b(row, column);
            auto const* d = std::get_if<double>(&x);
            auto const* e = std::get_if<double>(&y);
            bool const both_nan = d && e && *d != *d && *e != *e;
            if (!both_nan && x != y)
                return false;
        }
    return true;
}

} // namespace augur::inline AUGUR_ABI

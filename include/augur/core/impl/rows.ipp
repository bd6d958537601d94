#pragma once

#include <augur/core/rows.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline std::string ragged_row_text(std::size_t row, std::size_t width, std::size_t expected)
{
    return "rows: row " + std::to_string(row) + " has " + std::to_string(width) + " cells, the rows before it have " +
           std::to_string(expected);
}

} // namespace detail

AUGUR_INLINE rows::rows() noexcept = default;
AUGUR_INLINE rows::rows(rows const&) = default;
AUGUR_INLINE rows& rows::operator=(rows const&) = default;
AUGUR_INLINE rows::~rows() = default;

// A move takes the counts along: what is left has no rows, where default members would count cells that went away.
AUGUR_INLINE rows::rows(rows&& other) noexcept
    : values_(std::move(other.values_)),
      names_(std::move(other.names_)),
      rows_(std::exchange(other.rows_, 0)),
      columns_(std::exchange(other.columns_, 0))
{
}

AUGUR_INLINE rows& rows::operator=(rows&& other) noexcept
{
    auto taken(std::move(other));
    values_.swap(taken.values_);
    names_.swap(taken.names_);
    rows_ = taken.rows_;
    columns_ = taken.columns_;
    return *this;
}

AUGUR_INLINE rows::rows(std::initializer_list<std::initializer_list<double>> values)
{
    if (values.size() > 0)
        values_.reserve(values.size() * values.begin()->size());
    for (auto const& row : values) {
        if (auto const appended = append({row.begin(), row.size()}); !appended)
            throw std::invalid_argument("augur: " + std::string(appended.error().message()));
    }
}

AUGUR_INLINE result<rows> rows::from(std::vector<double> values, std::size_t columns)
{
    if (columns == 0 ? !values.empty() : values.size() % columns != 0)
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "rows: " + std::to_string(values.size()) + " values do not fill rows of " +
                              std::to_string(columns) + " columns");
    rows out;
    out.columns_ = columns;
    out.rows_ = columns == 0 ? 0 : values.size() / columns;
    out.values_ = std::move(values);
    return out;
}

AUGUR_INLINE result<rows> rows::from(std::vector<std::vector<double>> const& values)
{
    rows out;
    if (!values.empty())
        out.values_.reserve(values.size() * values.front().size());
    for (auto const& row : values)
        if (auto appended = out.append(row); !appended)
            return appended.error();
    return out;
}

AUGUR_INLINE result<void> rows::append(std::span<double const> row)
{
    if (rows_ > 0 && row.size() != columns_)
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          detail::ragged_row_text(rows_, row.size(), columns_));
    if (!names_.empty() && row.size() != names_.size())
        return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "rows: a row of " + std::to_string(row.size()) + " cells for " +
                              std::to_string(names_.size()) + " named columns");
    values_.insert(values_.end(), row.begin(), row.end());
    columns_ = row.size();
    ++rows_;
    return {};
}

AUGUR_INLINE void rows::reserve(std::size_t row_count)
{
    values_.reserve(row_count * columns_);
}

AUGUR_INLINE rows& rows::with_columns(std::vector<std::string> names) &
{
    if (rows_ > 0 && names.size() != columns_)
        throw std::invalid_argument("augur: rows: " + std::to_string(names.size()) + " names for " +
                                    std::to_string(columns_) + " columns");
    columns_ = names.size();
    names_ = std::move(names);
    return *this;
}

AUGUR_INLINE rows rows::with_columns(std::vector<std::string> names) &&
{
    return std::move(with_columns(std::move(names)));
}

AUGUR_INLINE void rows::assign(std::vector<std::vector<double>> const& values)
{
    auto made = from(values);
    if (!made)
        throw std::invalid_argument("augur: " + std::string(made.error().message()));
    *this = std::move(*made);
}

AUGUR_INLINE bool rows::equal(rows const& a, rows const& b) noexcept
{
    return a.rows_ == b.rows_ && a.columns_ == b.columns_ && a.names_ == b.names_ &&
           std::ranges::equal(a.values_, b.values_, [](double x, double y) { return x == y || (x != x && y != y); });
}

} // namespace augur::inline AUGUR_ABI

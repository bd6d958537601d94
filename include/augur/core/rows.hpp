#pragma once

#include <augur/core/result.hpp>

#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// What a model is asked about: rows of numbers, all of one width, with or without column names.
///
///     augur::rows one{{5.1, 3.5, 1.4, 0.2}};
///     augur::rows two = augur::rows{{1, 2}, {3, augur::rows::missing}}.with_columns({"a", "b"});
///
/// Stored contiguously, row after row. NaN is a missing cell. Rows of unequal width are a programmer's
/// mistake in the constructors (std::invalid_argument) and an error value in `from` and `append`. Rows that were
/// moved from are empty.
class rows
{
public:
    static constexpr double missing = std::numeric_limits<double>::quiet_NaN();

    // Defined once in the library, here and in other values: they are slow to compile in every user's file.
    rows() noexcept;
    rows(rows const& other);
    rows(rows&& other) noexcept;
    rows& operator=(rows const& other);
    rows& operator=(rows&& other) noexcept;
    ~rows();
    rows(std::initializer_list<std::initializer_list<double>> values);

    /// A template, so that a braced list can only mean the constructor above.
    template <std::same_as<std::vector<double>> Row>
    explicit rows(std::vector<Row> const& values)
    {
        assign(values);
    }

    /// `values` row after row. `errc::invalid_argument` when they do not fill whole rows.
    static result<rows> from(std::vector<double> values, std::size_t columns);
    static result<rows> from(std::vector<std::vector<double>> const& values);

    /// The first row decides the width.
    result<void> append(std::span<double const> row);
    void reserve(std::size_t row_count);

    /// One name per column; std::invalid_argument when the number differs.
    rows& with_columns(std::vector<std::string> names) &;
    rows with_columns(std::vector<std::string> names) &&;

    std::size_t row_count() const noexcept { return rows_; }
    std::size_t column_count() const noexcept { return columns_; }
    bool empty() const noexcept { return rows_ == 0; }

    double operator()(std::size_t row, std::size_t column) const noexcept { return values_[row * columns_ + column]; }
    double& operator()(std::size_t row, std::size_t column) noexcept { return values_[row * columns_ + column]; }
    bool is_missing(std::size_t row, std::size_t column) const noexcept
    {
        double const value = (*this)(row, column);
        return value != value;
    }

    std::span<double const> row(std::size_t index) const noexcept
    {
        return {values_.data() + index * columns_, columns_};
    }
    std::span<double const> values() const noexcept { return {values_.data(), values_.size()}; }
    /// Empty when the columns have no names.
    std::span<std::string const> column_names() const noexcept { return {names_.data(), names_.size()}; }

    /// Two missing cells are equal.
    friend bool operator==(rows const& a, rows const& b) noexcept { return equal(a, b); }

private:
    void assign(std::vector<std::vector<double>> const& values);
    static bool equal(rows const& a, rows const& b) noexcept;

    std::vector<double> values_;
    std::vector<std::string> names_;
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/rows.ipp>
#endif

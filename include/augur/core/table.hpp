#pragma once

#include <augur/core/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// A cell that the model left empty.
struct missing_cell
{
    friend bool operator==(missing_cell, missing_cell) noexcept { return true; }
};

/// One cell, with the type that the service sent. Nothing is guessed: the text "1" stays a text.
using cell = std::variant<missing_cell, bool, std::int64_t, double, std::string>;

/// "missing", "bool", "int64", "double" or "string".
std::string_view type_name(cell const& value) noexcept;

/// The types that `table::at` gives. A string_view lives as long as the table.
template <class T>
concept CellValue = std::same_as<T, bool> || std::same_as<T, std::int64_t> || std::same_as<T, double> ||
                    std::same_as<T, std::string> || std::same_as<T, std::string_view>;

/// What a model answered: named columns of cells. Cells of one column may differ in type.
///
///     result<double> p = answer.at<double>(0, "probabilities.setosa");
///
/// Numbers convert when nothing is lost (int64 5 is the double 5.0 and the other way round); every other
/// difference of type, a missing cell and a wrong place are `errc::decode_error` with row, column and type. A table
/// that was moved from is empty.
class table
{
public:
    table() noexcept;
    table(table const& other);
    table(table&& other) noexcept;
    table& operator=(table const& other);
    table& operator=(table&& other) noexcept;
    ~table();
    /// Columns without rows. Names may repeat; a lookup finds the first.
    explicit table(std::vector<std::string> column_names);

    std::size_t row_count() const noexcept { return rows_; }
    std::size_t column_count() const noexcept { return names_.size(); }
    bool empty() const noexcept { return rows_ == 0; }
    std::span<std::string const> column_names() const noexcept { return {names_.data(), names_.size()}; }
    /// Linear in the number of columns.
    std::optional<std::size_t> column_index(std::string_view name) const noexcept;

    template <CellValue T>
    result<T> at(std::size_t row, std::size_t column) const
    {
        return read<T>(row, column);
    }
    template <CellValue T>
    result<T> at(std::size_t row, std::string_view column) const
    {
        return read<T>(row, column);
    }

    /// The cell as it is; a missing cell when the place does not exist.
    cell const& operator()(std::size_t row, std::size_t column) const noexcept;
    bool is_missing(std::size_t row, std::size_t column) const noexcept;

    /// Appends a row of missing cells and returns its index.
    std::size_t add_row() { return rows_++; }
    /// Appends a row; a row with more cells than columns is cut.
    void add_row(std::vector<cell> cells);
    /// Appends a column, missing in every row, and returns its index.
    std::size_t add_column(std::string name);
    /// Both must exist.
    void set(std::size_t row, std::size_t column, cell value);

    friend bool operator==(table const& a, table const& b) noexcept { return equal(a, b); }

private:
    // Compiled once for each type of CellValue. `class`, because compilers spell a constraint differently
    // in a symbol: a file of clang's links with a library of g++'s.
    template <class T>
    result<T> read(std::size_t row, std::size_t column) const;
    template <class T>
    result<T> read(std::size_t row, std::string_view column) const;
    result<std::size_t> find_column(std::string_view name) const;
    result<cell const*> locate(std::size_t row, std::size_t column) const;
    static bool equal(table const& a, table const& b) noexcept;

    std::vector<std::string> names_;
    std::vector<std::vector<cell>> columns_; // a column may be shorter than rows_: the rest is missing
    std::size_t rows_ = 0;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/table.ipp>
#endif

#pragma once

#include <augur/core/table.hpp>

namespace augur::inline AUGUR_ABI::detail {

/// Where a cell stands, for messages.
struct cell_place
{
    std::size_t row;
    std::size_t column;
    std::string_view name;
};

result<bool> cell_as_bool(cell const& value, cell_place place);
result<std::int64_t> cell_as_int64(cell const& value, cell_place place);
result<double> cell_as_double(cell const& value, cell_place place);
result<std::string_view> cell_as_text(cell const& value, cell_place place);

template <CellValue T>
result<T> cell_as(cell const& value, cell_place place)
{
    if constexpr (std::same_as<T, bool>)
        return cell_as_bool(value, place);
    else if constexpr (std::same_as<T, std::int64_t>)
        return cell_as_int64(value, place);
    else if constexpr (std::same_as<T, double>)
        return cell_as_double(value, place);
    else {
        auto const text = cell_as_text(value, place);
        if (!text)
            return text.error();
        return T(*text);
    }
}

} // namespace augur::inline AUGUR_ABI::detail

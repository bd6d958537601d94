#pragma once

#include <augur/config.hpp>

#include <bit>
#include <cmath>
#include <cstdint>
#include <optional>

namespace augur::inline AUGUR_ABI::detail {

/// The double with the same value, if there is one.
inline std::optional<double> exact_double(std::uint64_t value) noexcept
{
    // 53 significant bits fit, wherever they stand.
    if (value != 0 && 64 - std::countl_zero(value) - std::countr_zero(value) > 53)
        return std::nullopt;
    return static_cast<double>(value);
}

inline std::optional<double> exact_double(std::int64_t value) noexcept
{
    auto const magnitude = value < 0 ? ~static_cast<std::uint64_t>(value) + 1 : static_cast<std::uint64_t>(value);
    if (!exact_double(magnitude))
        return std::nullopt;
    return static_cast<double>(value);
}

/// The integer with the same value, if there is one.
inline std::optional<std::int64_t> exact_int64(double value) noexcept
{
    // Written so that NaN fails; 2^63 itself does not fit.
    if (!(value >= -0x1p63 && value < 0x1p63) || std::trunc(value) != value)
        return std::nullopt;
    return static_cast<std::int64_t>(value);
}

} // namespace augur::inline AUGUR_ABI::detail

#pragma once

#include <augur/testing/manual_time.hpp>

namespace augur::inline AUGUR_ABI::testing {

AUGUR_INLINE wall_time manual_clock::wall_now() const noexcept
{
    constexpr auto start = std::chrono::sys_days(std::chrono::year(2026) / std::chrono::January / 1);
    return wall_time(start.time_since_epoch()) +
           std::chrono::duration_cast<wall_time::duration>(elapsed_ + wall_offset_);
}

AUGUR_INLINE manual_time::~manual_time()
{
    drop_all();
}

AUGUR_INLINE void manual_time::drop_all() noexcept
{
    while (armed() > 0)
        drop_one();
}

AUGUR_INLINE bool manual_time::advance_to_next()
{
    auto const next = earliest();
    if (!next)
        return false;
    if (*next > now())
        clock_->advance(*next - now());
    fire_one();
    return true;
}

AUGUR_INLINE void manual_time::advance(std::chrono::nanoseconds d)
{
    auto const end = now() + d;
    for (auto next = earliest(); next && *next <= end; next = earliest()) {
        if (*next > now())
            clock_->advance(*next - now());
        fire_one();
    }
    if (end > now())
        clock_->advance(end - now());
}

} // namespace augur::inline AUGUR_ABI::testing

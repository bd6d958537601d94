#pragma once

#include <augur/policy/token_schedule.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::policy {

namespace detail {

inline std::chrono::nanoseconds part_of(std::chrono::nanoseconds whole, double unit) noexcept
{
    if (whole <= std::chrono::nanoseconds::zero() || !(unit > 0)) // also not a number
        return std::chrono::nanoseconds::zero();
    auto const share = static_cast<double>(whole.count()) * std::min(unit, 1.0);
    return std::chrono::nanoseconds(static_cast<std::chrono::nanoseconds::rep>(share));
}

inline wall_time earlier(wall_time time, std::chrono::nanoseconds by) noexcept
{
    return time - std::chrono::duration_cast<wall_time::duration>(by);
}

} // namespace detail

AUGUR_INLINE bool token_schedule::is_usable(steady_time now, wall_time wall) const noexcept
{
    if (!has_token_ || (refused_ && now >= kept_until_))
        return false;
    return !life_.expires || wall < *life_.expires || life_.outlives_its_end;
}

AUGUR_INLINE bool token_schedule::may_use(wall_time wall) const noexcept
{
    bool const good = has_token_ && (!life_.expires || wall < *life_.expires || life_.outlives_its_end);
    return good && (in_grace(wall) || (!refused_ && (!soft_ || wall < *soft_)));
}

AUGUR_INLINE std::optional<wall_time> token_schedule::ask_again() const noexcept
{
    auto out = soft_;
    if (grace_ && (refused_ || (soft_ && *soft_ < *grace_ + grace)))
        out = *grace_ + grace;
    if (out && life_.expires && !life_.outlives_its_end)
        out = std::min(*out, *life_.expires);
    return out;
}

AUGUR_INLINE token_step token_schedule::ask(steady_time now, wall_time wall) const noexcept
{
    if (!is_usable(now, wall)) {
        if (!fetching_ && failures_ > 0 && now < quiet_until_)
            return token_step::fail;
        return token_step::wait;
    }
    if (!soft_ || wall < *soft_)
        return token_step::use;
    // After a failure nobody waits any more for what may fail again: the token is good.
    bool const waits = hard_ && wall >= *hard_ && failures_ == 0 && !impatient_;
    if (fetching_)
        return waits ? token_step::wait_a_little : token_step::use;
    if (now < retry_at_)
        return token_step::use;
    return waits ? token_step::wait_a_little : token_step::start_and_use;
}

AUGUR_INLINE void token_schedule::set_windows(token_life const& life, wall_time wall, double unit) noexcept
{
    soft_ = life.refresh_at;
    hard_.reset();
    if (life.expires) {
        auto const left = std::chrono::duration_cast<std::chrono::nanoseconds>(*life.expires - wall);
        auto const advisory = std::min(timing_.advisory_window, left / 4);
        hard_ = detail::earlier(*life.expires, std::min(timing_.mandatory_window, left / 6));
        if (!soft_)
            soft_ = detail::earlier(*life.expires, advisory);
        soft_ = std::min(*soft_, *hard_);
    }
    if (soft_ && *soft_ > wall) {
        auto const left = std::chrono::duration_cast<std::chrono::nanoseconds>(*soft_ - wall);
        soft_ = detail::earlier(*soft_, detail::part_of(std::min(timing_.jitter, left / 10), unit));
    }
}

AUGUR_INLINE bool token_schedule::succeeded(token_life life, steady_time now, wall_time wall, double unit) noexcept
{
    bool const over = life.expires && *life.expires <= wall;
    if (over && !life.outlives_its_end) {
        failed(now, wall, unit);
        return false;
    }
    bool const after_refusal = refused_;
    life_ = life;
    has_token_ = true;
    refused_ = false;
    grace_.reset();
    fetching_ = false;
    failures_ = 0;
    ++generation_;
    retry_at_ = later(now, timing_.retry_base); // a token that wants to be refreshed at once is not, all the time
    kept_until_ = after_refusal ? later(now, timing_.failure_memory) : now;
    if (over) { // a token that is over from the start: used, and asked for again after the pause
        auto const pause = timing_.overtime_pause + detail::part_of(timing_.overtime_pause / 2, unit);
        soft_ = later(wall, pause);
        hard_.reset();
        return true;
    }
    set_windows(life, wall, unit);
    return true;
}

AUGUR_INLINE void token_schedule::failed(steady_time now, wall_time wall, double unit,
                                         std::chrono::nanoseconds asked) noexcept
{
    fetching_ = false;
    failures_ = std::min(failures_ + 1, 30);
    asked = std::min(asked, timing_.longest_asked);
    quiet_until_ = later(now, std::max(timing_.failure_memory, asked));
    bool const overtime = has_token_ && life_.expires && wall >= *life_.expires && life_.outlives_its_end;
    if (overtime) {
        auto const pause = timing_.overtime_pause + detail::part_of(timing_.overtime_pause / 2, unit);
        retry_at_ = later(now, std::max(pause, asked));
        return;
    }
    auto pause = std::min(timing_.retry_base, timing_.retry_cap);
    for (int i = 1; i < failures_ && pause < timing_.retry_cap; ++i)
        pause = pause > timing_.retry_cap / 2 ? timing_.retry_cap : pause * 2;
    retry_at_ = later(now, std::max(pause / 2 + detail::part_of(pause / 2, unit), asked));
}

AUGUR_INLINE void token_schedule::refused(std::uint64_t generation) noexcept
{
    if (generation != generation_ || !has_token_)
        return;
    refused_ = true;
    grace_.reset();
}

} // namespace augur::inline AUGUR_ABI::policy

#pragma once

#include <augur/policy/backoff.hpp>

namespace augur::inline AUGUR_ABI::policy {

AUGUR_INLINE std::chrono::nanoseconds backoff_delay(int retry, std::chrono::nanoseconds base,
                                                    std::chrono::nanoseconds cap, double unit) noexcept
{
    using std::chrono::nanoseconds;
    if (retry < 1 || base <= nanoseconds::zero() || cap <= nanoseconds::zero())
        return nanoseconds::zero();
    nanoseconds ceiling = base < cap ? base : cap;
    for (int i = 1; i < retry && ceiling < cap; ++i)
        ceiling = ceiling > cap / 2 ? cap : ceiling * 2;
    if (!(unit > 0)) // also not a number
        return nanoseconds::zero();
    if (unit >= 1)
        return ceiling;
    return nanoseconds(static_cast<nanoseconds::rep>(static_cast<double>(ceiling.count()) * unit));
}

} // namespace augur::inline AUGUR_ABI::policy

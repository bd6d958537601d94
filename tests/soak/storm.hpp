#pragma once

namespace soak {

struct storm_figures
{
    int calls = 0;
    double attempts_per_call = 0;
    int quota_full = 0;
    int quota_left = 0;
    int quota_after = 0; ///< when as many calls succeeded as the quota holds
};

/// `calls` calls, one after another on a clock that the program moves, each attempt answered with 503.
storm_figures everything_fails(int calls);

} // namespace soak

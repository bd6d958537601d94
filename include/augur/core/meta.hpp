#pragma once

#include <augur/core/chrono.hpp>
#include <augur/core/error.hpp>

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// What is known of a call beside its answer. Part of every response.
struct meta
{
    std::string request_id;         ///< the service's name for this call; quote it to their support
    std::string variant;            ///< SageMaker: the production variant that answered
    std::string deployment;         ///< Azure: the deployment that answered
    int attempts = 0;               ///< sends of this call, the successful one included
    bool replayed = false;          ///< an earlier attempt may have reached the service too
    bool connection_reused = false; ///< the last attempt found a warm connection
    /// Time spent per phase, all attempts added up; index with `phase`.
    std::array<std::chrono::nanoseconds, phase_count> time{};
    /// `x-ratelimit-*`, `retry-after*` and their like, as received.
    std::vector<std::pair<std::string, std::string>> rate_limits;

    std::chrono::nanoseconds time_in(phase p) const noexcept { return time[static_cast<std::size_t>(p)]; }
};

} // namespace augur::inline AUGUR_ABI

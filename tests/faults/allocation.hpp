#pragma once

#include <cstddef>

/// What this thread allocates through operator new. The fault server's threads do not count.
namespace faults::allocation {

/// From here on `peak` counts from what is allocated now.
void start_peak() noexcept;
/// The most that was allocated at one time since `start_peak`, in bytes beyond what was allocated then.
std::size_t peak() noexcept;
/// Allocations of this thread since it began.
std::size_t count() noexcept;
/// The n-th allocation of this thread from now on (1: the next) throws std::bad_alloc; 0: none does.
void fail_at(std::size_t n) noexcept;

} // namespace faults::allocation

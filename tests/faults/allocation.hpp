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
/// From the n-th allocation of this thread on all of them throw, until this is called with 0.
void fail_from(std::size_t n) noexcept;
/// Whether an allocation was refused since the last call of `fail_at` or `fail_from`.
bool has_failed() noexcept;

/// While one of these lives, allocations succeed and are not counted towards the failure: what a test does
/// for itself beneath the code under test.
class pause
{
public:
    pause() noexcept;
    pause(pause const&) = delete;
    pause& operator=(pause const&) = delete;
    ~pause();
};

} // namespace faults::allocation

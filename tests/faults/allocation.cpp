#include "faults/allocation.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace faults::allocation {

namespace {

struct counters
{
    std::ptrdiff_t now = 0;
    std::ptrdiff_t base = 0;
    std::ptrdiff_t highest = 0;
    std::size_t count = 0;
    std::size_t until_failure = 0;
    bool stays = false;
    bool failed = false;
    int pauses = 0;
};
thread_local constinit counters mine;

} // namespace

void start_peak() noexcept
{
    mine.base = mine.highest = mine.now;
}

std::size_t peak() noexcept
{
    return static_cast<std::size_t>(mine.highest - mine.base);
}

std::size_t count() noexcept
{
    return mine.count;
}

void fail_at(std::size_t n) noexcept
{
    mine.until_failure = n;
    mine.stays = mine.failed = false;
}

void fail_from(std::size_t n) noexcept
{
    fail_at(n);
    mine.stays = true;
}

bool has_failed() noexcept
{
    return mine.failed;
}

pause::pause() noexcept
{
    ++mine.pauses;
}

pause::~pause()
{
    --mine.pauses;
}

static bool fails_now() noexcept
{
    if (mine.pauses > 0 || mine.until_failure == 0 || --mine.until_failure > 0)
        return false;
    mine.failed = true;
    mine.until_failure = mine.stays ? 1 : 0;
    return true;
}

static void* take(std::size_t size, std::size_t alignment)
{
    ++mine.count;
    if (fails_now())
        throw std::bad_alloc();
    void* out = nullptr;
    if (alignment == 0)
        out = std::malloc(std::max<std::size_t>(size, 1));
    else if (::posix_memalign(&out, alignment, size) != 0)
        out = nullptr;
    if (out == nullptr)
        throw std::bad_alloc();
    mine.now += static_cast<std::ptrdiff_t>(::malloc_usable_size(out));
    mine.highest = std::max(mine.highest, mine.now);
    return out;
}

static void give(void* p) noexcept
{
    if (p == nullptr)
        return;
    mine.now -= static_cast<std::ptrdiff_t>(::malloc_usable_size(p));
    std::free(p);
}

static void* take_for_asio(std::size_t size, std::size_t alignment) noexcept
{
    ++mine.count;
    void* out = nullptr;
    return !fails_now() && ::posix_memalign(&out, alignment, size) == 0 ? out : nullptr;
}

} // namespace faults::allocation

/// What Asio takes for handlers and cancellation slots.
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
    return faults::allocation::take_for_asio(size, alignment);
}

using faults::allocation::give;
using faults::allocation::take;

void* operator new(std::size_t size)
{
    return take(size, 0);
}
void* operator new[](std::size_t size)
{
    return take(size, 0);
}
void* operator new(std::size_t size, std::align_val_t alignment)
{
    return take(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment)
{
    return take(size, static_cast<std::size_t>(alignment));
}
// A sanitizer has these of its own, which do not fit what frees.
void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    try {
        return take(size, 0);
    }
    catch (std::bad_alloc const&) {
        return nullptr;
    }
}
void* operator new[](std::size_t size, std::nothrow_t const& tag) noexcept
{
    return operator new(size, tag);
}
void operator delete(void* p, std::nothrow_t const&) noexcept
{
    give(p);
}
void operator delete[](void* p, std::nothrow_t const&) noexcept
{
    give(p);
}
void operator delete(void* p) noexcept
{
    give(p);
}
void operator delete[](void* p) noexcept
{
    give(p);
}
void operator delete(void* p, std::size_t) noexcept
{
    give(p);
}
void operator delete[](void* p, std::size_t) noexcept
{
    give(p);
}
void operator delete(void* p, std::align_val_t) noexcept
{
    give(p);
}
void operator delete[](void* p, std::align_val_t) noexcept
{
    give(p);
}
void operator delete(void* p, std::size_t, std::align_val_t) noexcept
{
    give(p);
}
void operator delete[](void* p, std::size_t, std::align_val_t) noexcept
{
    give(p);
}

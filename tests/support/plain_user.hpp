#pragma once

#include <unistd.h>

#if defined(__linux__)
#include <sys/syscall.h>

#include <cstdint>
#endif

namespace test {

#if defined(__linux__)
/// While one of these lives, the thread that made it lacks these of root's capabilities.
class without_capabilities
{
public:
    explicit without_capabilities(std::uint32_t which) noexcept : changed_(::syscall(SYS_capget, &head_, before_) == 0)
    {
        capabilities now[2] = {before_[0], before_[1]};
        now[0].effective &= ~which;
        changed_ = changed_ && ::syscall(SYS_capset, &head_, now) == 0;
    }
    without_capabilities(without_capabilities const&) = delete;
    without_capabilities& operator=(without_capabilities const&) = delete;
    ~without_capabilities()
    {
        if (changed_ && ::syscall(SYS_capset, &head_, before_) != 0)
            ::_exit(1);
    }
    bool changed() const noexcept { return changed_; }

private:
    struct capabilities
    {
        std::uint32_t effective = 0, permitted = 0, inheritable = 0;
    };
    struct
    {
        std::uint32_t version = 0x20080522; // _LINUX_CAPABILITY_VERSION_3
        int thread = 0;                     // this one
    } head_;
    capabilities before_[2];
    bool changed_;
};
#endif

/// Root may read every file; while one of these lives, the thread that made it may not. On Linux it is root still, so
/// that the folders on the way stay open to it, whoever's they are; elsewhere it is nobody.
class plain_user
{
public:
    plain_user(plain_user const&) = delete;
    plain_user& operator=(plain_user const&) = delete;

#if defined(__linux__)
    plain_user() noexcept : weaker_((1U << 1) | (1U << 2)) {} // CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH

private:
    without_capabilities weaker_;
#else
    plain_user() noexcept : was_root_(::geteuid() == 0 && ::seteuid(65534) == 0) {}
    ~plain_user()
    {
        if (was_root_ && ::seteuid(0) != 0)
            ::_exit(1);
    }

private:
    bool was_root_;
#endif
};

} // namespace test

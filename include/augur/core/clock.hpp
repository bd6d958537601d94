#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

#include <array>
#include <cstdint>
#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI {

/// Deadlines and delays; never jumps.
using steady_time = std::chrono::steady_clock::time_point;
/// Dates in signatures and headers; may jump.
using wall_time = std::chrono::system_clock::time_point;

/// `by` after `t`; the end of time where that would be beyond it, for limits that mean "never".
template <class Clock>
typename Clock::time_point later(std::chrono::time_point<Clock> t, std::chrono::nanoseconds by) noexcept
{
    using time = typename Clock::time_point;
    auto const step = std::chrono::duration_cast<typename time::duration>(by);
    return by > by.zero() && t > time::max() - step ? time::max() : t + step;
}

/// Where the doers read the time. Deciders never do: they get `now` as an argument.
class AUGUR_DECL clock
{
public:
    virtual ~clock();
    virtual steady_time now() const noexcept = 0;
    virtual wall_time wall_now() const noexcept = 0;
};

/// The machine's clock.
std::shared_ptr<clock> system_clock();

/// Where jitter and identifiers come from.
class AUGUR_DECL random_source
{
public:
    virtual ~random_source();
    /// 64 independent uniform bits.
    virtual std::uint64_t bits() noexcept = 0;
    /// Uniform in [0, 1).
    double unit() noexcept { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
};

/// Seeded from the operating system; a forked child gets another sequence than its parent.
std::shared_ptr<random_source> system_random();
/// The same sequence for the same seed: tests.
std::shared_ptr<random_source> seeded_random(std::uint64_t seed);

/// The number of this process; 0 where nothing forks. Notices a `fork`, but not a raw clone(2) behind the C library.
std::int64_t process_id() noexcept;

/// A version 4 UUID (RFC 9562), 36 characters.
std::string make_uuid(random_source& random);
/// The same without an allocation.
using uuid_text = std::array<char, 36>;
uuid_text make_uuid_text(random_source& random) noexcept;

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/clock.ipp>
#endif

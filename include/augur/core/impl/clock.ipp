#pragma once

#include <augur/core/clock.hpp>

#include <atomic>
#include <random>

#if !defined(_WIN32)
#include <pthread.h>
#include <unistd.h>
#endif

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE clock::~clock() = default;
AUGUR_INLINE random_source::~random_source() = default;

AUGUR_INLINE std::int64_t process_id() noexcept
{
#if defined(_WIN32)
    return 0;
#else
    // The C library asks the kernel each time (glibc since 2.25): three times in a call, and it is felt there.
    static std::atomic<std::int64_t> known = 0;
    static bool const is_watched = ::pthread_atfork(nullptr, nullptr, [] { known = 0; }) == 0;
    auto id = known.load(std::memory_order_relaxed);
    if (id == 0) {
        id = static_cast<std::int64_t>(::getpid());
        if (is_watched)
            known.store(id, std::memory_order_relaxed);
    }
    return id;
#endif
}

namespace detail {

class machine_clock final : public clock
{
public:
    steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    wall_time wall_now() const noexcept override { return std::chrono::system_clock::now(); }
};

/// SplitMix64 (Steele, Lea, Flood 2014): small, full period, passes BigCrush. Not for keys.
class split_mix final : public random_source
{
public:
    explicit split_mix(std::uint64_t seed, bool follow_forks) noexcept
        : state_(seed), owner_(follow_forks ? process_id() : 0)
    {
    }

    std::uint64_t bits() noexcept override
    {
        auto owner = owner_.load(std::memory_order_relaxed);
        if (owner != 0 && owner != process_id() && owner_.compare_exchange_strong(owner, process_id())) {
            auto const here = static_cast<std::uint64_t>(process_id()) * 0xD6E8FEB86659FD93ULL;
            state_ ^= here ^ static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
        }
        constexpr std::uint64_t step = 0x9E3779B97F4A7C15ULL;
        std::uint64_t z = state_.fetch_add(step, std::memory_order_relaxed) + step;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
        return z ^ (z >> 31);
    }

private:
    // No mutex: a fork could catch it locked, and the child would wait for ever.
    std::atomic<std::uint64_t> state_;
    std::atomic<std::int64_t> owner_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<clock> system_clock()
{
    return std::make_shared<detail::machine_clock>();
}

AUGUR_INLINE std::shared_ptr<random_source> system_random()
{
    std::random_device device;
    auto const seed = (static_cast<std::uint64_t>(device()) << 32) ^ device();
    return std::make_shared<detail::split_mix>(seed, true);
}

AUGUR_INLINE std::shared_ptr<random_source> seeded_random(std::uint64_t seed)
{
    return std::make_shared<detail::split_mix>(seed, false);
}

AUGUR_INLINE std::string make_uuid(random_source& random)
{
    auto const text = make_uuid_text(random);
    return {text.data(), text.size()};
}

AUGUR_INLINE uuid_text make_uuid_text(random_source& random) noexcept
{
    static constexpr char hex[] = "0123456789abcdef";
    std::uint64_t const high = (random.bits() & ~0xF000ULL) | 0x4000ULL;
    std::uint64_t const low = (random.bits() & ~(3ULL << 62)) | (2ULL << 62);
    uuid_text out;
    char* to = out.data();
    auto const write = [&to](std::uint64_t word, int bits) {
        for (int shift = bits - 4; shift >= 0; shift -= 4)
            *to++ = hex[(word >> shift) & 15];
    };
    auto const dash = [&to] { *to++ = '-'; };
    write(high >> 32, 32), dash();
    write(high >> 16, 16), dash();
    write(high, 16), dash();
    write(low >> 48, 16), dash();
    write(low, 48);
    return out;
}

} // namespace augur::inline AUGUR_ABI

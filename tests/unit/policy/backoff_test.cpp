#include <augur/policy/backoff.hpp>
#include <augur/policy/retry_quota.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <initializer_list>
#include <limits>

using namespace std::chrono_literals;
using augur::policy::backoff_delay;
using augur::policy::retry_quota;

TEST_CASE("backoff: with full jitter at its end the delays double up to the cap")
{
    // The published rows of retry behaviour 2.1 (50 ms) and 2.0 or throttling (1 s), both capped at 20 s.
    std::chrono::milliseconds const other[] = {50ms,   100ms,  200ms,   400ms, 800ms, 1600ms,
                                               3200ms, 6400ms, 12800ms, 20s,   20s};
    std::chrono::milliseconds const throttling[] = {1s, 2s, 4s, 8s, 16s, 20s, 20s};
    int rows = 0;
    for (int i = 0; i < 11; ++i, ++rows)
        CHECK(backoff_delay(i + 1, 50ms, 20s, 1.0) == other[i]);
    for (int i = 0; i < 7; ++i, ++rows)
        CHECK(backoff_delay(i + 1, 1s, 20s, 1.0) == throttling[i]);
    MESSAGE("backoff rows: " << rows);
}

TEST_CASE("backoff: jitter spreads the delay over the whole range from nothing to the ceiling")
{
    CHECK(backoff_delay(3, 1s, 20s, 0.0) == 0ns);
    CHECK(backoff_delay(3, 1s, 20s, 0.25) == 1s);
    CHECK(backoff_delay(3, 1s, 20s, 0.5) == 2s);
    CHECK(backoff_delay(30, 1s, 20s, 0.5) == 10s);
}

TEST_CASE("backoff: no argument makes the delay negative, endless or more than the cap")
{
    auto const huge = std::numeric_limits<std::int64_t>::max();
    for (int retry : {std::numeric_limits<int>::min(), -1, 0, 1, 2, 63, 64, 65, 1000, std::numeric_limits<int>::max()})
        for (double unit :
             {-1.0, 0.0, 0.3, 1.0, 7.0, std::nan(""), static_cast<double>(INFINITY), -static_cast<double>(INFINITY)})
            for (auto base : {std::chrono::nanoseconds(0), std::chrono::nanoseconds(-5), std::chrono::nanoseconds(1),
                              std::chrono::nanoseconds(50ms), std::chrono::nanoseconds(huge)}) {
                CAPTURE(retry);
                CAPTURE(unit);
                CAPTURE(base.count());
                auto const delay = backoff_delay(retry, base, 20s, unit);
                CHECK(delay >= 0ns);
                CHECK(delay <= 20s);
            }
    CHECK(backoff_delay(1000, 1ns, std::chrono::nanoseconds(huge), 1.0) == std::chrono::nanoseconds(huge));
    CHECK(backoff_delay(2, 1s, -1s, 1.0) == 0ns);
}

TEST_CASE("retry quota: takes what a retry costs, or nothing")
{
    retry_quota quota;
    CHECK(quota.capacity() == 500);
    int taken = 0;
    while (quota.try_take(14))
        ++taken;
    CHECK(taken == 35); // 500 / 14
    CHECK(quota.available() == 10);
    CHECK(quota.try_take(5));
    CHECK(quota.try_take(5));
    CHECK_FALSE(quota.try_take(5));
    CHECK(quota.available() == 0);
}

TEST_CASE("retry quota: a success returns what its call took last, or one, never above the capacity")
{
    retry_quota quota;
    REQUIRE(quota.try_take(14));
    REQUIRE(quota.try_take(14));
    CHECK(quota.available() == 472);
    quota.succeeded(14); // two retries, then well: the last one comes back
    CHECK(quota.available() == 486);
    quota.succeeded(0);
    CHECK(quota.available() == 487);
    for (int i = 0; i < 100; ++i)
        quota.succeeded(0);
    CHECK(quota.available() == 500);
    quota.succeeded(std::numeric_limits<int>::max());
    CHECK(quota.available() == 500);
    quota.succeeded(-7);
    CHECK(quota.available() == 500);
}

TEST_CASE("retry quota: a capacity of nothing allows no retry")
{
    for (int capacity : {0, -3}) {
        retry_quota quota(capacity);
        CHECK_FALSE(quota.try_take(5));
        quota.succeeded(5);
        CHECK(quota.available() == 0);
    }
}

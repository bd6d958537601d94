#include <augur/codec/retry_after.hpp>

#include <augur/core/headers.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace augur::codec;
using namespace std::chrono_literals;
using wait = std::optional<std::chrono::milliseconds>;

namespace {

std::chrono::system_clock::time_point const now{1795428900s}; // Mon, 23 Nov 2026 10:15:00 GMT

augur::headers fields(std::vector<std::pair<std::string, std::string>> const& list)
{
    augur::headers out;
    for (auto const& [name, value] : list)
        out.add(name, value).value();
    return out;
}

} // namespace

TEST_CASE("retry-after: seconds, decimals and what is neither")
{
    std::vector<std::pair<std::string_view, wait>> const table = {
        {"5", 5000ms},
        {"0", 0ms},
        {"1.5", 1500ms},
        {"0.25", 250ms},
        {".5", 500ms},
        {"5.", 5000ms},
        {"007", 7000ms},
        {" 5\t", 5000ms},
        {"86400", 24h},
        {"0.0001", 1ms},
        {"1.001", 1001ms},
        {"2.0000", 2000ms},
        {"1e3", 1000s},
        {"1E-1", 100ms},
        {"4.35", 4350ms},
        {"1e20", longest_retry_after},
        {"100000000000000000000", longest_retry_after},
        {"1e999", longest_retry_after},
        {"1e-999", 0ms},
        {"3153600000", longest_retry_after},
        {"3153600001", longest_retry_after},
        {"3153599999", longest_retry_after - 1s},
        {"-1", {}},
        {"-0", {}},
        {"+5", {}},
        {"abc", {}},
        {"", {}},
        {" ", {}},
        {".", {}},
        {"e5", {}},
        {"5s", {}},
        {"5,10", {}},
        {"1.2.3", {}},
        {"0x10", {}},
        {"inf", {}},
        {"nan", {}},
        {"infinity", {}},
        {"1e", {}},
        {"1e+", {}},
        {"1-2", {}},
        {"5 5", {}},
        {"\xd9\xa5", {}},
    };
    for (auto const& [text, expected] : table) {
        CAPTURE(text);
        CHECK((parse_retry_after(text, now) == expected));
    }
    CHECK((parse_retry_after(std::string(100000, '9'), now) == longest_retry_after));
    CHECK_FALSE(parse_retry_after(std::string_view("5\0", 2), now).has_value());
}

TEST_CASE("retry-after: a date ahead is the time until then, a date gone by is now, in all three forms")
{
    for (std::string_view const future :
         {"Mon, 23 Nov 2026 10:15:30 GMT", "Monday, 23-Nov-26 10:15:30 GMT", "Mon Nov 23 10:15:30 2026"}) {
        CAPTURE(future);
        CHECK((parse_retry_after(future, now) == 30000ms));
        CHECK((parse_retry_after(future, now + 250ms) == 29750ms));
        CHECK((parse_retry_after(future, now + 30s) == 0ms));
        CHECK((parse_retry_after(future, now + 30s + 1ms) == 0ms));
        CHECK((parse_retry_after(future, now + 1h) == 0ms));
    }
    CHECK((parse_retry_after(" Mon, 23 Nov 2026 10:15:30 GMT ", now) == 30000ms));
    CHECK((parse_retry_after("Sun, 06 Nov 1994 08:49:37 GMT", now) == 0ms));
    CHECK((parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", now) == longest_retry_after));
    CHECK((parse_retry_after("Sat, 01 Jan 0000 00:00:00 GMT", now) == 0ms));
    CHECK_FALSE(parse_retry_after("Mon, 23 Nov 2026 10:15:30", now).has_value());
    CHECK_FALSE(parse_retry_after("Mon, 31 Nov 2026 10:15:30 GMT", now).has_value());
    CHECK(parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", std::chrono::system_clock::time_point::min()).has_value());
    CHECK(parse_retry_after("Sat, 01 Jan 0000 00:00:00 GMT", std::chrono::system_clock::time_point::max()).has_value());
}

TEST_CASE("retry-after-ms: milliseconds, no date")
{
    CHECK((parse_retry_after_ms("1500") == 1500ms));
    CHECK((parse_retry_after_ms("0") == 0ms));
    CHECK((parse_retry_after_ms("12.2") == 13ms));
    CHECK((parse_retry_after_ms("1e20") == longest_retry_after));
    for (std::string_view const bad : {"", "-1", "abc", "Mon, 23 Nov 2026 10:15:30 GMT", "5ms"})
        CHECK_FALSE(parse_retry_after_ms(bad).has_value());
}

TEST_CASE("x-amz-retry-after: whole milliseconds only")
{
    CHECK((parse_amz_retry_after("1500") == 1500ms));
    CHECK((parse_amz_retry_after("0") == 0ms));
    CHECK((parse_amz_retry_after("10000") == 10s));
    CHECK((parse_amz_retry_after("99999999999999999999999999") == longest_retry_after));
    for (std::string_view const bad : {"", "invalid", "-100", "1.5", "1e3", "+1", "Mon, 23 Nov 2026 10:15:30 GMT"})
        CHECK_FALSE(parse_amz_retry_after(bad).has_value());
}

TEST_CASE("retry-after: of several fields the least valid answer counts")
{
    CHECK_FALSE(retry_after(fields({}), now).has_value());
    CHECK_FALSE(retry_after(fields({{"content-type", "5"}}), now).has_value());
    CHECK((retry_after(fields({{"Retry-After", "5"}}), now) == 5s));
    CHECK((retry_after(fields({{"retry-after", "5"}, {"Retry-After-Ms", "1200"}}), now) == 1200ms));
    CHECK((retry_after(fields({{"retry-after-ms", "9000"}, {"retry-after", "5"}}), now) == 5s));
    CHECK((retry_after(fields({{"x-ms-retry-after-ms", "70"}, {"retry-after-ms", "80"}, {"retry-after", "1"}}), now) ==
           70ms));
    CHECK((retry_after(fields({{"retry-after", "abc"}, {"retry-after-ms", "-1"}, {"retry-after", "7"}}), now) == 7s));
    CHECK((retry_after(fields({{"retry-after", "60"}, {"retry-after", "Mon, 23 Nov 2026 10:15:30 GMT"}}), now) == 30s));
    CHECK_FALSE(retry_after(fields({{"retry-after", "abc"}, {"retry-after-ms", "soon"}}), now).has_value());
    // It bounds a back-off and is asked for on its own.
    CHECK_FALSE(retry_after(fields({{"x-amz-retry-after", "100"}}), now).has_value());
}

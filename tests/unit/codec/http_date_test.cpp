#include <augur/codec/http_date.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace augur::codec;
using namespace std::chrono_literals;
using time_point = std::chrono::system_clock::time_point;

namespace {

time_point at(long long seconds)
{
    return time_point(std::chrono::seconds(seconds));
}

time_point const now = at(1795428900); // Mon, 23 Nov 2026 10:15:00 GMT

/// The left column by Python: email.utils.formatdate(t, usegmt=True).
std::vector<std::pair<long long, std::string_view>> const dates = {
    {0, "Thu, 01 Jan 1970 00:00:00 GMT"},          {784111777, "Sun, 06 Nov 1994 08:49:37 GMT"},
    {1795428900, "Mon, 23 Nov 2026 10:15:00 GMT"}, {951827696, "Tue, 29 Feb 2000 12:34:56 GMT"},
    {4107542399, "Sun, 28 Feb 2100 23:59:59 GMT"}, {-1, "Wed, 31 Dec 1969 23:59:59 GMT"},
};

} // namespace

TEST_CASE("http date: IMF-fixdate both ways")
{
    for (auto const& [seconds, text] : dates) {
        CAPTURE(text);
        CHECK(parse_http_date(text, now) == at(seconds));
        CHECK(format_http_date(at(seconds)) == text);
        CHECK(format_http_date(at(seconds) + 999ms) == text);
    }
}

TEST_CASE("http date: the three forms of RFC 9110 5.6.7 are one moment")
{
    for (std::string_view const text :
         {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"})
        CHECK(parse_http_date(text, now) == at(784111777));
    CHECK(parse_http_date("Mon Nov 23 10:15:00 2026", now) == now);
    CHECK(parse_http_date("Monday, 23-Nov-26 10:15:00 GMT", now) == now);
}

TEST_CASE("http date: a two-digit year more than fifty years ahead lies in the past")
{
    auto const year = [](std::string_view digits) {
        auto const when = parse_http_date("Monday, 23-Nov-" + std::string(digits) + " 10:14:59 GMT", now);
        REQUIRE(when.has_value());
        return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(*when)).year());
    };
    CHECK(year("26") == 2026);
    CHECK(year("00") == 2000);
    CHECK(year("75") == 2075);
    CHECK(year("76") == 2076); // one second less than fifty years
    CHECK(year("77") == 1977);
    CHECK(year("99") == 1999);
    CHECK(parse_http_date("Monday, 23-Nov-80 00:00:00 GMT", at(3155760000)) == at(3499545600)); // seen in 2070: 2080
    CHECK(parse_http_date("Tuesday, 29-Feb-00 00:00:00 GMT", now) == at(951782400));
    CHECK_FALSE(parse_http_date("Tuesday, 29-Feb-01 00:00:00 GMT", now).has_value());
}

TEST_CASE("http date: leap seconds and the ends of the clock")
{
    CHECK(parse_http_date("Sat, 31 Dec 2016 23:59:60 GMT", now) ==
          parse_http_date("Sat, 31 Dec 2016 23:59:59 GMT", now));
    CHECK(parse_http_date("Fri, 31 Dec 9999 23:59:59 GMT", now) == time_point::max());
    CHECK(parse_http_date("Sat, 01 Jan 0000 00:00:00 GMT", now) == time_point::min());
    CHECK(format_http_date(time_point::max()).size() == 29);
    CHECK(format_http_date(time_point::min()).size() == 29);
}

TEST_CASE("http date: anything else is no date")
{
    for (std::string_view const bad : {"",
                                       "Sun",
                                       "Sun,",
                                       "Sun, ",
                                       "abc",
                                       "0",
                                       "Sun, 06 Nov 1994 08:49:37",
                                       "Sun, 06 Nov 1994 08:49:37 UTC",
                                       "Sun, 06 Nov 1994 08:49:37 GMT ",
                                       " Sun, 06 Nov 1994 08:49:37 GMT",
                                       "Sun, 6 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 nov 1994 08:49:37 GMT",
                                       "Xyz, 06 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 94 08:49:37 GMT",
                                       "Sun, 31 Feb 1994 08:49:37 GMT",
                                       "Sun, 29 Feb 2100 08:49:37 GMT",
                                       "Sun, 00 Nov 1994 08:49:37 GMT",
                                       "Sun, 06 Nov 1994 24:00:00 GMT",
                                       "Sun, 06 Nov 1994 08:60:37 GMT",
                                       "Sun, 06 Nov 1994 08:49:61 GMT",
                                       "Sun, 06 Nov 1994 -8:49:37 GMT",
                                       "Sun, 06 Nov 1994 08:49:37.5 GMT",
                                       "Sunday, 06 Nov 1994 08:49:37 GMT",
                                       "Sun, 06-Nov-94 08:49:37 GMT",
                                       "Sunday, 06-Nov-1994 08:49:37 GMT",
                                       "Sundae, 06-Nov-94 08:49:37 GMT",
                                       "Sun Nov 6 08:49:37 1994",
                                       "Sun Nov  6 08:49:37 1994 GMT",
                                       "Sun Nov  0 08:49:37 1994",
                                       "1994-11-06T08:49:37Z"}) {
        CAPTURE(bad);
        CHECK_FALSE(parse_http_date(bad, now).has_value());
    }
    // No prefix of a date is one, and no byte more.
    std::string const text = "Sun, 06 Nov 1994 08:49:37 GMT";
    for (std::size_t size = 0; size < text.size(); ++size)
        CHECK_FALSE(parse_http_date(text.substr(0, size), now).has_value());
    CHECK_FALSE(parse_http_date(text + '\0', now).has_value());
}

TEST_CASE("basic date: whole seconds in UTC, rounded down")
{
    auto const text = [](time_point when) {
        auto const characters = format_basic_date(when);
        return std::string(characters.begin(), characters.end());
    };
    CHECK(text(at(0)) == "19700101T000000Z");
    CHECK(text(at(1440938160)) == "20150830T123600Z");
    CHECK(text(at(1440938160) + 999999us) == "20150830T123600Z");
    CHECK(text(at(-1)) == "19691231T235959Z");
    CHECK(text(at(951827696)) == "20000229T123456Z");
}

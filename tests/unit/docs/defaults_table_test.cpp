// docs/reference/defaults.md against the library itself.
#include <augur/core/limits.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/policy/retry.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <fstream>
#include <sstream>
#include <string>

namespace {

using namespace std::chrono_literals;

/// The second cell of the row whose first cell is `name` in backquotes, or starts with it.
std::string value_of(std::string const& name)
{
    std::ifstream file("docs/reference/defaults.md");
    REQUIRE_MESSAGE(file, "the tests run in the top folder of the project");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("| `" + name + "` |") && !line.starts_with("| " + name))
            continue;
        auto const begin = line.find('|', 2) + 2;
        return line.substr(begin, line.find(" |", begin) - begin);
    }
    FAIL("no row " << name);
    return {};
}

/// "3.1 s", "10 min": the number and its unit; what follows does not count.
std::chrono::nanoseconds time_of(std::string const& name)
{
    std::istringstream in(value_of(name));
    double number = 0;
    std::string unit;
    in >> number >> unit;
    double const seconds = unit.starts_with("min") ? 60 : 1;
    CHECK_MESSAGE((unit.starts_with("min") || unit.starts_with("s")), name << " has the unit " << unit);
    return std::chrono::milliseconds(static_cast<long long>(number * seconds * 1000 + 0.5));
}

std::size_t size_of(std::string const& name)
{
    std::istringstream in(value_of(name));
    std::size_t number = 0;
    std::string unit;
    in >> number >> unit;
    return unit == "KiB" ? number << 10U : unit == "MiB" ? number << 20U : number;
}

} // namespace

TEST_CASE("docs: the table of defaults has the limits on time of a client made with no options")
{
    augur::phase_limits const limits;
    CHECK(time_of("auth") == limits.auth);
    CHECK(time_of("pool_wait") == limits.pool_wait);
    CHECK(time_of("resolve") == limits.resolve);
    CHECK(time_of("connect") == limits.connect);
    CHECK(time_of("proxy") == limits.proxy);
    CHECK(time_of("tls") == limits.tls);
    CHECK(time_of("write") == limits.write);
    CHECK(time_of("first_byte") == limits.first_byte);
    CHECK(time_of("first_event") == limits.first_event);
    CHECK(time_of("idle") == limits.idle);
    CHECK(time_of("total") == limits.total);
}

TEST_CASE("docs: the table of defaults has the limits on size, of the pool and of retries")
{
    augur::size_limits const sizes;
    CHECK(size_of("response head") == sizes.response_head);
    CHECK(size_of("response body") == sizes.response_body);
    CHECK(size_of("interim responses") == static_cast<std::size_t>(sizes.interim_responses));

    augur::net::pool_config const pool;
    CHECK(size_of("connections per origin") == pool.max_connections);
    CHECK(size_of("idle connections of all origins") == pool.max_idle);
    CHECK(size_of("origins remembered") == pool.max_origins);
    CHECK(time_of("a connection is not used again after idling") == pool.idle_timeout);
    CHECK(time_of("a connection is not used again when older") == pool.max_age);

    augur::policy::retry_settings const retry;
    CHECK(size_of("sends per call") == static_cast<std::size_t>(retry.max_attempts));
    CHECK(time_of("a `Retry-After` longer than") == retry.max_retry_after);
    CHECK(value_of("wait before retry n") ==
          "full jitter below 50 ms x 2^(n-1), or 1 s x 2^(n-1) after throttling; at most 20 s");
    CHECK((retry.other_base == 50ms && retry.throttling_base == 1s && retry.max_backoff == 20s));
    CHECK(value_of("quota of one client") ==
          "500; a retry takes 14, or 5 after throttling; a success gives back what its last retry took, else 1");
    CHECK((retry.other_cost == 14 && retry.throttling_cost == 5));
    CHECK(augur::policy::retry_quota::default_capacity == 500);
}

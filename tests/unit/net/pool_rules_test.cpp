// What the pool and the dialer decide, without a pool or a dialer.
#include <augur/net/impl/pool_rules.ipp>
#include <augur/net/resolver.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using namespace augur::net::detail;
using namespace std::chrono_literals;

TEST_CASE("pool rules: a Keep-Alive header promises what can be understood of it, and of several promises the least")
{
    using promise = keep_alive_promise;
    struct row
    {
        std::string_view text;
        promise expected;
    };
    row const rows[] = {
        {"", {}},
        {"timeout=5", {5s, {}}},
        {"timeout=5, max=100", {5s, 100U}},
        {"max=100,timeout=5", {5s, 100U}},
        {" Timeout = 5 ; MAX = 2 ", {5s, 2U}},
        {"timeout=\"5\"", {5s, {}}},
        {"timeout=0", {0s, {}}},
        {"timeout=60, timeout=5", {5s, {}}},
        {"max=0", {{}, 0U}},
        {"xtimeout=5", {}},
        {"timeout", {}},
        {"timeout=", {}},
        {"timeout=-5", {}},
        {"timeout=5s", {}},
        {"timeout=5.5", {}},
        {"timeout=99999999999999999999", {}},
        {"timeout=4294967295", {4294967295s, {}}},
        {",,;=;timeout=7,", {7s, {}}},
    };
    for (auto const& r : rows) {
        CAPTURE(r.text);
        CHECK(parse_keep_alive(r.text) == r.expected);
    }
}

TEST_CASE("pool rules: a connection idles a second less than the server promises, and never longer than we allow")
{
    net::pool_config config;
    config.idle_timeout = 60s;
    CHECK(idle_limit(config, {}) == 60s);
    CHECK(idle_limit(config, {5s, {}}) == 4s);
    CHECK(idle_limit(config, {61s, {}}) == 60s);
    CHECK(idle_limit(config, {60s, {}}) == 59s);
    CHECK(idle_limit(config, {4294967295s, {}}) == 60s);
    CHECK(idle_limit(config, {1s, {}}) == 0s);
    CHECK(idle_limit(config, {0s, {}}) == 0s);
    CHECK(idle_limit(config, {{}, 0U}) == 0s);
    CHECK(idle_limit(config, {{}, 1U}) == 60s);
    config.idle_timeout = -1s;
    CHECK(idle_limit(config, {}) == 0s);
}

TEST_CASE("pool rules: too old and idle too long are told apart, exact to the nanosecond")
{
    net::pool_config config;
    config.max_age = 10min;
    steady_time const begin(1h);
    connection_times const c{begin, begin + 1min, begin + 2min};
    CHECK(why_not_reuse(c, config, begin + 1min) == std::nullopt);
    CHECK(why_not_reuse(c, config, begin + 2min - 1ns) == std::nullopt);
    CHECK(why_not_reuse(c, config, begin + 2min) == net::close_cause::idle_timeout);
    connection_times const busy{begin, begin + 9min, begin + 11min};
    CHECK(why_not_reuse(busy, config, begin + 10min - 1ns) == std::nullopt);
    CHECK(why_not_reuse(busy, config, begin + 10min) == net::close_cause::max_age);
}

TEST_CASE("pool rules: what was heard of after the broken one began to idle is not to blame")
{
    steady_time const t(1h);
    connection_times const broken{t, t + 10s, t + 70s};
    CHECK(shares_fate(broken, {t, t + 5s, t + 65s}));
    CHECK(shares_fate(broken, {t, t + 10s, t + 70s}));
    CHECK_FALSE(shares_fate(broken, {t, t + 11s, t + 71s}));
}

TEST_CASE("pool rules: a doubt costs one lookup in ten seconds at most, and only known addresses are held against one")
{
    steady_time const t(1h);
    CHECK(may_look_up_again(std::nullopt, t));
    CHECK_FALSE(may_look_up_again(t, t + 10s - 1ns));
    CHECK(may_look_up_again(t, t + 10s));

    auto const a = *net::parse_address("10.0.0.1");
    auto const b = *net::parse_address("10.0.0.2");
    CHECK(is_still_named(a, {b, a}));
    CHECK_FALSE(is_still_named(a, {b}));
    CHECK(is_still_named(a, {}));
}

TEST_CASE("pool rules: a 5xx speaks against who gave it, a connection that could not be opened against all")
{
    auto const numbered = [](int n) { return *net::parse_address("10.0.0." + std::to_string(n)); };
    suspicion nobody;
    CHECK_FALSE(nobody.is_any());
    nobody.add(std::nullopt);
    CHECK(nobody.is_any()); // to be looked up, and held against no one
    CHECK_FALSE(nobody.falls_on(numbered(1)));

    suspicion some;
    for (int round = 0; round < 3; ++round)
        for (int n = 1; n <= 8; ++n)
            some.add(numbered(n));
    CHECK(some.falls_on(numbered(1)));
    CHECK(some.falls_on(numbered(8)));
    CHECK_FALSE(some.falls_on(numbered(9)));
    some.add(numbered(9)); // more than are remembered
    CHECK(some.falls_on(numbered(9)));
    CHECK(some.falls_on(numbered(10)));

    suspicion all;
    all.add_all();
    CHECK(all.is_any());
    CHECK(all.falls_on(numbered(1)));
}

TEST_CASE("pool rules: addresses are tried by turns of family, those that failed lately last")
{
    auto const list = [](std::vector<std::string> const& texts) {
        std::vector<net::address> out;
        for (auto const& t : texts)
            out.push_back(*net::parse_address(t));
        return out;
    };
    auto const ordered = [&](std::vector<std::string> const& found, std::vector<std::string> const& dead) {
        std::string out;
        for (auto const& a : order_addresses(list(found), list(dead)))
            out += (out.empty() ? "" : " ") + net::to_string(a);
        return out;
    };
    CHECK(ordered({}, {}).empty());
    CHECK(ordered({"1.1.1.1"}, {}) == "1.1.1.1");
    CHECK(ordered({"1.1.1.1", "1.1.1.2", "1.1.1.3"}, {}) == "1.1.1.1 1.1.1.2 1.1.1.3");
    CHECK(ordered({"2001::1", "2001::2", "2001::3", "1.1.1.1", "1.1.1.2"}, {}) ==
          "2001::1 1.1.1.1 2001::2 1.1.1.2 2001::3");
    CHECK(ordered({"1.1.1.1", "2001::1", "2001::2"}, {}) == "1.1.1.1 2001::1 2001::2");
    CHECK(ordered({"1.1.1.1", "1.1.1.2", "1.1.1.3"}, {"1.1.1.1"}) == "1.1.1.2 1.1.1.3 1.1.1.1");
    CHECK(ordered({"2001::1", "2001::2", "1.1.1.1", "1.1.1.2"}, {"2001::1", "1.1.1.1"}) ==
          "2001::2 1.1.1.2 2001::1 1.1.1.1");
    CHECK(ordered({"1.1.1.1", "1.1.1.2"}, {"1.1.1.2", "1.1.1.1"}) == "1.1.1.1 1.1.1.2");
}

TEST_CASE("pool rules: the keeper of a floor looks every second, and less often while it fails")
{
    std::string pauses;
    for (unsigned failures = 0; failures < 9; ++failures)
        pauses += std::to_string(floor_pause(failures).count()) + " ";
    CHECK(pauses == "1 1 2 4 8 16 30 30 30 ");
}

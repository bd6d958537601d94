// One cache for clients on several executors; meant for the thread sanitizer, too.
#include "cache_support.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace augur;
using namespace auth_test;
using auth::token_cache;

namespace {

/// The calls of one client on a thread of its own.
void call_from_here(std::shared_ptr<token_cache> const& cache, std::string const& expected, std::atomic<int>& wrong)
{
    boost::asio::io_context context{1};
    net::arena_handle const arena;
    auto const timers = net::make_timer_service(context.get_executor(), system_clock());
    for (int i = 0; i < 50; ++i)
        net::start<std::string>(
            arena, timers, context.get_executor(), std::chrono::minutes(1),
            [cache](net::operation& op) { return herd::ask(op, cache); },
            net::completion<std::string>([&](herd::answer a) {
                if (!a || *a != expected)
                    ++wrong;
            }));
    context.run();
}

} // namespace

TEST_CASE("token cache, threads: clients on four threads cause one fetch per token, and all have the same one")
{
    auto const source = std::make_shared<counting_fetcher>();
    source->delay = 2ms;
    policy::token_timing timing;
    timing.failure_memory = 0ns; // so that a refusal counts at once
    auto const cache = std::make_shared<token_cache>(source, timing);
    std::atomic<int> wrong = 0;
    for (int round = 1; round <= 20; ++round) {
        std::vector<std::thread> threads;
        for (int i = 0; i < 4; ++i)
            threads.emplace_back([&] { call_from_here(cache, "t" + std::to_string(round), wrong); });
        for (auto& t : threads)
            t.join();
        CHECK(source->fetched == round);
        for (int i = 0; i < 100; ++i)
            cache->invalidate(static_cast<std::uint64_t>(round));
    }
    CHECK(wrong == 0);
    CHECK(source->most_running == 1);
}

TEST_CASE("token cache, threads: a failure wakes everybody, wherever he waits")
{
    auto const source = std::make_shared<counting_fetcher>();
    source->delay = 2ms;
    source->failure = make_error(errc::connect_failed, phase::connect, outcome::not_sent, "no way");
    policy::token_timing timing;
    timing.failure_memory = 1min;
    auto const cache = std::make_shared<token_cache>(source, timing);
    std::atomic<int> failed = 0;
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { call_from_here(cache, "", failed); });
    for (auto& t : threads)
        t.join();
    CHECK(failed == 200);
    CHECK(source->fetched == 1);
}

TEST_CASE("token cache, threads: the context that fetches goes away, and those on the others fetch for themselves")
{
    auto const source = std::make_shared<counting_fetcher>();
    source->delay = 1h;
    auto const cache = std::make_shared<token_cache>(source);
    auto leaving = std::make_unique<boost::asio::io_context>(1);
    net::arena_handle const arena;
    net::start<std::string>(
        arena, net::make_timer_service(leaving->get_executor(), system_clock()), leaving->get_executor(), 1h,
        [cache](net::operation& op) { return herd::ask(op, cache); },
        net::completion<std::string>([](herd::answer) {}));
    leaving->poll();
    REQUIRE(source->running == 1);

    boost::asio::io_context staying{1};
    std::optional<herd::answer> got;
    net::start<std::string>(
        arena, net::make_timer_service(staying.get_executor(), system_clock()), staying.get_executor(), 1min,
        [cache](net::operation& op) { return herd::ask(op, cache); },
        net::completion<std::string>([&got](herd::answer a) { got = std::move(a); }));
    staying.poll();
    CHECK_FALSE(got.has_value());
    source->delay = 0ns;
    leaving.reset();
    staying.restart();
    staying.run();
    REQUIRE(got.has_value());
    REQUIRE_MESSAGE(got->has_value(), got->error().to_string());
    CHECK(**got == "t1");
    CHECK(source->fetched == 2);
}

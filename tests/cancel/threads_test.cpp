// Four threads: clients on strands, copies of them everywhere, calls started and cancelled from outside,
// last handles that go away on their executor. Meant for the thread sanitizer.

#include "cancel/world.hpp"

#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <thread>

using namespace test;

namespace {

/// A client on a strand, with a server that only this strand touches.
struct strand_client
{
    explicit strand_client(asio::any_io_executor e) : executor(std::move(e))
    {
        to.host = "service.test";
        to.port = 80;
        to.is_https = false;
        net::https_config https;
        https.pool.max_connections = 4; // most calls wait for a place
        https.dialer = std::make_shared<memory_server_dialer>(executor, *server);
        call::client_config config;
        config.auth = call::no_authentication();
        config.transport = std::make_shared<net::https_transport>(executor, https);
        core = std::make_shared<call::core>(executor, config);
    }

    void start(asio::cancellation_slot slot, std::shared_ptr<std::atomic<int>> ended, std::atomic<int>& good)
    {
        auto body = [client = core, kept = server, origin = to](net::operation& op) {
            return one_call(op, client, origin, 500);
        };
        net::start<int>(core->arena, core->timers, executor, 1min, std::move(body),
                        asio::bind_cancellation_slot(slot, [ended, &good](result<int> r) {
                            bool const expected = r ? *r == 200 : r.error() == errc::cancelled;
                            good += expected ? 1 : 0;
                            ++*ended;
                        }));
    }

    asio::any_io_executor executor;
    std::shared_ptr<memory_server> server = std::make_shared<memory_server>();
    net::origin to;
    std::shared_ptr<call::core> core;
};

} // namespace

TEST_CASE("cancel: four threads start, cancel and let go of calls of clients on strands")
{
    constexpr int threads = 4;
    constexpr int calls = 50; // of each thread to each client
    asio::thread_pool pool(threads);
    std::atomic<int> good = 0;
    auto const ended = std::make_shared<std::atomic<int>>(0);
    std::vector<std::weak_ptr<call::core>> watched;
    {
        std::vector<strand_client> clients;
        for (int i = 0; i < threads; ++i)
            clients.emplace_back(asio::make_strand(pool.get_executor()));
        for (auto const& c : clients)
            watched.emplace_back(c.core);
        std::vector<std::thread> starters;
        for (int t = 0; t < threads; ++t)
            starters.emplace_back([&clients, &good, ended, t] {
                std::vector<std::unique_ptr<asio::cancellation_signal>> signals;
                for (int i = 0; i < calls; ++i)
                    for (auto& c : clients) {
                        signals.push_back(std::make_unique<asio::cancellation_signal>());
                        c.start(signals.back()->slot(), ended, good);
                        if ((i + t) % 3 == 0) // at once, or one that may be anywhere by now
                            signals[signals.size() / 2]->emit(asio::cancellation_type::total);
                        if ((i + t) % 5 == 0)
                            signals.back()->emit(asio::cancellation_type::terminal);
                    }
                while (*ended < threads * threads * calls)
                    std::this_thread::yield(); // a slot lives as long as its call
            });
        for (auto& s : starters)
            s.join();
        for (auto& c : clients) // the last handles go away where their client lives
            asio::post(c.executor,
                       [last = std::exchange(c.core, nullptr), server = std::exchange(c.server, nullptr)] {});
    }
    pool.join();
    CHECK(*ended == threads * threads * calls);
    CHECK(good == threads * threads * calls);
    for (auto const& w : watched)
        CHECK(w.expired());
}

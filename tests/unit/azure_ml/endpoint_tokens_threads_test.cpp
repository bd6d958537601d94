// One source of an endpoint's tokens for clients on several threads; meant for the thread sanitizer, too.

#include <augur/auth/entra/token_store.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>
#include <augur/net/start.hpp>
#include <augur/net/timer_service.hpp>
#include <augur/net/transport.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace augur;
namespace entra = augur::auth::entra;

namespace {

/// ARM on any thread: refuses every third request, and counts those that come without one of `arm_tokens`' tokens.
class arm_service final : public net::transport
{
public:
    net::task<result<net::opened_response>> open(net::operation&, net::exchange&) override
    {
        co_return make_error(errc::unsupported, phase::prepare, outcome::not_sent, "it only sends");
    }
    net::task<result<http_response>> send(net::operation&, net::exchange& x) override
    {
        auto const proof = x.head().find("authorization");
        if (!proof || !proof->starts_with("Bearer arm token that is long enough to own memory "))
            ++unproved;
        http_response out;
        out.status = ++asked % 3 == 0 ? 401 : 200;
        if (out.status == 200)
            out.content = R"({"accessToken":"aml","expiryTimeUtc":32503680000})";
        co_return out;
    }

    std::atomic<int> asked{0};
    std::atomic<int> unproved{0};
};

class arm_tokens final : public entra::token_source
{
public:
    net::task<result<entra::access_token>> fetch(net::operation& op, steady_time, entra::token_request) override
    {
        entra::access_token out;
        out.text = secret("arm token that is long enough to own memory " + std::to_string(++given));
        out.expires = op.timers().clock().wall_now() + std::chrono::hours(1);
        co_return out;
    }
    std::string name() const override { return "ARM's own"; }

    std::atomic<int> given{0};
};

} // namespace

TEST_CASE("endpoint tokens, threads: one source serves the clients of four threads at a time")
{
    auto const arm = std::make_shared<arm_service>();
    auto const own = std::make_shared<arm_tokens>();
    auto const source = azure_ml::endpoint_tokens(azure_ml::endpoint_id("s-1", "rg", "ws", "risk"), own,
                                                  entra::source_options().transport(arm));
    std::atomic<int> wrong{0};
    auto const of_one_thread = [&] {
        boost::asio::io_context context{1};
        net::arena_handle const arena;
        auto const timers = net::make_timer_service(context.get_executor(), system_clock());
        for (int i = 0; i < 100; ++i) {
            auto const cache = std::make_shared<entra::access_token_cache>(source, entra::token_request("x/.default"));
            net::start<void>(
                arena, timers, context.get_executor(), std::chrono::minutes(1),
                [cache](net::operation& op) {
                    return cache->refresh(op, op.deadline(), op.timers().clock().wall_now());
                },
                net::completion<void>([&](result<void> r) { wrong += r ? 0 : 1; }));
            context.run();
            context.restart();
        }
    };
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back(of_one_thread);
    for (auto& t : threads)
        t.join();
    CHECK(arm->unproved == 0);
    CHECK(arm->asked >= 400);
    CHECK(own->given < arm->asked); // tokens of ARM itself are kept, too
}

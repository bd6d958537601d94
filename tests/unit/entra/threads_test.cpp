// One store for clients on several threads, as the thread sanitizer sees it.

#include "support.hpp"

#include <augur/auth/entra/token_client.hpp>

#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using namespace entra_test;
using namespace std::chrono_literals;

namespace {

/// Gives "TENANT SCOPE", on any thread.
class shared_source final : public token_source
{
public:
    net::task<result<access_token>> fetch(net::operation& op, steady_time, token_request what) override
    {
        ++asked;
        access_token out;
        out.text = secret(what.tenant() + " " + what.scope());
        out.expires = op.timers().clock().wall_now() + 1h;
        auto const soon = op.until(1ms); // so that others come to wait
        auto const woken = co_await net::sleep_until(op, soon);
        if (woken == net::wake::stopped)
            co_return op.interrupted(phase::auth, outcome::not_sent, augur::errc::auth_timeout);
        co_return out;
    }
    std::string name() const override { return "shared"; }
    std::atomic<int> asked{0};
};

/// Asks for the tokens of two tenants in turn; how often it got another one.
std::size_t wrong_tokens(std::shared_ptr<token_store> store, int calls)
{
    boost::asio::io_context io{1};
    token_client client(io.get_executor(), std::move(store));
    std::size_t wrong = 0;
    for (int i = 0; i < calls; ++i) {
        std::string const tenant = (i * 7 + i / 13) % 2 == 0 ? tenant_a : tenant_b;
        token_request what(ml_scope);
        what.tenant(tenant);
        client.async_get(what, 10s, [&wrong, tenant](result<access_token> r) {
            wrong += r && r->text.reveal() == tenant + " " + ml_scope ? 0 : 1;
        });
        if (i % 3 == 0) { // several at a time
            io.restart();
            io.run();
        }
    }
    io.restart();
    io.run();
    return wrong;
}

} // namespace

TEST_CASE("entra, threads: two tenants interleaved on four threads, and never a wrong token; one fetch for each")
{
    auto const source = std::make_shared<shared_source>();
    auto const store = std::make_shared<token_store>(source);
    std::atomic<std::size_t> wrong{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] { wrong += wrong_tokens(store, 2500); });
    for (auto& t : threads)
        t.join();
    CHECK(wrong == 0);
    CHECK(source->asked == 2);
}

// One store of tokens for many clients, each row on one thread and on four: for the thread sanitizer, too. Caches with
// one fault each turn them red.

#include "support.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <doctest/doctest.h>

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace entra_test;
using namespace std::chrono_literals;

namespace {

/// The machine's clock, and what is added to it while nobody runs.
class shifted_clock final : public augur::clock
{
public:
    steady_time now() const noexcept override { return system_clock()->now() + shift_; }
    wall_time wall_now() const noexcept override { return system_clock()->wall_now() + shift_; }
    void shift(std::chrono::seconds by) noexcept { shift_ += by; }

private:
    std::chrono::seconds shift_{};
};

/// Keeps fetches until so many threads have arrived.
class gate
{
public:
    explicit gate(int threads) noexcept : missing_(threads) {}
    void arrive()
    {
        std::vector<kept> free;
        std::scoped_lock const lock(mutex_);
        if (--missing_ == 0)
            free.swap(waiting_);
        for (auto& one : free)
            boost::asio::post(one.work.get_executor(), std::move(one.token));
    }
    void keep(boost::asio::any_io_executor executor, net::wake_token token)
    {
        std::scoped_lock const lock(mutex_);
        if (missing_ > 0)
            waiting_.emplace_back(work_guard(std::move(executor)), std::move(token));
        else
            boost::asio::post(executor, std::move(token));
    }

private:
    using work_guard = boost::asio::executor_work_guard<boost::asio::any_io_executor>;
    struct kept
    {
        kept(work_guard w, net::wake_token t) noexcept : work(std::move(w)), token(std::move(t)) {}
        work_guard work;
        net::wake_token token;
    };

    std::mutex mutex_;
    int missing_;
    std::vector<kept> waiting_;
};

/// `co_await until_open(op, gate)`.
class until_open final : public net::suspension
{
public:
    until_open(net::operation& op, gate& at) noexcept
        : suspension(op, op.deadline()), executor_(op.executor()), gate_(&at)
    {
    }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        give_token([this](net::wake_token token) { gate_->keep(*executor_, std::move(token)); });
        return true;
    }
    void await_resume() const noexcept {}

private:
    boost::asio::any_io_executor const* executor_;
    gate* gate_;
};

/// Gives "TENANT 1", "TENANT 2", ... for an hour, on any thread.
class shared_source final : public token_source
{
public:
    net::task<result<access_token>> fetch(net::operation& op, steady_time, token_request what) override
    {
        auto const number = ++asked;
        if (held)
            co_await until_open(op, *held);
        if (down)
            co_return make_error(augur::errc::connect_failed, phase::connect, outcome::not_sent, "down");
        access_token out;
        out.text = secret("token of " + what.tenant() + " " + std::to_string(number));
        out.expires = op.timers().clock().wall_now() + 1h;
        co_return out;
    }
    std::string name() const override { return "shared"; }

    std::atomic<int> asked{0};
    std::atomic<bool> down{false};
    std::shared_ptr<gate> held;
};

/// What the rows need of a cache.
class any_cache
{
public:
    virtual ~any_cache() = default;
    virtual auth::token_snapshot look(wall_time now) = 0;
    virtual net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now) = 0;
    virtual void refuse(std::uint64_t generation) = 0;
};

using open_cache = std::function<std::shared_ptr<any_cache>(token_request)>;
using make_store = std::function<open_cache(std::shared_ptr<shared_source>)>;

class ours final : public any_cache
{
public:
    explicit ours(std::shared_ptr<access_token_cache> cache) noexcept : cache_(std::move(cache)) {}
    auth::token_snapshot look(wall_time now) override { return cache_->look(now); }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now) override
    {
        return cache_->refresh(op, until, now);
    }
    void refuse(std::uint64_t generation) override
    {
        cache_->demand(generation, "{}");
        cache_->invalidate(generation);
    }

private:
    std::shared_ptr<access_token_cache> cache_;
};

open_cache our_store(std::shared_ptr<token_source> source)
{
    auto const store = std::make_shared<token_store>(std::move(source));
    return [store](token_request what) { return std::make_shared<ours>(store->get(what)); };
}

// What a store must not be, one fault each.

class asked_twice final : public token_source
{
public:
    explicit asked_twice(std::shared_ptr<token_source> from) noexcept : from_(std::move(from)) {}
    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        auto again = what;
        auto first = co_await from_->fetch(op, until, std::move(what));
        if (!first)
            co_return first;
        auto second = co_await from_->fetch(op, until, std::move(again));
        co_return second;
    }
    std::string name() const override { return from_->name(); }

private:
    std::shared_ptr<token_source> from_;
};

open_cache fetches_twice(std::shared_ptr<shared_source> source)
{
    return our_store(std::make_shared<asked_twice>(std::move(source)));
}

open_cache forgets_the_tenant(std::shared_ptr<shared_source> source)
{
    return [open = our_store(std::move(source))](token_request what) { return open(what.tenant(tenant_a)); };
}

/// Takes every refusal for one of the token that it has.
class believes_refusals final : public any_cache
{
public:
    explicit believes_refusals(std::shared_ptr<access_token_cache> cache) noexcept : cache_(std::move(cache)) {}
    auth::token_snapshot look(wall_time now) override { return cache_->look(now); }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now) override
    {
        return cache_->refresh(op, until, now);
    }
    void refuse(std::uint64_t) override { cache_->invalidate(cache_->generation()); }

private:
    std::shared_ptr<access_token_cache> cache_;
};

open_cache believes_late_refusals(std::shared_ptr<shared_source> source)
{
    auto timing = entra_timing();
    timing.failure_memory = 0s; // which would hide it for a second
    auto const store = std::make_shared<token_store>(std::move(source), timing);
    return [store](token_request what) { return std::make_shared<believes_refusals>(store->get(what)); };
}

/// Right about refusals and tenants. `early`: the token is not given any more in its last minutes, and a failed fetch
/// is the call's; else it is given to its end, and whoever has none fetches, however many do.
class simple_cache final : public any_cache
{
public:
    simple_cache(std::shared_ptr<shared_source> from, token_request what, std::chrono::minutes early) noexcept
        : from_(std::move(from)), what_(std::move(what)), early_(early)
    {
    }
    auth::token_snapshot look(wall_time now) override
    {
        auth::token_snapshot out;
        if (token_ && now + early_ < *token_->expires)
            out.value = token_;
        return out;
    }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time) override
    {
        auto what = what_;
        auto got = co_await from_->fetch(op, until, std::move(what));
        if (!got)
            co_return got.error();
        token_ = std::make_shared<access_token const>(std::move(*got));
        ++generation_;
        co_return result<void>();
    }
    void refuse(std::uint64_t generation) override
    {
        if (generation == generation_)
            token_.reset();
    }

private:
    std::shared_ptr<shared_source> from_;
    token_request what_;
    std::chrono::minutes early_;
    std::shared_ptr<access_token const> token_;
    std::uint64_t generation_ = 0;
};

open_cache simple_store(std::shared_ptr<shared_source> source, std::chrono::minutes early)
{
    return [source, early, known = std::map<std::string, std::shared_ptr<any_cache>>()](token_request what) mutable {
        auto& found = known[what.tenant()];
        if (!found)
            found = std::make_shared<simple_cache>(source, std::move(what), early);
        return found;
    };
}
open_cache everybody_fetches(std::shared_ptr<shared_source> source)
{
    return simple_store(std::move(source), 0min);
}
open_cache fails_with_its_fetch(std::shared_ptr<shared_source> source)
{
    return simple_store(std::move(source), 10min);
}

net::task<result<std::string>> ask(net::operation& op, std::shared_ptr<any_cache> cache)
{
    auto found = cache->look(op.timers().clock().wall_now());
    if (!found.value) {
        auto done = co_await cache->refresh(op, op.deadline(), op.timers().clock().wall_now());
        if (!done)
            co_return done.error();
        found = cache->look(op.timers().clock().wall_now());
    }
    if (!found.value)
        co_return std::string("none");
    co_return std::string(static_cast<access_token const*>(found.value.get())->text.reveal());
}

/// Clients on so many threads.
struct crowd
{
    int threads;
    open_cache open;
    std::shared_ptr<shared_source> source;
    std::shared_ptr<shifted_clock> clock = std::make_shared<shifted_clock>();
    std::atomic<int> wrong{0};

    crowd(int n, make_store const& make) : threads(n), source(std::make_shared<shared_source>())
    {
        open = make(source);
    }

    /// `calls` in all, each thread's at once: the i-th of the tenant `tenant(i)`, refusing first what `refused` says.
    template <class Expect>
    void call(int calls, Expect expect, std::uint64_t refused = 0)
    {
        auto const of_one = [&](int first) {
            boost::asio::io_context context{1};
            net::arena_handle const arena;
            auto const timers = net::make_timer_service(context.get_executor(), clock);
            for (int i = first; i < calls; i += threads) {
                std::string const tenant = (i / threads * 7 + i / 13) % 2 == 0 ? tenant_a : tenant_b;
                std::shared_ptr<any_cache> cache;
                {
                    std::scoped_lock const lock(opening_);
                    cache = open(token_request(ml_scope).tenant(two_tenants ? tenant : tenant_a));
                }
                if (refused != 0)
                    cache->refuse(refused);
                net::start<std::string>(
                    arena, timers, context.get_executor(), 1min, [cache](net::operation& op) { return ask(op, cache); },
                    net::completion<std::string>(
                        [this, expect, tenant](result<std::string> r) { wrong += r && expect(*r, tenant) ? 0 : 1; }));
                if (i / threads % 100 == 99 && !source->held) {
                    context.run();
                    context.restart();
                }
            }
            if (source->held) {
                context.poll(); // all of them wait now, or the fetch does
                source->held->arrive();
            }
            context.run();
        };
        std::vector<std::thread> others;
        for (int i = 1; i < threads; ++i)
            others.emplace_back(of_one, i);
        of_one(0);
        for (auto& one : others)
            one.join();
    }

    bool two_tenants = false;

private:
    std::mutex opening_; ///< over `open`; the store itself needs none, but the faulty ones do
};

auto is_token(int number)
{
    return [text = "token of " + std::string(tenant_a) + " " +
                   std::to_string(number)](std::string const& got, std::string const&) { return got == text; };
}

std::string fault_if(bool bad, std::string what, crowd const& c)
{
    return bad ? what + ": " + std::to_string(c.source->asked) + " fetches, " + std::to_string(c.wrong) + " wrong; "
               : std::string();
}

struct row
{
    char const* name;
    std::string (*run)(crowd&); ///< what is wrong
};

row const rows[] = {
    {"a thousand calls with a token that is over cause one fetch",
     [](crowd& c) {
         c.call(1, is_token(1));
         c.clock->shift(2h);
         c.source->held = std::make_shared<gate>(c.threads);
         c.call(1000, is_token(2));
         return fault_if(c.source->asked != 2 || c.wrong != 0, "more than one fetch", c);
     }},
    {"a thousand late refusals, with claims, cause none",
     [](crowd& c) {
         c.call(1, is_token(1));
         c.call(1, is_token(2), 1);
         auto const before = c.source->asked.load();
         c.call(1000, is_token(2), 1);
         return fault_if(before != 2 || c.source->asked != 2 || c.wrong != 0, "a late refusal counted", c);
     }},
    {"no call fails while the endpoint is down for five minutes and a token is good",
     [](crowd& c) {
         c.call(1, is_token(1));
         c.source->down = true;
         c.clock->shift(53min);
         for (int i = 0; i < 30; ++i) {
             c.clock->shift(10s);
             c.call(40, is_token(1));
         }
         auto const tried = c.source->asked.load();
         return fault_if(tried < 2 || tried > 20 || c.wrong != 0, "a call failed, or all of them asked", c);
     }},
    {"two tenants in turn ten thousand times: never a wrong token",
     [](crowd& c) {
         c.two_tenants = true;
         c.call(10'000, [](std::string const& got, std::string const& tenant) {
             return got.starts_with("token of " + tenant + " ");
         });
         return fault_if(c.source->asked != 2 || c.wrong != 0, "a wrong token", c);
     }},
};

} // namespace

TEST_CASE("entra, threads: the promises of a store, on one thread and on four")
{
    for (int const threads : {1, 4})
        for (auto const& r : rows) {
            CAPTURE(threads);
            CAPTURE(r.name);
            crowd c(threads, our_store);
            CHECK(r.run(c) == "");
        }
}

TEST_CASE("entra, threads: each fault of a cache turns its own row red")
{
    struct fault
    {
        char const* name;
        open_cache (*make)(std::shared_ptr<shared_source>);
        std::size_t row;
    };
    fault const faults[] = {
        {"fetches twice", fetches_twice, 0},
        {"no single flight", everybody_fetches, 0},
        {"any refusal counts", believes_late_refusals, 1},
        {"a failed fetch is the call's", fails_with_its_fetch, 2},
        {"the tenant is forgotten", forgets_the_tenant, 3},
    };
    for (auto const& f : faults) {
        CAPTURE(f.name);
        crowd c(1, f.make);
        CHECK(rows[f.row].run(c) != "");
    }
}

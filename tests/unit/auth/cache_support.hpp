#pragma once

// Many calls that want one token, on the manual clock.

#include "support.hpp"

#include <augur/auth/token_cache.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace auth_test {

using namespace std::chrono_literals;

struct test_token
{
    std::string text;
};

inline std::string text_of(auth::token_snapshot const& s)
{
    return s.value ? static_cast<test_token const*>(s.value.get())->text : "none";
}

/// Gives "NAME1", "NAME2", ..., after a while and for a while, or fails as told.
class counting_fetcher final : public auth::token_fetcher
{
public:
    explicit counting_fetcher(std::string name = "t") : name_(std::move(name)) {}

    net::task<result<auth::fetched_token>> fetch(net::operation& op, steady_time until) override
    {
        ++fetched;
        ++running;
        most_running = std::max(most_running, running);
        if (delay > 0ns) {
            auto const at = op.now() + std::chrono::duration_cast<steady_time::duration>(delay);
            auto const woken = co_await net::sleep_until(op, std::min(at, until));
            if (woken == net::wake::stopped || op.now() >= until) {
                --running;
                co_return op.interrupted(phase::auth, outcome::unknown, errc::auth_timeout);
            }
        }
        --running;
        if (failure)
            co_return *failure;
        auth::fetched_token out;
        out.value = std::make_shared<test_token const>(test_token{name_ + std::to_string(++given)});
        if (lasts > 0ns)
            out.life.expires = op.timers().clock().wall_now() + std::chrono::duration_cast<wall_time::duration>(lasts);
        out.life.outlives_its_end = outlives_its_end;
        co_return out;
    }

    int fetched = 0;
    int given = 0;
    int running = 0;
    int most_running = 0;
    std::chrono::nanoseconds delay = 100ms;
    std::chrono::nanoseconds lasts = 1h;
    std::optional<error> failure;
    bool outlives_its_end = false;

private:
    std::string name_;
};

/// Calls that look, refresh if they must, and look again: what an authenticator does.
class herd
{
public:
    using answer = result<std::string>;

    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    boost::asio::io_context context{1};

    /// Starts one call of `cache`; its answer stands at that place when it is over.
    template <class Cache>
    std::size_t want(std::shared_ptr<Cache> cache, std::chrono::nanoseconds total = 1min,
                     boost::asio::cancellation_signal* stop = nullptr)
    {
        auto const place = answers_.size();
        answers_.emplace_back();
        auto body = [cache](net::operation& op) { return ask(op, cache); };
        auto handler = [this, place](answer a) { answers_[place] = std::move(a); };
        if (stop != nullptr)
            net::start<std::string>(arena_, time, context.get_executor(), total, body,
                                    boost::asio::bind_cancellation_slot(stop->slot(), handler));
        else
            net::start<std::string>(arena_, time, context.get_executor(), total, body, handler);
        return place;
    }
    /// Whatever can go on without time passing.
    void settle()
    {
        context.restart();
        while (context.poll() != 0)
            context.restart();
    }
    void finish()
    {
        for (settle(); time->advance_to_next(); settle())
            ;
    }
    bool is_over(std::size_t place) const { return answers_[place].has_value(); }
    answer const& at(std::size_t place) const { return answers_[place].value(); }
    std::size_t size() const { return answers_.size(); }
    /// How many of them have that token.
    std::size_t count(std::string const& token) const
    {
        std::size_t n = 0;
        for (auto const& a : answers_)
            n += a && a->has_value() && **a == token ? 1 : 0;
        return n;
    }
    /// How many calls failed.
    std::size_t failed() const
    {
        std::size_t n = 0;
        for (auto const& a : answers_)
            n += a && !a->has_value() ? 1 : 0;
        return n;
    }
    void pass(std::chrono::nanoseconds d)
    {
        settle();
        time->advance(d);
        settle();
    }

    template <class Cache>
    static net::task<answer> ask(net::operation& op, std::shared_ptr<Cache> cache)
    {
        auto const now = op.timers().clock().wall_now();
        auto found = cache->look(now);
        if (!found.value) {
            auto done = co_await cache->refresh(op, op.deadline(), now);
            if (!done)
                co_return done.error();
            auto const later = op.timers().clock().wall_now();
            found = cache->look(later);
        }
        co_return text_of(found);
    }

private:
    net::arena_handle arena_;
    std::vector<std::optional<answer>> answers_;
};

} // namespace auth_test

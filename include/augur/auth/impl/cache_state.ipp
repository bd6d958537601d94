#pragma once

#include <augur/auth/token_cache.hpp>
#include <augur/net/root.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <new>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth {

namespace detail {

class token_wait;

/// What a waiter and the one who wakes it both know. `leaf` belongs to the waiter's executor.
struct wait_record
{
    explicit wait_record(boost::asio::any_io_executor const* e)
        : executor(e != nullptr ? *e : boost::asio::any_io_executor())
    {
    }
    void wake() noexcept;

    boost::asio::any_io_executor executor;
    token_wait* leaf = nullptr;
    std::optional<error> failure; ///< of the fetch that was waited for; written before the wake
};

using wait_list = std::vector<std::shared_ptr<wait_record>>;

/// The wall clock as the caller corrects it, at any later moment of his.
class corrected_clock
{
public:
    corrected_clock(net::operation const& op, wall_time now) noexcept : wall_(now), steady_(op.now()) {}
    wall_time at(steady_time now) const noexcept
    {
        return wall_ + std::chrono::duration_cast<wall_time::duration>(now - steady_);
    }

private:
    wall_time wall_;
    steady_time steady_;
};

class cache_state final : public std::enable_shared_from_this<cache_state>
{
public:
    cache_state(std::shared_ptr<token_fetcher> from, policy::token_timing timing, std::shared_ptr<random_source> random)
        : fetcher(std::move(from)), schedule_(timing), random_(random ? std::move(random) : system_random())
    {
    }

    token_snapshot look(wall_time now) const;
    token_snapshot current() const;
    net::task<result<void>> refresh(net::operation& op, steady_time until, corrected_clock wall);
    void invalidate(std::uint64_t generation) noexcept;
    std::uint64_t generation() const noexcept { return generation_.load(std::memory_order_acquire); }
    std::uint64_t version() const noexcept { return version_.load(std::memory_order_acquire); }
    /// Nobody can ask any more.
    void close() noexcept;

    // The fetch's own.
    void fetch_runs(net::operation& op, std::uint64_t number) noexcept;
    void fetch_ended(result<fetched_token> got, steady_time now, wall_time wall, net::operation const& op,
                     std::uint64_t number) noexcept;
    void fetch_gone(boost::asio::any_io_executor const* executor, std::uint64_t number) noexcept;

    // A waiter's own.
    /// False: no fetch runs, so there is nothing to wait for.
    bool enter(std::shared_ptr<wait_record> const& record)
    {
        std::lock_guard const lock(mutex_);
        if (schedule_.is_fetching())
            waiting_.push_back(record);
        return schedule_.is_fetching();
    }
    void leave(wait_record const& record) noexcept;

    std::shared_ptr<token_fetcher> const fetcher;

private:
    void launch(net::operation& op, corrected_clock wall, steady_time deadline, std::uint64_t number);
    void wake_elsewhere(std::optional<error> const& why, boost::asio::any_io_executor const* here) noexcept;
    void wake_all(std::unique_lock<std::mutex>& lock, std::optional<error> const& why,
                  boost::asio::any_io_executor const* here) noexcept;

    std::mutex mutable mutex_; // over all that follows; held for a few instructions, never while anybody waits
    policy::token_schedule schedule_;
    std::shared_ptr<void const> value_;
    std::optional<error> last_failure_;
    wait_list waiting_;
    std::uint64_t fetch_ = 0; ///< the number of the last fetch; one with another number was given up, and says nothing
    steady_time give_up_at_{}; ///< when the one that runs is given up: its executor stands still
    net::operation* running_ = nullptr; ///< the fetch's, to be touched on its executor only
    boost::asio::any_io_executor running_on_;
    std::shared_ptr<random_source> random_;
    std::atomic<std::uint64_t> generation_{0}; ///< the schedule's, for those who read it at every call
    std::atomic<std::uint64_t> version_{0};
};

/// `co_await token_wait(...)`: until the fetch that runs has ended, in whatever way.
class token_wait final : public net::suspension
{
public:
    token_wait(net::operation& op, cache_state& cache, steady_time until)
        : suspension(op, until), cache_(&cache), record_(std::make_shared<wait_record>(op.executor()))
    {
    }
    ~token_wait() override { leave_list(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        record_->leaf = this;
        bool entered = false;
        try {
            entered = cache_->enter(record_);
        }
        catch (...) {
            record_->leaf = nullptr;
            leave();
            throw;
        }
        if (!entered) {
            record_->leaf = nullptr;
            leave();
            return false;
        }
        owned_by_timer();
        return true;
    }
    net::wake await_resume() const noexcept { return cause(); }
    std::optional<error> const& failure() const noexcept { return record_->failure; }

    void arrive() noexcept
    {
        record_->leaf = nullptr;
        finish(net::wake::done);
    }

private:
    void interrupt() noexcept override
    {
        leave_list();
        finish(cause());
    }
    void leave_list() noexcept
    {
        if (std::exchange(record_->leaf, nullptr) != nullptr)
            cache_->leave(*record_); // also waits for whoever is posting to our executor just now
    }

    cache_state* cache_;
    std::shared_ptr<wait_record> record_;
};

inline void wait_record::wake() noexcept
{
    if (leaf != nullptr)
        leaf->arrive();
}

/// Tells the cache that its fetch is over, also when its frames are destroyed.
class fetch_mark
{
public:
    fetch_mark(cache_state& cache, net::operation& op, std::uint64_t number) noexcept
        : cache_(&cache), op_(&op), number_(number)
    {
        cache.fetch_runs(op, number);
    }
    fetch_mark(fetch_mark const&) = delete;
    fetch_mark& operator=(fetch_mark const&) = delete;
    ~fetch_mark()
    {
        if (cache_ != nullptr)
            cache_->fetch_gone(op_->executor(), number_);
    }
    void ended(result<fetched_token> got, wall_time wall) noexcept
    {
        std::exchange(cache_, nullptr)->fetch_ended(std::move(got), op_->now(), wall, *op_, number_);
    }

private:
    cache_state* cache_;
    net::operation* op_;
    std::uint64_t number_;
};

inline error fetch_error(errc code, char const* why) noexcept
{
    try {
        return make_error(code, phase::auth, outcome::not_sent, why);
    }
    catch (...) { // no memory for the words
        return error(make_error_code(code), phase::auth, outcome::not_sent);
    }
}

/// The root of a fetch: a chain of its own, so that no caller's end is its end.
inline net::detail::root run_fetch(net::arena_handle arena, std::shared_ptr<net::timer_service> timers,
                                   boost::asio::any_io_executor executor, steady_time now, steady_time deadline,
                                   std::shared_ptr<cache_state> cache, corrected_clock wall, std::uint64_t number)
{
    net::operation op(std::move(arena), std::move(timers), now, deadline);
    co_await net::detail::attach_root(op);
    if (executor)
        op.runs_on(executor);
    fetch_mark mark(*cache, op, number);
    result<fetched_token> got = error(make_error_code(errc::internal), phase::auth, outcome::not_sent);
    try {
        got = co_await cache->fetcher->fetch(op, deadline);
    }
    catch (std::bad_alloc const&) {
        got = error(make_error_code(errc::resource_exhausted), phase::auth, outcome::not_sent);
    }
    catch (...) { // its text is anybody's, and may hold what was fetched
    }
    mark.ended(std::move(got), wall.at(op.now()));
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::auth

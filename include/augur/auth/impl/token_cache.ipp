#pragma once

#include <augur/auth/impl/cache_state.ipp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::auth {

namespace detail {

inline token_snapshot cache_state::look(wall_time now) const
{
    std::lock_guard const lock(mutex_);
    token_snapshot out;
    out.generation = schedule_.generation();
    out.version = version();
    if (!schedule_.may_use(now))
        return out;
    out.value = value_;
    out.ask_again = schedule_.ask_again();
    return out;
}

inline token_snapshot cache_state::current() const
{
    std::lock_guard const lock(mutex_);
    token_snapshot out;
    out.value = value_;
    out.generation = schedule_.generation();
    out.version = version();
    return out;
}

inline net::task<result<void>> cache_state::refresh(net::operation& op, steady_time until, corrected_clock wall)
{
    auto const self = shared_from_this();
    auto const patient_until = op.until(schedule_.timing().patience);
    for (;;) {
        auto step = policy::token_step::use;
        bool start = false;
        std::uint64_t number = 0;
        auto deadline = steady_time::max(); // of the fetch
        auto given_up = steady_time::max();
        {
            std::lock_guard const lock(mutex_);
            auto const date = wall.at(op.now());
            if (schedule_.is_fetching() && op.now() >= give_up_at_)
                schedule_.abandoned();
            step = schedule_.ask(op.now(), date);
            start = step != policy::token_step::use && step != policy::token_step::fail && !schedule_.is_fetching();
            if (start) {
                schedule_.started();
                number = ++fetch_;
                deadline = later(op.now(), schedule_.timing().fetch_limit);
                give_up_at_ = later(deadline, std::chrono::seconds(1)); // it ends by itself if it runs at all
            }
            given_up = give_up_at_;
            if (step == policy::token_step::fail)
                co_return *last_failure_;
            if (step == policy::token_step::use || step == policy::token_step::start_and_use)
                schedule_.granted(date);
        }
        if (start)
            launch(op, wall, deadline, number);
        if (step == policy::token_step::use || step == policy::token_step::start_and_use)
            co_return result<void>();
        bool const a_little = step == policy::token_step::wait_a_little;
        auto const limit = a_little ? std::min(until, patient_until) : until;
        token_wait waiting(op, *this, std::min(limit, given_up));
        auto const woken = co_await waiting; // not at all if the fetch had nothing to wait for
        if (woken == net::wake::stopped)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        std::lock_guard const lock(mutex_);
        auto const date = wall.at(op.now());
        bool const usable = schedule_.is_usable(op.now(), date);
        if (usable) {
            if (woken == net::wake::timed_out)
                schedule_.patience_ended();
            schedule_.granted(date);
            co_return result<void>();
        }
        if (woken == net::wake::timed_out && op.now() >= until)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
        if (waiting.failure())
            co_return *waiting.failure();
        if (start && last_failure_ && woken != net::wake::timed_out)
            co_return *last_failure_;
    }
}

inline void cache_state::launch(net::operation& op, corrected_clock wall, steady_time deadline, std::uint64_t number)
{
    try {
        auto executor = op.executor() != nullptr ? *op.executor() : boost::asio::any_io_executor();
        net::arena_handle arena(op.arena());
        run_fetch(std::move(arena), op.shared_timers(), std::move(executor), op.now(), deadline, shared_from_this(),
                  wall, number)
            .resume();
    }
    catch (...) {
        fetch_gone(op.executor(), number); // no memory to start it
        throw;
    }
}

inline void cache_state::fetch_runs(net::operation& op, std::uint64_t number) noexcept
{
    std::lock_guard const lock(mutex_);
    if (number != fetch_)
        return;
    running_ = &op;
    if (op.executor() != nullptr)
        running_on_ = *op.executor();
}

inline void cache_state::fetch_ended(result<fetched_token> got, steady_time now, wall_time wall,
                                     net::operation const& op, std::uint64_t number) noexcept
{
    std::unique_lock lock(mutex_);
    if (number != fetch_)
        return;
    running_ = nullptr;
    running_on_ = nullptr;
    std::optional<error> why;
    if (op.stopped() == net::stop_reason::closed) {
        schedule_.abandoned();
    }
    else if (!got || !got->value) {
        why = got ? fetch_error(errc::internal, "the source of tokens gave nothing") : got.error();
        schedule_.failed(now, wall, random_->unit(), why->retry_after().value_or(std::chrono::milliseconds(0)));
    }
    else if (!schedule_.succeeded(got->life, now, wall, random_->unit())) {
        why = fetch_error(errc::credentials_unavailable,
                          "the credentials that were fetched are over already; is this machine's clock right?");
    }
    else {
        value_ = std::move(got->value);
        generation_.store(schedule_.generation(), std::memory_order_release);
        version_.fetch_add(1, std::memory_order_acq_rel);
    }
    if (why) // whatever happened to the fetch, nothing of the call was sent
        why->at(phase::auth).with(outcome::not_sent);
    last_failure_ = why;
    wake_all(lock, why, op.executor());
}

inline void cache_state::fetch_gone(boost::asio::any_io_executor const* executor, std::uint64_t number) noexcept
{
    std::lock_guard const lock(mutex_);
    if (number != fetch_)
        return;
    running_ = nullptr;
    running_on_ = nullptr;
    schedule_.abandoned();
    wake_elsewhere(std::nullopt, executor);
    // Those here wait on: what destroyed the fetch is about to destroy them, and must not be handed new work.
}

/// Under the lock: a context cannot go away while its waiters are in the list.
inline void cache_state::wake_elsewhere(std::optional<error> const& why,
                                        boost::asio::any_io_executor const* here) noexcept
{
    auto const is_elsewhere = [here](std::shared_ptr<wait_record> const& w) {
        return here != nullptr && w->executor && w->executor != *here;
    };
    auto const first =
        std::partition(waiting_.begin(), waiting_.end(), [&](auto const& w) { return !is_elsewhere(w); });
    for (auto w = first; w != waiting_.end(); ++w) {
        (*w)->failure = why;
        try {
            boost::asio::post((*w)->executor, [record = *w] { record->wake(); });
        }
        catch (...) { // no memory: its own limit ends its wait, and then it looks again
        }
    }
    waiting_.erase(first, waiting_.end());
}

/// Gives the lock back: those on our own executor are resumed on this stack.
inline void cache_state::wake_all(std::unique_lock<std::mutex>& lock, std::optional<error> const& why,
                                  boost::asio::any_io_executor const* here) noexcept
{
    wake_elsewhere(why, here);
    auto woken = std::exchange(waiting_, {});
    for (auto& w : woken)
        w->failure = why;
    lock.unlock();
    for (auto& w : woken)
        w->wake();
}

inline void cache_state::leave(wait_record const& record) noexcept
{
    std::lock_guard const lock(mutex_);
    auto const at = std::find_if(waiting_.begin(), waiting_.end(), [&record](auto const& w) { return &*w == &record; });
    if (at != waiting_.end())
        waiting_.erase(at);
}

inline void cache_state::invalidate(std::uint64_t generation) noexcept
{
    std::lock_guard const lock(mutex_);
    if (generation != schedule_.generation())
        return;
    schedule_.refused(generation);
    version_.fetch_add(1, std::memory_order_acq_rel);
}

inline void cache_state::close() noexcept
{
    std::lock_guard const lock(mutex_);
    if (running_ == nullptr || !running_on_)
        return;
    try { // not from here: this may be the last thing that a frame of that executor does
        boost::asio::post(running_on_, [self = shared_from_this(), number = fetch_] {
            net::operation* op = nullptr;
            {
                std::lock_guard const again(self->mutex_);
                op = number == self->fetch_ ? self->running_ : nullptr;
            }
            if (op != nullptr) // and it stays, because it runs on this executor
                op->stop(net::stop_reason::closed);
        });
    }
    catch (...) { // then it ends by its own limit
    }
}

} // namespace detail

AUGUR_INLINE token_fetcher::~token_fetcher() = default;

AUGUR_INLINE token_cache::token_cache(std::shared_ptr<token_fetcher> from, policy::token_timing timing,
                                      std::shared_ptr<random_source> random)
    : state_(std::make_shared<detail::cache_state>(std::move(from), timing, std::move(random)))
{
}
AUGUR_INLINE token_cache::~token_cache()
{
    state_->close();
}
AUGUR_INLINE token_snapshot token_cache::look(wall_time now) const
{
    return state_->look(now);
}
AUGUR_INLINE token_snapshot token_cache::current() const
{
    return state_->current();
}
AUGUR_INLINE net::task<result<void>> token_cache::refresh(net::operation& op, steady_time until, wall_time now)
{
    return state_->refresh(op, until, detail::corrected_clock(op, now));
}
AUGUR_INLINE void token_cache::invalidate(std::uint64_t generation) noexcept
{
    state_->invalidate(generation);
}
AUGUR_INLINE std::uint64_t token_cache::generation() const noexcept
{
    return state_->generation();
}
AUGUR_INLINE std::uint64_t token_cache::version() const noexcept
{
    return state_->version();
}

} // namespace augur::inline AUGUR_ABI::auth

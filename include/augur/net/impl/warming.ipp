#pragma once

#include <augur/net/impl/https_state.ipp>
#include <augur/net/start.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

namespace detail {

/// A floor of live connections: what its handle and its keeper's coroutine both know.
struct warm_floor
{
    warm_floor(std::shared_ptr<https_state> o, origin t, std::size_t n, phase_limits l)
        : owner(std::move(o)), to(std::move(t)), count(n), limits(l)
    {
        owner->connections.add_floor(to, count);
    }
    warm_floor(warm_floor const&) = delete;
    warm_floor& operator=(warm_floor const&) = delete;
    ~warm_floor() { give_up(); }

    void give_up() noexcept
    {
        if (!std::exchange(given_up, true))
            owner->connections.remove_floor(to, count);
        if (keeping != nullptr)
            keeping->stop(stop_reason::closed);
    }

    std::shared_ptr<https_state> owner;
    origin to;
    std::size_t count;
    phase_limits limits;
    operation* keeping = nullptr; ///< the keeper's, while it runs
    std::optional<error> trouble;
    bool given_up = false;
};

/// The keeper's operation is known to the floor exactly as long as its frame lives.
class keeping_mark
{
public:
    keeping_mark(warm_floor& floor, operation& op) noexcept : floor_(&floor) { floor.keeping = &op; }
    keeping_mark(keeping_mark const&) = delete;
    keeping_mark& operator=(keeping_mark const&) = delete;
    ~keeping_mark() { floor_->keeping = nullptr; }

private:
    warm_floor* floor_;
};

inline task<result<bool>> keep_floor(operation& op, std::shared_ptr<warm_floor> floor)
{
    keeping_mark const mark(*floor, op);
    unsigned failures = 0;
    while (!floor->given_up) {
        auto const next = op.now() + floor_pause(failures);
        auto const woken = co_await sleep_until(op, next);
        if (woken == wake::stopped || floor->given_up)
            break;
        auto filled = result<void>();
        try {
            filled = co_await floor->owner->fill(op, floor->to, floor->count, floor->limits);
        }
        catch (...) { // nobody awaits the keeper: it would end unnoticed, and the floor with it
            filled = error_of(std::current_exception());
        }
        if (floor->given_up)
            break;
        failures = filled ? 0 : failures + 1;
        floor->trouble = filled ? std::optional<error>() : filled.error();
    }
    co_return true;
}

/// The body of the keeper's own call. It outlives the client, whose arena it works in.
class keep_call
{
public:
    keep_call(arena_handle const& arena, std::shared_ptr<warm_floor> floor) noexcept
        : arena_(arena), floor_(std::move(floor))
    {
    }
    task<result<bool>> operator()(operation& op) { return keep_floor(op, floor_); }

private:
    arena_handle arena_; ///< on the executor only: made in a call there, gone with the keeper's frame
    std::shared_ptr<warm_floor> floor_;
};

inline void ignore_end(result<bool>) {}

class floor_keeper final : public warm_handle::keeper
{
public:
    explicit floor_keeper(std::shared_ptr<warm_floor> floor) noexcept : floor_(std::move(floor)) {}
    floor_keeper(floor_keeper const&) = delete;
    floor_keeper& operator=(floor_keeper const&) = delete;
    ~floor_keeper() override { floor_->give_up(); }

    std::size_t live() const noexcept override { return floor_->owner->connections.open(floor_->to); }
    std::optional<error> trouble() const override { return floor_->trouble; }

private:
    std::shared_ptr<warm_floor> floor_;
};

} // namespace detail

AUGUR_INLINE task<result<void>> detail::https_state::fill(operation& op, origin to, std::size_t count,
                                                          phase_limits limits)
{
    request_head const nothing;
    body const empty;
    exchange x(to, nothing, empty, limits);
    for (std::size_t opened = 0; opened < count; ++opened) {
        auto& slot = connections.slot(to);
        // One that ends before it is looked at again is replaced now.
        auto const horizon = op.now() + detail::floor_horizon;
        if (connections.live(slot, op.now(), horizon) >= count)
            co_return result<void>();
        auto permit = connections.try_enter(slot);
        if (!permit)
            co_return result<void>(); // all that may be open are
        auto made = co_await connect(op, x, slot);
        if (!made)
            co_return made.error();
        connections.put_idle(slot, std::move(*made), op.now(), {});
    }
    co_return result<void>();
}

AUGUR_INLINE task<result<warm_handle>> https_transport::warm(operation& op, origin to, std::size_t count,
                                                             phase_limits limits)
{
    auto const& allowed = impl_->config.pool;
    if (count > std::min(allowed.max_connections, allowed.max_idle))
        co_return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                             "cannot keep " + std::to_string(count) +
                                 " connections warm: the pool's max_connections or max_idle is below that");
    if (std::min(allowed.idle_timeout, allowed.max_age) <= 2 * detail::floor_horizon)
        co_return make_error(errc::invalid_argument, phase::prepare, outcome::not_sent,
                             "cannot keep connections warm that idle_timeout or max_age ends within 4 s");
    auto filled = co_await impl_->fill(op, to, count, limits);
    if (!filled)
        co_return filled.error();
    auto floor = std::make_shared<detail::warm_floor>(impl_, std::move(to), count, limits);
    arena_handle const arena(op.arena());
    start<bool>(arena, op.shared_timers(), impl_->executor, phase_limits::duration::max(),
                detail::keep_call(arena, floor), &detail::ignore_end);
    co_return warm_handle(std::make_unique<detail::floor_keeper>(std::move(floor)));
}

} // namespace augur::inline AUGUR_ABI::net

#pragma once

#include <augur/net/deliver.hpp>
#include <augur/net/remote_stop.hpp>
#include <augur/net/root.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

/// @file
/// The one border between our coroutines and Asio. For the library's own sources.

namespace augur::inline AUGUR_ABI::net {

namespace detail {

AUGUR_COLD inline error error_of(std::exception_ptr thrown) noexcept
{
    try {
        std::rethrow_exception(std::move(thrown));
    }
    catch (std::bad_alloc const&) {
        return error(make_error_code(errc::resource_exhausted), phase::prepare, outcome::unknown);
    }
    catch (std::exception const& e) {
        try {
            return make_error(errc::internal, phase::prepare, outcome::unknown, sanitise(e.what(), 256));
        }
        catch (...) { // no memory to say more than "internal"
        }
    }
    catch (...) {
    }
    return error(make_error_code(errc::internal), phase::prepare, outcome::unknown);
}

/// Runs up to its first wait before `resume` of what it returns has returned: what it is given by reference it
/// has made its own by then.
template <class T, class Body>
root run(arena_handle arena, std::shared_ptr<timer_service> timers, boost::asio::any_io_executor executor,
         steady_time now, steady_time deadline, Body& given_body, completion<T>& given_handler,
         boost::asio::any_completion_executor other, initiation* started, remote_stop remote, bool on_ours)
{
    static_assert(std::is_nothrow_move_constructible_v<Body>, "nobody could be told of what a move throws");
    auto body = std::move(given_body);
    auto handler = std::move(given_handler);
    operation op(std::move(arena), std::move(timers), now, deadline);
    co_await attach_root(op);
    op.runs_on(executor);
    if (started != nullptr)
        started->watch(op);
    std::optional<result<T>> failed;
    task<result<T>> chain;
    try {
        if (remote.is_connected())
            remote.watch(op);
        else if (auto slot = boost::asio::get_associated_cancellation_slot(handler);
                 started != nullptr && slot.is_connected())
            slot.template emplace<stop_link>(op);
        chain = body(op);
        co_await chain.finished();
    }
    catch (...) {
        failed = error_of(std::current_exception());
    }
    auto& value = failed ? *failed : chain.value();
    co_await deliver<T>(op, handler, value, executor, other, on_ours);
}

/// `start_until` for a body and a handler that the caller keeps until it returns.
template <class T, class Body>
void start_with(arena_handle const& arena, std::shared_ptr<timer_service> timers, boost::asio::any_io_executor executor,
                steady_time now, steady_time deadline, Body& body, completion<T>& handler, bool on_ours)
{
    auto other = on_ours ? boost::asio::any_completion_executor() : work_elsewhere<T>(handler, executor);
    if (is_inside(executor)) {
        initiation started;
        run<T>(arena, std::move(timers), executor, now, deadline, body, handler, std::move(other), &started,
               remote_stop(), on_ours)
            .resume();
        return;
    }
    remote_stop remote;
    if (auto slot = boost::asio::get_associated_cancellation_slot(handler); slot.is_connected())
        remote.connect(slot, executor);
    // The arena belongs to the executor: nothing of the chain may be made out here, not even a handle.
    boost::asio::post(executor, [memory = &*arena, timers = std::move(timers), executor, now, deadline,
                                 body = std::move(body), handler = std::move(handler), other = std::move(other),
                                 remote = std::move(remote), on_ours]() mutable {
        run<T>(arena_handle(*memory), std::move(timers), executor, now, deadline, body, handler, std::move(other),
               nullptr, std::move(remote), on_ours)
            .resume();
    });
}

} // namespace detail

/// Runs `body(op)`, a function that returns `task<result<T>>`, as one call on `executor` that is over at
/// `deadline`, and hands its result to `handler` exactly once, on the handler's own executor and never from
/// inside this function. If the context goes away first, the chain is destroyed, and the handler with it.
///
/// `body` keeps the owner of `arena` alive; or, if this is called on `executor`, the arena itself. `on_ours`: the
/// answer of `completes_on`, if it was asked.
template <class T, class Body>
void start_until(arena_handle const& arena, std::shared_ptr<timer_service> timers,
                 boost::asio::any_io_executor executor, steady_time now, steady_time deadline, Body body,
                 completion<T> handler, bool on_ours = false)
{
    detail::start_with<T>(arena, std::move(timers), std::move(executor), now, deadline, body, handler, on_ours);
}

/// The same for a call that may take `total` from now.
template <class T, class Body>
void start(arena_handle const& arena, std::shared_ptr<timer_service> timers, boost::asio::any_io_executor executor,
           phase_limits::duration total, Body body, completion<T> handler, bool on_ours = false)
{
    auto const now = timers->now();
    detail::start_with<T>(arena, std::move(timers), std::move(executor), now, later(now, total), body, handler,
                          on_ours);
}

} // namespace augur::inline AUGUR_ABI::net

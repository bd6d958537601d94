#pragma once

#include <augur/net/deliver.hpp>
#include <augur/net/remote_stop.hpp>
#include <augur/net/root.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <exception>

/// @file
/// The one border between our coroutines and Asio. For the library's own sources.

namespace augur::inline AUGUR_ABI::net {

namespace detail {

template <class T, class Body>
root run(arena_handle arena, std::shared_ptr<timer_service> timers, boost::asio::any_io_executor executor,
         steady_time now, steady_time deadline, Body body, completion<T> handler,
         boost::asio::any_completion_executor other, initiation* started, remote_stop remote, bool on_ours)
{
    operation op(std::move(arena), std::move(timers), now, deadline);
    co_await attach_root(op);
    op.runs_on(executor);
    if (started != nullptr)
        started->watch(op);
    if (remote.is_connected())
        remote.watch(op);
    else if (auto slot = boost::asio::get_associated_cancellation_slot(handler);
             started != nullptr && slot.is_connected())
        slot.template emplace<stop_link>(op);
    result<T> value = error(make_error_code(errc::internal), phase::prepare, outcome::unknown);
    std::exception_ptr thrown;
    try {
        value = co_await body(op);
    }
    catch (...) {
        thrown = std::current_exception();
    }
    if (thrown) {
        try {
            std::rethrow_exception(thrown);
        }
        catch (std::bad_alloc const&) {
            value = error(make_error_code(errc::resource_exhausted), phase::prepare, outcome::unknown);
        }
        catch (std::exception const& e) {
            try {
                value = make_error(errc::internal, phase::prepare, outcome::unknown, sanitise(e.what(), 256));
            }
            catch (...) { // no memory to say more than "internal"
            }
        }
        catch (...) {
        }
        thrown = nullptr;
    }
    co_await deliver<T>(op, handler, value, executor, other, on_ours);
}

} // namespace detail

/// Runs `body(op)`, a function that returns `task<result<T>>`, as one call on `executor` that is over at
/// `deadline`, and hands its result to `handler` exactly once, on the handler's own executor and never from
/// inside this function. If the context goes away first, the chain is destroyed, and the handler with it.
///
/// `body` keeps the owner of `arena` alive. `on_ours`: the answer of `completes_on`, if it was asked.
template <class T, class Body>
void start_until(arena_handle const& arena, std::shared_ptr<timer_service> timers,
                 boost::asio::any_io_executor executor, steady_time now, steady_time deadline, Body body,
                 completion<T> handler, bool on_ours = false)
{
    auto other = on_ours ? boost::asio::any_completion_executor() : detail::work_elsewhere<T>(handler, executor);
    if (detail::is_inside(executor)) {
        initiation started;
        detail::run<T>(arena, std::move(timers), executor, now, deadline, std::move(body), std::move(handler),
                       std::move(other), &started, remote_stop(), on_ours)
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
        detail::run<T>(arena_handle(*memory), std::move(timers), executor, now, deadline, std::move(body),
                       std::move(handler), std::move(other), nullptr, std::move(remote), on_ours)
            .resume();
    });
}

/// The same for a call that may take `total` from now.
template <class T, class Body>
void start(arena_handle const& arena, std::shared_ptr<timer_service> timers, boost::asio::any_io_executor executor,
           phase_limits::duration total, Body body, completion<T> handler, bool on_ours = false)
{
    auto const now = timers->now();
    auto const deadline = total >= steady_time::max() - now
                              ? steady_time::max()
                              : now + std::chrono::duration_cast<steady_time::duration>(total);
    start_until<T>(arena, std::move(timers), std::move(executor), now, deadline, std::move(body), std::move(handler),
                   on_ours);
}

} // namespace augur::inline AUGUR_ABI::net

#pragma once

#include <augur/net/completion.hpp>
#include <augur/net/operation.hpp>

#include <boost/asio/any_completion_executor.hpp>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/strand.hpp>

#include <exception>
#include <memory>
#include <new>

/// @file
/// How the result of a call leaves our coroutines. For `start.hpp`.

namespace augur::inline AUGUR_ABI::net {

namespace detail {

/// Whether this thread is inside `executor` now. A wrong "no" only costs a dispatch.
template <class Executor>
bool is_inside(Executor const& executor) noexcept
{
    namespace asio = boost::asio;
    if (auto const* context = executor.template target<asio::io_context::executor_type>())
        return context->running_in_this_thread();
    if (auto const* strand = executor.template target<asio::strand<asio::io_context::executor_type>>())
        return strand->running_in_this_thread();
    if (auto const* strand = executor.template target<asio::strand<asio::any_io_executor>>())
        return strand->running_in_this_thread();
    return false;
}

/// What a handler throws comes out of the executor's context; without memory for that it is lost.
inline void throw_from(boost::asio::any_io_executor const& executor, std::exception_ptr thrown) noexcept
{
    try {
        boost::asio::post(executor, [thrown = std::move(thrown)] { std::rethrow_exception(thrown); });
    }
    catch (...) {
    }
}

template <class Call>
void call_guarded(Call&& call, boost::asio::any_io_executor const& executor) noexcept
{
    try {
        call();
    }
    catch (...) {
        throw_from(executor, std::current_exception());
    }
}

/// Destroys the frame first and calls the handler last: the handler may destroy the client. What the
/// handler throws comes out of the executor's context, as from any other Asio operation.
template <class T>
class deliver
{
public:
    using work = boost::asio::any_completion_executor;

    deliver(operation& op, completion<T>& handler, result<T>& value, boost::asio::any_io_executor& executor,
            work& other, bool on_ours) noexcept
        : op_(&op), handler_(&handler), value_(&value), executor_(&executor), other_(&other), on_ours_(on_ours)
    {
    }
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> frame) const noexcept // the frame could not take an exception any more
    {
        auto handler = std::move(*handler_);
        auto value = std::move(*value_);
        auto const executor = *executor_;
        auto other = std::move(*other_); // until the handler is queued there
        bool const initiating = op_->is_initiating();
        bool const on_ours = on_ours_;
        frame.destroy(); // `this` is gone
        if (on_ours && !initiating && is_inside(executor)) // then the erased handler need not be asked
            return call_guarded([&] { std::move(handler)(std::move(value)); }, executor);
        auto const target = boost::asio::get_associated_executor(handler, executor);
        bool const here = !initiating && (target ? is_inside(target) : is_inside(executor));
        auto call = [handler = std::move(handler), value = std::move(value)]() mutable {
            std::move(handler)(std::move(value));
        };
        if (here) {
            call_guarded(call, executor);
            return;
        }
        // Shared: if there is no memory to queue it, it must not be lost on the way.
        std::shared_ptr<last_call<decltype(call)>> last;
        try {
            last = std::make_shared<last_call<decltype(call)>>(std::move(call), std::move(other));
            if (!target) // Asio had no memory for it
                throw std::bad_alloc();
            if (initiating) // a completion executor can dispatch only
                boost::asio::post(executor,
                                  [target, last] { boost::asio::dispatch(target, [last] { last->call(); }); });
            else
                boost::asio::dispatch(target, [last] { last->call(); });
        }
        catch (...) {
            if (last && last->called)
                throw_from(executor, std::current_exception()); // the handler's own
            else if (target ? !is_inside(target) : !is_inside(executor))
                return; // the handler is destroyed, as if its context had gone away
            else if (last)
                call_guarded([&last] { last->call(); }, executor);
            else
                call_guarded(call, executor);
        }
    }
    void await_resume() const noexcept {}

private:
    template <class Call>
    struct last_call
    {
        last_call(Call c, work w) noexcept : function(std::move(c)), other(std::move(w)) {}
        void call()
        {
            called = true;
            auto mine = std::move(function);
            mine();
        }
        Call function;
        work other;
        bool called = false;
    };

    operation* op_;
    completion<T>* handler_;
    result<T>* value_;
    boost::asio::any_io_executor* executor_;
    work* other_;
    bool on_ours_;
};

/// Another context than ours must not run out of work while its handler is here.
template <class T>
boost::asio::any_completion_executor work_elsewhere(completion<T> const& handler,
                                                    boost::asio::any_io_executor const& executor)
{
    auto const target = boost::asio::get_associated_executor(handler, executor);
    if (!target) // what Asio answers when it has no memory for it
        throw std::bad_alloc();
    if (is_inside(target))
        return {};
    return boost::asio::prefer(target, boost::asio::execution::outstanding_work.tracked);
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::net

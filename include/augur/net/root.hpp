#pragma once

#include <augur/net/task.hpp>

#include <coroutine>
#include <exception>

namespace augur::inline AUGUR_ABI::net::detail {

/// The coroutine at the root of a chain. Its frame ends itself.
class root
{
public:
    class promise_type : public frame_memory
    {
    public:
        root get_return_object() noexcept { return root(std::coroutine_handle<promise_type>::from_promise(*this)); }
        std::suspend_always initial_suspend() const noexcept { return {}; }
        std::suspend_never final_suspend() const noexcept { return {}; }
        void return_void() const noexcept {}
        void unhandled_exception() const noexcept { std::terminate(); } // the body catches everything
    };

    void resume() const { handle_.resume(); }

private:
    explicit root(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    std::coroutine_handle<promise_type> handle_;
};

/// Makes the running frame the root of `op`.
class attach_root
{
public:
    explicit attach_root(operation& op) noexcept : op_(&op) {}
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) const noexcept
    {
        op_->set_root(handle);
        return false;
    }
    void await_resume() const noexcept {}

private:
    operation* op_;
};

} // namespace augur::inline AUGUR_ABI::net::detail

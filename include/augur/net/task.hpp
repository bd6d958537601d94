#pragma once

#include <augur/net/operation.hpp>

#include <coroutine>
#include <exception>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

template <class T>
class task;

namespace detail {

/// Frames come from the arena of the operation that is the coroutine's parameter (a member function's
/// own object may come before it).
class frame_memory
{
public:
    template <class... Args>
    static void* operator new(std::size_t size, Args&... args)
    {
        frame_arena* arena = nullptr;
        ((arena = arena != nullptr ? arena : arena_of(args)), ...);
        auto* const block = static_cast<header*>(arena != nullptr ? arena->allocate(size + sizeof(header))
                                                                  : ::operator new(size + sizeof(header)));
        block->arena = arena;
        return block + 1;
    }

    static void operator delete(void* frame, std::size_t size) noexcept
    {
        auto* const block = static_cast<header*>(frame) - 1;
        if (block->arena != nullptr)
            block->arena->deallocate(block, size + sizeof(header));
        else
            ::operator delete(block);
    }

private:
    struct alignas(std::max_align_t) header
    {
        frame_arena* arena;
    };

    static frame_arena* arena_of(operation& op) noexcept { return &op.arena(); }
    static frame_arena* arena_of(arena_handle& arena) noexcept { return &*arena; }
    template <class T>
    static frame_arena* arena_of(T&) noexcept
    {
        return nullptr;
    }
};

class task_promise_base : public frame_memory
{
public:
    struct final_awaiter
    {
        bool await_ready() const noexcept { return false; }
        template <class Promise>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) const noexcept
        {
            return handle.promise().continuation_;
        }
        void await_resume() const noexcept {}
    };

    std::suspend_always initial_suspend() const noexcept { return {}; }
    final_awaiter final_suspend() const noexcept { return {}; }
    void unhandled_exception() noexcept { exception_ = std::current_exception(); }

protected:
    template <class>
    friend class net::task;

    std::coroutine_handle<> continuation_ = std::noop_coroutine();
    std::exception_ptr exception_;
};

template <class T>
class task_promise final : public task_promise_base
{
public:
    task<T> get_return_object() noexcept;
    template <class U>
        requires std::constructible_from<T, U&&>
    void return_value(U&& value)
    {
        value_.emplace(std::forward<U>(value));
    }
    T take() { return std::move(value()); }
    T& value()
    {
        if (exception_)
            std::rethrow_exception(std::exchange(exception_, nullptr));
        return *value_;
    }

private:
    std::optional<T> value_;
};

template <>
class task_promise<void> final : public task_promise_base
{
public:
    task<void> get_return_object() noexcept;
    void return_void() const noexcept {}
    void take()
    {
        if (exception_)
            std::rethrow_exception(std::exchange(exception_, nullptr));
    }
};

} // namespace detail

/// A coroutine below the Asio boundary: starts when awaited, resumes its awaiter when done, belongs
/// to the object that awaits it. One of its parameters is the `operation&` it runs in.
///
/// An exception travels up to the boundary like a return value; the library itself throws none.
template <class T>
class [[nodiscard]] task
{
public:
    using promise_type = detail::task_promise<T>;

    task() noexcept = default;
    task(task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
    task& operator=(task other) noexcept
    {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~task()
    {
        if (handle_)
            handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiter) noexcept
    {
        handle_.promise().continuation_ = awaiter;
        return handle_;
    }
    T await_resume() { return handle_.promise().take(); }

    /// `co_await t.finished()` for a task that is a variable, when moving its value is worth avoiding: the value
    /// stays in the frame, for `value`.
    auto finished() noexcept
    {
        class awaiter
        {
        public:
            explicit awaiter(task& t) noexcept : task_(&t) {}
            bool await_ready() const noexcept { return false; }
            std::coroutine_handle<> await_suspend(std::coroutine_handle<> by) noexcept
            {
                return task_->await_suspend(by);
            }
            void await_resume() { task_->value(); } // or throws

        private:
            task* task_;
        };
        return awaiter(*this);
    }
    /// Only after `finished`.
    auto& value() { return handle_.promise().value(); }

private:
    friend promise_type;
    explicit task(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}

    std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
task<T> task_promise<T>::get_return_object() noexcept
{
    return task<T>(std::coroutine_handle<task_promise>::from_promise(*this));
}

inline task<void> task_promise<void>::get_return_object() noexcept
{
    return task<void>(std::coroutine_handle<task_promise>::from_promise(*this));
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::net

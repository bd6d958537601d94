#pragma once

#include <augur/core/chrono.hpp>
#include <augur/net/timer_service.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

namespace augur::inline AUGUR_ABI::testing {

/// A clock that moves only when told to. Starts at a fixed date: 2026-01-01T00:00:00Z.
class AUGUR_DECL manual_clock final : public clock
{
public:
    steady_time now() const noexcept override { return steady_time(std::chrono::hours(1)) + elapsed_; }
    wall_time wall_now() const noexcept override;

    void advance(std::chrono::nanoseconds d) noexcept { elapsed_ += d; }
    /// The wall clock alone: somebody set the date.
    void jump_wall(std::chrono::nanoseconds d) noexcept { wall_offset_ += d; }
    std::chrono::nanoseconds elapsed() const noexcept { return elapsed_; }

private:
    std::chrono::nanoseconds elapsed_{};
    std::chrono::nanoseconds wall_offset_{};
};

/// A timer service driven by a `manual_clock`: nothing waits in real time.
class AUGUR_DECL manual_time final : public net::timer_service
{
public:
    manual_time() : manual_time(std::make_shared<manual_clock>()) {}
    explicit manual_time(std::shared_ptr<manual_clock> clock) noexcept : timer_service(clock), clock_(std::move(clock))
    {
    }
    ~manual_time() override;

    manual_clock& manual() noexcept { return *clock_; }
    /// Since the start: in a test whose transport answers at once, this is how long the call slept.
    std::chrono::nanoseconds elapsed() const noexcept { return clock_->elapsed(); }
    /// Moves to the next time anybody waits for and fires it. False: nobody waits.
    bool advance_to_next();
    /// Moves on, firing on the way.
    void advance(std::chrono::nanoseconds d);
    /// What the real service does when its context goes away: destroys the calls that wait for nothing but
    /// time, and forgets the limits of the others. For tests that destroy a context with calls in flight.
    void drop_all() noexcept;

private:
    void schedule(std::optional<steady_time>) override {}

    std::shared_ptr<manual_clock> clock_;
};

/// Runs `main` on `context` until it ends; whenever nothing is ready, time moves to the next moment that
/// anybody waits for. Throws what `main` throws, and std::logic_error if it can never end.
template <class T>
T run(boost::asio::io_context& context, manual_time& time, boost::asio::awaitable<T> main)
{
    std::optional<T> out;
    std::exception_ptr thrown;
    bool done = false;
    boost::asio::co_spawn(context, std::move(main), [&](std::exception_ptr e, T value) {
        done = true;
        thrown = e;
        if (!e)
            out.emplace(std::move(value));
    });
    while (!done) {
        context.restart();
        if (context.poll() == 0 && !done && !time.advance_to_next())
            throw std::logic_error("the coroutine waits for something that can never happen");
    }
    if (thrown)
        std::rethrow_exception(thrown);
    return std::move(*out);
}

} // namespace augur::inline AUGUR_ABI::testing

#if AUGUR_HEADER_ONLY
#include <augur/testing/impl/manual_time.ipp>
#endif

#pragma once

#include <augur/core/limits.hpp>
#include <augur/core/result.hpp>
#include <augur/net/frame_arena.hpp>
#include <augur/net/timer_service.hpp>

#include <coroutine>
#include <memory>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

/// Who ended a call before its time.
enum class stop_reason : std::uint8_t
{
    none,
    caller, ///< the caller's cancellation slot
    closed, ///< the client was shut down
};

class suspension;

/// The state of one call that everything below the Asio boundary sees: where its frames come from,
/// when it must be over, and whether somebody asked it to stop.
///
/// A call has one chain of coroutines and at most one suspension at a time. Lives in the chain's root.
class operation
{
public:
    operation(arena_handle arena, std::shared_ptr<timer_service> timers, steady_time started,
              steady_time deadline) noexcept
        : arena_(std::move(arena)), timers_(std::move(timers)), deadline_(deadline), seen_(started)
    {
    }
    operation(operation const&) = delete;
    operation& operator=(operation const&) = delete;
    ~operation();

    frame_arena& arena() const noexcept { return *arena_; }
    timer_service& timers() const noexcept { return *timers_; }
    std::shared_ptr<timer_service> const& shared_timers() const noexcept { return timers_; }
    steady_time now() const noexcept { return timers_->now(); }
    /// Reads the clock and remembers what it said. Reading it costs as much as parsing a response head.
    steady_time look_at_clock() noexcept { return seen_ = now(); }
    /// What the clock said when the call last looked: at its start, after every wait, and where it asked.
    steady_time seen() const noexcept { return seen_; }
    /// The end of the call.
    steady_time deadline() const noexcept { return deadline_; }
    /// The end of a phase that starts now, the call's own end considered.
    steady_time until(phase_limits::duration limit) const noexcept { return until(limit, now()); }
    steady_time until(phase_limits::duration limit, steady_time start) const noexcept;

    /// Asks the call to end. The first reason counts; the pending wait, if any, ends at once.
    void stop(stop_reason reason) noexcept;
    stop_reason stopped() const noexcept { return stop_; }

    /// The error for a wait that ended without success: cancelled, closed, the call's deadline, or
    /// `on_time_out`, whichever was the cause.
    AUGUR_COLD error interrupted(phase where, outcome what, errc on_time_out) const;

    /// Where the call runs; null: nobody said. Lives as long as the operation.
    boost::asio::any_io_executor const* executor() const noexcept { return executor_; }
    void runs_on(boost::asio::any_io_executor const& executor) noexcept { executor_ = &executor; }

    /// The frame whose destruction destroys the whole chain.
    void set_root(std::coroutine_handle<> root) noexcept { root_ = root; }
    /// Whether the function that started the call has not returned yet: it must not see its own
    /// completion.
    bool is_initiating() const noexcept { return initiation_ != nullptr; }

private:
    friend class suspension;
    friend class stop_link;
    friend class initiation;
    friend class earlier_deadline;

    arena_handle arena_;
    std::shared_ptr<timer_service> timers_;
    steady_time deadline_;
    steady_time seen_;
    suspension* waiting_ = nullptr;
    class stop_link* link_ = nullptr;
    class initiation* initiation_ = nullptr;
    std::coroutine_handle<> root_;
    boost::asio::any_io_executor const* executor_ = nullptr;
    stop_reason stop_ = stop_reason::none;
};

/// A part of a call that has a limit on the whole of it: as long as this lives, the call's end is not after `at`.
/// In the frame of a coroutine of that call.
class earlier_deadline
{
public:
    earlier_deadline(operation& op, steady_time at) noexcept : op_(&op), own_(op.deadline_)
    {
        if (at < own_)
            op.deadline_ = at;
    }
    earlier_deadline(earlier_deadline const&) = delete;
    earlier_deadline& operator=(earlier_deadline const&) = delete;
    ~earlier_deadline() { op_->deadline_ = own_; }

private:
    operation* op_;
    steady_time own_;
};

/// What is stored in the caller's cancellation slot. Either side may be destroyed first.
class stop_link
{
public:
    explicit stop_link(operation& op) noexcept : op_(&op) { op.link_ = this; }
    stop_link(stop_link const&) = delete;
    stop_link& operator=(stop_link const&) = delete;
    ~stop_link()
    {
        if (op_ != nullptr)
            op_->link_ = nullptr;
    }
    /// Any type of cancellation ends the call: there is no half of a request.
    template <class CancellationType>
    void operator()(CancellationType) noexcept
    {
        if (op_ != nullptr)
            op_->stop(stop_reason::caller);
    }

private:
    friend class operation;
    operation* op_;
};

/// Lives on the stack of the function that starts a call.
class initiation
{
public:
    initiation() noexcept = default;
    initiation(initiation const&) = delete;
    initiation& operator=(initiation const&) = delete;
    ~initiation()
    {
        if (op_ != nullptr)
            op_->initiation_ = nullptr;
    }
    void watch(operation& op) noexcept { op_ = &op, op.initiation_ = this; }

private:
    friend class operation;
    operation* op_ = nullptr;
};

/// Why a suspended coroutine goes on.
enum class wake : std::uint8_t
{
    done,      ///< what was waited for happened
    timed_out, ///< the limit of the wait passed
    stopped,   ///< `operation::stop` was called
};

/// A coroutine at rest: the base of every leaf that is awaited.
///
/// It ends in exactly one of three ways (done, timed_out, stopped), or its chain is destroyed. Leaves
/// that hand a `wake_token` to somebody else must take it back in `interrupt`, for instance by
/// cancelling the socket: the token still has to be called or destroyed before the coroutine resumes.
class suspension : private timer_node
{
public:
    /// `until` beyond the end of the call means the end of the call.
    explicit suspension(operation& op, steady_time until) noexcept
        : op_(&op), until_(until < op.deadline() ? until : op.deadline())
    {
    }
    suspension(suspension const&) = delete;
    suspension& operator=(suspension const&) = delete;
    virtual ~suspension();

    operation& op() const noexcept { return *op_; }

protected:
    /// To be called from await_suspend. False: stopped or out of time already, do not start anything.
    bool begin(std::coroutine_handle<> handle);
    /// Makes a token and gives it to `start`. Should that throw, for lack of memory for instance, the chain
    /// still belongs to the coroutine, and the exception is the coroutine's.
    template <class Start>
    void give_token(Start start);
    /// Nobody holds a token: the timer owns the chain until it wakes.
    void owned_by_timer() noexcept { timer_owns_ = true; }
    wake cause() const noexcept { return cause_; }
    /// Ends the wait and resumes the coroutine. `*this` is gone afterwards.
    void finish(wake cause) noexcept;
    /// Ends the wait from inside await_suspend, which then answers false.
    void leave() noexcept;

private:
    friend class operation;
    friend class wake_token;

    /// Somebody wants this wait to end early. The default resumes at once.
    virtual void interrupt() noexcept { finish(cause_); }
    /// The token was called.
    virtual void completed(error_code) noexcept { finish(cause_); }

    void on_time() noexcept final;
    void on_shutdown() noexcept final;
    void end_early(wake cause) noexcept;
    void destroy_chain() noexcept;

    /// A token that is destroyed while it is being given was never accepted.
    enum class giving : std::uint8_t
    {
        no,
        now,
        refused,
    };

    operation* op_;
    steady_time until_;
    std::coroutine_handle<> handle_;
    class wake_token* token_ = nullptr;
    wake cause_ = wake::done;
    bool timer_owns_ = false;
    giving giving_ = giving::no;
};

/// The right to wake a suspension, and ownership of its chain: called, it resumes the coroutine;
/// destroyed without being called, it destroys the whole chain of frames. A valid Asio handler; its
/// memory is Asio's to recycle, because Asio frees it before it enters a strand.
class wake_token
{
public:
    explicit wake_token(suspension& target) noexcept : target_(&target) { target.token_ = this; }
    wake_token(wake_token&& other) noexcept : target_(std::exchange(other.target_, nullptr))
    {
        if (target_ != nullptr)
            target_->token_ = this;
    }
    wake_token& operator=(wake_token&&) = delete;
    ~wake_token();

    void operator()(error_code code = {}) noexcept;

private:
    friend class suspension;
    suspension* target_;
};

template <class Start>
void suspension::give_token(Start start)
{
    giving_ = giving::now;
    try {
        start(wake_token(*this));
    }
    catch (...) {
        giving_ = giving::no;
        leave();
        throw;
    }
    // `token_` is not ours to look at any more: another thread may be carrying the token to our strand already.
    if (std::exchange(giving_, giving::no) == giving::refused)
        destroy_chain(); // thrown away at once: nobody would ever wake it
}

/// `co_await sleep_until(op, t)`: wake::timed_out at `t`, or wake::stopped.
class sleep_until final : public suspension
{
public:
    sleep_until(operation& op, steady_time at) noexcept : suspension(op, at) { owned_by_timer(); }
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) { return begin(handle); }
    wake await_resume() const noexcept { return cause(); }
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/operation.ipp>
#endif

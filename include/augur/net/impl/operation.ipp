#pragma once

#include <augur/net/operation.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE operation::~operation()
{
    if (link_ != nullptr)
        link_->op_ = nullptr;
    if (initiation_ != nullptr)
        initiation_->op_ = nullptr;
}

AUGUR_INLINE steady_time operation::until(phase_limits::duration limit, steady_time start) const noexcept
{
    return std::min(deadline_, later(start, limit));
}

AUGUR_INLINE void operation::stop(stop_reason reason) noexcept
{
    if (stop_ != stop_reason::none)
        return;
    stop_ = reason;
    if (waiting_ != nullptr)
        waiting_->end_early(wake::stopped);
}

AUGUR_INLINE error operation::interrupted(phase where, outcome what, errc on_time_out) const
{
    if (stop_ == stop_reason::caller)
        return error(make_error_code(errc::cancelled), where, what);
    if (stop_ == stop_reason::closed)
        return error(make_error_code(errc::client_closed), where, what);
    if (now() >= deadline_)
        return make_error(errc::deadline_exceeded, where, what, "the deadline of the call passed");
    return error(make_error_code(on_time_out), where, what);
}

AUGUR_INLINE suspension::~suspension()
{
    if (op_->waiting_ == this)
        op_->waiting_ = nullptr;
    if (is_armed())
        op_->timers().disarm(*this);
    if (token_ != nullptr)
        token_->target_ = nullptr;
}

AUGUR_INLINE bool suspension::begin(std::coroutine_handle<> handle)
{
    if (op_->stopped() != stop_reason::none) {
        cause_ = wake::stopped;
        return false;
    }
    if (until_ <= op_->now()) {
        cause_ = wake::timed_out;
        return false;
    }
    handle_ = handle;
    cause_ = wake::done;
    op_->timers().arm(*this, until_);
    op_->waiting_ = this;
    return true;
}

AUGUR_INLINE void suspension::finish(wake cause) noexcept
{
    cause_ = cause;
    op_->waiting_ = nullptr;
    if (is_armed())
        op_->timers().disarm(*this);
    op_->look_at_clock();
    handle_.resume();
}

AUGUR_INLINE void suspension::leave() noexcept
{
    op_->waiting_ = nullptr;
    if (is_armed())
        op_->timers().disarm(*this);
}

AUGUR_INLINE void suspension::end_early(wake cause) noexcept
{
    if (cause_ != wake::done)
        return; // already ending
    cause_ = cause;
    op_->waiting_ = nullptr;
    if (is_armed())
        op_->timers().disarm(*this);
    interrupt();
}

AUGUR_INLINE void suspension::on_time() noexcept
{
    end_early(wake::timed_out);
}

AUGUR_INLINE void suspension::on_shutdown() noexcept
{
    if (timer_owns_)
        destroy_chain();
}

AUGUR_INLINE void suspension::destroy_chain() noexcept
{
    op_->root_.destroy();
}

AUGUR_INLINE wake_token::~wake_token()
{
    if (target_ == nullptr)
        return;
    auto* const target = std::exchange(target_, nullptr);
    target->token_ = nullptr;
    if (target->giving_ == suspension::giving::now)
        target->giving_ = suspension::giving::refused;
    else
        target->destroy_chain();
}

AUGUR_INLINE void wake_token::operator()(error_code code) noexcept
{
    if (target_ == nullptr)
        return;
    auto* const target = std::exchange(target_, nullptr);
    target->token_ = nullptr;
    target->completed(code);
}

} // namespace augur::inline AUGUR_ABI::net

#pragma once

#include <augur/net/operation.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

/// Cancellation of a call that was started from outside its executor. The request to stop travels to
/// the executor as the start did, so it is neither lost before the call runs nor a race with it.
class remote_stop
{
    struct state
    {
        explicit state(boost::asio::any_io_executor e) noexcept : executor(std::move(e)) {}

        std::mutex mutex;                      // over `executor` and `ended`
        boost::asio::any_io_executor executor; // empty once the call has ended: its context may be gone
        bool ended = false;
        std::atomic<bool> requested = false;
        operation* op = nullptr; // on the executor only
    };

public:
    /// What is stored in the caller's slot.
    class link
    {
    public:
        explicit link(std::shared_ptr<state> to) noexcept : state_(std::move(to)) {}
        /// Any type of cancellation ends the call.
        template <class CancellationType>
        void operator()(CancellationType)
        {
            std::lock_guard const lock(state_->mutex);
            if (state_->ended || state_->requested.exchange(true, std::memory_order_acq_rel))
                return;
            try {
                boost::asio::post(state_->executor, [to = state_] {
                    if (to->op != nullptr)
                        to->op->stop(stop_reason::caller);
                });
            }
            catch (...) {
                state_->requested = false; // the caller may ask again
                throw;
            }
        }

    private:
        std::shared_ptr<state> state_;
    };

    remote_stop() noexcept = default;
    remote_stop(remote_stop&&) noexcept = default;
    remote_stop& operator=(remote_stop&&) = delete;
    ~remote_stop()
    {
        if (!state_)
            return;
        state_->op = nullptr;
        boost::asio::any_io_executor last; // destroyed after the lock is gone
        std::lock_guard const lock(state_->mutex);
        state_->ended = true;
        last = std::move(state_->executor);
    }

    /// To be called where the caller emits.
    template <class Slot>
    void connect(Slot slot, boost::asio::any_io_executor executor)
    {
        state_ = std::make_shared<state>(std::move(executor));
        slot.template emplace<link>(state_);
    }

    /// Whether the slot was connected out there.
    bool is_connected() const noexcept { return state_ != nullptr; }

    /// On the executor.
    void watch(operation& op) noexcept
    {
        state_->op = &op;
        if (state_->requested.load(std::memory_order_acquire))
            op.stop(stop_reason::caller);
    }

private:
    std::shared_ptr<state> state_;
};

} // namespace augur::inline AUGUR_ABI::net

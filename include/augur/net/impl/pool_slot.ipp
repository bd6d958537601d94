#pragma once

#include <augur/net/impl/pool_rules.ipp>
#include <augur/net/impl/tls_stream.ipp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::net::detail {

/// An open connection to one origin.
struct connection
{
    explicit connection(pool_statistics& counters) noexcept : count(&counters) {}
    connection(connection const&) = delete;
    connection& operator=(connection const&) = delete;
    ~connection()
    {
        if (!io)
            return;
        io->close();
        if (id != 0) // it was opened
            ++count->closed[static_cast<std::size_t>(ends_by)];
    }

    /// Nothing to read and nothing broken. A server's late close or stray bytes show here, before a
    /// request is risked on them.
    bool is_quiet() noexcept { return io->is_quiet(); }

    std::unique_ptr<stream> io; ///< TLS over TCP, or TCP
    tls_stream* tls = nullptr;  ///< the same object, if it is TLS
    std::uint64_t id = 0;
    std::uint64_t exchanges = 0;
    connection_times times;
    std::optional<address> peer;
    pool_statistics* count;
    /// What is counted when it goes away. Whoever has a better reason says so before.
    close_cause ends_by = close_cause::exchange_failed;
};

inline void close(std::unique_ptr<connection> c, close_cause why) noexcept
{
    c->ends_by = why;
}

class slot_wait;

/// The connections to one origin and the calls that wait for one.
struct origin_slot
{
    std::vector<std::unique_ptr<connection>> idle; ///< the most recently used last
    slot_wait* first_waiting = nullptr;
    slot_wait* last_waiting = nullptr;
    std::size_t waiting = 0;
    std::size_t permits = 0; ///< connections that are open or being opened for a call
    std::shared_ptr<session_store> sessions = std::make_shared<session_store>();
    std::uint64_t last_use = 0;
    std::optional<steady_time> looked_up; ///< because of a doubt
    suspicion suspects;                   ///< has the name moved?

    /// To be asked in doubt: whether a lookup is worth its time now.
    bool wants_lookup(steady_time now) const noexcept { return !idle.empty() && may_look_up_again(looked_up, now); }
};

/// `co_await slot_wait(...)`: in order of arrival, until somebody gives its permit up.
class slot_wait final : public suspension
{
public:
    slot_wait(operation& op, origin_slot& slot, boost::asio::any_io_executor const& executor,
              steady_time until) noexcept
        : suspension(op, until), slot_(&slot), executor_(&executor)
    {
    }
    ~slot_wait() override { leave_queue(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        owned_by_timer();
        before_ = slot_->last_waiting;
        (before_ != nullptr ? before_->after_ : slot_->first_waiting) = this;
        slot_->last_waiting = this;
        ++slot_->waiting;
        queued_ = true;
        return true;
    }
    wake await_resume() const noexcept { return cause(); }
    /// A permit was handed over, even if the wait was ended at the same moment.
    bool granted() const noexcept { return granted_; }

    /// Hands the caller's permit over. Wakes through the executor: no stack of calls waking calls.
    void grant() noexcept
    {
        leave_queue();
        granted_ = true;
        try {
            give_token([this](wake_token token) { boost::asio::post(*executor_, std::move(token)); });
        }
        catch (...) {
            finish(cause()); // no memory for it: on this stack after all
        }
    }

private:
    void interrupt() noexcept override
    {
        if (granted_)
            return; // the token is on its way
        leave_queue();
        finish(cause());
    }
    void leave_queue() noexcept
    {
        if (!std::exchange(queued_, false))
            return;
        (before_ != nullptr ? before_->after_ : slot_->first_waiting) = after_;
        (after_ != nullptr ? after_->before_ : slot_->last_waiting) = before_;
        --slot_->waiting;
    }

    origin_slot* slot_;
    boost::asio::any_io_executor const* executor_;
    slot_wait* before_ = nullptr;
    slot_wait* after_ = nullptr;
    bool queued_ = false;
    bool granted_ = false;
};

} // namespace augur::inline AUGUR_ABI::net::detail

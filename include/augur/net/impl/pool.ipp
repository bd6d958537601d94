#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/impl/tcp_stream.ipp>
#include <augur/net/impl/tls_stream.ipp>

#include <boost/asio/post.hpp>

#include <deque>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::net::detail {

/// An open connection to one origin.
struct connection
{
    std::unique_ptr<stream> io; ///< TLS over TCP, or TCP
    tls_stream* tls = nullptr;  ///< the same object, if it is TLS
    std::uint64_t id = 0;
    std::uint64_t exchanges = 0;
    steady_time opened_at{};
    steady_time idle_until{};

    ~connection()
    {
        if (io)
            io->close();
    }

    /// Nothing to read and nothing broken. A server's late close or stray bytes show here, before a
    /// request is risked on them.
    bool is_quiet() noexcept
    {
        char byte = 0;
        return io->try_read(&byte, 1).status == io_status::want_read;
    }
};

class slot_wait;

/// The connections to one origin and the calls that wait for one.
struct origin_slot
{
    std::vector<std::unique_ptr<connection>> idle; ///< the most recently used last
    std::deque<slot_wait*> waiting;
    std::size_t permits = 0; ///< connections that are open or being opened for a call
    std::shared_ptr<session_store> sessions = std::make_shared<session_store>();
    std::vector<address> addresses;
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
    ~slot_wait() override { leave(); }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle)
    {
        if (!begin(handle))
            return false;
        owned_by_timer();
        slot_->waiting.push_back(this);
        return true;
    }
    wake await_resume() const noexcept { return cause(); }
    /// A permit was handed over, even if the wait was ended at the same moment.
    bool granted() const noexcept { return granted_; }

    /// Hands the caller's permit over. Wakes through the executor: no stack of calls waking calls.
    void grant() noexcept
    {
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
        leave();
        finish(cause());
    }
    void leave() noexcept { std::erase(slot_->waiting, this); }

    origin_slot* slot_;
    boost::asio::any_io_executor const* executor_;
    bool granted_ = false;
};

/// Keeps connections per origin; decides only about reuse and order.
class pool
{
public:
    pool(boost::asio::any_io_executor executor, pool_config config) noexcept
        : executor_(std::move(executor)), config_(config)
    {
    }

    /// The right to have one connection in use; passed to the next waiter when it goes away.
    class permit
    {
    public:
        permit() noexcept = default;
        permit(pool& owner, origin_slot& slot) noexcept : pool_(&owner), slot_(&slot) {}
        permit(permit&& other) noexcept : pool_(other.pool_), slot_(std::exchange(other.slot_, nullptr)) {}
        permit& operator=(permit other) noexcept
        {
            std::swap(pool_, other.pool_);
            std::swap(slot_, other.slot_);
            return *this;
        }
        ~permit()
        {
            if (slot_ != nullptr)
                pool_->give_up(*slot_);
        }

    private:
        pool* pool_ = nullptr;
        origin_slot* slot_ = nullptr;
    };

    origin_slot& slot(origin const& to) { return slots_[to]; }

    task<result<permit>> enter(operation& op, origin_slot& slot, phase_limits::duration limit)
    {
        if (slot.permits < config_.max_connections) {
            ++slot.permits;
            co_return permit(*this, slot);
        }
        auto const until = op.until(limit);
        slot_wait wait(op, slot, executor_, until);
        auto const woken = co_await wait;
        permit mine;
        if (wait.granted())
            mine = permit(*this, slot);
        if (woken != wake::done)
            co_return op.interrupted(phase::pool_wait, outcome::not_sent, errc::pool_timeout)
                .with_message("all " + std::to_string(config_.max_connections) + " connections to this host are busy");
        co_return std::move(mine);
    }

    /// A connection that can be used again, or null. Throws away what cannot.
    std::unique_ptr<connection> take_idle(origin_slot& slot, steady_time now)
    {
        while (!slot.idle.empty()) {
            auto found = std::move(slot.idle.back());
            slot.idle.pop_back();
            if (now < found->idle_until && now - found->opened_at < config_.max_age && found->is_quiet()) {
                ++reused;
                return found;
            }
        }
        return nullptr;
    }

    void put_idle(origin_slot& slot, std::unique_ptr<connection> c, steady_time now,
                  std::optional<std::chrono::seconds> keep_alive)
    {
        auto limit = config_.idle_timeout;
        if (keep_alive) // one second less than the server promises: our request must not meet its close
            limit = std::min<std::chrono::nanoseconds>(limit, *keep_alive - std::chrono::seconds(1));
        if (limit <= std::chrono::nanoseconds(0))
            return;
        c->idle_until = now + std::chrono::duration_cast<steady_time::duration>(limit);
        try {
            slot.idle.push_back(std::move(c));
        }
        catch (std::bad_alloc const&) {
            return; // it is closed: the answer on it counts more
        }
        std::erase_if(slot.idle, [now](auto const& other) { return other->idle_until <= now; });
    }

    void close_idle() noexcept
    {
        for (auto& [_, slot] : slots_)
            slot.idle.clear();
    }

    pool_statistics statistics() const noexcept
    {
        pool_statistics out;
        for (auto const& [_, slot] : slots_) {
            out.idle += slot.idle.size();
            out.busy += slot.permits;
            out.waiting += slot.waiting.size();
        }
        out.opened = opened;
        out.reused = reused;
        out.tls_resumed = resumed;
        return out;
    }

    std::uint64_t opened = 0;
    std::uint64_t reused = 0;
    std::uint64_t resumed = 0;

private:
    void give_up(origin_slot& slot) noexcept
    {
        if (slot.waiting.empty()) {
            --slot.permits;
            return;
        }
        auto* const next = slot.waiting.front();
        slot.waiting.pop_front();
        next->grant();
    }

    boost::asio::any_io_executor executor_;
    pool_config config_;
    std::map<origin, origin_slot> slots_;
};

} // namespace augur::inline AUGUR_ABI::net::detail

#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/impl/pool_rules.ipp>
#include <augur/net/impl/pool_slot.ipp>

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::net::detail {

/// Keeps connections per origin; decides only about reuse and order.
class pool
{
public:
    pool(boost::asio::any_io_executor executor, pool_config config) noexcept
        : executor_(std::move(executor)), config_(config)
    {
    }
    pool(pool const&) = delete;
    pool& operator=(pool const&) = delete;
    ~pool() { close_idle(close_cause::client_gone); }

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
        explicit operator bool() const noexcept { return slot_ != nullptr; }

    private:
        pool* pool_ = nullptr;
        origin_slot* slot_ = nullptr;
    };

    pool_config const& config() const noexcept { return config_; }

    /// The place of an origin. It stays while somebody has a permit, waits for one, or keeps a floor there.
    origin_slot& slot(origin const& to)
    {
        auto found = slots_.find(to);
        if (found == slots_.end()) {
            if (slots_.size() >= config_.max_origins)
                forget_one();
            found = slots_.try_emplace(to).first;
        }
        found->second.last_use = ++uses_;
        return found->second;
    }

    /// At once or not at all.
    permit try_enter(origin_slot& slot) noexcept
    {
        if (slot.permits >= config_.max_connections)
            return {};
        ++slot.permits;
        return {*this, slot};
    }

    /// After `try_enter` gave nothing: in turn.
    task<result<permit>> enter(operation& op, origin_slot& slot, phase_limits::duration limit)
    {
        auto const until = op.until(limit);
        ++counters.waited;
        slot_wait wait(op, slot, executor_, until);
        auto const woken = co_await wait;
        permit mine;
        if (wait.granted())
            mine = permit(*this, slot);
        if (woken != wake::done) {
            ++counters.gave_up;
            co_return op.interrupted(phase::pool_wait, outcome::not_sent, errc::pool_timeout)
                .with_message("all " + std::to_string(config_.max_connections) + " connections to this host are busy");
        }
        co_return std::move(mine);
    }

    /// A connection that can be used again, or null. Throws away what cannot.
    std::unique_ptr<connection> take_idle(origin_slot& slot, steady_time now)
    {
        reap(now);
        while (!slot.idle.empty()) {
            auto found = std::move(slot.idle.back());
            slot.idle.pop_back();
            --idle_;
            auto const why_not = why_not_reuse(found->times, config_, now);
            if (!why_not && found->is_quiet()) {
                ++counters.reused;
                return found;
            }
            close(std::move(found), why_not.value_or(close_cause::lost));
        }
        return nullptr;
    }

    /// After an exchange that ended cleanly, or after warming up; the caller still has its permit.
    void put_idle(origin_slot& slot, std::unique_ptr<connection> c, steady_time now, keep_alive_promise const& promise)
    {
        auto const limit = idle_limit(config_, promise);
        if (limit <= std::chrono::nanoseconds(0)) {
            close(std::move(c), close_cause::not_reusable);
            return;
        }
        c->times.idle_since = now;
        c->times.idle_until = later(now, limit);
        try {
            slot.idle.push_back(std::move(c));
        }
        catch (std::bad_alloc const&) {
            return; // it is closed: the answer on it counts more
        }
        ++idle_;
        if (idle_ > config_.max_idle)
            close_longest_idle();
        reap(now);
    }

    /// A new connection is about to be opened with a permit: the idle ones must leave it room.
    void make_room(origin_slot& slot) noexcept
    {
        while (!slot.idle.empty() && slot.idle.size() + slot.permits > config_.max_connections)
            close_oldest(slot, close_cause::evicted);
    }

    /// A connection that was kept has just died: those that idle beside it since then are not trusted.
    void distrust_neighbours(origin_slot& slot, connection const& broken) noexcept
    {
        close_where(slot, [&broken](connection const& c) -> std::optional<close_cause> {
            if (shares_fate(broken.times, c.times))
                return close_cause::distrusted;
            return std::nullopt;
        });
    }

    /// The name of this origin was looked up: connections to suspects that it does not name any more are not used
    /// again.
    void dismiss(origin_slot& slot, suspicion const& of, std::vector<address> const& named) noexcept
    {
        close_where(slot, [&of, &named](connection const& c) -> std::optional<close_cause> {
            if (c.peer && of.falls_on(*c.peer) && !is_still_named(*c.peer, named))
                return close_cause::distrusted;
            return std::nullopt;
        });
    }

    /// Closes every idle connection. Returns how many.
    std::size_t close_idle(close_cause why) noexcept
    {
        auto const before = idle_;
        for (auto& [_, slot] : slots_)
            while (!slot.idle.empty())
                close_oldest(slot, why);
        return before;
    }

    /// Reads what idle connections have to say (TLS sessions, for instance) and closes those that are not quiet.
    void listen(origin_slot& slot, steady_time now) noexcept
    {
        close_where(slot, [this, now](connection& c) -> std::optional<close_cause> {
            auto const why_not = why_not_reuse(c.times, config_, now);
            if (!why_not && !c.is_quiet())
                return close_cause::lost;
            return why_not;
        });
    }

    /// Connections to an origin that a call could use until `horizon`, the busy ones counted as such.
    std::size_t live(origin_slot& slot, steady_time now, steady_time horizon) noexcept
    {
        listen(slot, now);
        auto const lasting = std::count_if(slot.idle.begin(), slot.idle.end(), [this, horizon](auto const& c) {
            return !why_not_reuse(c->times, config_, horizon);
        });
        return slot.permits + static_cast<std::size_t>(lasting);
    }

    /// Floors are few: what they keep is looked up when something must go.
    void add_floor(origin const& to, std::size_t count) { floors_.emplace(to, count); }
    void remove_floor(origin const& to, std::size_t count) noexcept
    {
        for (auto [at, end] = floors_.equal_range(to); at != end; ++at)
            if (at->second == count) {
                floors_.erase(at);
                return;
            }
    }

    /// Connections to an origin that are open or being opened, without looking at them.
    std::size_t open(origin const& to) const noexcept
    {
        auto const found = slots_.find(to);
        return found == slots_.end() ? 0 : found->second.idle.size() + found->second.permits;
    }

    pool_statistics statistics() const noexcept
    {
        auto out = counters;
        out.origins = slots_.size();
        out.idle = idle_;
        for (auto const& [_, slot] : slots_) {
            out.busy += slot.permits;
            out.waiting += slot.waiting;
        }
        return out;
    }

    pool_statistics counters; ///< the sums; `statistics` adds what is true now

private:
    void give_up(origin_slot& slot) noexcept
    {
        if (slot.first_waiting == nullptr)
            --slot.permits;
        else
            slot.first_waiting->grant();
    }

    void close_oldest(origin_slot& slot, close_cause why) noexcept
    {
        close(std::move(slot.idle.front()), why);
        slot.idle.erase(slot.idle.begin());
        --idle_;
    }

    template <class Decide>
    void close_where(origin_slot& slot, Decide decide) noexcept
    {
        auto const gone = std::erase_if(slot.idle, [&decide](auto& c) {
            auto const why = decide(*c);
            if (why)
                c->ends_by = *why;
            return why.has_value();
        });
        idle_ -= gone;
    }

    /// Closes what has idled or lived too long, everywhere, but looks once a second at most.
    void reap(steady_time now) noexcept
    {
        if (now < next_reap_)
            return;
        next_reap_ = now + std::chrono::seconds(1);
        for (auto& [_, slot] : slots_)
            close_where(slot, [this, now](connection const& c) { return why_not_reuse(c.times, config_, now); });
    }

    std::size_t floor_of(origin const& to) const noexcept
    {
        std::size_t out = 0;
        for (auto [at, end] = floors_.equal_range(to); at != end; ++at)
            out = std::max(out, at->second);
        return out;
    }

    void close_longest_idle() noexcept
    {
        origin_slot* longest = nullptr;
        for (auto& [to, slot] : slots_) {
            if (slot.idle.size() <= floor_of(to))
                continue; // somebody pays for these to be kept
            if (longest == nullptr || slot.idle.front()->times.idle_since < longest->idle.front()->times.idle_since)
                longest = &slot;
        }
        if (longest != nullptr)
            close_oldest(*longest, close_cause::evicted);
    }

    /// Gives up the origin that was not used for longest, unless all are in use.
    void forget_one() noexcept
    {
        auto oldest = slots_.end();
        for (auto at = slots_.begin(); at != slots_.end(); ++at) {
            auto const& slot = at->second;
            if (slot.permits > 0 || slot.waiting > 0 || floors_.contains(at->first))
                continue;
            if (oldest == slots_.end() || slot.last_use < oldest->second.last_use)
                oldest = at;
        }
        if (oldest == slots_.end())
            return;
        while (!oldest->second.idle.empty())
            close_oldest(oldest->second, close_cause::evicted);
        slots_.erase(oldest);
    }

    boost::asio::any_io_executor executor_;
    pool_config config_;
    std::map<origin, origin_slot> slots_;
    std::multimap<origin, std::size_t> floors_;
    std::size_t idle_ = 0;
    std::uint64_t uses_ = 0;
    steady_time next_reap_{};
};

} // namespace augur::inline AUGUR_ABI::net::detail

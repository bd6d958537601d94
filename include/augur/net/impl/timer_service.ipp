#pragma once

#include <augur/net/timer_service.hpp>

#include <boost/asio/steady_timer.hpp>

#include <algorithm>
#include <new>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE timer_service::~timer_service() = default;

AUGUR_INLINE void timer_service::place(std::size_t index, entry const& e) noexcept
{
    heap_[index] = e;
    e.node->index_ = index;
}

AUGUR_INLINE void timer_service::sift_up(std::size_t index) noexcept
{
    auto const moved = heap_[index];
    while (index > 0) {
        auto const parent = (index - 1) / 4;
        if (heap_[parent].at <= moved.at)
            break;
        place(index, heap_[parent]);
        index = parent;
    }
    place(index, moved);
}

AUGUR_INLINE void timer_service::sift_down(std::size_t index) noexcept
{
    auto const moved = heap_[index];
    for (;;) {
        auto const first = 4 * index + 1;
        auto const end = std::min(first + 4, heap_.size());
        if (first >= end)
            break;
        auto child = first;
        for (auto other = first + 1; other < end; ++other)
            if (heap_[other].at < heap_[child].at)
                child = other;
        if (moved.at <= heap_[child].at)
            break;
        place(index, heap_[child]);
        index = child;
    }
    place(index, moved);
}

AUGUR_INLINE void timer_service::remove(std::size_t index) noexcept
{
    heap_[index].node->index_ = timer_node::unarmed;
    auto const last = heap_.back();
    heap_.pop_back();
    if (index == heap_.size())
        return;
    place(index, last);
    sift_up(index);
    sift_down(last.node->index_);
}

AUGUR_INLINE std::optional<steady_time> timer_service::earliest() const noexcept
{
    return heap_.empty() ? std::nullopt : std::optional(heap_.front().at);
}

AUGUR_INLINE void timer_service::arm(timer_node& node, steady_time at)
{
    if (node.is_armed())
        remove(node.index_);
    heap_.push_back({at, &node});
    node.index_ = heap_.size() - 1;
    sift_up(node.index_);
    schedule(earliest());
}

AUGUR_INLINE void timer_service::disarm(timer_node& node) noexcept
{
    if (!node.is_armed())
        return;
    remove(node.index_);
    if (heap_.empty())
        schedule(std::nullopt);
    // A timer that fires too early finds nothing due and is set anew: cheaper than setting it now.
}

AUGUR_INLINE void timer_service::fire_one()
{
    auto* const node = heap_.front().node;
    remove(0);
    node->on_time();
}

AUGUR_INLINE void timer_service::drop_one() noexcept
{
    auto* const node = heap_.back().node;
    remove(heap_.size() - 1);
    node->on_shutdown();
}

namespace detail {

class asio_timer_service final : public timer_service
{
public:
    asio_timer_service(boost::asio::any_io_executor executor, std::shared_ptr<augur::clock> clock)
        : timer_service(std::move(clock)), timer_(std::move(executor)), link_(std::make_shared<link>(link{this}))
    {
    }

    ~asio_timer_service() override { link_->service = nullptr; }

private:
    struct link
    {
        asio_timer_service* service;
    };

    /// What Asio holds. Destroyed without being called, it means that the context is going away.
    class handler
    {
    public:
        handler(std::shared_ptr<link> to, std::uint64_t generation) noexcept
            : link_(std::move(to)), generation_(generation)
        {
        }
        handler(handler&&) noexcept = default;
        handler& operator=(handler&&) = delete;
        ~handler()
        {
            if (link_ && link_->service != nullptr && link_->service->generation_ == generation_) {
                auto const keep = std::exchange(link_, nullptr);
                keep->service->armed_for_.reset();
                keep->service->firing_ = true; // no new wait on a context that is going away
                while (keep->service != nullptr && keep->service->armed() > 0)
                    keep->service->drop_one();
            }
        }
        void operator()(error_code)
        {
            auto const keep = std::exchange(link_, nullptr);
            if (keep->service == nullptr || keep->service->generation_ != generation_)
                return; // an older wait that was replaced or cancelled
            keep->service->armed_for_.reset();
            keep->service->firing_ = true;
            keep->service->fire_due_guarded(keep);
        }

    private:
        std::shared_ptr<link> link_;
        std::uint64_t generation_;
    };

    /// A fired node may end the last call and with it this service.
    void fire_due_guarded(std::shared_ptr<link> const& keep)
    {
        while (keep->service != nullptr) {
            auto const next = earliest();
            if (!next || *next > now())
                break;
            fire_one();
        }
        if (keep->service == nullptr)
            return;
        firing_ = false;
        try {
            schedule(earliest());
        }
        catch (std::bad_alloc const&) {
            // Nobody could ever be woken: rather now, before its time, than never.
            while (keep->service != nullptr && keep->service->armed() > 0)
                fire_one();
        }
    }

    void schedule(std::optional<steady_time> next) override
    {
        if (firing_)
            return;
        if (!next) {
            if (armed_for_) {
                ++generation_;
                armed_for_.reset();
                timer_.cancel();
            }
            return;
        }
        if (armed_for_ && *armed_for_ <= *next)
            return;
        armed_for_.reset();
        timer_.expires_at(*next);
        // Its generation begins when it is accepted: a handler that dies for lack of memory is not the sign
        // of a context that goes away.
        timer_.async_wait(handler(link_, generation_ + 1));
        ++generation_;
        armed_for_ = next;
    }

    boost::asio::steady_timer timer_;
    std::shared_ptr<link> link_;
    std::optional<steady_time> armed_for_;
    std::uint64_t generation_ = 0;
    bool firing_ = false;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<timer_service> make_timer_service(boost::asio::any_io_executor executor,
                                                               std::shared_ptr<clock> clock)
{
    return std::make_shared<detail::asio_timer_service>(std::move(executor), std::move(clock));
}

} // namespace augur::inline AUGUR_ABI::net

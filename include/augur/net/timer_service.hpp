#pragma once

#include <augur/core/clock.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace augur::inline AUGUR_ABI::net {

/// Something with a time. Lives in the frame that waits for it; leaving the frame disarms it.
class timer_node
{
public:
    timer_node() = default;
    timer_node(timer_node const&) = delete;
    timer_node& operator=(timer_node const&) = delete;
    bool is_armed() const noexcept { return index_ != unarmed; }

protected:
    ~timer_node() = default;

private:
    friend class timer_service;
    static constexpr std::size_t unarmed = static_cast<std::size_t>(-1);

    /// The time has come. The node is no longer armed; it may be destroyed during the call.
    virtual void on_time() noexcept = 0;
    /// The executor goes away; nobody will ever fire this node.
    virtual void on_shutdown() noexcept = 0;

    std::size_t index_ = unarmed;
};

/// All deadlines, delays and phase limits of one client, served by one timer.
///
/// While no node is armed, no work is outstanding: `io_context::run()` returns. Used from the
/// client's executor only.
class AUGUR_DECL timer_service
{
public:
    virtual ~timer_service();
    timer_service(timer_service const&) = delete;
    timer_service& operator=(timer_service const&) = delete;

    void arm(timer_node& node, steady_time at);
    void disarm(timer_node& node) noexcept;
    augur::clock& clock() const noexcept { return *clock_; }
    steady_time now() const noexcept { return clock_->now(); }
    std::size_t armed() const noexcept { return heap_.size(); }

protected:
    explicit timer_service(std::shared_ptr<augur::clock> clock) noexcept : clock_(std::move(clock)) {}

    /// The earliest time has changed; nothing: no node is armed.
    virtual void schedule(std::optional<steady_time> earliest) = 0;
    std::optional<steady_time> earliest() const noexcept;
    /// Fires the earliest node. It may destroy this service: the caller must be able to tell.
    void fire_one();
    /// Tells one node that nothing will ever fire again. It may destroy this service, too.
    void drop_one() noexcept;

private:
    /// The time stands here and not in the node: to compare must not touch the frames of other calls, which are cold.
    struct entry
    {
        steady_time at;
        timer_node* node;
    };

    void place(std::size_t index, entry const& e) noexcept;
    void sift_up(std::size_t index) noexcept;
    void sift_down(std::size_t index) noexcept;
    void remove(std::size_t index) noexcept;

    std::vector<entry> heap_; ///< with four children each: a move writes into a node, and there are fewer
    std::shared_ptr<augur::clock> clock_;
};

/// The real one: one Asio timer on `executor`.
std::shared_ptr<timer_service> make_timer_service(boost::asio::any_io_executor executor, std::shared_ptr<clock> clock);

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/timer_service.ipp>
#endif

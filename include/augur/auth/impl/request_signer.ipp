#pragma once

#include <augur/auth/request_signer.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/net/start.hpp>
#include <augur/net/timer_service.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace augur::inline AUGUR_ABI::auth {

namespace detail {

struct signer_state
{
    signer_state(boost::asio::any_io_executor e, std::shared_ptr<call::authenticator> as,
                 std::shared_ptr<net::timer_service> t)
        : executor(std::move(e)),
          timers(t ? std::move(t) : net::make_timer_service(executor, system_clock())),
          who(std::move(as))
    {
    }

    /// Signs a copy each time: what an attempt without credentials left behind must not be signed along.
    net::task<result<request_head>> sign(net::operation& op, request_head head, body payload)
    {
        for (bool fetched = false;; fetched = true) {
            auto out = head;
            auto const before = who->generation(); // what comes meanwhile is not what is refused later
            auto signed_now = who->sign(out, payload, timers->clock().wall_now());
            if (signed_now) {
                generation = before;
                co_return std::move(out);
            }
            if (signed_now.error() != errc::credentials_needed || fetched)
                co_return signed_now.error();
            auto const until = op.deadline();
            auto refreshed = co_await who->refresh(op, until);
            if (!refreshed)
                co_return refreshed.error();
        }
    }

    boost::asio::any_io_executor executor;
    std::shared_ptr<net::timer_service> timers;
    net::arena_handle arena;
    std::shared_ptr<call::authenticator> who;
    std::uint64_t generation = 0; ///< of what the last request was signed with
};

class signing
{
public:
    signing(std::shared_ptr<signer_state> s, request_head head, body payload) noexcept
        : state_(std::move(s)), head_(std::move(head)), payload_(std::move(payload))
    {
    }
    net::task<result<request_head>> operator()(net::operation& op)
    {
        return state_->sign(op, std::move(head_), std::move(payload_));
    }

private:
    std::shared_ptr<signer_state> state_;
    request_head head_;
    body payload_;
};

} // namespace detail

AUGUR_INLINE request_signer::request_signer(boost::asio::any_io_executor executor,
                                            std::shared_ptr<call::authenticator> as,
                                            std::shared_ptr<net::timer_service> timers)
    : state_(std::make_shared<detail::signer_state>(std::move(executor), std::move(as), std::move(timers)))
{
}

AUGUR_INLINE boost::asio::awaitable<result<request_head>> request_signer::sign(request_head head, body payload,
                                                                               std::chrono::nanoseconds limit) &
{
    return async_sign(std::move(head), std::move(payload), limit, boost::asio::use_awaitable);
}

AUGUR_INLINE void request_signer::refused(headers const& fields)
{
    state_->who->challenged(state_->generation, fields);
    state_->who->invalidate(state_->generation);
}

AUGUR_INLINE boost::asio::any_io_executor request_signer::get_executor() const noexcept
{
    return state_->executor;
}

AUGUR_INLINE void request_signer::start(request_head head, body payload, std::chrono::nanoseconds limit, bool here,
                                        sign_handler handler)
{
    detail::signing one(state_, std::move(head), std::move(payload));
    net::start<request_head>(state_->arena, state_->timers, state_->executor, limit, std::move(one), std::move(handler),
                             here);
}

} // namespace augur::inline AUGUR_ABI::auth

#pragma once

#include <augur/auth/entra/token_client.hpp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/auth/entra/wire.hpp>
#include <augur/net/start.hpp>
#include <augur/net/timer_service.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace augur::inline AUGUR_ABI::auth::entra {

/// Shared by the copies of a client.
struct token_client_state
{
    token_client_state(boost::asio::any_io_executor e, std::shared_ptr<token_store> s)
        : executor(std::move(e)), timers(net::make_timer_service(executor, system_clock())), store(std::move(s))
    {
    }

    boost::asio::any_io_executor executor;
    net::arena_handle arena;
    std::shared_ptr<net::timer_service> timers;
    std::shared_ptr<token_store> store;
};

namespace detail {

inline net::task<result<access_token>> take_token(net::operation& op, std::shared_ptr<access_token_cache> cache)
{
    auto found = cache->look(op.timers().clock().wall_now());
    if (!found.value) {
        auto done = co_await cache->refresh(op, op.deadline(), op.timers().clock().wall_now());
        if (!done)
            co_return done.error();
        found = cache->look(op.timers().clock().wall_now());
    }
    if (!found.value)
        co_return make_error(augur::errc::credentials_unavailable, phase::auth, outcome::not_sent,
                             "the token ended as soon as it was here");
    co_return *static_cast<access_token const*>(found.value.get());
}

/// Keeps the client alive while its call runs.
class token_call
{
public:
    token_call(std::shared_ptr<token_client_state> state, std::shared_ptr<access_token_cache> cache) noexcept
        : state_(std::move(state)), cache_(std::move(cache))
    {
    }
    net::task<result<access_token>> operator()(net::operation& op) { return take_token(op, cache_); }

private:
    std::shared_ptr<token_client_state> state_;
    std::shared_ptr<access_token_cache> cache_;
};

} // namespace detail

AUGUR_INLINE token_client::token_client(boost::asio::any_io_executor executor, std::shared_ptr<token_store> store)
    : state_(std::make_shared<token_client_state>(std::move(executor), std::move(store)))
{
}

AUGUR_INLINE void token_client::start_get(token_request what, std::chrono::nanoseconds patience, bool here, handler h)
{
    auto& s = *state_;
    detail::token_call call(state_, s.store->get(what));
    net::start<access_token>(s.arena, s.timers, s.executor, patience, std::move(call), std::move(h), here);
}

AUGUR_INLINE boost::asio::awaitable<result<access_token>> token_client::get(token_request what,
                                                                            std::chrono::nanoseconds patience) &
{
    return async_get(std::move(what), patience, boost::asio::use_awaitable);
}

AUGUR_INLINE void token_client::refused(token_request const& what, access_token const& token, headers const& fields)
{
    auto const cache = state_->store->get(what);
    auto const found = cache->current();
    if (!found.value || !(static_cast<access_token const*>(found.value.get())->text == token.text))
        return;
    if (auto claims = wire::demanded_claims(fields))
        cache->demand(found.generation, std::move(*claims));
    cache->invalidate(found.generation);
}

AUGUR_INLINE boost::asio::any_io_executor token_client::get_executor() const
{
    return state_->executor;
}

} // namespace augur::inline AUGUR_ABI::auth::entra

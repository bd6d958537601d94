#pragma once

#include <augur/auth/entra/impl/token_call.ipp>
#include <augur/auth/entra/proven_call.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/net/task.hpp>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

/// Until the proof can sign this request.
inline net::task<result<void>> make_ready(net::operation& op, steady_time until,
                                          std::shared_ptr<call::authenticator> proof,
                                          std::shared_ptr<service_call const> what)
{
    auto head = what->head();
    if (!head)
        co_return head.error();
    auto const proved = proof->sign(*head, what->payload(), op.timers().clock().wall_now());
    if (proved)
        co_return result<void>();
    if (proved.error() != augur::errc::credentials_needed)
        co_return proved.error();
    auto done = co_await proof->refresh(op, until);
    co_return done;
}

} // namespace detail

AUGUR_INLINE net::task<result<http_response>> proven_call(net::operation& op, steady_time until,
                                                          std::shared_ptr<call::authenticator> proof,
                                                          std::string method, url to,
                                                          std::shared_ptr<source_options const> settings)
{
    if (!to.is_https() && !to.is_loopback() && !settings->allows_plain_http())
        co_return detail::bad_setting("the address \"" + to.to_string() + "\" has no TLS");
    auto what = std::make_shared<detail::service_call>(to.host(), to);
    what->method(std::move(method)).repeat(&detail::repeat_token_call);
    what->field("accept", "application/json");
    for (bool again = false;; again = true) {
        auto ready = co_await detail::make_ready(op, until, proof, what);
        if (!ready)
            co_return ready.error();
        auto const generation = proof->generation();
        auto transport = detail::transport_of(op, *settings);
        if (!transport)
            co_return transport.error();
        auto got = co_await auth::detail::send_call(op, std::move(*transport), what, proof);
        if (!got || got->status != 401 || again || !proof->is_refreshable())
            co_return got;
        proof->challenged(generation, got->fields);
        proof->invalidate(generation);
    }
}

} // namespace augur::inline AUGUR_ABI::auth::entra

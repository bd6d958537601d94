#pragma once

#include <augur/call/warm.hpp>

#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

/// What the URL of a call to `to` has as its authority.
inline std::string authority_of(net::origin const& to)
{
    std::string out;
    bool const is_v6 = to.host.find(':') != to.host.npos;
    out.append(is_v6 ? "[" : "").append(to.host).append(is_v6 ? "]" : "");
    if (to.port != (to.is_https ? 443 : 80))
        out.append(":").append(std::to_string(to.port));
    return out;
}

/// Signs a request to the origin as a call would, and throws it away.
inline result<void> rehearse(core& shared, net::origin const& to)
{
    auto head = request_head::make("GET", "/", authority_of(to));
    if (!head)
        return head.error();
    auto const now = shared.timers->clock().wall_now() +
                     std::chrono::duration_cast<wall_time::duration>(shared.clock_correction);
    body const nothing;
    return shared.auth->sign(*head, nothing, now);
}

} // namespace detail

AUGUR_INLINE net::task<result<net::warm_handle>> warm(net::operation& op, core& shared, net::origin to,
                                                      std::size_t connections, call_options options)
{
    if (auto here = detail::in_its_process(shared); !here)
        co_return here.error();
    auto const limits = limits_of(shared, options);
    auto proved = detail::rehearse(shared, to);
    if (!proved && proved.error() == errc::credentials_needed) {
        auto const until = op.until(limits.auth);
        auto refreshed = co_await shared.auth->refresh(op, until);
        if (!refreshed)
            co_return refreshed.error();
        proved = detail::rehearse(shared, to);
        if (!proved && proved.error() == errc::credentials_needed)
            co_return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent,
                                 "the credentials are not usable even after they were fetched anew");
    }
    if (!proved)
        co_return proved.error();
    auto kept = co_await shared.transport->warm(op, std::move(to), connections, limits);
    co_return std::move(kept);
}

} // namespace augur::inline AUGUR_ABI::call

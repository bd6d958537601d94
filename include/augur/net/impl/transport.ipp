#pragma once

#include <augur/net/transport.hpp>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE body_stream::~body_stream() = default;
AUGUR_INLINE void body_stream::reject() noexcept {}
AUGUR_INLINE transport::~transport() = default;

AUGUR_INLINE pool_statistics transport::statistics() const noexcept
{
    return {};
}

AUGUR_INLINE task<result<warm_handle>> transport::warm(operation&, origin, std::size_t, phase_limits)
{
    co_return make_error(errc::unsupported, phase::prepare, outcome::not_sent,
                         "this transport has no connections to keep warm");
}

AUGUR_INLINE task<result<http_response>> transport::send(operation& op, exchange& x)
{
    auto opened = co_await open(op, x);
    if (!opened)
        co_return opened.error();
    http_response out;
    out.status = opened->status;
    out.fields = std::move(opened->fields);
    for (;;) {
        auto const idle = x.limits().idle;
        auto piece = co_await opened->content->read(op, idle);
        if (!piece) {
            auto failure = piece.error();
            failure.with_http_status(out.status);
            co_return failure;
        }
        if (piece->empty())
            break;
        out.content.append(*piece);
    }
    co_return out;
}

} // namespace augur::inline AUGUR_ABI::net

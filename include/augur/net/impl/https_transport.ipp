#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/impl/http_exchange.ipp>

namespace augur::inline AUGUR_ABI::net {

namespace detail {

inline error proxy_error(std::string why)
{
    return make_error(errc::proxy_failed, phase::proxy, outcome::not_sent, std::move(why));
}

} // namespace detail

AUGUR_INLINE task<result<std::unique_ptr<stream>>>
detail::https_state::tunnel(operation& op, exchange& x, std::unique_ptr<stream> lower, proxy_target via)
{
    detail::stopwatch const watch(op, x.report, phase::proxy);
    auto const until = op.until(x.limits().proxy);
    auto const host = x.to().host.find(':') == std::string::npos ? x.to().host : "[" + x.to().host + "]";
    auto const target = host + ":" + std::to_string(x.to().port);
    std::string request = "CONNECT " + target + " HTTP/1.1\r\nhost: " + target + "\r\n";
    if (!via.authorization.empty())
        request.append("proxy-authorization: ").append(via.authorization.reveal()).append("\r\n");
    request += "\r\n";
    for (std::string_view rest = request; !rest.empty();) {
        auto const moved = lower->try_write(rest.data(), rest.size());
        if (moved.status == io_status::ok) {
            rest.remove_prefix(moved.size);
            continue;
        }
        if (moved.status != io_status::want_write)
            co_return detail::proxy_error("the proxy closed the connection");
        auto const woken = co_await ready(op, *lower, direction::write, until);
        if (woken != wake::done)
            co_return op.interrupted(phase::proxy, outcome::not_sent, errc::proxy_timeout);
    }
    cleanse(request.data(), request.size());
    detail::response_parser parser(config.sizes);
    parser.skip(true); // what follows the head of a 200 is the tunnel
    std::string head;
    for (;;) {
        // Byte by byte: not one byte of the tunnel may be taken with the head.
        char byte = 0;
        auto const moved = lower->try_read(&byte, 1);
        if (moved.status == io_status::want_read) {
            auto const woken = co_await ready(op, *lower, direction::read, until);
            if (woken != wake::done)
                co_return op.interrupted(phase::proxy, outcome::not_sent, errc::proxy_timeout);
            continue;
        }
        if (moved.status != io_status::ok)
            co_return detail::proxy_error("the proxy closed the connection without an answer");
        head += byte;
        if (head.size() > config.sizes.response_head)
            co_return detail::proxy_error("the proxy's answer is too large");
        if (head.ends_with("\r\n\r\n"))
            break;
    }
    boost::beast::error_code code;
    parser.put(boost::asio::buffer(head), code);
    if (code || !parser.is_header_done())
        co_return detail::proxy_error("the proxy's answer is not valid HTTP");
    if (parser.status() == 407)
        co_return detail::proxy_error("the proxy asks for a user and password (407): put them into the proxy URL")
            .with_http_status(407);
    if (parser.status() < 200 || parser.status() > 299)
        co_return detail::proxy_error("the proxy refused the tunnel to " + target + " with status " +
                                      std::to_string(parser.status()))
            .with_http_status(parser.status());
    co_return std::move(lower);
}

AUGUR_INLINE task<result<std::unique_ptr<detail::connection>>> detail::https_state::connect(operation& op, exchange& x,
                                                                                            detail::origin_slot& slot)
{
    auto const& to = x.to();
    proxy_target via;
    if (to.is_https && !config.proxy.url.empty() && !bypasses_proxy(config.proxy.no_proxy, to.host, to.port)) {
        auto parsed = parse_proxy(config.proxy.url);
        if (!parsed)
            co_return parsed.error();
        via = std::move(*parsed);
    }
    bool const proxied = via.port != 0;
    auto host = proxied ? via.host : to.host;
    auto const port = proxied ? via.port : to.port;
    auto reached = co_await streams->dial(op, std::move(host), port, x.limits(), x.report);
    if (!reached) {
        auto failure = reached.error();
        if (failure == errc::resource_exhausted)
            connections.close_idle(); // their descriptors may be what is missing
        if (proxied && failure != errc::cancelled)
            failure.with_message("the proxy: " + std::string(failure.message()));
        co_return failure;
    }
    auto out = std::make_unique<detail::connection>();
    out->io = std::move(*reached);
    if (proxied) {
        auto through = co_await tunnel(op, x, std::move(out->io), std::move(via));
        if (!through)
            co_return through.error();
        out->io = std::move(*through);
    }
    if (to.is_https) {
        auto context_made = tls();
        if (!context_made)
            co_return context_made.error();
        auto secured =
            std::make_unique<detail::tls_stream>(std::move(*context_made), std::move(out->io), slot.sessions);
        detail::stopwatch const watch(op, x.report, phase::tls);
        auto const until = op.until(x.limits().tls);
        auto shaken = co_await secured->handshake(op, to.host, until);
        if (!shaken)
            co_return shaken.error();
        connections.resumed += secured->was_resumed() ? 1 : 0;
        out->tls = secured.get();
        out->io = std::move(secured);
    }
    out->id = ++connections.opened;
    out->opened_at = op.now();
    co_return std::move(out);
}

AUGUR_INLINE https_transport::https_transport(boost::asio::any_io_executor executor, https_config config)
    : impl_(std::make_shared<detail::https_state>(std::move(executor), std::move(config)))
{
}

AUGUR_INLINE https_transport::~https_transport() = default;

AUGUR_INLINE pool_statistics https_transport::statistics() const noexcept
{
    return impl_->connections.statistics();
}

AUGUR_INLINE task<result<http_response>> https_transport::send(operation& op, exchange& x)
{
    detail::http_exchange one(impl_);
    auto begun = co_await one.begin(op, x);
    if (!begun)
        co_return begun.error();
    http_response out;
    out.status = one.status();
    auto read = co_await one.read_all(op, x, out.content);
    if (!read) {
        auto failure = read.error();
        bool const ours = failure == errc::cancelled || failure == errc::client_closed ||
                          failure == errc::deadline_exceeded;
        if (out.status < 300 || ours)
            co_return failure.with_http_status(out.status);
        // A refusal is a refusal, even if its explanation broke off; the connection is not kept.
    }
    if (one.is_coded())
        out.content.clear();
    out.fields = std::move(one.fields());
    co_return std::move(out);
}

AUGUR_INLINE task<result<opened_response>> https_transport::open(operation& op, exchange& x)
{
    auto one = std::make_unique<detail::http_exchange>(impl_);
    auto begun = co_await one->begin(op, x);
    if (!begun)
        co_return begun.error();
    opened_response out;
    out.status = one->status();
    out.fields = one->fields();
    out.content = std::move(one);
    co_return std::move(out);
}

} // namespace augur::inline AUGUR_ABI::net

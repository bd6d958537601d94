#pragma once

#include <augur/net/https_transport.hpp>
#include <augur/net/impl/http_exchange_read.ipp>
#include <augur/net/impl/http_exchange_write.ipp>
#include <augur/net/impl/warming.ipp>

namespace augur::inline AUGUR_ABI::net {

namespace detail {

inline error proxy_error(std::string why)
{
    return make_error(errc::proxy_failed, phase::proxy, outcome::not_sent, std::move(why));
}

/// A secret, because it holds one: however the exchange with the proxy ends, it is overwritten.
inline secret connect_request(std::string_view target, secret const& authorization)
{
    std::string out;
    // What it outgrows would stay behind. The words below are 52.
    out.reserve(2 * target.size() + authorization.reveal().size() + 64);
    out.append("CONNECT ").append(target).append(" HTTP/1.1\r\nhost: ").append(target).append("\r\n");
    if (!authorization.empty())
        out.append("proxy-authorization: ").append(authorization.reveal()).append("\r\n");
    out.append("\r\n");
    return secret(std::move(out));
}

} // namespace detail

AUGUR_INLINE task<result<std::unique_ptr<stream>>>
detail::https_state::tunnel(operation& op, exchange& x, std::unique_ptr<stream> lower, proxy_target via)
{
    detail::stopwatch const watch(op, x.report, phase::proxy);
    auto const until = op.until(x.limits().proxy);
    for (char const c : x.to().host) // it goes into the request as it is
        if (!is_token(std::string_view(&c, 1)) && c != ':')
            co_return make_error(errc::invalid_argument, phase::proxy, outcome::not_sent,
                                 "the host has a character that no host has");
    auto const host = x.to().host.find(':') == std::string::npos ? x.to().host : "[" + x.to().host + "]";
    auto const target = host + ":" + std::to_string(x.to().port);
    auto const request = detail::connect_request(target, via.authorization);
    for (std::string_view rest = request.reveal(); !rest.empty();) {
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
    std::optional<detail::response_parser> parser;
    std::string head;
    for (int interim = 0;;) {
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
        if (!head.ends_with("\r\n\r\n"))
            continue;
        parser.emplace(config.sizes);
        parser->skip(true); // what follows the head of a 200 is the tunnel
        boost::beast::error_code code;
        parser->put(boost::asio::buffer(head), code);
        if (code || !parser->is_header_done())
            co_return detail::proxy_error("the proxy's answer is not valid HTTP");
        if (!parser->is_interim() || parser->status() == 101) // nobody asked for another protocol
            break;
        if (++interim > config.sizes.interim_responses)
            co_return detail::proxy_error("the proxy sends interim responses without end");
        head.clear();
    }
    auto const status = parser->status();
    if (status == 407)
        co_return detail::proxy_error("the proxy asks for a user and password (407): put them into the proxy URL")
            .with_http_status(407);
    if (status < 200 || status > 299)
        co_return detail::proxy_error("the proxy refused the tunnel to " + target + " with status " +
                                      std::to_string(status))
            .with_http_status(status);
    co_return std::move(lower);
}

AUGUR_INLINE result<std::optional<proxy_target>> detail::https_state::proxy_for(origin const& to) const
{
    auto const& p = config.proxy;
    if (!to.is_https || p.url.empty() || bypasses_proxy(p.no_proxy, to.host, to.port))
        return std::optional<proxy_target>();
    auto parsed = parse_proxy(p.url);
    if (!parsed)
        return parsed.error();
    return std::optional<proxy_target>(std::move(*parsed));
}

AUGUR_INLINE task<result<std::unique_ptr<stream>>> detail::https_state::dial(operation& op, exchange& x,
                                                                             proxy_target const* via)
{
    for (bool may_evict = true;; may_evict = false) {
        auto host = via != nullptr ? via->host : x.to().host;
        auto const port = via != nullptr ? via->port : x.to().port;
        auto reached = co_await streams->dial(op, std::move(host), port, x.limits(), x.report);
        if (reached)
            co_return std::move(*reached);
        auto failure = reached.error();
        // Descriptors may be what is missing, and idle connections have some. Once: a second failure is an answer.
        if (may_evict && failure == errc::resource_exhausted && connections.close_idle(close_cause::evicted) > 0)
            continue;
        if (via != nullptr && failure != errc::cancelled)
            failure.with_message("the proxy: " + std::string(failure.message()));
        co_return failure;
    }
}

AUGUR_INLINE task<result<void>> detail::https_state::reach(operation& op, exchange& x, detail::connection& to,
                                                           detail::origin_slot& slot)
{
    auto via = proxy_for(x.to());
    if (!via)
        co_return via.error();
    auto reached = co_await dial(op, x, via->has_value() ? &**via : nullptr);
    if (!reached)
        co_return reached.error();
    to.io = std::move(*reached);
    if (*via) {
        auto target = std::move(**via);
        auto through = co_await tunnel(op, x, std::move(to.io), std::move(target));
        if (!through)
            co_return through.error();
        to.io = std::move(*through);
    }
    else {
        to.peer = x.report.peer; // a proxy's address says nothing about the origin's
    }
    if (!x.to().is_https)
        co_return result<void>();
    auto context_made = tls();
    if (!context_made)
        co_return context_made.error();
    if (slot.sessions->empty()) // a ticket comes a round trip after its handshake; it may wait to be read
        connections.listen(slot, op.now());
    auto secured = std::make_unique<detail::tls_stream>(std::move(*context_made), std::move(to.io), slot.sessions);
    detail::stopwatch const watch(op, x.report, phase::tls);
    auto const until = op.until(x.limits().tls);
    auto shaken = co_await secured->handshake(op, x.to().host, until);
    if (!shaken)
        co_return shaken.error();
    to.tls = secured.get();
    to.io = std::move(secured);
    co_return result<void>();
}

AUGUR_INLINE task<result<std::unique_ptr<detail::connection>>> detail::https_state::connect(operation& op, exchange& x,
                                                                                            detail::origin_slot& slot)
{
    connections.make_room(slot);
    auto& counters = connections.counters;
    auto out = std::make_unique<detail::connection>(counters);
    auto reached = co_await reach(op, x, *out, slot);
    if (!reached) {
        ++counters.open_failed;
        slot.suspects.add_all();
        co_return reached.error();
    }
    counters.tls_resumed += out->tls != nullptr && out->tls->was_resumed() ? 1 : 0;
    out->id = ++counters.opened;
    out->times.opened = op.now();
    co_return std::move(out);
}

AUGUR_INLINE task<void> detail::https_state::look_again(operation& op, exchange& x, detail::origin_slot& slot)
{
    auto const suspects = std::exchange(slot.suspects, suspicion());
    auto const via = proxy_for(x.to());
    slot.looked_up = op.now();
    bool const named_here = via && !*via && names != nullptr && !parse_address(x.to().host);
    if (!named_here)
        co_return;
    detail::stopwatch const watch(op, x.report, phase::resolve);
    auto const until = op.until(x.limits().resolve);
    auto host = x.to().host;
    auto found = co_await names->resolve(op, std::move(host), until);
    if (found) // else what is known stays good
        connections.dismiss(slot, suspects, *found);
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
    if (!begun) {
        one.ends_by(begun.error());
        co_return begun.error();
    }
    http_response out;
    out.status = one.status();
    auto present = one.read_present(op, x, out.content);
    auto read = result<void>();
    if (present)
        read = std::move(*present);
    else
        read = co_await one.read_all(op, x, out.content);
    if (!read) {
        auto failure = read.error();
        one.ends_by(failure);
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
    if (!begun) {
        one->ends_by(begun.error());
        co_return begun.error();
    }
    one->ends_by(close_cause::left); // unless its reader reads to the end, or says otherwise
    opened_response out;
    out.status = one->status();
    out.fields = one->fields();
    out.content = std::move(one);
    co_return std::move(out);
}

} // namespace augur::inline AUGUR_ABI::net

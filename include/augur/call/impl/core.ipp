#pragma once

#include <augur/call/core.hpp>
#include <augur/call/impl/log_observer.ipp>
#include <augur/call/impl/loop.ipp>
#include <augur/net/start.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

inline std::string user_agent_of(std::string const& application_id)
{
    std::string out = "augur/" AUGUR_VERSION;
    if (!application_id.empty()) {
        out += " app/";
        for (char const c : application_id)
            out += is_token(std::string_view(&c, 1)) || c == '/' ? c : '-';
    }
    return out;
}

} // namespace detail

AUGUR_INLINE core::core(boost::asio::any_io_executor e, client_config c)
    : executor(std::move(e)),
      config(std::move(c)),
      timers(config.timers ? config.timers : net::make_timer_service(executor, augur::system_clock())),
      random(config.random ? config.random : system_random()),
      transport(config.transport),
      auth(config.auth),
      user_agent(detail::user_agent_of(config.application_id))
{
    if (config.log || augur::detail::watches_secrets)
        config.observers.push_back(std::make_shared<detail::log_observer>(config.log));
    if (config.max_attempts)
        retry.max_attempts(*config.max_attempts);
}

AUGUR_INLINE void ensure_transport(core& shared, environment const& e, std::string const& ca_file)
{
    if (shared.transport)
        return;
    net::https_config https;
    https.tls = shared.config.tls;
    if (https.tls.ca_file.empty() && https.tls.ca_directory.empty() && https.tls.ca_pem.empty()) {
        https.tls.ca_file = ca_file;
        if (ca_file == e.ssl_cert_file) // AWS_CA_BUNDLE stands in place of both
            https.tls.ca_directory = e.ssl_cert_dir;
    }
    https.pool = shared.config.pool;
    https.sizes = shared.config.sizes;
    https.resolver = shared.config.resolver;
    https.proxy = shared.config.proxy.value_or(net::proxy_config{e.https_proxy, e.no_proxy});
    shared.transport = std::make_shared<net::https_transport>(shared.executor, std::move(https));
}

AUGUR_INLINE environment environment_for(client_config const& config, environment e)
{
    if (config.proxy) {
        e.https_proxy = config.proxy->url;
        e.no_proxy = config.proxy->no_proxy;
    }
    return e;
}

AUGUR_INLINE std::shared_ptr<net::origin const> origin_of(url const& base)
{
    auto const out = std::make_shared<net::origin>();
    out->host = base.host();
    out->port = base.port();
    out->is_https = base.is_https();
    return out;
}

AUGUR_INLINE void merge_meta(augur::meta& into, augur::meta const& from) noexcept
{
    into.attempts = from.attempts;
    into.replayed = from.replayed;
    into.connection_reused = from.connection_reused;
    into.time = from.time;
}

AUGUR_INLINE phase_limits limits_of(core const& shared, call_options const& options) noexcept
{
    return options.limits(shared.config.limits);
}

namespace detail {

inline void tell_end(core const& shared, augur::meta const& known, error const* failure)
{
    call_end const ended{known, failure};
    for (auto const& o : shared.config.observers)
        o->on_call_end(ended);
}

} // namespace detail

AUGUR_INLINE net::task<result<void>> perform(net::operation& op, core& shared, plan& what, call_options const& options,
                                             answer& into)
{
    detail::loop one(shared, what, options);
    try {
        auto out = co_await one.run(op, into);
        if (out) {
            detail::tell_end(shared, into.meta, nullptr);
            co_return out;
        }
        auto failure = out.error();
        // The last attempt did nothing, but one before it may have.
        if (one.meta().replayed && (failure.outcome() == outcome::not_sent || failure.outcome() == outcome::refused))
            failure.with(outcome::unknown);
        detail::tell_end(shared, one.meta(), &failure);
        co_return failure;
    }
    catch (...) { // becomes an error at the boundary
        auto const failure = net::detail::error_of(std::current_exception());
        detail::tell_end(shared, one.meta(), &failure);
        throw;
    }
}

} // namespace augur::inline AUGUR_ABI::call

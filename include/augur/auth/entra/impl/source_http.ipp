#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/impl/service_call.ipp>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

using auth::detail::service_call;
using source_settings = std::shared_ptr<source_options const>;

inline result<std::shared_ptr<net::transport>> transport_of(net::operation& op, source_options const& settings,
                                                            bool is_direct = false)
{
    if (settings.transport())
        return settings.transport();
    auto const& e = settings.environment();
    net::https_config config;
    config.tls = settings.tls();
    if (config.tls.ca_file.empty() && config.tls.ca_directory.empty() && config.tls.ca_pem.empty()) {
        config.tls.ca_file = e.ssl_cert_file;
        config.tls.ca_directory = e.ssl_cert_dir;
    }
    if (!is_direct)
        config.proxy = net::proxy_config{e.https_proxy, e.no_proxy}; // for https: plain http always goes directly
    return auth::detail::transport_for(op, std::move(config));
}

/// Sends it, again if that may help; every status is a success.
inline net::task<result<http_response>> call_service(net::operation& op, source_settings settings,
                                                     std::shared_ptr<service_call const> what)
{
    auto transport = transport_of(op, *settings, what->is_direct());
    if (!transport)
        co_return transport.error();
    auto got = co_await auth::detail::send_call(op, std::move(*transport), std::move(what), nullptr);
    co_return got;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail

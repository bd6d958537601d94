#pragma once

#include "clients.hpp"

#include <augur/auth/aws/credentials.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/sagemaker/runtime_client.hpp>

namespace bench {

inline augur::net::https_config https_for(target const& to)
{
    augur::net::https_config https;
    https.tls.ca_pem = to.authority_pem;
    https.pool.max_connections = static_cast<std::size_t>(to.connections);
    https.pool.max_idle = https.pool.max_connections;
    return https;
}

/// A client of the loopback server, with nothing switched off.
inline augur::sagemaker::runtime_config config_for(target const& to, std::shared_ptr<augur::net::transport> transport)
{
    augur::sagemaker::runtime_config config;
    config.region = "us-east-1";
    config.endpoint_url = (to.tls ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(to.port);
    config.credentials =
        augur::auth::aws::static_credentials("AKIDEXAMPLE", augur::secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"));
    config.client.transport = std::move(transport);
    return config;
}

} // namespace bench

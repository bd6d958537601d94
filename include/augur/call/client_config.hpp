#pragma once

#include <augur/core/call_options.hpp>
#include <augur/core/limits.hpp>
#include <augur/fwd.hpp>
#include <augur/net/config.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::call {

/// What every client can be told. All of it is optional; a client made with nothing has a limit on
/// every phase and verifies every certificate.
struct client_config
{
    // Written out and compiled once: nine shared pointers are slow to compile in every user's file.
    client_config();
    client_config(client_config const& other);
    client_config(client_config&& other) noexcept;
    client_config& operator=(client_config const& other);
    client_config& operator=(client_config&& other) noexcept;
    ~client_config();

    phase_limits limits = {};
    augur::replay replay = augur::replay::standard;
    /// Sends per call, the first included. Unset: AWS_MAX_ATTEMPTS for AWS services, else 3.
    std::optional<int> max_attempts = {};
    /// Appended to the User-Agent: "augur/0.1.0 app/NAME". Letters, digits and `-._/`.
    std::string application_id = {};

    net::tls_config tls = {};
    net::pool_config pool = {};
    /// Unset: HTTPS_PROXY and NO_PROXY.
    std::optional<net::proxy_config> proxy = {};
    size_limits sizes = {};

    /// Null: the provider's own default.
    std::shared_ptr<authenticator> auth = {};
    /// Null: HTTP/1.1 over TLS, made with the settings above.
    std::shared_ptr<net::transport> transport = {};
    std::shared_ptr<net::resolver> resolver = {};     ///< null: the operating system's
    std::shared_ptr<net::timer_service> timers = {};  ///< null: Asio's, on the client's executor
    std::shared_ptr<random_source> random = {};       ///< null: seeded from the operating system
    std::shared_ptr<log_sink> log = {};               ///< null: silence
    std::vector<std::shared_ptr<observer>> observers = {};
};

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/client_config.ipp>
#endif

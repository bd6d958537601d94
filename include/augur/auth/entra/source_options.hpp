#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/call/environment.hpp>
#include <augur/core/url.hpp>
#include <augur/fwd.hpp>
#include <augur/net/endpoint.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra {

/// What the sources of Entra tokens are told. Nothing is read, opened or sent before the first fetch.
class source_options
{
public:
    explicit source_options(call::environment e = {}) : environment_(std::move(e)) {}

    /// Where tokens are issued, if AZURE_AUTHORITY_HOST does not say it.
    source_options& cloud(entra::cloud c) noexcept { return cloud_ = c, *this; }
    /// The same as an https address or a host; wins over AZURE_AUTHORITY_HOST.
    source_options& authority(std::string host) { return authority_ = std::move(host), *this; }
    /// A tenant that a `token_request` may name besides the source's own; "*" for any.
    source_options& allow_tenant(std::string id) { return tenants_.push_back(std::move(id)), *this; }
    /// Null: one over HTTP/1.1 is made for each fetch. It must work on every executor that fetches.
    source_options& transport(std::shared_ptr<net::transport> t) { return transport_ = std::move(t), *this; }
    /// Authorities for HTTPS; nothing: SSL_CERT_FILE and SSL_CERT_DIR, else the system's.
    source_options& tls(net::tls_config t) { return tls_ = std::move(t), *this; }
    /// For identifiers; null: seeded from the operating system.
    source_options& random(std::shared_ptr<random_source> r) { return random_ = std::move(r), *this; }
    /// Addresses without TLS, elsewhere than on this machine: tests.
    source_options& allow_plain_http(bool yes = true) noexcept { return allow_plain_http_ = yes, *this; }

    call::environment const& environment() const noexcept { return environment_; }
    /// In code, else AZURE_AUTHORITY_HOST, else that of the cloud.
    std::string authority() const;
    /// The tenant of a request, `own` if it names none. Errors: `errc::invalid_argument`.
    result<std::string> tenant_for(std::string const& asked, std::string const& own) const;
    std::shared_ptr<net::transport> const& transport() const noexcept { return transport_; }
    net::tls_config const& tls() const noexcept { return tls_; }
    std::shared_ptr<random_source> const& random() const noexcept { return random_; }
    bool allows_plain_http() const noexcept { return allow_plain_http_; }

private:
    call::environment environment_;
    entra::cloud cloud_ = entra::cloud::global;
    std::string authority_;
    std::vector<std::string> tenants_;
    std::shared_ptr<net::transport> transport_;
    net::tls_config tls_;
    std::shared_ptr<random_source> random_;
    bool allow_plain_http_ = false;
};

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/source_options.ipp>
#endif

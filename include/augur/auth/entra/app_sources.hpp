#pragma once

#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>

/// @file
/// Sources of tokens for a program that has an identity of its own: an app registration or a federated workload.

namespace augur::inline AUGUR_ABI::auth::entra {

/// Which application, and where it lives.
class app_identity
{
public:
    /// `tenant`: a GUID or a domain, or "adfs"; `client_id`: the application's id.
    app_identity(std::string tenant, std::string client_id)
        : tenant_(std::move(tenant)), client_id_(std::move(client_id))
    {
    }
    std::string const& tenant() const noexcept { return tenant_; }
    std::string const& client_id() const noexcept { return client_id_; }

private:
    std::string tenant_;
    std::string client_id_;
};

/// A certificate with its key, and how it proves who we are. PEM (a CERTIFICATE or several, and a PRIVATE KEY of
/// either form, encrypted or not) or PKCS#12. The key is RSA.
class certificate
{
public:
    /// Read at every fetch, so that a renewed one is used. At most 1 MiB.
    static certificate file(std::string path) { return certificate(std::move(path), secret()); }
    static certificate bytes(secret pem_or_pkcs12) { return certificate(std::string(), std::move(pem_or_pkcs12)); }

    certificate& passphrase(secret p) { return passphrase_ = std::move(p), *this; }
    /// RS256 and the SHA-1 thumbprint, for AD FS and keys that cannot do PSS; else PS256 and the SHA-256 one.
    certificate& rs256(bool yes = true) noexcept { return rs256_ = yes, *this; }
    /// Sends the certificates along (x5c), for applications that trust a subject name and its issuer.
    certificate& send_chain(bool yes = true) noexcept { return send_chain_ = yes, *this; }

    std::string const& path() const noexcept { return path_; }
    secret const& content() const noexcept { return content_; }
    secret const& passphrase() const noexcept { return passphrase_; }
    bool is_rs256() const noexcept { return rs256_; }
    bool sends_chain() const noexcept { return send_chain_; }

private:
    certificate(std::string path, secret content) : path_(std::move(path)), content_(std::move(content)) {}

    std::string path_;
    secret content_;
    secret passphrase_;
    bool rs256_ = false;
    bool send_chain_ = false;
};

/// Somebody who vouches for the application: gives a signed token that Entra was told to trust.
class AUGUR_DECL assertion_source
{
public:
    virtual ~assertion_source();
    /// Asked at every fetch of a token. Ends by `until`; no secret in its error.
    virtual net::task<result<secret>> get(net::operation& op, steady_time until) = 0;
};
/// The same from a function that answers at once.
std::shared_ptr<assertion_source> assertion_from(std::function<result<secret>()> get);

/// An application with a secret.
std::shared_ptr<token_source> client_secret(app_identity app, secret text, source_options options);

/// An application with a certificate: an assertion is made and signed for each request, good for ten minutes.
std::shared_ptr<token_source> client_certificate(app_identity app, certificate proof, source_options options);

/// An application for which somebody else vouches (federated credentials).
std::shared_ptr<token_source> client_assertion(app_identity app, std::shared_ptr<assertion_source> from,
                                               source_options options);

/// Workload identity of Kubernetes: AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_FEDERATED_TOKEN_FILE, whose file is
/// read at every fetch. One of them unset: not configured. The token proxy of AKS identity bindings is refused with
/// `errc::unsupported`. `client_id`: another one than the variable's.
std::shared_ptr<token_source> workload_identity(source_options options, std::string client_id = {});

/// AZURE_TENANT_ID and AZURE_CLIENT_ID with AZURE_CLIENT_SECRET, else AZURE_CLIENT_CERTIFICATE_PATH. Less than that:
/// not configured. AZURE_USERNAME alone is `errc::unsupported`.
std::shared_ptr<token_source> environment_application(source_options options);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/app_sources.ipp>
#endif

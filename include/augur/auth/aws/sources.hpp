#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/aws/profile_plan.hpp>
#include <augur/call/environment.hpp>
#include <augur/fwd.hpp>
#include <augur/net/endpoint.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

/// What the sources of credentials that talk to somebody are told. Nothing is read, opened or sent before the
/// first fetch.
class source_options
{
public:
    explicit source_options(call::environment e = {}) : environment_(std::move(e)) {}

    /// The profile in the shared files; empty: AWS_PROFILE, else "default".
    source_options& profile(std::string name) { return profile_ = std::move(name), *this; }
    /// For STS and the like; empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's, "us-east-1".
    source_options& region(std::string name) { return region_ = std::move(name), *this; }
    /// Null: one over HTTP/1.1 is made for each fetch. It must work on every executor that fetches.
    source_options& transport(std::shared_ptr<net::transport> t) { return transport_ = std::move(t), *this; }
    /// Authorities for HTTPS to AWS; nothing: AWS_CA_BUNDLE, else the system's.
    source_options& tls(net::tls_config t) { return tls_ = std::move(t), *this; }
    /// For names of sessions; null: seeded from the operating system.
    source_options& random(std::shared_ptr<random_source> r) { return random_ = std::move(r), *this; }
    /// Sends of a request to STS, SSO and their like; nothing: AWS_MAX_ATTEMPTS and AWS_RETRY_MODE, the profile's, 3.
    source_options& max_attempts(std::optional<int> n) noexcept { return max_attempts_ = n, *this; }
    /// Endpoint URLs without TLS, elsewhere than on this machine: tests.
    source_options& allow_plain_http(bool yes = true) noexcept { return allow_plain_http_ = yes, *this; }

    call::environment const& environment() const noexcept { return environment_; }
    std::string profile() const;
    bool has_named_profile() const noexcept { return !profile_.empty(); } ///< in code
    bool chooses_profile() const noexcept; ///< in code or by AWS_PROFILE
    std::string const& region() const noexcept { return region_; }
    std::shared_ptr<net::transport> const& transport() const noexcept { return transport_; }
    net::tls_config const& tls() const noexcept { return tls_; }
    std::shared_ptr<random_source> const& random() const noexcept { return random_; }
    std::optional<int> const& max_attempts() const noexcept { return max_attempts_; }
    bool allow_plain_http() const noexcept { return allow_plain_http_; }

private:
    call::environment environment_;
    std::string profile_;
    std::string region_;
    std::shared_ptr<net::transport> transport_;
    net::tls_config tls_;
    std::shared_ptr<random_source> random_;
    std::optional<int> max_attempts_;
    bool allow_plain_http_ = false;
};

/// ECS, EKS pod identity, Greengrass and others: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI, else _FULL_URI, which must
/// be https, or http to this machine, 169.254.170.2, 169.254.170.23 or fd00:ec2::23. The authorization token's file
/// is read at every fetch. Neither URI set: not configured.
std::shared_ptr<credential_source> container_credentials(source_options options);

/// The role of an EC2 instance, by version 2 of its metadata service. A service that cannot be reached within two
/// seconds, that is switched off or has no role is not configured. Never through a proxy. What it gives is used
/// past its end if it gives nothing newer.
std::shared_ptr<credential_source> instance_metadata_credentials(source_options options);

/// AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN (EKS service accounts): the file is read at every fetch.
std::shared_ptr<credential_source> web_identity_credentials(source_options options);

/// A role assumed with the credentials of another source.
std::shared_ptr<credential_source> assumed_role(std::shared_ptr<credential_source> with, role_step role,
                                                source_options options);

/// Everything a profile may say: plain keys, chains of roles, web identity, SSO, credential_process, named
/// sources. The files are read at every fetch. A profile that says nothing of credentials is not configured, nor is a
/// `default` that nobody asked for and that does not exist; another one that does not exist is a failure.
std::shared_ptr<credential_source> profile_credentials(source_options options);
/// The same for a process with that environment.
/// `profile`: empty means AWS_PROFILE, else "default".
std::shared_ptr<credential_source> profile_credentials(call::environment e, std::string profile = {});

/// The environment, the profile, web identity, the container, instance metadata; of a profile that was named in
/// code only that one. The first that is configured wins, and if it fails the search ends with its error.
std::shared_ptr<credential_source> default_chain(source_options options);
/// The same for a process with that environment.
std::shared_ptr<credential_source> default_chain(call::environment e, std::string profile = {});

/// A command's output, as credential_process in the config file. It is split like a POSIX shell would and started
/// without one; it has ten seconds and 64 KiB. What it prints is never told.
std::shared_ptr<credential_source> process_credentials(secret command, source_options options);

/// A token for services that take `Authorization: Bearer` instead of a signature.
struct bearer_token
{
    secret text;
    std::optional<wall_time> expires; ///< nothing: until it is refused
    std::string source; ///< for people
};

/// AWS_BEARER_TOKEN_BEDROCK, else the token of the profile's SSO session, refreshed if need be.
net::task<result<bearer_token>> fetch_bearer_token(net::operation& op, steady_time until, source_options options);

/// `Authorization: Bearer` with such tokens: fetched once for all calls of a client at the first one, refreshed in the
/// background before they end, and an SSO session's fetched again when they are refused. For one client: it is used on
/// that client's executor and does not lock.
std::shared_ptr<call::authenticator> bearer(source_options options);

/// Whose credentials these are, as STS sees it.
net::task<result<wire::caller_identity>> get_caller_identity(net::operation& op, steady_time until, credentials with,
                                                             source_options options);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/sources.ipp>
#endif

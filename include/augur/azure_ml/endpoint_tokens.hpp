#pragma once

#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>
#include <augur/core/http.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_ml {

/// Where an online endpoint is in Azure Resource Manager.
class endpoint_id
{
public:
    endpoint_id(std::string subscription, std::string resource_group, std::string workspace, std::string endpoint)
        : subscription_(std::move(subscription)),
          resource_group_(std::move(resource_group)),
          workspace_(std::move(workspace)),
          endpoint_(std::move(endpoint))
    {
    }
    /// ARM of another cloud than the public one, such as "https://management.usgovcloudapi.net". With a slash at its
    /// end the requests are the same and the tokens are for the name with the slash.
    endpoint_id& management(std::string host) { return management_ = std::move(host), *this; }
    /// What ARM's own tokens are for, if not for that address.
    endpoint_id& scope(std::string s) { return scope_ = std::move(s), *this; }
    endpoint_id& api_version(std::string date) { return api_version_ = std::move(date), *this; }

    std::string const& subscription() const noexcept { return subscription_; }
    std::string const& resource_group() const noexcept { return resource_group_; }
    std::string const& workspace() const noexcept { return workspace_; }
    std::string const& endpoint() const noexcept { return endpoint_; }
    std::string const& management() const noexcept { return management_; }
    std::string scope() const { return scope_.empty() ? management_ + "/.default" : scope_; }
    std::string const& api_version() const noexcept { return api_version_; }

private:
    std::string subscription_;
    std::string resource_group_;
    std::string workspace_;
    std::string endpoint_;
    std::string management_ = "https://management.azure.com";
    std::string scope_;
    std::string api_version_ = "2024-04-01";
};

/// Tokens of an endpoint whose auth mode is AMLToken: fetched from ARM, with tokens of `arm` for ARM itself, and
/// renewed when ARM says. For `endpoint_config::credentials`.
///
/// Errors: those of `arm`; `errc::invalid_argument` for what is no name; `azure_ml::errc` for what ARM refuses, such
/// as `forbidden` without the action `onlineEndpoints/token/action`, and `bad_request` for another auth mode. All of
/// phase `auth`. Source: Azure ML REST API, operation Online Endpoints - Get Token.
/// Threads: any; one source may serve clients on several executors, and keeps one token of `arm` for all of them.
std::shared_ptr<auth::entra::token_source>
endpoint_tokens(endpoint_id which, std::shared_ptr<auth::entra::token_source> arm, auth::entra::source_options options);

namespace wire {

/// The target of that operation. Errors: `errc::invalid_argument`.
result<std::string> token_target(endpoint_id const& which);
/// `expiryTimeUtc` and `refreshAfterTimeUtc` are seconds since 1970.
result<auth::entra::access_token> parse_endpoint_token(std::string_view json, wall_time now);
/// What ARM answered instead.
error parse_management_error(http_response const& answer, wall_time now);

} // namespace wire

} // namespace augur::inline AUGUR_ABI::azure_ml

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/endpoint_tokens.ipp>
#endif

#pragma once

#include <augur/core/result.hpp>
#include <augur/core/secret.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::call {

/// What the process environment says, as a plain value. An unset variable and an empty one are the same;
/// blanks around keys and tokens are cut off.
/// `docs/reference/environment.md` tells what each one does.
struct environment
{
    std::string aws_access_key_id;     ///< AWS_ACCESS_KEY_ID
    secret aws_secret_access_key;      ///< AWS_SECRET_ACCESS_KEY
    secret aws_session_token;          ///< AWS_SESSION_TOKEN
    std::string aws_account_id;        ///< AWS_ACCOUNT_ID
    std::string aws_credential_expiration; ///< AWS_CREDENTIAL_EXPIRATION, not yet a date
    std::string aws_region;            ///< AWS_REGION
    std::string aws_default_region;    ///< AWS_DEFAULT_REGION
    std::string aws_profile;           ///< AWS_PROFILE
    std::string aws_config_file;       ///< AWS_CONFIG_FILE, else ~/.aws/config
    std::string aws_credentials_file;  ///< AWS_SHARED_CREDENTIALS_FILE, else ~/.aws/credentials
    std::string home;                  ///< HOME; on Windows else USERPROFILE, else HOMEDRIVE and HOMEPATH
    std::string aws_login_cache_directory;      ///< AWS_LOGIN_CACHE_DIRECTORY
    std::string aws_web_identity_token_file;    ///< AWS_WEB_IDENTITY_TOKEN_FILE
    std::string aws_role_arn;                   ///< AWS_ROLE_ARN
    std::string aws_role_session_name;          ///< AWS_ROLE_SESSION_NAME
    std::string aws_container_relative_uri;     ///< AWS_CONTAINER_CREDENTIALS_RELATIVE_URI
    std::string aws_container_full_uri;         ///< AWS_CONTAINER_CREDENTIALS_FULL_URI
    secret aws_container_token;                 ///< AWS_CONTAINER_AUTHORIZATION_TOKEN
    std::string aws_container_token_file;       ///< AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE
    bool aws_ec2_metadata_disabled = false;     ///< AWS_EC2_METADATA_DISABLED=true (any case)
    std::string aws_ec2_metadata_endpoint;      ///< AWS_EC2_METADATA_SERVICE_ENDPOINT
    std::string aws_ec2_metadata_endpoint_mode; ///< AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE
    secret aws_bearer_token_bedrock;            ///< AWS_BEARER_TOKEN_BEDROCK
    secret aws_bearer_token_sagemaker;          ///< AWS_BEARER_TOKEN_SAGEMAKER
    std::string aws_sts_regional_endpoints;     ///< AWS_STS_REGIONAL_ENDPOINTS
    std::string aws_endpoint_url;      ///< AWS_ENDPOINT_URL
    std::string aws_endpoint_url_sts;      ///< AWS_ENDPOINT_URL_STS
    std::string aws_endpoint_url_sso;      ///< AWS_ENDPOINT_URL_SSO
    std::string aws_endpoint_url_sso_oidc; ///< AWS_ENDPOINT_URL_SSO_OIDC
    std::string aws_endpoint_url_signin;   ///< AWS_ENDPOINT_URL_SIGNIN
    std::string aws_endpoint_url_sagemaker_runtime; ///< AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME
    bool aws_ignore_configured_endpoint_urls = false; ///< AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true (any case)
    bool aws_use_fips_endpoint = false;      ///< AWS_USE_FIPS_ENDPOINT=true (any case)
    bool aws_use_dualstack_endpoint = false; ///< AWS_USE_DUALSTACK_ENDPOINT=true (any case)
    std::string aws_ca_bundle;         ///< AWS_CA_BUNDLE
    std::string aws_max_attempts;      ///< AWS_MAX_ATTEMPTS, not yet a number
    std::string aws_retry_mode;        ///< AWS_RETRY_MODE
    std::string azure_openai_endpoint; ///< AZURE_OPENAI_ENDPOINT
    secret azure_openai_api_key;       ///< AZURE_OPENAI_API_KEY
    std::string openai_api_version;    ///< OPENAI_API_VERSION
    std::string openai_base_url;       ///< OPENAI_BASE_URL
    secret openai_api_key;             ///< OPENAI_API_KEY
    std::string azure_tenant_id;               ///< AZURE_TENANT_ID
    std::string azure_client_id;               ///< AZURE_CLIENT_ID
    secret azure_client_secret;                ///< AZURE_CLIENT_SECRET
    std::string azure_client_certificate_path; ///< AZURE_CLIENT_CERTIFICATE_PATH
    secret azure_client_certificate_password;  ///< AZURE_CLIENT_CERTIFICATE_PASSWORD
    bool azure_client_send_certificate_chain = false; ///< AZURE_CLIENT_SEND_CERTIFICATE_CHAIN=1 or true (any case)
    std::string azure_username;                ///< AZURE_USERNAME
    std::string azure_federated_token_file;    ///< AZURE_FEDERATED_TOKEN_FILE
    std::string azure_authority_host;          ///< AZURE_AUTHORITY_HOST
    std::string azure_token_credentials;       ///< AZURE_TOKEN_CREDENTIALS
    std::string azure_kubernetes_token_proxy;  ///< AZURE_KUBERNETES_TOKEN_PROXY
    std::string azure_kubernetes_ca_file;      ///< AZURE_KUBERNETES_CA_FILE
    std::string azure_kubernetes_ca_data;      ///< AZURE_KUBERNETES_CA_DATA
    std::string azure_kubernetes_sni_name;     ///< AZURE_KUBERNETES_SNI_NAME
    std::string azure_pod_identity_authority_host; ///< AZURE_POD_IDENTITY_AUTHORITY_HOST
    std::string identity_endpoint;             ///< IDENTITY_ENDPOINT
    secret identity_header;                    ///< IDENTITY_HEADER
    std::string identity_server_thumbprint;    ///< IDENTITY_SERVER_THUMBPRINT
    std::string imds_endpoint;                 ///< IMDS_ENDPOINT
    std::string msi_endpoint;                  ///< MSI_ENDPOINT
    secret msi_secret;                         ///< MSI_SECRET
    std::string default_identity_client_id;    ///< DEFAULT_IDENTITY_CLIENT_ID
    std::string path;                          ///< PATH
    std::string ssl_cert_file;         ///< SSL_CERT_FILE
    std::string ssl_cert_dir;          ///< SSL_CERT_DIR
    std::string https_proxy;           ///< HTTPS_PROXY, else https_proxy; may hold a password
    std::string no_proxy;              ///< NO_PROXY, else no_proxy
};

/// Where the shared AWS files are, from the two variables that say so and the home folder.
void place_shared_files(environment& e, std::string config_file, std::string credentials_file);

/// The one place of the library that reads the environment. Not to be called while another thread
/// calls setenv (POSIX).
environment read_environment();

/// AWS_MAX_ATTEMPTS and AWS_RETRY_MODE in numbers; nothing: the default. Modes in any case; `legacy` is
/// read as `standard`; `adaptive` is refused with `errc::unsupported`, because sending unthrottled would
/// not be what was asked for. What is no mode, or no number from 1 to 100, is `errc::invalid_argument`.
result<std::optional<int>> max_attempts_of(environment const& e);
/// The same of these two, wherever they were read.
result<std::optional<int>> max_attempts_of(std::string_view max_attempts, std::string_view retry_mode);

/// The CA file for AWS services: AWS_CA_BUNDLE, else SSL_CERT_FILE, else empty.
std::string aws_ca_file_of(environment const& e);

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/environment.ipp>
#endif

#pragma once

#include <augur/call/environment.hpp>
#include <augur/core/headers.hpp>

#include <charconv>
#include <cstdlib>
#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

inline std::string variable(char const* name)
{
    // The one getenv of the library; `read_environment` tells its rule about threads.
    char const* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
    return value != nullptr ? value : "";
}

inline std::string first_variable(char const* name, char const* other)
{
    auto out = variable(name);
    return out.empty() ? variable(other) : out;
}

/// Keys often come from a file with a line break at its end. Blank counts as unset, as in the AWS SDKs.
inline std::string trimmed_variable(char const* name)
{
    auto const text = variable(name);
    constexpr std::string_view blank = " \t\r\n";
    auto const begin = text.find_first_not_of(blank);
    if (begin == text.npos)
        return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

inline bool flag(char const* name)
{
    return equal_ignoring_case(variable(name), "true");
}

inline std::string home_folder()
{
#if defined(_WIN32)
    auto out = first_variable("HOME", "USERPROFILE");
    return out.empty() ? variable("HOMEDRIVE") + variable("HOMEPATH") : out;
#else
    return variable("HOME");
#endif
}

inline void read_entra(environment& out)
{
    out.azure_tenant_id = trimmed_variable("AZURE_TENANT_ID");
    out.azure_client_id = trimmed_variable("AZURE_CLIENT_ID");
    out.azure_client_secret = secret(trimmed_variable("AZURE_CLIENT_SECRET"));
    out.azure_client_certificate_path = variable("AZURE_CLIENT_CERTIFICATE_PATH");
    out.azure_client_certificate_password = secret(variable("AZURE_CLIENT_CERTIFICATE_PASSWORD"));
    out.azure_client_send_certificate_chain = flag("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") ||
                                              variable("AZURE_CLIENT_SEND_CERTIFICATE_CHAIN") == "1";
    out.azure_username = variable("AZURE_USERNAME");
    out.azure_federated_token_file = variable("AZURE_FEDERATED_TOKEN_FILE");
    out.azure_authority_host = trimmed_variable("AZURE_AUTHORITY_HOST");
    out.azure_token_credentials = trimmed_variable("AZURE_TOKEN_CREDENTIALS");
    out.azure_kubernetes_token_proxy = variable("AZURE_KUBERNETES_TOKEN_PROXY");
    out.azure_kubernetes_ca_file = variable("AZURE_KUBERNETES_CA_FILE");
    out.azure_kubernetes_ca_data = variable("AZURE_KUBERNETES_CA_DATA");
    out.azure_kubernetes_sni_name = variable("AZURE_KUBERNETES_SNI_NAME");
    out.azure_pod_identity_authority_host = variable("AZURE_POD_IDENTITY_AUTHORITY_HOST");
    out.identity_endpoint = variable("IDENTITY_ENDPOINT");
    out.identity_header = secret(trimmed_variable("IDENTITY_HEADER"));
    out.identity_server_thumbprint = trimmed_variable("IDENTITY_SERVER_THUMBPRINT");
    out.imds_endpoint = variable("IMDS_ENDPOINT");
    out.msi_endpoint = variable("MSI_ENDPOINT");
    out.msi_secret = secret(trimmed_variable("MSI_SECRET"));
    out.default_identity_client_id = trimmed_variable("DEFAULT_IDENTITY_CLIENT_ID");
}

} // namespace detail

AUGUR_INLINE void place_shared_files(environment& e, std::string config_file, std::string credentials_file)
{
    e.aws_config_file = std::move(config_file);
    if (e.aws_config_file.empty() && !e.home.empty())
        e.aws_config_file = e.home + "/.aws/config";
    e.aws_credentials_file = std::move(credentials_file);
    if (e.aws_credentials_file.empty() && !e.home.empty())
        e.aws_credentials_file = e.home + "/.aws/credentials";
}

AUGUR_INLINE environment read_environment()
{
    environment out;
    out.aws_access_key_id = detail::trimmed_variable("AWS_ACCESS_KEY_ID");
    out.aws_secret_access_key = secret(detail::trimmed_variable("AWS_SECRET_ACCESS_KEY"));
    out.aws_session_token = secret(detail::trimmed_variable("AWS_SESSION_TOKEN"));
    out.aws_region = detail::variable("AWS_REGION");
    out.aws_default_region = detail::variable("AWS_DEFAULT_REGION");
    out.aws_profile = detail::variable("AWS_PROFILE");
    out.home = detail::home_folder();
    place_shared_files(out, detail::variable("AWS_CONFIG_FILE"), detail::variable("AWS_SHARED_CREDENTIALS_FILE"));
    out.aws_account_id = detail::trimmed_variable("AWS_ACCOUNT_ID");
    out.aws_credential_expiration = detail::trimmed_variable("AWS_CREDENTIAL_EXPIRATION");
    out.aws_sts_regional_endpoints = detail::variable("AWS_STS_REGIONAL_ENDPOINTS");
    out.aws_login_cache_directory = detail::variable("AWS_LOGIN_CACHE_DIRECTORY");
    out.aws_web_identity_token_file = detail::variable("AWS_WEB_IDENTITY_TOKEN_FILE");
    out.aws_role_arn = detail::variable("AWS_ROLE_ARN");
    out.aws_role_session_name = detail::variable("AWS_ROLE_SESSION_NAME");
    out.aws_container_relative_uri = detail::variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    out.aws_container_full_uri = detail::variable("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    out.aws_container_token = secret(detail::variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
    out.aws_container_token_file = detail::variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
    out.aws_ec2_metadata_disabled = detail::flag("AWS_EC2_METADATA_DISABLED");
    out.aws_ec2_metadata_endpoint = detail::variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
    out.aws_ec2_metadata_endpoint_mode = detail::variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE");
    out.aws_bearer_token_bedrock = secret(detail::trimmed_variable("AWS_BEARER_TOKEN_BEDROCK"));
    out.aws_bearer_token_sagemaker = secret(detail::trimmed_variable("AWS_BEARER_TOKEN_SAGEMAKER"));
    out.aws_endpoint_url_sts = detail::variable("AWS_ENDPOINT_URL_STS");
    out.aws_endpoint_url_sso = detail::variable("AWS_ENDPOINT_URL_SSO");
    out.aws_endpoint_url_sso_oidc = detail::variable("AWS_ENDPOINT_URL_SSO_OIDC");
    out.aws_endpoint_url_signin = detail::variable("AWS_ENDPOINT_URL_SIGNIN");
    out.aws_endpoint_url = detail::variable("AWS_ENDPOINT_URL");
    out.aws_endpoint_url_sagemaker_runtime = detail::variable("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME");
    out.aws_ignore_configured_endpoint_urls = detail::flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
    out.aws_use_fips_endpoint = detail::flag("AWS_USE_FIPS_ENDPOINT");
    out.aws_use_dualstack_endpoint = detail::flag("AWS_USE_DUALSTACK_ENDPOINT");
    out.aws_ca_bundle = detail::variable("AWS_CA_BUNDLE");
    out.aws_max_attempts = detail::variable("AWS_MAX_ATTEMPTS");
    out.aws_retry_mode = detail::variable("AWS_RETRY_MODE");
    out.azure_openai_endpoint = detail::variable("AZURE_OPENAI_ENDPOINT");
    out.azure_openai_api_key = secret(detail::trimmed_variable("AZURE_OPENAI_API_KEY"));
    out.openai_api_version = detail::variable("OPENAI_API_VERSION");
    out.openai_base_url = detail::variable("OPENAI_BASE_URL");
    out.openai_api_key = secret(detail::trimmed_variable("OPENAI_API_KEY"));
    detail::read_entra(out);
    out.path = detail::variable("PATH");
    out.ssl_cert_file = detail::variable("SSL_CERT_FILE");
    out.ssl_cert_dir = detail::variable("SSL_CERT_DIR");
    out.https_proxy = detail::first_variable("HTTPS_PROXY", "https_proxy");
    out.no_proxy = detail::first_variable("NO_PROXY", "no_proxy");
    return out;
}

AUGUR_INLINE result<std::optional<int>> max_attempts_of(environment const& e)
{
    return max_attempts_of(e.aws_max_attempts, e.aws_retry_mode);
}

AUGUR_INLINE result<std::optional<int>> max_attempts_of(std::string_view max_attempts, std::string_view retry_mode)
{
    auto const refuse = [](errc code, std::string why) {
        return make_error(code, phase::prepare, outcome::not_sent, std::move(why));
    };
    auto const mode_is = [retry_mode](std::string_view name) { return equal_ignoring_case(retry_mode, name); };
    if (!retry_mode.empty() && !mode_is("standard") && !mode_is("legacy")) {
        if (mode_is("adaptive"))
            return refuse(errc::unsupported, "AWS_RETRY_MODE=adaptive is not implemented; use standard");
        return refuse(errc::invalid_argument, "AWS_RETRY_MODE must be standard, legacy or adaptive");
    }
    if (max_attempts.empty())
        return std::optional<int>();
    int n = 0;
    char const* const end_of_text = max_attempts.data() + max_attempts.size();
    auto const [end, ec] = std::from_chars(max_attempts.data(), end_of_text, n);
    if (ec != std::errc() || end != end_of_text || n < 1 || n > 100)
        return refuse(errc::invalid_argument, "AWS_MAX_ATTEMPTS must be a number from 1 to 100");
    return std::optional<int>(n);
}

AUGUR_INLINE std::string aws_ca_file_of(environment const& e)
{
    return e.aws_ca_bundle.empty() ? e.ssl_cert_file : e.aws_ca_bundle;
}

} // namespace augur::inline AUGUR_ABI::call

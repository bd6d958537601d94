#include "support/variables.hpp"

#include <augur/call/environment.hpp>

#include <doctest/doctest.h>

#include <map>
#include <optional>
#include <string>

using namespace augur;
using namespace augur::call;

namespace {

environment read(std::map<std::string, std::string> const& set)
{
    test::only const now(set);
    return read_environment();
}

/// Every member as text, so that one can see which a variable moved.
std::map<std::string, std::string> members(environment const& e)
{
    return {
        {"access_key_id", e.aws_access_key_id},
        {"secret_access_key", std::string(e.aws_secret_access_key.reveal())},
        {"session_token", std::string(e.aws_session_token.reveal())},
        {"region", e.aws_region},
        {"default_region", e.aws_default_region},
        {"profile", e.aws_profile},
        {"config_file", e.aws_config_file},
        {"credentials_file", e.aws_credentials_file},
        {"endpoint_url", e.aws_endpoint_url},
        {"endpoint_url_sagemaker_runtime", e.aws_endpoint_url_sagemaker_runtime},
        {"ignore_configured_endpoint_urls", e.aws_ignore_configured_endpoint_urls ? "true" : ""},
        {"use_fips_endpoint", e.aws_use_fips_endpoint ? "true" : ""},
        {"use_dualstack_endpoint", e.aws_use_dualstack_endpoint ? "true" : ""},
        {"ca_bundle", e.aws_ca_bundle},
        {"max_attempts", e.aws_max_attempts},
        {"retry_mode", e.aws_retry_mode},
        {"azure_tenant_id", e.azure_tenant_id},
        {"azure_client_id", e.azure_client_id},
        {"azure_client_secret", std::string(e.azure_client_secret.reveal())},
        {"azure_client_certificate_path", e.azure_client_certificate_path},
        {"azure_client_certificate_password", std::string(e.azure_client_certificate_password.reveal())},
        {"azure_username", e.azure_username},
        {"azure_federated_token_file", e.azure_federated_token_file},
        {"azure_authority_host", e.azure_authority_host},
        {"azure_token_credentials", e.azure_token_credentials},
        {"azure_kubernetes_token_proxy", e.azure_kubernetes_token_proxy},
        {"azure_kubernetes_ca_file", e.azure_kubernetes_ca_file},
        {"azure_kubernetes_ca_data", e.azure_kubernetes_ca_data},
        {"azure_kubernetes_sni_name", e.azure_kubernetes_sni_name},
        {"azure_pod_identity_authority_host", e.azure_pod_identity_authority_host},
        {"identity_endpoint", e.identity_endpoint},
        {"identity_header", std::string(e.identity_header.reveal())},
        {"identity_server_thumbprint", e.identity_server_thumbprint},
        {"imds_endpoint", e.imds_endpoint},
        {"msi_endpoint", e.msi_endpoint},
        {"msi_secret", std::string(e.msi_secret.reveal())},
        {"default_identity_client_id", e.default_identity_client_id},
        {"azure_openai_endpoint", e.azure_openai_endpoint},
        {"azure_openai_api_key", std::string(e.azure_openai_api_key.reveal())},
        {"openai_api_version", e.openai_api_version},
        {"openai_base_url", e.openai_base_url},
        {"openai_api_key", std::string(e.openai_api_key.reveal())},
        {"account_id", e.aws_account_id},
        {"credential_expiration", e.aws_credential_expiration},
        {"sts_regional_endpoints", e.aws_sts_regional_endpoints},
        {"login_cache_directory", e.aws_login_cache_directory},
        {"web_identity_token_file", e.aws_web_identity_token_file},
        {"role_arn", e.aws_role_arn},
        {"role_session_name", e.aws_role_session_name},
        {"container_relative_uri", e.aws_container_relative_uri},
        {"container_full_uri", e.aws_container_full_uri},
        {"container_token", std::string(e.aws_container_token.reveal())},
        {"container_token_file", e.aws_container_token_file},
        {"ec2_metadata_disabled", e.aws_ec2_metadata_disabled ? "true" : ""},
        {"ec2_metadata_endpoint", e.aws_ec2_metadata_endpoint},
        {"ec2_metadata_endpoint_mode", e.aws_ec2_metadata_endpoint_mode},
        {"bearer_token_bedrock", std::string(e.aws_bearer_token_bedrock.reveal())},
        {"bearer_token_sagemaker", std::string(e.aws_bearer_token_sagemaker.reveal())},
        {"endpoint_url_sts", e.aws_endpoint_url_sts},
        {"endpoint_url_sso", e.aws_endpoint_url_sso},
        {"endpoint_url_sso_oidc", e.aws_endpoint_url_sso_oidc},
        {"endpoint_url_signin", e.aws_endpoint_url_signin},
        {"ssl_cert_file", e.ssl_cert_file},
        {"ssl_cert_dir", e.ssl_cert_dir},
        {"https_proxy", e.https_proxy},
        {"no_proxy", e.no_proxy},
    };
}

} // namespace

TEST_CASE("environment: every variable reaches its own member and no other")
{
    struct row
    {
        char const* variable;
        char const* value;
        char const* member;
    };
    row const rows[] = {
        {"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "access_key_id"},
        {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI", "secret_access_key"},
        {"AWS_SESSION_TOKEN", "token==", "session_token"},
        {"AWS_REGION", "eu-west-1", "region"},
        {"AWS_DEFAULT_REGION", "eu-west-2", "default_region"},
        {"AWS_PROFILE", "dev", "profile"},
        {"AWS_CONFIG_FILE", "/etc/aws/config", "config_file"},
        {"AWS_SHARED_CREDENTIALS_FILE", "/etc/aws/credentials", "credentials_file"},
        {"AWS_ENDPOINT_URL", "https://localhost:1", "endpoint_url"},
        {"AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", "https://localhost:2", "endpoint_url_sagemaker_runtime"},
        {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true", "ignore_configured_endpoint_urls"},
        {"AWS_USE_FIPS_ENDPOINT", "true", "use_fips_endpoint"},
        {"AWS_USE_DUALSTACK_ENDPOINT", "true", "use_dualstack_endpoint"},
        {"AWS_CA_BUNDLE", "/etc/aws.pem", "ca_bundle"},
        {"AWS_MAX_ATTEMPTS", "7", "max_attempts"},
        {"AWS_RETRY_MODE", "standard", "retry_mode"},
        {"AZURE_TENANT_ID", "value of AZURE_TENANT_ID", "azure_tenant_id"},
        {"AZURE_CLIENT_ID", "value of AZURE_CLIENT_ID", "azure_client_id"},
        {"AZURE_CLIENT_SECRET", "value of AZURE_CLIENT_SECRET", "azure_client_secret"},
        {"AZURE_CLIENT_CERTIFICATE_PATH", "value of AZURE_CLIENT_CERTIFICATE_PATH", "azure_client_certificate_path"},
        {"AZURE_CLIENT_CERTIFICATE_PASSWORD", "value of AZURE_CLIENT_CERTIFICATE_PASSWORD",
         "azure_client_certificate_password"},
        {"AZURE_USERNAME", "value of AZURE_USERNAME", "azure_username"},
        {"AZURE_FEDERATED_TOKEN_FILE", "value of AZURE_FEDERATED_TOKEN_FILE", "azure_federated_token_file"},
        {"AZURE_AUTHORITY_HOST", "value of AZURE_AUTHORITY_HOST", "azure_authority_host"},
        {"AZURE_TOKEN_CREDENTIALS", "value of AZURE_TOKEN_CREDENTIALS", "azure_token_credentials"},
        {"AZURE_KUBERNETES_TOKEN_PROXY", "value of AZURE_KUBERNETES_TOKEN_PROXY", "azure_kubernetes_token_proxy"},
        {"AZURE_KUBERNETES_CA_FILE", "value of AZURE_KUBERNETES_CA_FILE", "azure_kubernetes_ca_file"},
        {"AZURE_KUBERNETES_CA_DATA", "value of AZURE_KUBERNETES_CA_DATA", "azure_kubernetes_ca_data"},
        {"AZURE_KUBERNETES_SNI_NAME", "value of AZURE_KUBERNETES_SNI_NAME", "azure_kubernetes_sni_name"},
        {"AZURE_POD_IDENTITY_AUTHORITY_HOST", "value of AZURE_POD_IDENTITY_AUTHORITY_HOST",
         "azure_pod_identity_authority_host"},
        {"IDENTITY_ENDPOINT", "value of IDENTITY_ENDPOINT", "identity_endpoint"},
        {"IDENTITY_HEADER", "value of IDENTITY_HEADER", "identity_header"},
        {"IDENTITY_SERVER_THUMBPRINT", "value of IDENTITY_SERVER_THUMBPRINT", "identity_server_thumbprint"},
        {"IMDS_ENDPOINT", "value of IMDS_ENDPOINT", "imds_endpoint"},
        {"MSI_ENDPOINT", "value of MSI_ENDPOINT", "msi_endpoint"},
        {"MSI_SECRET", "value of MSI_SECRET", "msi_secret"},
        {"DEFAULT_IDENTITY_CLIENT_ID", "value of DEFAULT_IDENTITY_CLIENT_ID", "default_identity_client_id"},
        {"AZURE_OPENAI_ENDPOINT", "https://contoso.openai.azure.com", "azure_openai_endpoint"},
        {"AZURE_OPENAI_API_KEY", "azure-key", "azure_openai_api_key"},
        {"OPENAI_API_VERSION", "2024-10-21", "openai_api_version"},
        {"OPENAI_BASE_URL", "https://api.openai.com/v1", "openai_base_url"},
        {"OPENAI_API_KEY", "sk-key", "openai_api_key"},
        {"AWS_ACCOUNT_ID", "123456789012", "account_id"},
        {"AWS_CREDENTIAL_EXPIRATION", "2026-01-01T00:00:00Z", "credential_expiration"},
        {"AWS_STS_REGIONAL_ENDPOINTS", "legacy", "sts_regional_endpoints"},
        {"AWS_LOGIN_CACHE_DIRECTORY", "/login", "login_cache_directory"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE", "/jwt", "web_identity_token_file"},
        {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r", "role_arn"},
        {"AWS_ROLE_SESSION_NAME", "me", "role_session_name"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c", "container_relative_uri"},
        {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://localhost/c", "container_full_uri"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN", "Basic x", "container_token"},
        {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "/token", "container_token_file"},
        {"AWS_EC2_METADATA_DISABLED", "true", "ec2_metadata_disabled"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://localhost:3", "ec2_metadata_endpoint"},
        {"AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "IPv6", "ec2_metadata_endpoint_mode"},
        {"AWS_BEARER_TOKEN_BEDROCK", "bedrock-token", "bearer_token_bedrock"},
        {"AWS_BEARER_TOKEN_SAGEMAKER", "sagemaker-token", "bearer_token_sagemaker"},
        {"AWS_ENDPOINT_URL_STS", "https://localhost:4", "endpoint_url_sts"},
        {"AWS_ENDPOINT_URL_SSO", "https://localhost:5", "endpoint_url_sso"},
        {"AWS_ENDPOINT_URL_SSO_OIDC", "https://localhost:6", "endpoint_url_sso_oidc"},
        {"AWS_ENDPOINT_URL_SIGNIN", "https://localhost:7", "endpoint_url_signin"},
        {"SSL_CERT_FILE", "/etc/ssl.pem", "ssl_cert_file"},
        {"SSL_CERT_DIR", "/etc/ssl/certs", "ssl_cert_dir"},
        {"HTTPS_PROXY", "http://proxy:1", "https_proxy"},
        {"https_proxy", "http://proxy:2", "https_proxy"},
        {"NO_PROXY", "a.example", "no_proxy"},
        {"no_proxy", "b.example", "no_proxy"},
    };
    auto const nothing = members(read({}));
    for (auto const& [member, value] : nothing)
        CHECK_MESSAGE(value.empty(), member);
    for (auto const& r : rows) {
        CAPTURE(r.variable);
        auto expected = nothing;
        expected.at(r.member) = r.value;
        CHECK(members(read({{r.variable, r.value}})) == expected);
        CHECK(members(read({{r.variable, ""}})) == nothing); // empty is unset
    }
    // Not ours: HTTP_PROXY is set by a CGI client through a "Proxy:" header.
    CHECK(members(read({{"HTTP_PROXY", "http://evil:1"}, {"http_proxy", "http://evil:1"}, {"ALL_PROXY", "x"}})) ==
          nothing);
}

TEST_CASE("environment: the shared files lie in the home folder unless they are named")
{
    auto const home = read({{"HOME", "/home-of-me"}});
    CHECK(home.aws_config_file == "/home-of-me/.aws/config");
    CHECK(home.aws_credentials_file == "/home-of-me/.aws/credentials");
    auto const named = read({{"HOME", "/home-of-me"}, {"AWS_CONFIG_FILE", "/a"}});
    CHECK(named.aws_config_file == "/a");
    CHECK(named.aws_credentials_file == "/home-of-me/.aws/credentials");
    auto const both = read({{"HOME", "/home-of-me"}, {"AWS_SHARED_CREDENTIALS_FILE", "/b"}});
    CHECK(both.aws_config_file == "/home-of-me/.aws/config");
    CHECK(both.aws_credentials_file == "/b");
    auto const nowhere = read({});
    CHECK(nowhere.aws_config_file.empty());
    CHECK(nowhere.aws_credentials_file.empty());
#if defined(_WIN32)
    CHECK(read({{"USERPROFILE", "C:/me"}}).aws_config_file == "C:/me/.aws/config");
#else
    // Only Windows has it; elsewhere it may be left over from another system.
    CHECK(read({{"USERPROFILE", "/mnt/c/me"}}).aws_config_file.empty());
    CHECK(read({{"HOME", "/me"}, {"USERPROFILE", "/mnt/c/me"}}).aws_config_file == "/me/.aws/config");
#endif
}

TEST_CASE("environment: the upper-case proxy variables win, an empty one does not count")
{
    CHECK(read({{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", "http://lower:1"}}).https_proxy == "http://upper:1");
    CHECK(read({{"HTTPS_PROXY", ""}, {"https_proxy", "http://lower:1"}}).https_proxy == "http://lower:1");
    CHECK(read({{"NO_PROXY", "upper"}, {"no_proxy", "lower"}}).no_proxy == "upper");
    CHECK(read({{"NO_PROXY", ""}, {"no_proxy", "lower"}}).no_proxy == "lower");
}

TEST_CASE("environment: blanks and line breaks around keys are cut, and blank keys are unset")
{
    auto const e = read({{"AWS_ACCESS_KEY_ID", " AKIDEXAMPLE\n"},
                         {"AWS_SECRET_ACCESS_KEY", "\twJalr XUtn\r\n"},
                         {"AWS_SESSION_TOKEN", "token \n \n"}});
    CHECK(e.aws_access_key_id == "AKIDEXAMPLE");
    CHECK(e.aws_secret_access_key.reveal() == "wJalr XUtn");
    CHECK(e.aws_session_token.reveal() == "token");
    auto const others = read({{"AZURE_OPENAI_API_KEY", "one\n"}, {"OPENAI_API_KEY", " two "}});
    CHECK(others.azure_openai_api_key.reveal() == "one");
    CHECK(others.openai_api_key.reveal() == "two");
    auto const blank =
        read({{"AWS_ACCESS_KEY_ID", " "}, {"AWS_SECRET_ACCESS_KEY", "\n"}, {"AWS_SESSION_TOKEN", "\t \r\n"}});
    CHECK(blank.aws_access_key_id.empty());
    CHECK(blank.aws_secret_access_key.empty());
    CHECK(blank.aws_session_token.empty());
    // Nothing else is repaired: a region goes into a host name, and a strange one must be seen.
    CHECK(read({{"AWS_REGION", "us-east-1\n"}}).aws_region == "us-east-1\n");
}

TEST_CASE("environment: a flag is the word true in any case, and nothing else")
{
    for (auto const* yes : {"true", "True", "TRUE", "tRuE"}) {
        CAPTURE(yes);
        auto const e = read({{"AWS_USE_FIPS_ENDPOINT", yes},
                             {"AWS_USE_DUALSTACK_ENDPOINT", yes},
                             {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", yes}});
        CHECK(e.aws_use_fips_endpoint);
        CHECK(e.aws_use_dualstack_endpoint);
        CHECK(e.aws_ignore_configured_endpoint_urls);
    }
    for (auto const* no : {"", "false", "0", "1", "yes", "on", "true ", " true", "truee", "tru"}) {
        CAPTURE(no);
        auto const e = read({{"AWS_USE_FIPS_ENDPOINT", no},
                             {"AWS_USE_DUALSTACK_ENDPOINT", no},
                             {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", no}});
        CHECK_FALSE(e.aws_use_fips_endpoint);
        CHECK_FALSE(e.aws_use_dualstack_endpoint);
        CHECK_FALSE(e.aws_ignore_configured_endpoint_urls);
    }
}

TEST_CASE("environment: AWS_MAX_ATTEMPTS is a number from 1 to 100 or an error that says so")
{
    auto const of = [](std::string text) {
        environment e;
        e.aws_max_attempts = std::move(text);
        return max_attempts_of(e);
    };
    CHECK(of("").value() == std::nullopt);
    CHECK(of("1").value() == 1);
    CHECK(of("3").value() == 3);
    CHECK(of("100").value() == 100);
    CHECK(of("007").value() == 7);
    for (std::string const junk : {"0", "-1", "101", "1000000000000000000000", "three", "3.0", "3x", " 3", "3 ", "+3",
                                   "0x3", "3\n", "1e1", "\xEF\xBC\x93", "NaN", " "}) {
        CAPTURE(junk);
        auto const n = of(junk);
        REQUIRE_FALSE(n.has_value());
        CHECK(n.error() == errc::invalid_argument);
        CHECK(n.error().outcome() == outcome::not_sent);
        CHECK(n.error().message().find("AWS_MAX_ATTEMPTS") != std::string_view::npos);
    }
    CHECK_FALSE(of(std::string("3\0", 2)).has_value());
}

TEST_CASE("environment: AWS_RETRY_MODE knows standard and legacy, refuses adaptive, and never guesses")
{
    auto const of = [](std::string mode, std::string attempts = {}) {
        environment e;
        e.aws_retry_mode = std::move(mode);
        e.aws_max_attempts = std::move(attempts);
        return max_attempts_of(e);
    };
    for (auto const* good : {"", "standard", "legacy", "Standard", "LEGACY"}) {
        CAPTURE(good);
        CHECK(of(good).value() == std::nullopt);
        CHECK(of(good, "5").value() == 5);
        CHECK(of(good, "x").error() == errc::invalid_argument);
    }
    for (auto const* adaptive : {"adaptive", "ADAPTIVE"}) {
        CHECK(of(adaptive).error() == errc::unsupported);
        CHECK(of(adaptive, "5").error() == errc::unsupported);
        CHECK(of(adaptive).error().message().find("AWS_RETRY_MODE") != std::string_view::npos);
    }
    for (auto const* junk : {"none", "standard ", "std", "0", "standardadaptive", "\n"}) {
        CAPTURE(junk);
        CHECK(of(junk).error() == errc::invalid_argument);
        CHECK(of(junk).error().message().find("AWS_RETRY_MODE") != std::string_view::npos);
    }
}

TEST_CASE("environment: AWS_CA_BUNDLE wins over SSL_CERT_FILE for AWS services")
{
    environment e;
    CHECK(aws_ca_file_of(e).empty());
    e.ssl_cert_file = "/ssl.pem";
    CHECK(aws_ca_file_of(e) == "/ssl.pem");
    e.aws_ca_bundle = "/aws.pem";
    CHECK(aws_ca_file_of(e) == "/aws.pem");
    e.ssl_cert_file.clear();
    CHECK(aws_ca_file_of(e) == "/aws.pem");
}

#include <augur/auth/entra/token.hpp>
#include <augur/auth/key.hpp>
#include <augur/azure_openai/settings.hpp>
#include <augur/call/authenticator.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using namespace azure_openai;

namespace {

call::environment everything()
{
    call::environment e;
    e.azure_openai_endpoint = "https://env.openai.azure.com";
    e.azure_openai_api_key = secret("azure-key");
    e.openai_base_url = "https://api.openai.com/v1";
    e.openai_api_key = secret("openai-key");
    return e;
}

} // namespace

TEST_CASE("settings: which address and which key are used, and what goes nowhere else")
{
    auto const all = everything();
    auto no_endpoint = everything();
    no_endpoint.azure_openai_endpoint.clear();
    auto azure_behind_openai_url = no_endpoint;
    azure_behind_openai_url.openai_base_url = "https://other.openai.azure.com/openai/v1";
    auto only_openai_key = azure_behind_openai_url;
    only_openai_key.azure_openai_api_key = secret();
    struct row
    {
        char const* endpoint;
        char const* key; ///< in the configuration
        call::environment const* e;
        char const* host;
        char const* used;
        char const* source;
    };
    row const rows[] = {
        {"https://code.openai.azure.com", "code-key", &all, "code.openai.azure.com", "code-key", "the configuration"},
        {"https://code.openai.azure.com", "", &all, "code.openai.azure.com", "azure-key", "AZURE_OPENAI_API_KEY"},
        {"https://api.openai.com/v1", "", &all, "api.openai.com", "openai-key", "OPENAI_API_KEY"},
        {"http://localhost:8000/v1", "", &all, "localhost", "openai-key", "OPENAI_API_KEY"},
        {"", "", &all, "env.openai.azure.com", "azure-key", "AZURE_OPENAI_API_KEY"},
        {"", "", &no_endpoint, "api.openai.com", "openai-key", "OPENAI_API_KEY"},
        {"", "", &azure_behind_openai_url, "other.openai.azure.com", "azure-key", "AZURE_OPENAI_API_KEY"},
        {"", "", &only_openai_key, "other.openai.azure.com", "openai-key", "OPENAI_API_KEY"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.endpoint);
        client_config config;
        config.key = secret(row.key);
        auto const found = settle(row.endpoint, config, *row.e);
        REQUIRE_MESSAGE(found.has_value(), found.error());
        CHECK(found->host.base.host() == row.host);
        CHECK(found->key.reveal() == row.used);
        CHECK(found->key_source == row.source);
    }
    // A key whose variable names one kind of service never goes to the other kind.
    auto const tokens = settle("https://code.openai.azure.com", {}, only_openai_key);
    REQUIRE(tokens.has_value());
    CHECK(tokens->key.empty());
    CHECK(tokens->uses_tokens);
    call::environment azure_only;
    azure_only.azure_openai_api_key = secret("azure-key");
    auto const refused = settle("https://api.openai.com/v1", {}, azure_only);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == augur::errc::credentials_unavailable);
    CHECK(refused.error().message().find("OPENAI_API_KEY") != std::string_view::npos);
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("settings: nothing configured is an error that says what to set")
{
    auto const nowhere = settle("", {}, {});
    REQUIRE_FALSE(nowhere.has_value());
    CHECK(nowhere.error() == augur::errc::missing_region);
    for (auto const* address : {"https://gateway.test", "https://contoso.azure-api.net/my/api"}) {
        auto const keyless = settle(address, {}, {});
        REQUIRE_FALSE(keyless.has_value());
        CHECK(keyless.error() == augur::errc::credentials_unavailable);
        CHECK(keyless.error().message().find("AZURE_OPENAI_API_KEY") != std::string_view::npos);
        CHECK(keyless.error().message().find("credentials") != std::string_view::npos);
    }
}

TEST_CASE("settings: without a key Azure's own addresses get tokens, and others only those of a source in code")
{
    client_config with_source;
    with_source.credentials = auth::entra::fixed_token(secret("canary"));
    struct row
    {
        char const* endpoint;
        bool by_default;
    };
    for (auto const& r : {row{"https://c.openai.azure.com", true}, row{"https://c.services.ai.azure.com", true},
                          row{"https://c.openai.azure.us", true}, row{"https://c.openai.azure.cn", true},
                          row{"https://c.azure-api.net/x", false}, row{"https://openai.azure.com.evil.test", false},
                          row{"https://gateway.test", false}, row{"https://api.openai.com/v1", false},
                          row{"http://127.0.0.1:8000", false}}) {
        CAPTURE(r.endpoint);
        auto const found = settle(r.endpoint, {}, {});
        CHECK(found.has_value() == r.by_default);
        if (found)
            CHECK(found->uses_tokens);
        call::environment keys = everything();
        auto const given = settle(r.endpoint, with_source, keys);
        REQUIRE(given.has_value());
        CHECK(given->uses_tokens);
        CHECK(given->key.empty()); // the source in code wins over the keys of the environment
    }
    with_source.key = secret("k");
    CHECK(settle("https://c.openai.azure.com", with_source, {}).error() == augur::errc::invalid_argument);
}

TEST_CASE("settings: a project of AI Foundry takes tokens of an audience of its own")
{
    using auth::entra::audience;
    struct row
    {
        char const* endpoint;
        audience wanted;
    };
    for (auto const& r : {
             row{"https://c.services.ai.azure.com/api/projects/p1", audience::ai},
             row{"https://c.services.ai.azure.com/api/projects/p1/openai/v1/", audience::ai},
             row{"https://c.services.ai.azure.com/api/projects/p1/openai/v1/chat/completions", audience::ai},
             row{"https://c.services.ai.azure.us/api/projects/p1", audience::ai},
             row{"https://c.services.ai.azure.com", audience::cognitive_services},
             row{"https://c.services.ai.azure.com/openai/v1", audience::cognitive_services},
             row{"https://c.openai.azure.com", audience::cognitive_services},
             row{"https://c.openai.azure.com/openai/deployments/d?api-version=2024-10-21",
                 audience::cognitive_services},
         }) {
        CAPTURE(r.endpoint);
        auto const found = settle(r.endpoint, {}, {});
        REQUIRE_MESSAGE(found.has_value(), found.error());
        CHECK(found->uses_tokens);
        CHECK(found->audience == r.wanted);
    }
    using auth::entra::scope_for;
    CHECK(scope_for(audience::ai) == "https://ai.azure.com/.default");
}

TEST_CASE("settings: a key and an authenticator exclude each other; an authenticator needs no key")
{
    client_config config;
    config.client.auth = call::no_authentication();
    auto const found = settle("http://localhost:8000/v1", config, everything());
    REQUIRE(found.has_value());
    CHECK(found->key.empty());
    CHECK(found->key_source.empty());
    config.key = secret("canary");
    auto const both = settle("http://localhost:8000/v1", config, {});
    REQUIRE_FALSE(both.has_value());
    CHECK(both.error() == augur::errc::invalid_argument);
    CHECK(both.error().to_string().find("canary") == std::string::npos);
}

TEST_CASE("settings: the deployment of the configuration wins over the one in the URL")
{
    call::environment e = everything();
    e.openai_api_version = "2024-10-21";
    client_config config;
    auto const in_url = settle("https://c.openai.azure.com/openai/deployments/one/chat/completions", config, e);
    REQUIRE(in_url.has_value());
    CHECK(in_url->deployment == "one");
    CHECK(in_url->host.api_version == "2024-10-21");
    config.deployment = "two";
    config.api_version = "2025-01-01-preview";
    auto const in_code = settle("https://c.openai.azure.com/openai/deployments/one", config, e);
    REQUIRE(in_code.has_value());
    CHECK(in_code->deployment == "two");
    CHECK(in_code->host.api_version == "2025-01-01-preview");
    config.deployment = "a/b";
    CHECK(settle("https://c.openai.azure.com", config, e).error() == augur::errc::invalid_argument);
}

TEST_CASE("settings: a model has ten minutes until its answer begins, and may pause for five")
{
    auto const limits = client_config().client.limits;
    CHECK(limits.first_byte == std::chrono::minutes(10));
    CHECK(limits.first_event == std::chrono::minutes(10));
    CHECK(limits.idle == std::chrono::minutes(5));
    CHECK(limits.total == phase_limits().total);
}

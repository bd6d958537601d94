#include <augur/azure_openai/hosts.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using azure_openai::cloud;
using azure_openai::host_options;
using azure_openai::path_style;
using azure_openai::resolve_host;
using azure_openai::service;

namespace {

host_options address(std::string endpoint, std::string version = {}, service who = service::automatic)
{
    host_options out;
    out.endpoint = std::move(endpoint);
    out.api_version = std::move(version);
    out.service = who;
    return out;
}

} // namespace

TEST_CASE("hosts: every address that a portal shows leads to the paths of its service")
{
    auto const v1 = path_style::v1;
    auto const dated = path_style::dated;
    auto const plain = path_style::plain;
    struct row
    {
        char const* endpoint;
        char const* version; ///< given beside the endpoint
        path_style style;
        char const* prefix;
        char const* api_version;
        char const* deployment;
        cloud whose;
    };
    row const rows[] = {
        {"https://contoso.openai.azure.com", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://CONTOSO.OpenAI.azure.com", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/v1", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/v1/", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/v1/chat/completions", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/v1/responses", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/v1?api-version=preview", "", v1, "/openai/v1", "preview", "",
         cloud::global},
        {"https://contoso.openai.azure.com", "preview", v1, "/openai/v1", "preview", "", cloud::global},
        {"https://contoso.openai.azure.com", "v1", v1, "/openai/v1", "v1", "", cloud::global},
        {"https://contoso.openai.azure.com", "2024-10-21", dated, "/openai", "2024-10-21", "", cloud::global},
        {"https://contoso.openai.azure.com/openai/", "2025-04-01-preview", dated, "/openai", "2025-04-01-preview", "",
         cloud::global},
        {"https://contoso.openai.azure.com/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21", "",
         dated, "/openai", "2024-10-21", "gpt-4o", cloud::global},
        {"https://contoso.openai.azure.com/openai/deployments/emb.3/embeddings?api-version=2024-10-21", "2024-10-21",
         dated, "/openai", "2024-10-21", "emb.3", cloud::global},
        {"https://contoso.openai.azure.com/openai/deployments/gpt-4o", "2024-10-21", dated, "/openai", "2024-10-21",
         "gpt-4o", cloud::global},
        {"https://contoso.cognitiveservices.azure.com", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.services.ai.azure.com", "", v1, "/openai/v1", "", "", cloud::global},
        {"https://contoso.services.ai.azure.com/api/projects/p1", "", v1, "/api/projects/p1/openai/v1", "", "",
         cloud::global},
        {"https://contoso.services.ai.azure.com/api/projects/p1/openai/v1/", "", v1, "/api/projects/p1/openai/v1", "",
         "", cloud::global},
        {"https://contoso.openai.azure.us", "", v1, "/openai/v1", "", "", cloud::us_government},
        {"https://contoso.openai.azure.cn", "2024-10-21", dated, "/openai", "2024-10-21", "", cloud::china},
        {"https://corp.azure-api.net", "", v1, "/openai/v1", "", "", cloud::other},
        {"https://corp.azure-api.net/my/api", "", v1, "/my/api/openai/v1", "", "", cloud::other},
        {"https://corp.azure-api.net/my/openai", "2024-10-21", dated, "/my/openai", "2024-10-21", "", cloud::other},
        {"https://openai.corp.example", "", v1, "/openai/v1", "", "", cloud::other},
        {"https://openai.corp.example/x/openai/deployments/d?api-version=2024-10-21", "", dated, "/x/openai",
         "2024-10-21", "d", cloud::other},
        {"https://ai.corp.example/x", "2024-10-21", dated, "/x/openai", "2024-10-21", "", cloud::other},
        {"http://127.0.0.1:8080", "", v1, "/openai/v1", "", "", cloud::other},
        {"https://api.openai.com/v1", "", plain, "/v1", "", "", cloud::other},
        {"https://api.openai.com", "", plain, "/v1", "", "", cloud::other},
        {"https://eu.api.openai.com/", "", plain, "/v1", "", "", cloud::other},
        {"https://api.openai.com/v1/chat/completions", "", plain, "/v1", "", "", cloud::other},
        {"https://api.groq.com/openai/v1", "", plain, "/openai/v1", "", "", cloud::other},
        {"https://generativelanguage.example/v1beta/openai/", "", plain, "/v1beta/openai", "", "", cloud::other},
        {"http://localhost:8000/v1", "", plain, "/v1", "", "", cloud::other},
        {"http://[::1]:8000/v1/", "", plain, "/v1", "", "", cloud::other},
        {"https://evil-openai.azure.com.example/v1", "", plain, "/v1", "", "", cloud::other},
    };
    for (auto const& row : rows) {
        CAPTURE(row.endpoint);
        CAPTURE(row.version);
        auto const found = resolve_host(address(row.endpoint, row.version));
        REQUIRE_MESSAGE(found.has_value(), found.error());
        CHECK((found->style == row.style));
        CHECK(found->prefix == row.prefix);
        CHECK(found->api_version == row.api_version);
        CHECK(found->deployment == row.deployment);
        CHECK((found->cloud == row.whose));
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("hosts: what is no address of such a service is refused with words")
{
    struct row
    {
        char const* endpoint;
        char const* version;
        char const* says;
    };
    row const rows[] = {
        {"contoso.openai.azure.com", "", ""},
        {"contoso", "", ""},
        {"ftp://contoso.openai.azure.com", "", ""},
        {"https://user:password@contoso.openai.azure.com", "", ""},
        {"https://contoso.openai.azure.com/#x", "", ""},
        {"https://contoso.openai.azure.com/../x", "", ""},
        {"http://contoso.openai.azure.com", "", "no TLS"},
        {"http://api.openai.com/v1", "", "no TLS"},
        {"https://contoso.services.ai.azure.com/anthropic/v1", "", "none of Azure OpenAI's"},
        {"https://contoso.openai.azure.com/openai/v2", "", "/openai must come"},
        {"https://contoso.openai.azure.com/openai/deployments", "", "/openai must come"},
        {"https://contoso.openai.azure.com/openai/deployments/a%2Fb", "2024-10-21", "/openai must come"},
        {"https://contoso.openai.azure.com/openai/deployments/a/b", "2024-10-21", "/openai must come"},
        {"https://contoso.openai.azure.com/openai/deployments/gpt-4o", "", "needs an api-version"},
        {"https://contoso.openai.azure.com/openai/deployments/gpt-4o", "preview", "needs an api-version"},
        {"https://contoso.openai.azure.com/openai/v1", "2024-10-21", "takes no dated api-version"},
        {"https://contoso.openai.azure.com?api-version=2024-10-21", "2024-06-01", "leave out one"},
        {"https://contoso.openai.azure.com?key=x", "", "no other"},
        {"https://contoso.openai.azure.com?api-version=v1&key=x", "", "no other"},
        {"https://contoso.openai.azure.com", "2024", "neither a date"},
        {"https://contoso.openai.azure.com", "2024-10-21-beta", "neither a date"},
        {"https://contoso.openai.azure.com", "v1&x=y", "neither a date"},
        {"https://contoso.openai.azure.com", "latest", "neither a date"},
        {"https://api.openai.com/v1", "2024-10-21", "no api-version"},
        {"https://api.openai.com/v1?x=y", "", "no query"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.endpoint);
        CAPTURE(row.version);
        auto const found = resolve_host(address(row.endpoint, row.version));
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error() == errc::invalid_argument);
        CHECK(found.error().outcome() == outcome::not_sent);
        CHECK(found.error().to_string().find(row.says) != std::string::npos);
        CHECK(found.error().to_string().find("password") == std::string::npos);
    }
    MESSAGE("rows: " << std::size(rows));
    auto const nothing = resolve_host(host_options());
    REQUIRE_FALSE(nothing.has_value());
    CHECK(nothing.error() == errc::missing_region);
    CHECK(nothing.error().message().find("AZURE_OPENAI_ENDPOINT") != std::string_view::npos);
}

TEST_CASE("hosts: the caller's word about the service wins over the guess")
{
    auto const azure = resolve_host(address("https://ai.corp.example/llm", "", service::azure));
    REQUIRE(azure.has_value());
    CHECK(azure->prefix == "/llm/openai/v1");
    CHECK(azure->is_azure());
    auto const plain = resolve_host(address("https://contoso.openai.azure.com/openai/v1", "", service::plain));
    REQUIRE(plain.has_value());
    CHECK(plain->prefix == "/openai/v1");
    CHECK_FALSE(plain->is_azure());
    auto const bare = resolve_host(address("http://127.0.0.1:8000", "", service::plain));
    REQUIRE(bare.has_value());
    CHECK(bare->prefix.empty());
}

TEST_CASE("hosts: a default api-version is used where one is wanted and passed over elsewhere")
{
    auto const with_default = [](char const* endpoint, char const* fallback) {
        auto options = address(endpoint);
        options.default_api_version = fallback;
        return resolve_host(options);
    };
    CHECK(with_default("https://contoso.openai.azure.com", "2024-10-21")->api_version == "2024-10-21");
    CHECK(with_default("https://contoso.openai.azure.com/openai/deployments/d", "2024-10-21")->deployment == "d");
    CHECK(with_default("https://contoso.openai.azure.com/openai/v1", "2024-10-21")->api_version.empty());
    CHECK(with_default("https://api.openai.com/v1", "2024-10-21")->api_version.empty());
    CHECK_FALSE(with_default("https://contoso.openai.azure.com", "yesterday").has_value());
}

TEST_CASE("hosts: plain http is for this machine, or allowed explicitly")
{
    auto options = address("http://llm.lan:8000/v1");
    CHECK_FALSE(resolve_host(options).has_value());
    options.allow_plain_http = true;
    CHECK(resolve_host(options).has_value());
}

TEST_CASE("hosts: every byte in a deployment's name, and its lengths")
{
    using azure_openai::is_deployment_name;
    for (int byte = 0; byte < 256; ++byte) {
        char const c = static_cast<char>(byte);
        bool const good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
                          c == '_' || c == '.';
        CAPTURE(byte);
        CHECK(is_deployment_name(std::string("a") + c + "b") == good);
    }
    CHECK(is_deployment_name(std::string(64, 'a')));
    CHECK_FALSE(is_deployment_name(std::string(65, 'a')));
    for (char const* bad : {"", ".", "..", "..."}) {
        CAPTURE(bad);
        CHECK_FALSE(is_deployment_name(bad));
    }
    CHECK(is_deployment_name("gpt-4.1_mini"));
}

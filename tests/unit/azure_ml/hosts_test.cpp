#include <augur/azure_ml/hosts.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using azure_ml::cloud;
using azure_ml::resolve_host;

namespace {

result<azure_ml::resolved_host> at(std::string uri)
{
    azure_ml::host_options options;
    options.scoring_uri = std::move(uri);
    return resolve_host(options);
}

} // namespace

TEST_CASE("hosts: whose a scoring URI is, and what it names")
{
    struct row
    {
        char const* uri;
        azure_ml::cloud cloud;
        char const* endpoint;
        char const* region;
    };
    row const rows[] = {
        {"https://risk.westeurope.inference.ml.azure.com/score", cloud::global, "risk", "westeurope"},
        {"https://Risk.WestEurope.Inference.ML.azure.com/score", cloud::global, "risk", "westeurope"},
        {"https://risk-1.usgovvirginia.inference.ml.azure.us/score", cloud::us_government, "risk-1", "usgovvirginia"},
        {"https://risk.chinaeast2.inference.ml.azure.cn/score", cloud::china, "risk", "chinaeast2"},
        {"https://inference.ml.azure.com/score", cloud::other, "", ""},
        {"https://risk.inference.ml.azure.com/score", cloud::other, "", ""},
        {"https://a.b.c.inference.ml.azure.com/score", cloud::other, "", ""},
        {"https://risk.westeurope.inference.ml.azure.com.evil.example/score", cloud::other, "", ""},
        {"https://risk.westeuropeinference.ml.azure.com/score", cloud::other, "", ""},
        {"https://evil.example/?x=.inference.ml.azure.com", cloud::other, "", ""},
        {"https://models.contoso.com/score", cloud::other, "", ""},
        {"https://10.1.2.3/score", cloud::other, "", ""},
        {"http://127.0.0.1:5001/score", cloud::other, "", ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.uri);
        auto const found = at(row.uri);
        REQUIRE(found.has_value());
        CHECK(static_cast<int>(found->cloud) == static_cast<int>(row.cloud));
        CHECK(found->endpoint == row.endpoint);
        CHECK(found->region == row.region);
        CHECK(azure_ml::cloud_of(found->scoring.host()) == found->cloud);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("hosts: the path of the scoring URI is kept")
{
    auto const found = at("https://risk.westeurope.inference.ml.azure.com/api/score?v=1");
    REQUIRE(found.has_value());
    CHECK(found->scoring.path() == "/api/score");
    CHECK(found->scoring.query() == "v=1");
    CHECK(found->scoring.authority() == "risk.westeurope.inference.ml.azure.com");
}

TEST_CASE("hosts: a key never travels without TLS, unless to this machine or explicitly")
{
    for (char const* uri :
         {"http://risk.westeurope.inference.ml.azure.com/score", "http://10.0.0.1/score",
          "http://localhost.evil.example/score", "http://127.0.0.1.evil.example/score", "http://[::2]/score"}) {
        CAPTURE(uri);
        auto const found = at(uri);
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error() == errc::invalid_argument);
        CHECK(found.error().outcome() == outcome::not_sent);
        azure_ml::host_options allowed;
        allowed.scoring_uri = uri;
        allowed.allow_plain_http = true;
        CHECK(resolve_host(allowed).has_value());
    }
    for (char const* uri : {"http://127.0.0.1:5001/score", "http://localhost:5001/score", "http://[::1]:5001/score"})
        CHECK(at(uri).has_value());
}

TEST_CASE("hosts: hostile scoring URIs are refused")
{
    char const* const bad[] = {
        "",
        "score",
        "risk.westeurope.inference.ml.azure.com/score",
        "ftp://risk.westeurope.inference.ml.azure.com/score",
        "https://",
        "https:///score",
        "https://key@risk.westeurope.inference.ml.azure.com/score",
        "https://risk.westeurope.inference.ml.azure.com@evil.example/score",
        "https://risk.westeurope.inference.ml.azure.com/score#x",
        "https://risk.westeurope.inference.ml.azure.com\\@evil.example/score",
        "https://risk.westeurope.inference.ml.azure.com/score\r\nX: y",
        "https://risk.westeurope.inference.ml.azure.com/a/../score",
        "https://risk.westeurope.inference.ml.azure.com/a/%2E%2e/score",
        "https://risk.westeurope.inference.ml.azure.com/sc ore",
        "https://risk.westeurope.inference.ml.azure.com:99999/score",
        "https://r\xC3\xADsk.westeurope.inference.ml.azure.com/score",
        " https://risk.westeurope.inference.ml.azure.com/score",
    };
    for (char const* uri : bad) {
        CAPTURE(uri);
        auto const found = at(uri);
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error() == errc::invalid_argument);
    }
    MESSAGE("refused: " << std::size(bad));
}

TEST_CASE("hosts: of all bytes only those of a host name are accepted in a host")
{
    int accepted = 0;
    for (int byte = 0; byte < 256; ++byte) {
        char const c = static_cast<char>(byte);
        auto const found = at(std::string("https://ri") + c + "sk.westeurope.inference.ml.azure.com/score");
        bool const of_a_name = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                               c == '.' || c == '_';
        CAPTURE(byte);
        if (c == '/' || c == '?') { // these end the host: what follows is a path or a query
            CHECK((!found || found->scoring.host() == "ri"));
            continue;
        }
        CHECK(found.has_value() == of_a_name);
        accepted += found.has_value() ? 1 : 0;
    }
    CHECK(accepted == 65);
}

// The public endpoint cases of the runtime run from $AUGUR_SPECS_DIR/aws/endpoint-tests when it is
// set; our own table of the same facts always runs.

#include <augur/sagemaker/hosts.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

using namespace augur;
using sagemaker::host_options;
using sagemaker::resolve_host;

namespace {

host_options at(std::string region, bool fips = false, bool dual_stack = false)
{
    host_options options;
    options.region = std::move(region);
    options.fips = fips;
    options.dual_stack = dual_stack;
    return options;
}

std::string host_of(host_options const& options)
{
    auto const found = resolve_host(options);
    return found ? found->base.host() : "error: " + std::string(found.error().message());
}

} // namespace

TEST_CASE("hosts: every partition, plain, FIPS, dual-stack and both")
{
    struct row
    {
        char const* region;
        char const* partition;
        char const* plain;
        char const* fips;
        char const* dual;
        char const* both;
    };
    row const rows[] = {
        {"us-east-1", "aws", "runtime.sagemaker.us-east-1.amazonaws.com",
         "runtime-fips.sagemaker.us-east-1.amazonaws.com", "runtime.sagemaker.us-east-1.api.aws",
         "runtime.sagemaker-fips.us-east-1.api.aws"},
        {"mx-central-1", "aws", "runtime.sagemaker.mx-central-1.amazonaws.com",
         "runtime-fips.sagemaker.mx-central-1.amazonaws.com", "runtime.sagemaker.mx-central-1.api.aws",
         "runtime.sagemaker-fips.mx-central-1.api.aws"},
        {"cn-north-1", "aws-cn", "runtime.sagemaker.cn-north-1.amazonaws.com.cn",
         "runtime.sagemaker-fips.cn-north-1.amazonaws.com.cn",
         "runtime.sagemaker.cn-north-1.api.amazonwebservices.com.cn",
         "runtime.sagemaker-fips.cn-north-1.api.amazonwebservices.com.cn"},
        {"us-gov-west-1", "aws-us-gov", "runtime.sagemaker.us-gov-west-1.amazonaws.com",
         "runtime.sagemaker.us-gov-west-1.amazonaws.com", "runtime.sagemaker.us-gov-west-1.api.aws",
         "runtime.sagemaker-fips.us-gov-west-1.api.aws"},
        {"eusc-de-east-1", "aws-eusc", "runtime.sagemaker.eusc-de-east-1.amazonaws.eu",
         "runtime.sagemaker-fips.eusc-de-east-1.amazonaws.eu",
         "runtime.sagemaker.eusc-de-east-1.api.amazonwebservices.eu",
         "runtime.sagemaker-fips.eusc-de-east-1.api.amazonwebservices.eu"},
        {"us-iso-east-1", "aws-iso", "runtime.sagemaker.us-iso-east-1.c2s.ic.gov",
         "runtime.sagemaker-fips.us-iso-east-1.c2s.ic.gov", "runtime.sagemaker.us-iso-east-1.api.aws.ic.gov",
         "runtime.sagemaker-fips.us-iso-east-1.api.aws.ic.gov"},
        {"us-isob-east-1", "aws-iso-b", "runtime.sagemaker.us-isob-east-1.sc2s.sgov.gov",
         "runtime.sagemaker-fips.us-isob-east-1.sc2s.sgov.gov", "runtime.sagemaker.us-isob-east-1.api.aws.scloud",
         "runtime.sagemaker-fips.us-isob-east-1.api.aws.scloud"},
        {"eu-isoe-west-1", "aws-iso-e", "runtime.sagemaker.eu-isoe-west-1.cloud.adc-e.uk",
         "runtime.sagemaker-fips.eu-isoe-west-1.cloud.adc-e.uk",
         "runtime.sagemaker.eu-isoe-west-1.api.cloud-aws.adc-e.uk",
         "runtime.sagemaker-fips.eu-isoe-west-1.api.cloud-aws.adc-e.uk"},
        {"us-isof-south-1", "aws-iso-f", "runtime.sagemaker.us-isof-south-1.csp.hci.ic.gov",
         "runtime.sagemaker-fips.us-isof-south-1.csp.hci.ic.gov",
         "runtime.sagemaker.us-isof-south-1.api.aws.hci.ic.gov",
         "runtime.sagemaker-fips.us-isof-south-1.api.aws.hci.ic.gov"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.region);
        CHECK(sagemaker::partition_of(row.region) == row.partition);
        CHECK(host_of(at(row.region)) == row.plain);
        CHECK(host_of(at(row.region, true)) == row.fips);
        CHECK(host_of(at(row.region, false, true)) == row.dual);
        CHECK(host_of(at(row.region, true, true)) == row.both);
    }
    char const* const plain[] = {"af-south-1",   "ap-east-1",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
                                 "ap-south-1",   "ap-southeast-1", "ap-southeast-2", "ca-central-1",   "eu-central-1",
                                 "eu-north-1",   "eu-south-1",     "eu-west-1",      "eu-west-2",      "eu-west-3",
                                 "il-central-1", "me-south-1",     "sa-east-1",      "us-east-2",      "us-west-1",
                                 "us-west-2"};
    for (std::string const region : plain) {
        CHECK(host_of(at(region)) == "runtime.sagemaker." + region + ".amazonaws.com");
        CHECK(host_of(at(region, true)) == "runtime-fips.sagemaker." + region + ".amazonaws.com");
    }
    MESSAGE("own endpoint rows: " << std::size(rows) * 4 + std::size(plain) * 2);
}

TEST_CASE("hosts: https, the standard port, and the region of the endpoint is the region of the signature")
{
    auto const found = resolve_host(at("eu-west-1"));
    REQUIRE(found.has_value());
    CHECK(found->base.is_https());
    CHECK(found->base.authority() == "runtime.sagemaker.eu-west-1.amazonaws.com");
    CHECK(found->base.path() == "/");
    CHECK(found->signing_region == "eu-west-1");
    CHECK(found->partition == "aws");
}

TEST_CASE("hosts: a region nobody knows is guessed by its form, else it is ordinary AWS")
{
    struct row
    {
        char const* region;
        char const* partition;
    };
    row const rows[] = {
        {"us-east-99", "aws"},
        {"eu-future-7", "aws"},
        {"cn-south-3", "aws-cn"},
        {"us-gov-north-2", "aws-us-gov"},
        {"us-isof-east-1", "aws-iso-f"},
        {"aws-global", "aws"},
        {"aws-cn-global", "aws-cn"},
        {"aws-us-gov-global", "aws-us-gov"},
        {"moon-base-1", "aws"},
        {"us-east", "aws"},
        {"x", "aws"},
        {"us-gov-west-x", "aws"},
        {"cn", "aws"},
        {"us-east-1-wl1", "aws"},
        {"eusc-fr-east-1", "aws"},
        {"cn--1", "aws"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.region);
        CHECK(sagemaker::partition_of(row.region) == row.partition);
    }
    CHECK(host_of(at("moon-base-1")) == "runtime.sagemaker.moon-base-1.amazonaws.com");
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("hosts: the public endpoint cases")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root) {
        std::cout << "sagemaker hosts: AUGUR_SPECS_DIR is not set: own table only\n";
        return;
    }
    std::ifstream file(std::string(root) + "/aws/endpoint-tests/sagemaker-runtime.endpoint-tests-1.json");
    REQUIRE(file);
    auto const document = nlohmann::json::parse(file);
    int cases = 0;
    for (auto const& test : document.at("testCases")) {
        ++cases;
        CAPTURE(test.dump());
        host_options options;
        if (auto const params = test.find("params"); params != test.end()) {
            options.region = params->value("Region", "");
            options.fips = params->value("UseFIPS", false);
            options.dual_stack = params->value("UseDualStack", false);
            options.endpoint_url = params->value("Endpoint", "");
        }
        auto const found = resolve_host(options);
        auto const& expect = test.at("expect");
        if (expect.contains("error")) {
            CHECK_FALSE(found.has_value());
            if (!found)
                CHECK((found.error() == condition::invalid_request));
            continue;
        }
        REQUIRE(found.has_value());
        auto const expected = url::parse(expect.at("endpoint").at("url").get<std::string>());
        REQUIRE(expected.has_value());
        CHECK(found->base.to_string() == expected->to_string());
        CHECK(found->signing_region == options.region);
    }
    CHECK(cases == 47);
    std::cout << "sagemaker hosts: " << cases << " public endpoint cases\n";
}

TEST_CASE("hosts: no region and no endpoint is a missing region")
{
    auto const found = resolve_host({});
    REQUIRE_FALSE(found.has_value());
    CHECK(found.error() == errc::missing_region);
    CHECK(found.error().outcome() == outcome::not_sent);
    CHECK(found.error().message().find("AWS_REGION") != std::string_view::npos);
}

TEST_CASE("hosts: an endpoint URL replaces the host and keeps the region; FIPS and dual-stack exclude it")
{
    auto options = at("eu-west-1");
    options.endpoint_url = "https://vpce-1.example.com:8443/prod/";
    auto const found = resolve_host(options);
    REQUIRE(found.has_value());
    CHECK(found->base.authority() == "vpce-1.example.com:8443");
    CHECK(found->base.path() == "/prod/");
    CHECK(found->signing_region == "eu-west-1");

    auto fips = options;
    fips.fips = true;
    CHECK(resolve_host(fips).error() == errc::invalid_argument);
    auto dual = options;
    dual.dual_stack = true;
    CHECK(resolve_host(dual).error() == errc::invalid_argument);
    auto both = fips;
    both.dual_stack = true;
    CHECK(resolve_host(both).error() == errc::invalid_argument);
}

TEST_CASE("hosts: a hostile endpoint URL is refused before anything is connected")
{
    char const* const bad[] = {
        "http://example.com",
        "http://10.0.0.1:8080",
        "ftp://example.com",
        "example.com",
        "//example.com",
        "https://",
        "https://user@example.com",
        "https://user:pass@example.com",
        "https://example.com#x",
        "https://example.com/#x",
        "https://example.com/?x=1",
        "https://example.com?x",
        "https://exa mple.com",
        "https://example.com\n",
        "https://example.com\r\nHost: evil",
        "https://example.com\\@evil.com",
        "https://example.com/a/../b",
        "https://example.com/%2e%2e/b",
        "https://example.com/%zz",
        "https://example.com:0",
        "https://example.com:65536",
        "https://example.com:443x",
        "https://example.com:",
        "https://[::1",
        "https://[::1]x",
        "https://1.2.3",
        "https://-a.example.com",
        "https://a..b",
        "https://\xD9\xA1.example.com",
        "https://example.com/\xC3\xA9",
        "javascript:alert(1)",
    };
    for (char const* text : bad) {
        CAPTURE(text);
        auto options = at("us-east-1");
        options.endpoint_url = text;
        auto const found = resolve_host(options);
        REQUIRE_FALSE(found.has_value());
        CHECK(found.error() == errc::invalid_argument);
    }
    for (char const* text :
         {"http://127.0.0.1:8080", "http://localhost:8080", "http://[::1]:8080", "https://10.0.0.1"}) {
        CAPTURE(text);
        auto options = at("us-east-1");
        options.endpoint_url = text;
        CHECK(resolve_host(options).has_value());
    }
    auto allowed = at("us-east-1");
    allowed.endpoint_url = "http://10.0.0.1:8080";
    allowed.allow_plain_http = true;
    CHECK(resolve_host(allowed).has_value());
    MESSAGE("refused endpoint URLs: " << std::size(bad));
}

TEST_CASE("hosts: exactly the bytes of a host label are accepted in a region")
{
    int accepted = 0;
    for (int byte = 0; byte < 256; ++byte) {
        std::string const region = std::string("us-") + static_cast<char>(byte) + "-1";
        char const c = static_cast<char>(byte);
        bool const allowed = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
        CAPTURE(byte);
        auto const found = resolve_host(at(region));
        CHECK(found.has_value() == allowed);
        // The same with an endpoint URL: the region still gets into the signature.
        auto options = at(region);
        options.endpoint_url = "https://example.com";
        CHECK(resolve_host(options).has_value() == allowed);
        accepted += found.has_value() ? 1 : 0;
    }
    CHECK(accepted == 37);
    for (std::string const region :
         {"x@evil.example:443/#", "us-east-1\n", "us-east-1.evil.example", "-us-east-1", "us-east-1-", "us_east_1",
          "US-EAST-1", " us-east-1", "us-east-1/", "us-east-1?", "%75s-east-1"}) {
        CAPTURE(region);
        CHECK(resolve_host(at(region)).error() == errc::invalid_argument);
    }
    CHECK(resolve_host(at(std::string(63, 'a'))).has_value());
    CHECK_FALSE(resolve_host(at(std::string(64, 'a'))).has_value());
    CHECK_FALSE(resolve_host(at(std::string("us-east-1\0", 10))).has_value());
}

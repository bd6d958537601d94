// Where STS, SSO and SSO's OIDC are asked. The public endpoint cases run from $AUGUR_SPECS_DIR/aws/endpoint-tests when
// it is set; our own table of the same facts always runs.

#include "source_support.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <fstream>
#include <iostream>

using namespace auth_test;
using augur::testing::reply;
namespace aws = augur::auth::aws;

namespace {

struct wish
{
    std::string region;
    bool fips = false;
    bool dual_stack = false;
    bool global = false; ///< AWS_STS_REGIONAL_ENDPOINTS=legacy
};

struct asked
{
    std::string url;
    std::string signed_for; ///< region; empty: not signed
};

struct bench : source_bench
{
    explicit bench(wish const& w)
    {
        e.aws_region = w.region;
        e.aws_use_fips_endpoint = w.fips;
        e.aws_use_dualstack_endpoint = w.dual_stack;
        e.aws_sts_regional_endpoints = w.global ? "legacy" : "";
    }
};

asked last_of(source_bench const& b)
{
    REQUIRE(!b.seen().empty());
    auto const& last = b.seen().back();
    CHECK(last.to.is_https);
    CHECK(last.to.port == 443);
    auto const proof = last.field("authorization");
    auto const date = proof.find("/20260101/");
    asked out;
    out.url = "https://" + last.to.host;
    if (date != proof.npos)
        out.signed_for = proof.substr(date + 10, proof.find('/', date + 10) - date - 10);
    return out;
}

asked ask_sts(wish const& w)
{
    bench b(w);
    b.expect("POST", "/", reply::with(200, {}, role_answer));
    aws::role_step role;
    role.role_arn = "R";
    role.session_name = "me";
    check_set(fetch_before(aws::assumed_role(aws::static_credentials("KEY", secret("s")), role, b.options()), 2026));
    return last_of(b);
}

/// `refresh`: the last one asked is OIDC, else the portal.
asked ask_sso(wish const& w, bool refresh)
{
    bench b(w);
    b.here.write("config", "[profile p]\nsso_session = s\nsso_account_id = 1\nsso_role_name = r\n[sso-session s]\n"
                           "sso_start_url = https://x.example/start\nsso_region = " +
                               w.region + "\n");
    std::filesystem::create_directories(b.here.path(".aws/sso/cache"));
    std::string const end = refresh ? "2025-12-31T00:00:00Z" : "2026-01-02T00:00:00Z";
    b.here.write(".aws/sso/cache/a0f1490a20d0211c997b44bc357e1972deab8ae3.json", // the SHA-1 of "s"
                 R"({"accessToken":"T","expiresAt":")" + end +
                     R"(","refreshToken":"RT","clientId":"c","clientSecret":"cs"})");
    b.transport->expect(reply::with(400, {}, R"({"error":"no"})"));
    CHECK_FALSE(fetch_before(aws::profile_credentials(b.options().profile("p")), 2026).has_value());
    CHECK(b.seen().size() == 1);
    return last_of(b);
}
asked ask_portal(wish const& w)
{
    return ask_sso(w, false);
}
asked ask_oidc(wish const& w)
{
    return ask_sso(w, true);
}

} // namespace

TEST_CASE("credential services: their hosts, plain, FIPS, dual-stack and both")
{
    struct row
    {
        char const* region;
        char const* plain;
        char const* fips;
        char const* dual_stack;
        char const* both;
    };
    row const rows[] = {
        {"us-east-1", "us-east-1.amazonaws.com", "-fips.us-east-1.amazonaws.com", "us-east-1.api.aws",
         "-fips.us-east-1.api.aws"},
        {"cn-north-1", "cn-north-1.amazonaws.com.cn", "-fips.cn-north-1.amazonaws.com.cn",
         "cn-north-1.api.amazonwebservices.com.cn", "-fips.cn-north-1.api.amazonwebservices.com.cn"},
        // There the ordinary host is the validated one, but not of the dual-stack ones.
        {"us-gov-west-1", "us-gov-west-1.amazonaws.com", "us-gov-west-1.amazonaws.com", "us-gov-west-1.api.aws",
         "-fips.us-gov-west-1.api.aws"},
    };
    auto const host = [](std::string const& service, std::string const& rest) {
        return "https://" + service + (rest.front() == '-' ? "" : ".") + rest;
    };
    for (auto const& r : rows) {
        std::string const region = r.region;
        CAPTURE(region);
        for (auto const& [w, rest] :
             {std::pair(wish{region}, r.plain), std::pair(wish{region, true}, r.fips),
              std::pair(wish{region, false, true}, r.dual_stack), std::pair(wish{region, true, true}, r.both)}) {
            CHECK(ask_sts(w).url == host("sts", rest));
            CHECK(ask_sts(w).signed_for == region);
            CHECK(ask_portal(w).url == host("portal.sso", rest));
            CHECK(ask_oidc(w).url == host("oidc", rest));
        }
    }
}

TEST_CASE("credential services: the public endpoint cases")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root) {
        std::cout << "credential services: AUGUR_SPECS_DIR is not set: own table only\n";
        return;
    }
    struct suite
    {
        char const* name;
        asked (*ask)(wish const&);
        int cases; ///< but for those of an endpoint URL or without a region, about which sources have rules of their
                   ///< own
    };
    for (auto const& s : {suite{"sts", ask_sts, 62}, suite{"sso", ask_portal, 35}, suite{"sso-oidc", ask_oidc, 35}}) {
        std::ifstream file(std::string(root) + "/aws/endpoint-tests/" + s.name + ".endpoint-tests-1.json");
        REQUIRE(file);
        int cases = 0;
        auto const document = nlohmann::json::parse(file);
        for (auto const& test : document.at("testCases")) {
            auto const params = test.value("params", nlohmann::json::object());
            if (params.contains("Endpoint") || !params.contains("Region"))
                continue;
            ++cases;
            CAPTURE(test.dump());
            wish w;
            w.region = params.at("Region").get<std::string>();
            w.fips = params.value("UseFIPS", false);
            w.dual_stack = params.value("UseDualStack", false);
            w.global = params.value("UseGlobalEndpoint", false);
            auto const got = s.ask(w);
            auto const& endpoint = test.at("expect").at("endpoint");
            CHECK(got.url == endpoint.at("url").get<std::string>());
            if (got.signed_for.empty())
                continue;
            auto const schemes = nlohmann::json::json_pointer("/properties/authSchemes/0/signingRegion");
            CHECK(got.signed_for == (endpoint.contains(schemes) ? endpoint.at(schemes).get<std::string>() : w.region));
        }
        CHECK(cases == s.cases);
        std::cout << s.name << " hosts: " << cases << " public endpoint cases\n";
    }
}

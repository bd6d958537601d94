// The services that hand out credentials, asked by somebody who wants to break them: no answer but a refusal, no crash,
// and nothing of theirs in it.
#include "identity_support.hpp"

#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/container_credentials_service.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/imds_service.hpp>
#include <augur/emulator/identity/managed_identity_hosts.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/identity/sts_service.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

struct bench
{
    std::shared_ptr<aws_accounts> accounts = std::make_shared<aws_accounts>(std::vector<aws_principal>());
    std::shared_ptr<token_book> tokens = std::make_shared<token_book>();
    std::shared_ptr<managed_identities> identities =
        std::make_shared<managed_identities>(tokens, std::vector<std::string>{"https://ml.azure.com"});
    std::vector<std::shared_ptr<service>> services;

    bench()
    {
        entra_options e;
        e.client_secret = "canary-secret";
        services = {std::make_shared<imds_service>(accounts),
                    std::make_shared<container_credentials_service>(accounts, "canary-token"),
                    std::make_shared<sts_service>(sts_options(), accounts),
                    std::make_shared<sso_service>(sso_options(), accounts),
                    std::make_shared<entra_service>(e, tokens),
                    std::make_shared<azure_imds_service>(identities),
                    std::make_shared<app_service_identity>(identities, "canary-header"),
                    std::make_shared<machine_learning_identity>(identities, "canary-secret"),
                    std::make_shared<cloud_shell_identity>(identities),
                    std::make_shared<arc_identity>(identities),
                    std::make_shared<arm_service>(arm_options(), tokens)};
    }
};

/// Paths and words that mean something to somebody, in every wrong place.
std::string word(std::mt19937& random)
{
    static std::vector<std::string> const all = {
        "/",
        "/token",
        "/latest/api/token",
        "/latest/meta-data/iam/security-credentials/",
        "/federation/credentials",
        "/v1/credentials",
        "/v2/credentials/",
        "/t/oauth2/v2.0/token",
        "/t/oauth2/v2.0/devicecode",
        "/t/v2.0/.well-known/openid-configuration",
        "/metadata/identity/oauth2/token",
        "/msi/token",
        "/machine-learning/msi/token",
        "/cloud-shell/oauth2/token",
        "/arc/metadata/identity/oauth2/token",
        "/subscriptions/",
        "?",
        "&",
        "=",
        "%",
        "%00",
        "%ff",
        "+",
        "Action=AssumeRole",
        "Action=AssumeRoleWithWebIdentity",
        "Version=2011-06-15",
        "WebIdentityToken=",
        "DurationSeconds=99999999999999999999",
        "RoleSessionName=",
        "grant_type=client_credentials",
        "grant_type=urn:ietf:params:oauth:grant-type:device_code",
        "client_id=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        "client_assertion_type=urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion=e30.e30.e30",
        "client_assertion=eyJpc3MiOltdfQ.eyJleHAiOjFlNDAwfQ.AA",
        "scope=/.default",
        "claims=[",
        "resource=https%3A%2F%2Fml.azure.com",
        "api-version=2018-02-01",
        "{\"grantType\":\"refresh_token\",\"refreshToken\":7}",
        std::string(40, '['),
        std::string("\0\x80\xff", 3),
        "AWS4-HMAC-SHA256 Credential=////",
        "Bearer ",
        "Basic ",
        std::string(5000, 'a'),
    };
    return all[random() % all.size()];
}

std::string words(std::mt19937& random, std::string const& between)
{
    std::string out;
    for (auto left = random() % 8; left > 0; --left)
        out += word(random) + between;
    return out;
}

} // namespace

TEST_CASE("identity services: nobody gets anything by asking oddly")
{
    bench b;
    std::mt19937 random(20261126);
    char const* const methods[] = {"GET", "POST", "PUT", "DELETE", ""};
    char const* const fields[] = {"authorization",
                                  "metadata",
                                  "secret",
                                  "x-identity-header",
                                  "x-amz-sso_bearer_token",
                                  "content-type",
                                  "x-amz-date",
                                  "host",
                                  "x-aws-ec2-metadata-token",
                                  "client-request-id",
                                  "x-aws-ec2-metadata-token-ttl-seconds"};
    std::size_t answered = 0;
    for (int i = 0; i < 20'000; ++i) {
        request r;
        r.method = methods[random() % std::size(methods)];
        r.target = word(random);
        r.target += random() % 2 ? "?" + words(random, "&") : words(random, "");
        r.body = words(random, random() % 2 ? "&" : "");
        for (auto const* field : fields)
            if (random() % 3 == 0)
                r.headers.add(field, random() % 4 ? words(random, "") : "application/x-www-form-urlencoded");
        for (auto const& s : b.services) {
            if (!s->matches(r))
                continue;
            auto const a = ask(*s, r);
            ++answered;
            bool const harmless = a.status >= 400 || a.body.find("token_endpoint") != std::string::npos ||
                                  r.target.starts_with("/latest/api/token");
            CHECK_MESSAGE(harmless, s->name() << ": " << r.method << " " << r.target << " " << a.body);
            CHECK(a.body.find("canary") == std::string::npos);
        }
    }
    CHECK(answered > 3000);
    CHECK(b.accounts->issued().empty());
    CHECK(b.tokens->issued().empty());
}

TEST_CASE("identity services: a form costs no more than its bytes, and a large one is none" * doctest::timeout(10))
{
    bench b;
    auto const ask_entra = [&](std::string body) {
        auto r = post("/t/oauth2/v2.0/token", std::move(body));
        r.headers.set("content-type", "application/x-www-form-urlencoded");
        auto const entra = std::find_if(b.services.begin(), b.services.end(), [&](auto& s) { return s->matches(r); });
        REQUIRE(entra != b.services.end());
        return ask(**entra, r).body;
    };
    std::string names = "grant_type=x";
    for (int i = 0; names.size() < 256'000; ++i)
        names += "&" + std::to_string(i);
    CHECK(ask_entra(names).find("grant type 'x'") != std::string::npos);
    CHECK(ask_entra(names + "&7").find("7 comes twice") != std::string::npos);
    CHECK(ask_entra(names + std::string(10'000, '&')).find("grant type ''") != std::string::npos);
}

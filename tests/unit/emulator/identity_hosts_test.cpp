// The hosts of managed identities, the ARM call for endpoint tokens, and the services that take the tokens.
#include "identity_support.hpp"
#include "openai_support.hpp"

#include <augur/emulator/azure_ml_service.hpp>
#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/managed_identity_hosts.hpp>

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

struct bench
{
    std::shared_ptr<token_book> tokens = std::make_shared<token_book>();
    std::shared_ptr<managed_identities> identities =
        std::make_shared<managed_identities>(tokens, std::vector<std::string>{"https://ml.azure.com"});

    /// Whose token an answer holds.
    std::string whose(response const& r) const
    {
        REQUIRE_MESSAGE(r.status == 200, r.body);
        auto const g = tokens->find(json::parse(r.body)["access_token"].get<std::string>());
        REQUIRE(g);
        return g->client_id == identities->user().client_id ? "user" : "system";
    }
};

std::string const resource = "&resource=https%3A%2F%2Fml.azure.com";
std::string const imds = "/metadata/identity/oauth2/token?api-version=2018-02-01";

} // namespace

TEST_CASE("azure imds: numbers are texts, and each host has its own names for an identity")
{
    bench b;
    azure_imds_service s(b.identities);
    auto const call = [&](std::string const& more) { return ask(s, get(imds + more, {{"metadata", "true"}})); };
    auto const r = call(resource);
    CHECK(b.whose(r) == "system");
    CHECK(json::parse(r.body)["expires_in"] == "86399");
    CHECK(json::parse(r.body)["expires_on"] == std::to_string(1440938160 + 86399));
    auto const& user = b.identities->user();
    CHECK(b.whose(call(resource + "&client_id=" + user.client_id)) == "user");
    CHECK(b.whose(call(resource + "&object_id=" + user.object_id)) == "user");
    CHECK(b.whose(call(resource + "&msi_res_id=" + user.resource_id)) == "user");
    // App Service's names say nothing here, and nobody complains.
    CHECK(b.whose(call(resource + "&principal_id=" + user.object_id)) == "system");
    CHECK(b.whose(call(resource + "&mi_res_id=" + user.resource_id)) == "system");
    auto const unknown = call(resource + "&client_id=somebody");
    CHECK(unknown.status == 400);
    CHECK(json::parse(unknown.body)["error_description"] == "Identity not found");
    CHECK(ask(s, get(imds + resource)).status == 400);
    CHECK(ask(s, get(imds + resource, {{"metadata", "true"}, {"x-forwarded-for", "1.2.3.4"}})).status == 400);
    CHECK(call("&resource=https%3A%2F%2Fnobody.test").status == 400);
    CHECK(ask(s, get("/metadata/identity/oauth2/token?api-version=1" + resource, {{"metadata", "true"}})).status ==
          400);
    managed_identity_setup none;
    none.system_assigned = false;
    b.identities->set_up(none);
    CHECK(json::parse(call(resource).body)["error_description"] == "Identity not found");
}

TEST_CASE("app service and the older form: the secret header, the names, the date")
{
    bench b;
    auto const& user = b.identities->user();
    app_service_identity app(b.identities, "header");
    auto const call = [&](std::string const& more, std::string const& header = "header") {
        return ask(app, get("/msi/token?api-version=2019-08-01" + resource + more, {{"X-IDENTITY-HEADER", header}}));
    };
    CHECK(b.whose(call("")) == "system");
    CHECK_FALSE(json::parse(call("").body).contains("expires_in"));
    CHECK(b.whose(call("&principal_id=" + user.object_id)) == "user");
    CHECK(b.whose(call("&object_id=" + user.object_id)) == "user"); // an alias, here
    CHECK(b.whose(call("&mi_res_id=" + user.resource_id)) == "user");
    CHECK(b.whose(call("&msi_res_id=" + user.resource_id)) == "system");
    CHECK(call("&client_id=somebody").status == 400);
    CHECK(call("", "wrong").status == 401);

    machine_learning_identity aml(b.identities, "s");
    auto const old = [&](std::string const& more, std::string const& secret = "s") {
        return ask(aml,
                   get("/machine-learning/msi/token?api-version=2017-09-01" + resource + more, {{"secret", secret}}));
    };
    CHECK(b.whose(old("&clientid=" + user.client_id)) == "user");
    CHECK(b.whose(old("&client_id=" + user.client_id)) == "system"); // another host's name
    CHECK(json::parse(old("").body)["expires_on"] == 1440938160 + 86399);
    managed_identity_setup dates;
    dates.dates = true;
    b.identities->set_up(dates);
    CHECK(json::parse(old("").body)["expires_on"] == "08/31/2015 12:35:59 +00:00");
    CHECK(old("", "wrong").status == 401);
}

TEST_CASE("cloud shell: a form, and no choice of identity")
{
    bench b;
    cloud_shell_identity s(b.identities);
    auto r = form_post("/cloud-shell/oauth2/token", "resource=https%3A%2F%2Fml.azure.com");
    CHECK(ask(s, r).status == 400); // without the header
    r.headers.add("Metadata", "true");
    CHECK(b.whose(ask(s, r)) == "system");
    r.method = "GET";
    CHECK(ask(s, r).status == 405);
}

TEST_CASE("arc: only who reads the challenge's file gets a token, once for each file")
{
    auto const folder = std::filesystem::temp_directory_path() / ("augur-arc-" + std::to_string(::getpid()));
    std::filesystem::create_directory(folder);
    {
        bench b;
        arc_identity s(b.identities);
        auto const call = [&](std::string const& more, std::string const& proof = {}) {
            auto r = get("/arc/metadata/identity/oauth2/token?api-version=2020-06-01" + resource + more,
                         {{"metadata", "true"}});
            if (!proof.empty())
                r.headers.add("authorization", proof);
            return ask(s, r);
        };
        CHECK(call("").status == 500); // no folder
        s.set_folder((folder / "missing").string());
        CHECK(call("").status == 500);
        s.set_folder(folder.string());
        auto const content = [&](response const& r) {
            CHECK(r.status == 401);
            std::string const path(r.headers.get("www-authenticate").substr(std::string("Basic realm=").size()));
            CHECK(path.starts_with(folder.string()));
            CHECK((std::filesystem::status(path).permissions() & std::filesystem::perms(077)) ==
                  std::filesystem::perms(0));
            std::ifstream file(path);
            return std::string(std::istreambuf_iterator<char>(file), {});
        };
        auto const first = content(call(""));
        CHECK(b.whose(call("", "Basic " + first)) == "system");
        CHECK(call("", "Basic " + first).status == 403);
        CHECK(call("", "Basic guess").status == 403);
        auto const& user = b.identities->user();
        auto const confirmed = call("&client_id=" + user.client_id, "Basic " + content(call("")));
        CHECK(b.whose(confirmed) == "user");
        CHECK(json::parse(confirmed.body)["client_id"] == user.client_id);
        s.forget_user_assigned();
        auto const old = call("&client_id=" + user.client_id, "Basic " + content(call("")));
        CHECK(b.whose(old) == "system");
        CHECK_FALSE(json::parse(old.body).contains("client_id"));
        s.challenge_with("/etc/passwd");
        CHECK(call("").headers.get("www-authenticate") == "Basic realm=/etc/passwd");
    }
    CHECK(std::filesystem::is_empty(folder));
    std::filesystem::remove_all(folder);
}

TEST_CASE("arm: an endpoint's own token, for a token of the right audience")
{
    bench b;
    arm_service s(arm_options(), b.tokens);
    bearer_grant g;
    g.audience = "https://management.azure.com/";
    g.expires = moment + 1h;
    auto const arm = b.tokens->issue(g).token;
    g.audience = "https://ml.azure.com";
    auto const ml = b.tokens->issue(g).token;
    auto const call = [&](std::string const& token, std::string const& target, system_clock::time_point now = moment) {
        auto r = post(target, "");
        r.headers.add("authorization", "Bearer " + token);
        return ask(s, r, now);
    };
    auto const target = s.token_path() + "?api-version=2024-04-01";
    auto const code = [](response const& r) { return json::parse(r.body)["error"]["code"].get<std::string>(); };
    auto const got = json::parse(call(arm, target).body);
    CHECK(got["expiryTimeUtc"] == 1440938160 + 12 * 3600);
    CHECK(got["refreshAfterTimeUtc"] == 1440938160 + 11 * 3600);
    CHECK(code(call(ml, target)) == "InvalidAuthenticationTokenAudience");
    CHECK(code(call("x", target)) == "InvalidAuthenticationToken");
    CHECK(code(call(arm, target, moment + 1h)) == "ExpiredAuthenticationToken");
    CHECK(code(call(arm, s.token_path())) == "MissingApiVersionParameter");
    CHECK(call(arm, "/subscriptions/x?api-version=1").status == 404);
    CHECK(ask(s, post(target, "")).status == 401);

    azure_ml_options o;
    o.tokens = b.tokens;
    azure_ml_service scoring(o);
    auto const score = [&](std::string const& token) {
        auto r = post("/score", "{}");
        r.headers.add("authorization", "Bearer " + token);
        return ask(scoring, r);
    };
    CHECK(score(got["accessToken"]).status == 404); // past the door: there is no deployment
    CHECK(score(ml).status == 404);
    CHECK(score(arm).status == 401);
    CHECK(score("x").status == 401);
    b.tokens->revoke_all();
    for (auto const& r : {score(ml), call(arm, target)}) {
        CHECK(r.status == 401);
        CHECK(r.headers.get("www-authenticate").find("error=\"insufficient_claims\", claims=\"") != std::string::npos);
    }
}

TEST_CASE("openai service: a token of Entra opens Azure's paths if it is for them")
{
    auto o = openai_test_options();
    auto const tokens = std::make_shared<token_book>();
    o.tokens = tokens;
    openai_service s(o, ngrams());
    auto const call = [&](std::string const& audience, std::string const& target) {
        bearer_grant g;
        g.audience = audience;
        g.expires = moment + 1h;
        return ask(s, get(target, {{"authorization", "Bearer " + tokens->issue(g).token}})).status;
    };
    CHECK(call("https://cognitiveservices.azure.com", "/openai/v1/models") == 200);
    CHECK(call("https://ai.azure.com/", "/openai/v1/models") == 200);
    CHECK(call("https://ml.azure.com", "/openai/v1/models") == 401);
    CHECK(call("https://cognitiveservices.azure.com", "/v1/models") == 401); // OpenAI itself knows no Entra
}

// The emulated Entra: which proofs of identity it takes, and in which words it refuses the others.
#include "identity_support.hpp"

#include <augur/emulator/identity/entra_service.hpp>
#include <augur/testing/certificates.hpp>

#include <doctest/doctest.h>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

std::string const path = "/11111111-2222-4333-8444-555555555555/oauth2/v2.0/token";
std::string const app = "client_id=aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
std::string const ml = "&grant_type=client_credentials&scope=https%3A%2F%2Fml.azure.com%2F.default";
std::string const assertion_form =
    "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=";

constexpr long long now_seconds = 1440938160;

struct bench
{
    std::shared_ptr<token_book> tokens = std::make_shared<token_book>();
    entra_service service{options(), tokens};

    static entra_options options()
    {
        entra_options o;
        o.client_secret = "a~b+c/d=";
        return o;
    }
    response token(std::string const& body, std::string const& where = path, system_clock::time_point now = moment)
    {
        return ask(service, form_post(where, body), now);
    }
    int code(std::string const& body, std::string const& where = path, system_clock::time_point now = moment)
    {
        auto const r = token(body, where, now);
        return r.status == 200 ? 0 : json::parse(r.body)["error_codes"][0].get<int>();
    }
    json claims() const
    {
        return {{"aud", "https://localhost:1" + path},
                {"iss", service.options().client_id},
                {"sub", service.options().client_id},
                {"jti", "1"},
                {"nbf", now_seconds},
                {"exp", now_seconds + 600}};
    }
    json modern() { return {{"alg", "PS256"}, {"typ", "JWT"}, {"x5t#S256", thumbprint(pem, EVP_sha256())}}; }
    int with(json const& header, json const& claims) { return with(header, claims, service.key_pem()); }
    int with(json const& header, json const& claims, std::string const& key)
    {
        return code(app + ml + assertion_form + signed_jwt(header, claims, key));
    }
    std::string pem = service.certificate_pem();
};

std::string const secret = "&client_secret=a~b%2Bc%2Fd%3D";

} // namespace

TEST_CASE("entra: a secret gives a token for one resource, and the book knows it")
{
    bench b;
    auto const r = b.token(app + ml + secret);
    REQUIRE(r.status == 200);
    auto const body = json::parse(r.body);
    CHECK(body["token_type"] == "Bearer");
    CHECK(body["expires_in"] == 3599);
    CHECK_FALSE(body.contains("refresh_in"));
    auto const token = body["access_token"].get<std::string>();
    CHECK(b.tokens->check(token, {"https://ml.azure.com/"}, moment) == token_state::good);
    CHECK(b.tokens->check(token, {"https://management.azure.com"}, moment) == token_state::wrong_audience);
    CHECK(b.tokens->check(token, {"https://ml.azure.com"}, moment + 1h) == token_state::expired);
    CHECK(b.tokens->check("made-up", {"https://ml.azure.com"}, moment) == token_state::unknown);
    b.tokens->revoke_all();
    CHECK(b.tokens->check(token, {"https://ml.azure.com"}, moment) == token_state::revoked);

    entra_setup setup;
    setup.lifetime = 24h;
    setup.refresh_in = 12h;
    b.service.set_up(setup);
    CHECK(json::parse(b.token(app + ml + secret).body)["refresh_in"] == 43200);
    CHECK(b.code(app + ml + secret, "/contoso.emulator.test/oauth2/v2.0/token") == 0);
}

TEST_CASE("entra: refusals, each with its number")
{
    bench b;
    auto const rm = [](std::string text, std::string const& what) { return text.erase(text.find(what), what.size()); };
    CHECK(b.code(app + ml + "&client_secret=wrong") == 7000215);
    CHECK(b.code(app + ml + "&client_secret=a~b+c/d=") == 7000215); // a plus is a blank in a form
    CHECK(b.code(app + ml) == 7000218);
    CHECK(b.code("client_id=somebody" + ml + secret) == 700016);
    CHECK(b.code(app + ml + secret, "/organizations/oauth2/v2.0/token") == 90002);
    CHECK(b.code(app + ml + secret, "/22222222-2222-4333-8444-555555555555/oauth2/v2.0/token") == 90002);
    CHECK(b.code(app + rm(ml, "%2F.default") + secret) == 1002012);
    CHECK(b.code(app + ml + "%20openid" + secret) == 1002012);
    CHECK(b.code(app + "&grant_type=client_credentials&scope=https%3A%2F%2Fnobody.test%2F.default" + secret) == 500011);
    CHECK(b.code(app + "&grant_type=password" + secret) == 70003);
    CHECK(b.code(app + ml + secret + secret) == 90100);
    CHECK(b.code(app + ml + secret + "&claims=nonsense") == 90014);
    CHECK(b.code(app + ml + secret + "&claims=%7B%22access_token%22%3A%7B%7D%7D") == 0);
    CHECK(b.tokens->issued().back().claims == R"({"access_token":{}})");
    CHECK(ask(b.service, get(path)).status == 400);

    auto r = form_post(path, app + ml + "&client_secret=wrong");
    r.headers.add("client-request-id", "my-id");
    r.headers.add("return-client-request-id", "true");
    auto const answer = ask(b.service, r);
    CHECK(answer.status == 401);
    CHECK(answer.headers.get("client-request-id") == "my-id");
    auto const body = json::parse(answer.body);
    CHECK(body["error"] == "invalid_client");
    CHECK(body["correlation_id"] == "my-id");
    CHECK(body["error_description"].get<std::string>().starts_with("AADSTS7000215: "));
    CHECK(answer.body.find("wrong") == std::string::npos);
}

TEST_CASE("entra: a certificate's assertion is verified, whole")
{
    bench b;
    CHECK(b.with(b.modern(), b.claims()) == 0);
    CHECK(b.with(b.modern(), b.claims()) == 50027); // the same jti again
    auto claims = b.claims();
    int id = 1;
    auto const changed = [&](char const* name, json value) {
        auto c = b.claims();
        c["jti"] = std::to_string(++id);
        c[name] = std::move(value);
        return b.with(b.modern(), c);
    };
    CHECK(changed("aud", "https://localhost:1/other/oauth2/v2.0/token") == 700023);
    CHECK(changed("sub", "somebody") == 700021);
    CHECK(changed("exp", now_seconds - 301) == 700024);
    CHECK(changed("exp", "soon") == 700024);
    CHECK(changed("nbf", now_seconds + 301) == 700024);
    CHECK(changed("jti", "") == 50027);
    CHECK(changed("extra", "harmless") == 0);

    json const old = {{"alg", "RS256"}, {"typ", "JWT"}, {"x5t", thumbprint(b.pem, EVP_sha1())}};
    claims["jti"] = "old";
    CHECK(b.with(old, claims) == 0);
    claims["jti"] = "wrong key";
    auto const other =
        augur::testing::self_signed(augur::testing::certificate_options().key(augur::testing::key_kind::rsa_2048));
    CHECK(b.with(b.modern(), claims, other.key_pem) == 700027);
    auto unregistered = b.modern();
    unregistered["x5t#S256"] = thumbprint(other.certificate_pem, EVP_sha256());
    CHECK(b.with(unregistered, claims, other.key_pem) == 700027);
    auto none = b.modern();
    none["alg"] = "none";
    CHECK(b.with(none, claims) == 700027);
    auto mixed = b.modern();
    mixed["alg"] = "RS256"; // verified as what it says, not as what it is
    CHECK(b.code(app + ml + assertion_form + "a.b.c") == 50027);
    CHECK(b.with(mixed, claims) == 0);
    auto chained = b.modern();
    chained["x5c"] = json::array({"MIIB"});
    claims["jti"] = "chained";
    CHECK(b.with(chained, claims) == 700027);
}

TEST_CASE("entra: a federated assertion is matched by issuer, audience and subject")
{
    bench b;
    auto const code = [&](federated_credential const& claims, system_clock::time_point expires = moment + 1h) {
        return b.code(app + ml + assertion_form + b.service.federated_token(claims, expires));
    };
    CHECK(code({}) == 0);
    CHECK(code({}) == 0); // a projected token is used again and again
    federated_credential f;
    f.issuer = "https://elsewhere.test";
    CHECK(code(f) == 700211);
    f = {};
    f.audience = "sts.amazonaws.com";
    CHECK(code(f) == 700212);
    f = {};
    f.subject = "somebody";
    CHECK(code(f) == 700213);
    CHECK(code({}, moment - 301s) == 700024);
    auto token = b.service.federated_token(moment + 1h);
    token[token.size() - 10] = token[token.size() - 10] == 'A' ? 'B' : 'A';
    CHECK(b.code(app + ml + assertion_form + token) == 5000611);
}

TEST_CASE("entra: device codes are polled until the person has decided")
{
    bench b;
    std::string const devices = "/organizations/oauth2/v2.0/devicecode";
    std::string const person = "client_id=04b07795-8ddb-461a-bbee-02f9e1bf7b46";
    std::string const scope = "&scope=https%3A%2F%2Fml.azure.com%2F.default%20offline_access";
    auto const start = [&] {
        auto const r = b.token(person + scope, devices);
        REQUIRE(r.status == 200);
        return json::parse(r.body);
    };
    auto const poll = [&](json const& begun, system_clock::time_point now = moment) {
        return b.token(person + "&grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=" +
                           begun["device_code"].get<std::string>(),
                       path, now);
    };
    auto const said = [](response const& r) { return json::parse(r.body)["error"].get<std::string>(); };
    auto const begun = start();
    CHECK(begun["message"].get<std::string>().find(begun["user_code"].get<std::string>()) != std::string::npos);
    CHECK(said(poll(begun)) == "authorization_pending");
    auto const got = json::parse(poll(begun).body);
    CHECK(b.tokens->check(got["access_token"].get<std::string>(), {"https://ml.azure.com"}, moment) ==
          token_state::good);
    CHECK(said(poll(begun)) == "bad_verification_code");
    auto const refresh = [&] {
        return b.token(person + scope +
                       "&grant_type=refresh_token&refresh_token=" + got["refresh_token"].get<std::string>());
    };
    CHECK(refresh().status == 200);
    CHECK(said(refresh()) == "invalid_grant");

    entra_setup setup;
    setup.person = entra_setup::device::declines;
    setup.slow_down = 1;
    setup.pending = 0;
    b.service.set_up(setup);
    auto const declined = start();
    CHECK(said(poll(declined)) == "slow_down");
    CHECK(said(poll(declined)) == "authorization_declined");
    setup.person = entra_setup::device::waits;
    b.service.set_up(setup);
    auto const forgotten = start();
    CHECK(said(poll(forgotten, moment + 15min)) == "expired_token");
    CHECK(json::parse(b.token(app + scope, devices).body)["error_codes"][0] == 700016);
}

TEST_CASE("entra: the document that clients look up first, and AD FS's older path")
{
    bench b;
    auto const d = json::parse(ask(b.service, get("/t/v2.0/.well-known/openid-configuration")).body);
    CHECK(d["token_endpoint"] == "https://localhost:1/t/oauth2/v2.0/token");
    CHECK(d["issuer"] == "https://localhost:1/t/v2.0");
    CHECK(b.code(app + "&grant_type=client_credentials&resource=https%3A%2F%2Fml.azure.com" + secret,
                 "/adfs/oauth2/token") == 0);
    CHECK_FALSE(b.service.matches(get("/a/b/oauth2/v2.0/token")));
    CHECK_FALSE(b.service.matches(get("/oauth2/v2.0/token")));
}

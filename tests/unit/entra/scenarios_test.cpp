// Every source of applications and people against everything Entra may answer: one table, counted.

#include "source_support.hpp"

#include <iostream>

using namespace entra_test;
using namespace std::chrono_literals;

namespace {

using make_source = std::function<std::shared_ptr<token_source>(bench&)>;
using auth::entra::errc;

struct scenario
{
    char const* what;
    make_source source;
    std::vector<reply> answers;
    ending comes;
    token_request asked{ml_scope};
};

std::shared_ptr<token_source> by_secret(bench& b)
{
    return client_secret(b.app(), secret("CANARY~+="), b.options());
}
std::shared_ptr<token_source> by_assertion(bench& b)
{
    return client_assertion(b.app(), assertion_from([] { return result<secret>(secret("h.CANARY.s")); }), b.options());
}
/// The variables of a pod, and what its token's file holds.
make_source workload(std::string content)
{
    return [content](bench& b) {
        b.e.azure_tenant_id = tenant_a;
        b.e.azure_client_id = "client-1";
        b.e.azure_federated_token_file = b.here.write("token", content);
        return workload_identity(b.options());
    };
}
/// The environment as `set` makes it.
make_source environment(std::function<void(bench&)> set)
{
    return [set](bench& b) {
        set(b);
        return environment_application(b.options());
    };
}
make_source of_tenant(std::string tenant)
{
    return [tenant](bench& b) { return client_secret(app_identity(tenant, "client-1"), secret("x"), b.options()); };
}
make_source at_authority(std::string host)
{
    return [host](bench& b) { return client_secret(b.app(), secret("x"), b.options().authority(host)); };
}
std::shared_ptr<token_source> device(bench& b)
{
    return device_code("organizations", "client-1", [](device_prompt const&) {}, b.options());
}

error_code code_of(errc e)
{
    return make_error_code(e);
}
error_code ours(augur::errc e)
{
    return make_error_code(e);
}
reply ok()
{
    return reply::with(200, {{"content-type", "application/json"}}, good_token);
}
reply said(int status, std::string text)
{
    return reply::with(status, {}, std::move(text));
}
reply lost()
{
    return reply::fail(error(make_error_code(augur::errc::connection_lost), phase::first_byte, outcome::unknown));
}
reply issued()
{
    return said(200, R"({"device_code":"CANARY","user_code":"ABC","verification_uri":"https://x/device",)"
                     R"("expires_in":900,"interval":"5","message":"Go to x"})");
}
reply pending(char const* name = "authorization_pending")
{
    return said(400, std::string(R"({"error":")") + name + R"("})");
}

std::vector<scenario> application_rows()
{
    auto const refused_with = [](int n, char const* word) {
        return ending{code_of(errc::refused), {"AADSTS" + std::to_string(n), word}};
    };
    ending const token{};
    ending const wrong{ours(augur::errc::invalid_argument)};
    ending const unreadable{ours(augur::errc::decode_error)};
    return {
        {"secret: a token", by_secret, {ok()}, token},
        {"secret: wrong", by_secret, {refused(7000215, 401)}, refused_with(7000215, "corr-1")},
        {"secret: expired", by_secret, {refused(7000222, 401)}, refused_with(7000222, "401")},
        {"secret: no such app", by_secret, {refused(700016)}, refused_with(700016, "No.")},
        {"secret: no such tenant", by_secret, {refused(90002)}, refused_with(90002, "No.")},
        {"secret: no tenant's id", by_secret, {refused(900023)}, refused_with(900023, "No.")},
        {"secret: no such resource", by_secret, {refused(500011)}, refused_with(500011, "No.")},
        {"secret: no such scope", by_secret, {refused(70011)}, refused_with(70011, "No.")},
        {"secret: no consent", by_secret, {refused(65001)}, refused_with(65001, "No.")},
        {"secret: Conditional Access", by_secret, {refused(53003)}, {code_of(errc::interaction), {"AADSTS53003"}}},
        {"secret: another factor", by_secret, {refused(50076)}, {code_of(errc::interaction), {"AADSTS50076"}}},
        {"secret: in a loop", by_secret, {refused(50196)}, {code_of(errc::back_off), {"AADSTS50196"}}},
        {"secret: out of service, once", by_secret, {said(503, ""), ok()}, token},
        {"secret: out of service",
         by_secret,
         {said(503, ""), said(502, "<html>"), said(500, "")},
         {code_of(errc::unavailable), {"500"}}},
        {"secret: a service error by number", by_secret, {refused(90033)}, {code_of(errc::unavailable), {"90033"}}},
        {"secret: throttled, then not", by_secret, {reply::with(429, {{"Retry-After", "5"}}), ok()}, token},
        {"secret: throttled for long",
         by_secret,
         {reply::with(429, {{"Retry-After", "60"}})},
         {code_of(errc::throttled), {"429"}}},
        {"secret: connection lost, once", by_secret, {lost(), ok()}, token},
        {"secret: connection lost",
         by_secret,
         {lost(), lost(), lost()},
         {ours(augur::errc::connection_lost), {"Entra"}}},
        {"secret: a web page", by_secret, {said(200, "<html>CANARY")}, unreadable},
        {"secret: a token without an end", by_secret, {said(200, R"({"access_token":"CANARY"})")}, unreadable},
        {"secret: a redirect", by_secret, {said(302, "")}, unreadable},
        {"secret: words that repeat it",
         by_secret,
         {said(401, R"({"error":"invalid_client","error_description":"AADSTS7000215: not CANARY~+="})")},
         refused_with(7000215, "401")},
        {"secret: 100 levels of JSON", by_secret, {said(200, std::string(100, '['))}, unreadable},
        {"secret: empty", [](bench& b) { return client_secret(b.app(), secret(), b.options()); }, {}, wrong},
        {"an app that is none",
         [](bench& b) { return client_secret(app_identity(tenant_a, "a&b=c"), secret("x"), b.options()); },
         {},
         wrong},
        {"a tenant with a slash", of_tenant("a/../b"), {}, wrong},
        {"a tenant with a line break", of_tenant("a\nb"), {}, wrong},
        {"AD FS", of_tenant("adfs"), {ok()}, token},
        {"an authority without TLS", at_authority("http://login.test"), {}, wrong},
        {"an authority with a path", at_authority("https://login.test/x"), {}, wrong},
        {"an authority of the US", at_authority("https://login.microsoftonline.us"), {ok()}, token},
        {"two resources", by_secret, {}, wrong, token_request("https://a/.default https://b/.default")},
        {"a scope without its end", by_secret, {}, wrong, token_request("https://ml.azure.com")},
        {"claims that are none", by_secret, {}, wrong, token_request(ml_scope).claims("CANARY")},
        {"another tenant, unasked", by_secret, {}, wrong, token_request(ml_scope).tenant(tenant_b)},
        {"another tenant, allowed",
         [](bench& b) { return client_secret(b.app(), secret("x"), b.options().allow_tenant("*")); },
         {ok()},
         token,
         token_request(ml_scope).tenant(tenant_b)},
        {"assertion: a token", by_assertion, {ok()}, token},
        {"assertion: no match on record", by_assertion, {refused(70021)}, refused_with(70021, "No.")},
        {"assertion: issuer", by_assertion, {refused(700211)}, refused_with(700211, "No.")},
        {"assertion: audience", by_assertion, {refused(700212)}, refused_with(700212, "No.")},
        {"assertion: subject", by_assertion, {refused(700213)}, refused_with(700213, "No.")},
        {"assertion: clock", by_assertion, {refused(700024, 401)}, {code_of(errc::wrong_clock), {"clock", "700024"}}},
        {"assertion: bad signature", by_assertion, {refused(700027, 401)}, refused_with(700027, "No.")},
        {"assertion: whoever vouches fails",
         [](bench& b) {
             return client_assertion(b.app(), assertion_from([]() -> result<secret> {
                                         return make_error(augur::errc::connect_failed, phase::auth, outcome::not_sent,
                                                           "vault is down");
                                     }),
                                     b.options());
         },
         {},
         {ours(augur::errc::connect_failed), {"vault is down"}}},
        {"assertion: empty",
         [](bench& b) {
             return client_assertion(b.app(), assertion_from([] { return result<secret>(secret()); }), b.options());
         },
         {},
         wrong},
    };
}

std::vector<scenario> machine_rows()
{
    ending const token{};
    ending const wrong{ours(augur::errc::invalid_argument)};
    auto const absent = [](char const* word) {
        return ending{ours(augur::errc::credentials_unavailable), {word}, true};
    };
    return {
        {"workload: a token", workload("h.p.s"), {ok()}, token},
        {"workload: blanks around it", workload("\n h.p.s \r\n"), {ok()}, token},
        {"workload: an empty file", workload(" \n"), {}, {ours(augur::errc::invalid_argument), {"is empty"}}},
        {"workload: a line break in it",
         workload("CANARY\r\nx: y"),
         {},
         {ours(augur::errc::invalid_argument), {"line break"}}},
        {"workload: too large",
         workload(std::string(64 * 1024 + 1, 'a')),
         {},
         {ours(augur::errc::invalid_argument), {"64 KiB"}}},
        {"workload: no file",
         [](bench& b) {
             workload("x")(b);
             b.e.azure_federated_token_file = b.here.path("nothing");
             return workload_identity(b.options());
         },
         {},
         {ours(augur::errc::invalid_argument), {"cannot be read"}}},
        {"workload: a folder",
         [](bench& b) {
             workload("x")(b);
             b.e.azure_federated_token_file = b.here.path("");
             return workload_identity(b.options());
         },
         {},
         {ours(augur::errc::invalid_argument), {"is a folder"}}},
        {"workload: a token proxy",
         [](bench& b) {
             workload("x")(b);
             b.e.azure_kubernetes_token_proxy = "https://10.0.0.1";
             return workload_identity(b.options());
         },
         {},
         {ours(augur::errc::unsupported), {"AZURE_KUBERNETES_TOKEN_PROXY"}}},
        {"workload: not one",
         [](bench& b) { return workload_identity(b.options()); },
         {},
         absent("AZURE_FEDERATED_TOKEN_FILE")},
        {"environment: nothing", environment([](bench&) {}), {}, absent("AZURE_TENANT_ID")},
        {"environment: no proof",
         environment([](bench& b) { b.e.azure_tenant_id = b.e.azure_client_id = "x"; }),
         {},
         absent("AZURE_CLIENT_SECRET")},
        {"environment: a secret alone",
         environment([](bench& b) { b.e.azure_client_secret = secret("CANARY"); }),
         {},
         absent("AZURE_TENANT_ID")},
        {"environment: a secret",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_client_secret = secret("CANARY");
             b.e.azure_client_certificate_path = "/nowhere";
         }),
         {ok()},
         token},
        {"environment: a wrong secret",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_client_secret = secret("CANARY");
         }),
         {refused(7000215, 401)},
         {code_of(errc::refused), {"AADSTS7000215"}}},
        {"environment: a certificate that is not there",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_client_certificate_path = "/nowhere";
         }),
         {},
         {ours(augur::errc::invalid_argument), {"/nowhere"}}},
        {"environment: the tenant of everybody",
         environment([](bench& b) {
             b.e.azure_tenant_id = "organizations";
             b.e.azure_client_id = "c";
             b.e.azure_client_secret = secret("CANARY");
         }),
         {},
         {ours(augur::errc::invalid_argument), {"organizations", "name its own"}}},
        {"environment: a certificate for any tenant",
         environment([](bench& b) {
             b.e.azure_tenant_id = "Common";
             b.e.azure_client_id = "c";
             b.e.azure_client_certificate_path = "/nowhere";
         }),
         {},
         {ours(augur::errc::invalid_argument), {"Common", "name its own"}}},
        {"environment: a password",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_username = "me";
         }),
         {},
         {ours(augur::errc::unsupported), {"AZURE_USERNAME"}}},
        {"environment: an authority without TLS",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_client_secret = secret("CANARY");
             b.e.azure_authority_host = "http://login.test";
         }),
         {},
         wrong},
        {"environment: another tenant, unasked",
         environment([](bench& b) {
             b.e.azure_tenant_id = tenant_a;
             b.e.azure_client_id = "c";
             b.e.azure_client_secret = secret("CANARY");
         }),
         {},
         wrong,
         token_request(ml_scope).tenant(tenant_b)},
        {"device: entered after a while", device, {issued(), pending(), pending("slow_down"), ok()}, token},
        {"device: declined",
         device,
         {issued(), pending("authorization_declined")},
         {code_of(errc::interaction), {"authorization_declined", "declined"}}},
        {"device: expired",
         device,
         {issued(), pending(), pending("expired_token")},
         {code_of(errc::interaction), {"expired_token"}}},
        {"device: a bad code",
         device,
         {issued(), pending("bad_verification_code")},
         {code_of(errc::interaction), {"bad_verification_code"}}},
        {"device: no such app", device, {refused(700016)}, {code_of(errc::refused), {"AADSTS700016"}}},
        {"device: refused while waiting", device, {issued(), refused(50076)}, {code_of(errc::interaction), {"50076"}}},
        {"device: no code", device, {said(200, "{}")}, {ours(augur::errc::decode_error), {"device_code"}}},
        {"device: a web page", device, {said(200, "<CANARY")}, {ours(augur::errc::decode_error), {}}},
        {"code: a token", [](bench&) { return fixed_token(secret("")); }, {}, absent("empty")},
    };
}

} // namespace

TEST_CASE("entra: every source against everything that may be answered")
{
    auto all = application_rows();
    for (auto& row : machine_rows())
        all.push_back(std::move(row));
    for (auto& row : all) {
        CAPTURE(row.what);
        bench b;
        auto const source = row.source(b);
        for (auto& one : row.answers)
            b.expect(std::move(one));
        auto const got = b.fetch(source, row.asked);
        check_ending(got, row.comes);
        CHECK_MESSAGE(b.transport->ok(), row.what);
        CHECK_FALSE(contains(source->name(), "CANARY"));
    }
    std::cout << "entra: " << all.size() << " scenarios of applications and people\n";
    CHECK(all.size() >= 60);
}

TEST_CASE("entra: what goes over the wire, to the letter")
{
    bench b;
    b.expect(ok());
    REQUIRE(b.fetch(client_secret(app_identity(tenant_a, "c"), secret("a~b+c="), b.options())).has_value());
    auto const& sent = b.seen().at(0);
    CHECK(sent.to.host == "login.microsoftonline.com");
    CHECK(sent.to.is_https);
    CHECK(sent.target == "/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token");
    CHECK(sent.field("content-type") == "application/x-www-form-urlencoded");
    CHECK(sent.field("client-request-id").size() == 36);
    CHECK(sent.field("return-client-request-id") == "true");
    CHECK(sent.content == "client_id=c&scope=https%3A%2F%2Fml.azure.com%2F.default&grant_type=client_credentials&"
                          "client_secret=a~b%2Bc%3D");
    b.expect(ok());
    auto const vouched = client_assertion(app_identity(tenant_a, "c"),
                                          assertion_from([] { return result<secret>(secret("h.p.s")); }), b.options());
    REQUIRE(b.fetch(vouched, token_request(ml_scope).with_continuous_evaluation()).has_value());
    CHECK(b.seen().at(1).content ==
          "client_id=c&scope=https%3A%2F%2Fml.azure.com%2F.default&grant_type=client_credentials&claims=%7B%22access_"
          "token%22%3A%7B%22xms_cc%22%3A%7B%22values%22%3A%5B%22cp1%22%5D%7D%7D%7D&client_assertion_type=urn%3Aietf%"
          "3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=h.p.s");
}

TEST_CASE("entra: a federated token is read anew at every fetch")
{
    bench b;
    auto const source = workload("old.one")(b);
    b.expect(ok());
    b.expect(ok());
    REQUIRE(b.fetch(source).has_value());
    b.here.write("other", "new.one");
    std::filesystem::rename(b.here.path("other"), b.here.path("token")); // as kubelet does it
    REQUIRE(b.fetch(source).has_value());
    CHECK(contains(b.seen().at(0).content, "client_assertion=old.one"));
    CHECK(contains(b.seen().at(1).content, "client_assertion=new.one"));
}

TEST_CASE("entra: a device code is told, waited for as long as asked, and its refresh token used later")
{
    bench b;
    std::vector<device_prompt> told;
    auto const source =
        device_code("organizations", "client-1", [&told](device_prompt const& p) { told.push_back(p); }, b.options());
    std::string const with_refresh = R"({"expires_in":3599,"access_token":"tok","refresh_token":"RT-1"})";
    b.transport->expect("POST", "/organizations/oauth2/v2.0/devicecode", issued());
    b.transport->expect("POST", "/organizations/oauth2/v2.0/token", pending());
    b.transport->expect("POST", "/organizations/oauth2/v2.0/token", pending("slow_down"));
    b.transport->expect("POST", "/organizations/oauth2/v2.0/token", said(200, with_refresh));
    REQUIRE(b.fetch(source).has_value());
    CHECK(b.time->elapsed() == 5s + 5s + 10s);
    REQUIRE(told.size() == 1);
    CHECK(told[0].user_code == "ABC");
    CHECK(told[0].message == "Go to x");
    CHECK(b.seen()[0].content == "client_id=client-1&scope=https%3A%2F%2Fml.azure.com%2F.default%20offline_access");
    CHECK(contains(b.seen()[1].content, "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code"));
    b.expect(said(200, good_token));
    REQUIRE(b.fetch(source, token_request("https://storage.azure.com/.default")).has_value());
    CHECK(contains(b.seen()[4].content, "grant_type=refresh_token"));
    CHECK(contains(b.seen()[4].content, "refresh_token=RT-1"));
    CHECK(told.size() == 1);
    b.expect(refused(50173, 400, "invalid_grant")); // it is over: the person is asked again
    b.expect(issued());
    b.expect(ok());
    REQUIRE(b.fetch(source).has_value());
    CHECK(told.size() == 2);
    CHECK(b.transport->ok());
}

TEST_CASE("entra: nobody enters the code: the wait ends with the caller's deadline, and with the code")
{
    bench b;
    b.expect(issued());
    for (int i = 0; i < 3; ++i)
        b.expect(pending());
    auto const early = b.fetch(device(b), token_request(ml_scope), 18s);
    REQUIRE_FALSE(early.has_value());
    CHECK(early.error() == condition::timeout);
    bench c;
    c.expect(issued());
    for (int i = 0; i < 179; ++i)
        c.expect(pending());
    check_ending(c.fetch(device(c), token_request(ml_scope), 1h),
                 {code_of(auth::entra::errc::interaction), {"in time"}});
}

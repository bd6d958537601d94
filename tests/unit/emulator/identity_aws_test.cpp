// The services that hand out AWS credentials: what each demands, refuses and gives.
#include "identity_support.hpp"

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/identity/container_credentials_service.hpp>
#include <augur/emulator/identity/imds_service.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/identity/sts_service.hpp>
#include <augur/emulator/sagemaker_service.hpp>

#include <doctest/doctest.h>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<aws_accounts> some_accounts()
{
    aws_principal one;
    one.key.access_key = signing().access_key;
    one.key.secret_key = signing().secret_key;
    one.arn = "arn:aws:iam::123456789012:user/one";
    one.user_id = "AIDAONE";
    auto two = one;
    two.key.access_key = "AKIAFORBIDDEN";
    two.key.may_invoke = false;
    return std::make_shared<aws_accounts>(std::vector<aws_principal>{one, two});
}

request put_token(std::string ttl = "21600")
{
    auto r = get("/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", std::move(ttl)}});
    r.method = "PUT";
    return r;
}

std::string const role_path = "/latest/meta-data/iam/security-credentials/";

response with_token(imds_service& s, std::string const& target, std::string const& token,
                    system_clock::time_point now = moment)
{
    return ask(s, get(target, {{"x-aws-ec2-metadata-token", token}}), now);
}

request form_post(std::string body)
{
    return emulator_test::form_post("/", std::move(body));
}

request signed_post(std::string body, signing s = {})
{
    auto r = form_post(std::move(body));
    s.service = "sts";
    sign(r, s);
    return r;
}

std::string element(response const& r, std::string const& name)
{
    auto const from = r.body.find("<" + name + ">");
    auto const to = r.body.find("</" + name + ">");
    REQUIRE_MESSAGE(from != std::string::npos, r.body);
    return r.body.substr(from + name.size() + 2, to - from - name.size() - 2);
}

std::string const assume = "Action=AssumeRole&Version=2011-06-15&RoleSessionName=s1&RoleArn="
                           "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Femulator-role";
std::string const by_token = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=s1&RoleArn="
                             "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Femulator-role&WebIdentityToken=";
std::string const who = "Action=GetCallerIdentity&Version=2011-06-15";

} // namespace

TEST_CASE("imds: a token by PUT, the role's name, and credentials that stay until they are nearly over")
{
    imds_service s(some_accounts());
    auto const token = ask(s, put_token("60"));
    CHECK(token.status == 200);
    CHECK(token.headers.get("x-aws-ec2-metadata-token-ttl-seconds") == "60");
    CHECK(with_token(s, role_path, token.body).body == "emulator-instance-role");
    auto const first = json::parse(with_token(s, role_path + "emulator-instance-role", token.body).body);
    CHECK(first["Code"] == "Success");
    CHECK(first["Expiration"] == "2015-08-30T18:36:00Z");
    CHECK(json::parse(with_token(s, role_path + "emulator-instance-role", token.body).body)["AccessKeyId"] ==
          first["AccessKeyId"]);
    auto const later = moment + 5h;
    auto const fresh = ask(s, put_token(), later).body;
    CHECK(json::parse(with_token(s, role_path + "emulator-instance-role", fresh, later).body)["AccessKeyId"] !=
          first["AccessKeyId"]);
}

TEST_CASE("imds: what it refuses")
{
    imds_service s(some_accounts());
    auto const token = ask(s, put_token("60")).body;
    CHECK(ask(s, get(role_path)).status == 401); // version 1
    CHECK(with_token(s, role_path, "made-up").status == 401);
    CHECK(with_token(s, role_path, token, moment + 61s).status == 401);
    CHECK(ask(s, put_token("0")).status == 400);
    CHECK(ask(s, put_token("21601")).status == 400);
    CHECK(ask(s, put_token("ten")).status == 400);
    auto forwarded = put_token();
    forwarded.headers.add("x-forwarded-for", "10.0.0.1");
    CHECK(ask(s, forwarded).status == 403);
    CHECK(ask(s, get("/latest/api/token")).status == 405);
    CHECK(with_token(s, role_path + "other", token).status == 404);
    s.forget_tokens();
    CHECK(with_token(s, role_path, token).status == 401);

    imds_setup setup;
    setup.enabled = false;
    s.set_up(setup);
    CHECK(ask(s, put_token()).status == 403);
    setup.enabled = true;
    setup.role = "";
    s.set_up(setup);
    CHECK(with_token(s, role_path, ask(s, put_token()).body).status == 404);
    setup.role = "r";
    setup.version_1 = true;
    setup.code = "AssumeRoleUnauthorizedAccess";
    s.set_up(setup);
    auto const answer = json::parse(ask(s, get(role_path + "r")).body);
    CHECK(answer["Code"] == "AssumeRoleUnauthorizedAccess");
    CHECK_FALSE(answer.contains("SecretAccessKey"));
    setup.beyond_hop_limit = true;
    s.set_up(setup);
    CHECK(ask(s, put_token()).delay >= 1h);
}

TEST_CASE("container: the whole authorization header is compared, and may change while it runs")
{
    container_credentials_service s(some_accounts(), "Basic first");
    auto const call = [&s](std::string const& target, std::string const& token) {
        return ask(s, get(target, {{"authorization", token}}));
    };
    auto const set = json::parse(call("/v1/credentials", "Basic first").body);
    CHECK(set["Expiration"] == "2015-08-30T18:36:00Z");
    CHECK(set["AccountId"] == "123456789012");
    CHECK(call("/v2/credentials/7", "Basic first").status == 200);
    CHECK(call("/v2/credentials/", "Basic first").status == 400);
    auto const refused = call("/v1/credentials", "Basic wrong");
    CHECK(refused.status == 403);
    CHECK(json::parse(refused.body)["code"] == "AccessDenied");
    CHECK(ask(s, get("/v1/credentials")).status == 401);
    s.set_token("Basic second");
    CHECK(call("/v1/credentials", "Basic first").status == 403);
    CHECK(call("/v1/credentials", "Basic second").status == 200);
    s.reset();
    CHECK(call("/v1/credentials", "Basic first").status == 200);
}

TEST_CASE("sts: who am I, said by the signature")
{
    sts_service s(sts_options(), some_accounts());
    auto const r = ask(s, signed_post(who));
    CHECK(r.status == 200);
    CHECK(element(r, "Arn") == "arn:aws:iam::123456789012:user/one");
    CHECK(element(r, "UserId") == "AIDAONE");
    CHECK(element(r, "Account") == "123456789012");
    CHECK(element(r, "RequestId") == "11111111-2222-4333-8444-555555555555");
}

TEST_CASE("sts: a role, whose credentials sign the next call and a call of SageMaker")
{
    auto const accounts = some_accounts();
    sts_service s(sts_options(), accounts);
    auto const r = ask(s, signed_post(assume + "&DurationSeconds=900"));
    CHECK(r.status == 200);
    CHECK(element(r, "Expiration") == "2015-08-30T12:51:00Z");
    signing keys;
    keys.access_key = element(r, "AccessKeyId");
    keys.secret_key = element(r, "SecretAccessKey");
    keys.session_token = element(r, "SessionToken");
    CHECK(element(ask(s, signed_post(who, keys)), "Arn") == "arn:aws:sts::123456789012:assumed-role/emulator-role/s1");

    sagemaker_options o;
    o.accounts = accounts;
    sagemaker_service sagemaker(o);
    auto call = post("/endpoints/none/invocations", "{}");
    sign(call, keys);
    CHECK(ask(sagemaker, call).body.find("not found") != std::string::npos); // past the signature
    auto late = call;
    CHECK(ask(sagemaker, late, moment + 16min).headers.get("x-amzn-errortype") == "ExpiredTokenException");
    auto without = keys;
    without.session_token.clear();
    auto bare = post("/endpoints/none/invocations", "{}");
    sign(bare, without);
    CHECK(ask(sagemaker, bare).headers.get("x-amzn-errortype") == "UnrecognizedClientException");
    accounts->reset();
    CHECK(ask(sagemaker, call).headers.get("x-amzn-errortype") == "UnrecognizedClientException");
}

TEST_CASE("sts: a role by an identity provider's token needs no signature")
{
    sts_options o;
    o.identities.emplace_back().token = "good-token";
    sts_service s(o, some_accounts());
    auto const r = ask(s, form_post(by_token + "good-token"));
    CHECK(r.status == 200);
    CHECK(element(r, "SubjectFromWebIdentityToken") == "system:serviceaccount:default:emulator");
    CHECK(element(r, "AccessKeyId").starts_with("ASIA"));

    CHECK(element(ask(s, form_post(by_token + "made-up")), "Code") == "InvalidIdentityToken");
    web_identity old;
    old.token = "old-token";
    old.expires = moment;
    s.trust(old);
    CHECK(element(ask(s, form_post(by_token + "old-token")), "Code") == "ExpiredTokenException");
    sts_role closed;
    closed.arn = "arn:aws:iam::123456789012:role/emulator-role";
    closed.by_web_identity = false;
    o.roles = {closed};
    sts_service strict(o, some_accounts());
    CHECK(element(ask(strict, form_post(by_token + "good-token")), "Code") == "AccessDenied");
}

TEST_CASE("sts: refusals carry the query services' names")
{
    struct row
    {
        char const* what;
        request r;
        int status;
        char const* code;
    };
    auto const signed_by = [](auto change) {
        signing s;
        change(s);
        return signed_post(who, s);
    };
    auto changed = signed_post(who);
    changed.body += "&Extra=1";
    auto twice = signed_post(who + "&Action=GetCallerIdentity");
    auto as_json = form_post(who);
    as_json.headers.set("content-type", "application/json");
    row const rows[] = {
        {"no signature", form_post(who), 403, "MissingAuthenticationToken"},
        {"another body", changed, 403, "SignatureDoesNotMatch"},
        {"wrong secret", signed_by([](signing& s) { s.secret_key = "wrong"; }), 403, "SignatureDoesNotMatch"},
        {"unknown key", signed_by([](signing& s) { s.access_key = "AKIANOBODY"; }), 403, "InvalidClientTokenId"},
        {"wrong region", signed_by([](signing& s) { s.region = "eu-west-1"; }), 403, "SignatureDoesNotMatch"},
        {"old date", signed_by([](signing& s) { s.time = "20150830T120000Z"; }), 403, "SignatureDoesNotMatch"},
        {"unknown operation", signed_post("Action=DropTables&Version=2011-06-15"), 400, "InvalidAction"},
        {"unknown version", signed_post("Action=GetCallerIdentity&Version=2010-01-01"), 400, "InvalidAction"},
        {"a name twice", twice, 400, "ValidationError"},
        {"JSON", as_json, 400, "ValidationError"},
        {"unknown role", signed_post(assume + "x"), 403, "AccessDenied"},
        {"may not",
         signed_post(assume,
                     [] {
                         signing s;
                         s.access_key = "AKIAFORBIDDEN";
                         return s;
                     }()),
         403, "AccessDenied"},
        {"too short", signed_post(assume + "&DurationSeconds=899"), 400, "ValidationError"},
        {"too long", signed_post(assume + "&DurationSeconds=3601"), 400, "ValidationError"},
        {"a bad session name",
         signed_post("Action=AssumeRole&Version=2011-06-15&RoleSessionName=a%20b&RoleArn="
                     "arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Femulator-role"),
         400, "ValidationError"},
        {"a short token", form_post(by_token + "abc"), 400, "ValidationError"},
    };
    sts_service s(sts_options(), some_accounts());
    for (auto const& row : rows) {
        CAPTURE(row.what);
        auto const r = ask(s, row.r);
        CHECK(r.status == row.status);
        CHECK(element(r, "Code") == row.code);
        CHECK(element(r, "Type") == "Sender");
    }
    sts_options o;
    o.roles = {sts_role()};
    o.roles[0].external_id = "secret-handshake";
    sts_service asks(o, some_accounts());
    CHECK(element(ask(asks, signed_post(assume)), "Code") == "AccessDenied");
    CHECK(ask(asks, signed_post(assume + "&ExternalId=secret-handshake")).status == 200);
}

TEST_CASE("sts: what comes from outside is escaped")
{
    sts_service s(sts_options(), some_accounts());
    auto const r = ask(s, form_post("Action=%3Cscript%3E%26%0D%0A&Version=1"));
    CHECK(r.body.find("<script>") == std::string::npos);
    CHECK(r.body.find("&lt;script&gt;&amp;") != std::string::npos);
}

TEST_CASE("sso: a session's token gives credentials, a refresh token a new session, once")
{
    sso_service s(sso_options(), some_accounts());
    auto const login = s.log_in(moment + 1h);
    std::string const path = "/federation/credentials?role_name=emulator-permission-set&account_id=123456789012";
    auto const call = [&](std::string const& token, std::string const& target, system_clock::time_point now = moment) {
        return ask(s, get(target, {{"x-amz-sso_bearer_token", token}}), now);
    };
    auto const keys = json::parse(call(login.access_token, path).body)["roleCredentials"];
    CHECK(keys["expiration"] == 1440938160000 + 3600000);
    CHECK(call(login.access_token, path, moment + 1h).status == 401);
    CHECK(call("made-up", path).headers.get("x-amzn-errortype") == "UnauthorizedException");
    CHECK(call(login.access_token, path + "0").status == 403);
    CHECK(call(login.access_token, "/federation/credentials?role_name=x").status == 400);

    json wish = {{"grantType", "refresh_token"},
                 {"refreshToken", login.refresh_token},
                 {"clientId", login.client_id},
                 {"clientSecret", "wrong"}};
    CHECK(json::parse(ask(s, post("/token", wish.dump())).body)["error"] == "invalid_client");
    wish["clientSecret"] = login.client_secret;
    auto const renewed = json::parse(ask(s, post("/token", wish.dump())).body);
    CHECK(renewed["expiresIn"] == 8 * 3600);
    CHECK(call(renewed["accessToken"], path, moment + 2h).status == 200);
    CHECK(json::parse(ask(s, post("/token", wish.dump())).body)["error"] == "invalid_grant");
    wish["grantType"] = "authorization_code";
    CHECK(json::parse(ask(s, post("/token", wish.dump())).body)["error"] == "unsupported_grant_type");
    CHECK(json::parse(ask(s, post("/token", "[")).body)["error"] == "invalid_request");
}

#include "support.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace entra_test;
namespace wire = augur::auth::entra::wire;

TEST_CASE("entra: authority and tenant make the endpoint, and nothing else gets into its address")
{
    struct row
    {
        char const* authority;
        std::string tenant;
        char const* made; ///< empty: refused
    };
    row const rows[] = {
        {"https://login.microsoftonline.com", "contoso.com",
         "https://login.microsoftonline.com/contoso.com/oauth2/v2.0/token"},
        {"https://login.microsoftonline.us/", tenant_a,
         "https://login.microsoftonline.us/11111111-2222-3333-4444-555555555555/oauth2/v2.0/token"},
        {"https://sts.contoso.com", "adfs", "https://sts.contoso.com/adfs/oauth2/token"},
        {"http://127.0.0.1:8080", "t", "http://127.0.0.1:8080/t/oauth2/v2.0/token"},
        {"http://login.microsoftonline.com", "t", ""},
        {"login.microsoftonline.us", "t", "https://login.microsoftonline.us/t/oauth2/v2.0/token"}, // as people write it
        {"login.microsoftonline.us:8443/", "t", "https://login.microsoftonline.us:8443/t/oauth2/v2.0/token"},
        {"login.microsoftonline.us/path", "t", ""},
        {"user@login.microsoftonline.us", "t", ""},
        {"ftp://login.microsoftonline.us", "t", ""},
        {"http:login.microsoftonline.us", "t", ""},
        {"//login.microsoftonline.us", "t", ""},
        {"", "t", ""},
        {"https://user@login.microsoftonline.com", "t", ""},
        {"https://login.microsoftonline.com/path", "t", ""},
        {"https://login.microsoftonline.com?x", "t", ""},
        {"https://login.microsoftonline.com", "", ""},
        {"https://login.microsoftonline.com", "../common", ""},
        {"https://login.microsoftonline.com", "a/b", ""},
        {"https://login.microsoftonline.com", "a\r\nb", ""},
        {"https://login.microsoftonline.com", "-x", ""},
        {"https://login.microsoftonline.com", "..", ""},
        {"https://login.microsoftonline.com", "a?b", ""},
        {"https://login.microsoftonline.com", "a%2fb", ""},
        {"https://login.microsoftonline.com", std::string(254, 'a'), ""},
    };
    for (auto const& r : rows) {
        CAPTURE(r.authority);
        CAPTURE(r.tenant);
        auto const made = token_endpoint(r.authority, r.tenant);
        CHECK((made ? made->to_string() : "") == r.made);
        if (!made)
            CHECK(made.error() == augur::errc::invalid_argument);
    }
    CHECK(token_endpoint("http://sts.test", "t", true).has_value());
}

TEST_CASE("entra: a scope is one resource, and the older parameter is that without its end")
{
    CHECK(resource_of("https://ml.azure.com/.default") == "https://ml.azure.com");
    CHECK(resource_of("https://x//.default") == "https://x/");
    CHECK(resource_of("api://AzureADTokenExchange") == "api://AzureADTokenExchange");
    CHECK(scope_for(audience::machine_learning) == "https://ml.azure.com/.default");
    CHECK(scope_for(audience::management, cloud::us_government) == "https://management.usgovcloudapi.net/.default");
    CHECK(scope_for(audience::cognitive_services, cloud::china) == "https://cognitiveservices.azure.cn/.default");
    CHECK(scope_for(audience::storage, cloud::china) == "https://storage.azure.com/.default");
    CHECK(authority_host(cloud::china) == "https://login.chinacloudapi.cn");
    CHECK(cloud_of_host("risk.usgovvirginia.inference.ml.azure.us") == cloud::us_government);
    CHECK(cloud_of_host("x.openai.azure.cn") == cloud::china);
    CHECK(cloud_of_host("x.openai.azure.com") == cloud::global);
    for (std::string const bad : {"", "-x", "a b", "a\nb", "a;b", "a$b", "a&b", "a'b", "a\"b", "a|b", "a`b"})
        CHECK_MESSAGE(!is_scope(bad), bad);
    CHECK_FALSE(is_scope(std::string(513, 'a')));
    CHECK(is_scope("https://x.y_z-1:8/a/.default"));
}

TEST_CASE("entra: the form of a grant")
{
    auto const made = wire::begin_grant("c", "client_credentials", token_request(ml_scope), tenant_a);
    REQUIRE(made.has_value());
    CHECK(made->text() == "client_id=c&scope=https%3A%2F%2Fml.azure.com%2F.default&grant_type=client_credentials");
    auto const secrets = wire::form().add("client_secret", secret("a~b+c=")).finish();
    CHECK(secrets.reveal() == "client_secret=a~b%2Bc%3D");
    auto const adfs = wire::begin_grant("c", "g", token_request("https://x/.default"), "adfs");
    REQUIRE(adfs.has_value());
    CHECK(adfs->text() == "client_id=c&scope=https%3A%2F%2Fx&grant_type=g");
    for (auto const* bad : {"https://ml.azure.com", "a b/.default", "", "x&y/.default"})
        CHECK_FALSE(wire::begin_grant("c", "g", token_request(bad), tenant_a).has_value());
    CHECK_FALSE(wire::begin_grant("c", "g", token_request(ml_scope).claims("[]"), tenant_a).has_value());
    CHECK_FALSE(wire::begin_grant("c", "g", token_request(ml_scope).claims("{"), tenant_a).has_value());
}

TEST_CASE("entra: claims and the announcement of cp1 are one object")
{
    auto const made = [](std::string claims, bool cae) {
        token_request r(ml_scope);
        r.claims(std::move(claims)).with_continuous_evaluation(cae);
        return wire::claims_of(r).value();
    };
    CHECK(made("", false).empty());
    CHECK(made("", true) == R"({"access_token":{"xms_cc":{"values":["cp1"]}}})");
    CHECK(made(R"({"a":1})", false) == R"({"a":1})");
    CHECK(made(R"({"access_token":{"nbf":{"essential":true,"value":"1"}}})", true) ==
          R"({"access_token":{"nbf":{"essential":true,"value":"1"},"xms_cc":{"values":["cp1"]}}})");
    CHECK(made(R"({"id_token":{"x":null},"access_token":{"xms_cc":{"values":["old"]}}})", true) ==
          R"({"access_token":{"xms_cc":{"values":["cp1"]}},"id_token":{"x":null}})");
}

TEST_CASE("entra: when a token ends, in every form hosts write it")
{
    struct row
    {
        char const* members;
        long long ends; ///< seconds after the new year; -1: no token
        long long renewed; ///< the same; -1: left to the cache
    };
    auto const now = new_year(); // 1767225600
    row const rows[] = {
        {R"("expires_in":3599)", 3599, -1},
        {R"("expires_in":"3599")", 3599, -1},
        {R"("expires_in":3599.0)", 3599, -1},
        {R"("expires_in":7200)", 7200, 3600},
        {R"("expires_in":"86399","refresh_in":"43199")", 86399, 43199},
        {R"("expires_in":86399,"refresh_in":43199)", 86399, 43199},
        {R"("expires_in":3600,"refresh_in":7200)", 3600, 3600},
        {R"("expires_in":3600,"refresh_in":0)", 3600, -1},
        {R"("expires_in":3600,"refresh_in":"soon")", 3600, -1},
        {R"("expires_in":3600,"expires_on":"1")", 3600, -1},
        {R"("expires_in":0)", 0, -1},
        {R"("expires_in":-1)", -1, -1},
        {R"("expires_in":1e12)", 604800, 302400},
        {R"("expires_in":"9999999999999999")", 604800, 302400},
        {R"("expires_on":1767229200)", 3600, -1},
        {R"("expires_on":"1767229200")", 3600, -1},
        {R"("expires_on":"2026-01-01T01:00:00Z")", 3600, -1},
        {R"("expires_on":"2026-01-01T01:00:00+00:00")", 3600, -1},
        {R"("expires_on":"Thu, 01 Jan 2026 01:00:00 GMT")", 3600, -1},
        {R"("expires_on":"01/01/2026 01:00:00 +00:00")", 3600, -1},
        {R"("expires_on":"1/1/2026 1:00:00 AM +00:00")", 3600, -1},
        {R"("expires_on":"1/1/2026 12:30:00 AM +00:00")", 1800, -1},
        {R"("expires_on":"1/1/2026 1:00:00 PM +00:00")", 46800, 23400},
        {R"("expires_in":"","expires_on":"1767229200")", 3600, -1},
        {R"("expires_on":"01/01/9999 01:00:00 +00:00")", -1, -1},
        {R"("expires_on":"13/01/2026 01:00:00 +00:00")", -1, -1},
        {R"("expires_on":"02/30/2026 01:00:00 +00:00")", -1, -1},
        {R"("expires_on":"1/1/2026 13:00:00 PM +00:00")", -1, -1},
        {R"("expires_on":"01/01/2026 01:00:00 +02:00")", -1, -1},
        {R"("expires_on":"soon")", -1, -1},
        {R"("expires_on":null)", -1, -1},
        {R"("expires_in":"nan")", -1, -1},
        {R"("token_type":"Bearer")", -1, -1},
    };
    for (auto const& r : rows) {
        CAPTURE(r.members);
        auto const got = wire::parse_token(R"({"access_token":"tok",)" + std::string(r.members) + "}", now);
        CHECK(got.has_value() == (r.ends >= 0 || std::string_view(r.members) == R"("expires_in":-1)"));
        if (got && r.ends >= 0) {
            CHECK(seconds_of(got->expires) == r.ends);
            CHECK(seconds_of(got->refresh_at) == r.renewed);
            CHECK(got->text.reveal() == "tok");
        }
        else if (got)
            CHECK(*got->expires < now);
        else
            CHECK(got.error() == augur::errc::decode_error);
    }
}

TEST_CASE("entra: an answer without a token that can be sent is no token, and is not repeated in the error")
{
    for (std::string const bad :
         {"", "<html>", "[]", "{}", R"({"access_token":""})", R"({"access_token":1,"expires_in":1})",
          R"({"access_token":"CANARY\r\nx: y","expires_in":1})", R"({"access_token":"CANARY x","expires_in":1})",
          R"({"access_token":"CANARY","expires_in":1,"token_type":"pop"})", R"({"access_token":"CANARY"})"}) {
        CAPTURE(bad);
        auto const got = wire::parse_token(bad, new_year());
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == augur::errc::decode_error);
        CHECK_FALSE(contains(got.error().to_string(), "CANARY"));
    }
    std::string const long_one = R"({"expires_in":1,"access_token":")" + std::string(16 * 1024 + 1, 'a') + "\"}";
    CHECK_FALSE(wire::parse_token(long_one, new_year()).has_value());
}

TEST_CASE("entra: a refusal says what is wrong, of which kind it is, and under which number Microsoft finds it")
{
    struct row
    {
        int aadsts;
        auth::entra::errc meaning;
        condition is;
    };
    using auth::entra::errc;
    row const rows[] = {
        {700016, errc::refused, condition::unauthenticated},    {7000215, errc::refused, condition::unauthenticated},
        {7000222, errc::refused, condition::unauthenticated},   {700027, errc::refused, condition::unauthenticated},
        {70021, errc::refused, condition::unauthenticated},     {700211, errc::refused, condition::unauthenticated},
        {700212, errc::refused, condition::unauthenticated},    {700213, errc::refused, condition::unauthenticated},
        {90002, errc::refused, condition::unauthenticated},     {900023, errc::refused, condition::unauthenticated},
        {500011, errc::refused, condition::unauthenticated},    {70011, errc::refused, condition::unauthenticated},
        {65001, errc::refused, condition::unauthenticated},     {700024, errc::wrong_clock, condition::unauthenticated},
        {50076, errc::interaction, condition::unauthenticated}, {50079, errc::interaction, condition::unauthenticated},
        {53003, errc::interaction, condition::unauthenticated}, {50196, errc::back_off, condition::throttled},
        {90033, errc::unavailable, condition::transient},       {50000, errc::unavailable, condition::transient},
    };
    for (auto const& r : rows) {
        CAPTURE(r.aadsts);
        auto const number = std::to_string(r.aadsts);
        for (bool const listed : {true, false}) {
            std::string const text = R"({"error":"invalid_client","error_description":"AADSTS)" + number +
                                     R"(: Something is wrong. Trace ID: t Correlation ID: cc","correlation_id":"cc",)" +
                                     R"("trace_id":"t")" + (listed ? R"(,"error_codes":[)" + number + "]}" : "}");
            auto const e = wire::parse_error("Entra", answer(401, text), new_year());
            CHECK_MESSAGE(e == make_error_code(r.meaning), e.to_string());
            CHECK(e == r.is);
            CHECK((e == condition::transient) == (r.meaning == errc::unavailable));
            CHECK(e.provider_code() == "AADSTS" + number);
            CHECK(e.attribute("correlation_id") == "cc");
            CHECK(e.request_id() == "cc");
            CHECK(e.http_status() == 401);
            CHECK(e.phase() == phase::auth);
            CHECK(e.outcome() == outcome::not_sent);
            CHECK(e.service_message() == "AADSTS" + number + ": Something is wrong.");
        }
    }
}

TEST_CASE("entra: refusals without a number, and answers that are none")
{
    using auth::entra::errc;
    auto const told = [](int status, std::string text) {
        return wire::parse_error("Entra", answer(status, std::move(text)), new_year());
    };
    CHECK(told(400, R"({"error":"invalid_grant"})") == make_error_code(errc::refused));
    CHECK(told(400, R"({"error":"invalid_grant"})").provider_code() == "invalid_grant");
    CHECK(told(400, R"({"error":"interaction_required","suberror":"basic_action"})") ==
          make_error_code(errc::interaction));
    CHECK(told(400, R"({"error":"interaction_required","suberror":"basic_action"})").attribute("suberror") ==
          "basic_action");
    CHECK(told(400, R"({"error":"temporarily_unavailable"})") == make_error_code(errc::unavailable));
    CHECK(told(429, "") == make_error_code(errc::throttled));
    CHECK(told(503, "<html>down") == make_error_code(errc::unavailable));
    CHECK(told(500, R"({"error":"x","error_codes":[7000215]})") == make_error_code(errc::unavailable));
    CHECK(told(401, "<html>CANARY") == make_error_code(errc::refused));
    CHECK_FALSE(contains(told(401, "<html>CANARY").to_string(), "CANARY"));
    CHECK(told(204, "") == augur::errc::decode_error);
    CHECK(told(302, "") == augur::errc::decode_error);
    headers wait;
    REQUIRE(wait.add("Retry-After", "5"));
    CHECK(wire::parse_error("Entra", answer(429, "", wait), new_year()).retry_after() == std::chrono::seconds(5));
    // A loop was found: it names no time, and the next attempt of the same kind is part of it.
    std::string const loop = R"({"error":"invalid_grant","error_codes":[50196]})";
    CHECK(told(400, loop).retry_after() == std::chrono::minutes(1));
    CHECK(told(429, loop).retry_after() == std::chrono::minutes(1));
    CHECK(wire::parse_error("Entra", answer(400, loop, wait), new_year()).retry_after() == std::chrono::minutes(1));
    CHECK_FALSE(told(400, R"({"error":"invalid_grant"})").retry_after().has_value());
    // A service that repeats a proof in its explanation.
    auto const echo = wire::parse_error(
        "Entra", answer(401, R"({"error":"CAN+ARY","error_description":"wrong: CAN+ARY","trace_id":"CAN%2BARY"})"),
        new_year(), {"CAN+ARY"});
    CHECK_FALSE(contains(echo.to_string(), "CAN+ARY"));
    CHECK(echo.attribute("trace_id").empty());
}

TEST_CASE("entra: the claims of a challenge, however they are written")
{
    auto const demanded = [](std::vector<std::string> values) {
        headers fields;
        for (auto const& v : values)
            REQUIRE(fields.add("WWW-Authenticate", v));
        return wire::demanded_claims(fields).value_or("none");
    };
    std::string const json = R"({"access_token":{"nbf":{"essential":true,"value":"1767225600"}}})";
    std::string const without =
        "eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZSwidmFsdWUiOiIxNzY3MjI1NjAwIn19fQ";
    std::string const front = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/"
                              "authorize\", error=\"insufficient_claims\", claims=\"";
    CHECK(demanded({front + without + "\""}) == json);
    CHECK(demanded({front + without + "==\""}) == json);
    CHECK(demanded({"Basic realm=\"a, b\", " + front + without + "\""}) == json);
    CHECK(demanded({"PoP nonce=\"x\"", "bearer error=insufficient_claims, claims=" + without}) == json);
    CHECK(demanded({front + "eyJhIjoi77+977-9In0=\""}) == "{\"a\":\"\xEF\xBF\xBD\xEF\xBF\xBD\"}"); // both alphabets
    CHECK(demanded({"Bearer error=\"invalid_token\", claims=\"" + without + "\""}) == "none");
    CHECK(demanded({"Bearer claims=\"" + without + "\""}) == "none");
    CHECK(demanded({"Basic error=\"insufficient_claims\", claims=\"" + without + "\""}) == "none");
    CHECK(demanded({front + "W10\""}) == "none"); // a list
    CHECK(demanded({front + "!!!\""}) == "none");
    CHECK(demanded({front + "\""}) == "none");
    CHECK(demanded({}) == "none");
}

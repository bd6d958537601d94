#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/wire.hpp>
#include <augur/policy/retry.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using az = azure_openai::errc;

namespace {

wall_time const now{1'800'000'000s};
using fields = std::vector<std::pair<std::string, std::string>>;

error parse(int status, std::string content, fields const& list = {})
{
    http_response out;
    out.status = status;
    for (auto const& [name, value] : list)
        out.fields.add(name, value).value();
    out.content = std::move(content);
    return azure_openai::wire::parse_error(out, now);
}

std::vector<condition> conditions_of(error const& e)
{
    std::vector<condition> out;
    for (int c = 1; c <= static_cast<int>(condition::cancelled); ++c)
        if (e == static_cast<condition>(c))
            out.push_back(static_cast<condition>(c));
    return out;
}

bool repeats(error const& e, replay rule)
{
    policy::retry_quota quota;
    return !policy::retry_policy().after(e, rule, {}, 1h, 0.5, quota).is_stop();
}

azure_openai::resolved_host host(char const* endpoint = "https://contoso.openai.azure.com", char const* version = "")
{
    azure_openai::host_options options;
    options.endpoint = endpoint;
    options.api_version = version;
    return azure_openai::resolve_host(options).value();
}

std::string coded(char const* code, char const* message = "words")
{
    return std::string(R"({"error":{"code":")") + code + R"(","message":")" + message + R"("}})";
}

} // namespace

TEST_CASE("errors: what each answer means, whether the service acted and whether it is sent again")
{
    using c = condition;
    struct row
    {
        int status;
        std::string body;
        az code;
        outcome what;
        std::vector<condition> conditions; ///< all of them
        bool standard, at_most_once;       ///< sent again
    };
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    std::vector<row> const rows{
        {400,
         coded("content_filter"),
         az::content_filter,
         refused,
         {c::invalid_request, c::content_filtered},
         false,
         false},
        {400,
         R"({"error":{"message":"m","code":null,"innererror":{"code":"ResponsibleAIPolicyViolation"}}})",
         az::content_filter,
         refused,
         {c::invalid_request, c::content_filtered},
         false,
         false},
        {400,
         coded("context_length_exceeded"),
         az::context_length_exceeded,
         refused,
         {c::invalid_request, c::context_too_long},
         false,
         false},
        {400,
         R"({"object":"error","message":"This model's maximum context length is 8192 tokens","code":400})",
         az::context_length_exceeded,
         refused,
         {c::invalid_request, c::context_too_long},
         false,
         false},
        {400, coded("OperationNotSupported"), az::operation_not_supported, refused, {c::invalid_request}, false, false},
        {400, coded("invalid_value"), static_cast<az>(400), refused, {c::invalid_request}, false, false},
        {401,
         coded("401", "Access denied due to invalid subscription key"),
         static_cast<az>(401),
         refused,
         {c::unauthenticated},
         false,
         false},
        {401,
         R"({"statusCode":401,"message":"Unauthorized. Access token is missing"})",
         static_cast<az>(401),
         refused,
         {c::unauthenticated},
         false,
         false},
        {401, coded("PermissionDenied"), az::permission_denied, refused, {c::forbidden}, false, false},
        {403, coded("AuthenticationTypeDisabled"), az::permission_denied, refused, {c::forbidden}, false, false},
        {403, "", static_cast<az>(403), refused, {c::forbidden}, false, false},
        {404, coded("DeploymentNotFound"), az::deployment_not_found, refused, {c::not_found}, false, false},
        {404, coded("model_not_found"), az::model_not_found, refused, {c::not_found}, false, false},
        {404, coded("404", "Resource not found"), static_cast<az>(404), refused, {c::not_found}, false, false},
        {404,
         coded("unsupported_api_version"),
         az::unsupported_api_version,
         refused,
         {c::invalid_request},
         false,
         false},
        {413, "", static_cast<az>(413), refused, {c::invalid_request, c::too_large}, false, false},
        {429, coded("429"), static_cast<az>(429), refused, {c::throttled, c::transient}, true, true},
        {429, coded("RateLimitReached"), az::rate_limited, refused, {c::throttled, c::transient}, true, true},
        {429, coded("insufficient_quota"), az::insufficient_quota, refused, {c::forbidden}, false, false},
        {500, coded("InternalServerError"), az::server_error, unknown, {c::server_error, c::transient}, true, false},
        {502,
         "<html><body>Bad Gateway</body></html>",
         static_cast<az>(502),
         unknown,
         {c::server_error, c::transient},
         true,
         false},
        {503,
         "<html><body><h2>Our services aren't available right now</h2></body></html>",
         static_cast<az>(503),
         refused,
         {c::overloaded, c::server_error, c::transient},
         true,
         true},
        {504, "", static_cast<az>(504), unknown, {c::server_error, c::timeout, c::transient}, true, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.body);
        auto const e = parse(row.status, row.body, {{"apim-request-id", "g1"}});
        CHECK((e == row.code));
        CHECK((e.outcome() == row.what));
        CHECK(conditions_of(e) == row.conditions);
        CHECK(e.http_status() == row.status);
        CHECK(e.request_id() == "g1");
        CHECK(repeats(e, replay::standard) == row.standard);
        CHECK(repeats(e, replay::at_most_once) == row.at_most_once);
        CHECK_FALSE(e.to_string().empty());
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("errors: a 429 tells how long to wait and what is left, under names in lower case")
{
    auto const e = parse(429, coded("429"),
                         {{"retry-after", "7"},
                          {"retry-after-ms", "6432"},
                          {"x-ms-retry-after-ms", "6433"},
                          {"x-ratelimit-limit-requests", "60"},
                          {"X-RateLimit-Limit-Tokens", "150000"},
                          {"X-RateLimit-Remaining-Requests", "0"},
                          {"x-ratelimit-remaining-tokens", "120"},
                          {"x-ratelimit-reset-requests", "120ms"},
                          {"x-ratelimit-reset-tokens", "6m0s"},
                          {"x-ms-region", "Sweden Central"}});
    CHECK(e.retry_after() == 6432ms);
    CHECK(e.attribute("x-ratelimit-limit-requests") == "60");
    CHECK(e.attribute("x-ratelimit-limit-tokens") == "150000");
    CHECK(e.attribute("x-ratelimit-remaining-requests") == "0");
    CHECK(e.attribute("x-ratelimit-remaining-tokens") == "120");
    CHECK(e.attribute("x-ratelimit-reset-requests") == "120ms");
    CHECK(e.attribute("x-ratelimit-reset-tokens") == "6m0s");
    CHECK(e.attribute("retry-after") == "7");
    CHECK(e.attribute("retry-after-ms") == "6432");
    CHECK(e.attribute("x-ms-retry-after-ms") == "6433");
    CHECK(e.attribute("x-ms-region") == "Sweden Central");
    // A day is told and not waited for.
    auto const day = parse(429, coded("429"), {{"retry-after", "86400"}});
    CHECK(day.retry_after() == 24h);
    CHECK_FALSE(repeats(day, replay::replay_unknown));
}

TEST_CASE("errors: a filtered prompt says which filter and how sure it was")
{
    auto const e = parse(400, R"({"error":{"message":"filtered","type":null,"param":"prompt","code":"content_filter",
        "status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{
        "hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"},
        "jailbreak":{"filtered":false,"detected":false}}}}})");
    CHECK(e == condition::content_filtered);
    CHECK(e.attribute("content_filter.violence") == "filtered, severity medium");
    CHECK(e.attribute("content_filter.hate").empty());
    CHECK(e.attribute("param") == "prompt");
    CHECK(e.message() == "a content filter stopped the prompt: violence (filtered, severity medium)");
}

TEST_CASE("errors: a redirect is refused, since the key would go with it")
{
    auto const e = parse(307, "", {{"location", "https://elsewhere.example/"}});
    CHECK(e == augur::errc::redirect_refused);
}

TEST_CASE("errors: the words name what is to be mended: host, deployment, key, version, path")
{
    using azure_openai::wire::call_facts;
    using azure_openai::wire::explain;
    auto const azure = host();
    auto const openai = host("https://api.openai.com/v1");
    auto const project = host("https://contoso.services.ai.azure.com/api/projects/p1");
    auto const dated = host("https://contoso.openai.azure.com", "2030-01-01");
    call_facts key;
    key.deployment = "gpt-4o-mini";
    key.key_source = "AZURE_OPENAI_API_KEY";
    key.target = "/openai/v1/chat/completions";
    auto token = key;
    token.key_source = {};
    auto own = token;
    own.has_fixed_auth = true;
    struct row
    {
        error from;
        azure_openai::resolved_host const* where;
        call_facts const* facts;
        std::vector<char const*> says;
    };
    row const rows[] = {
        {parse(404, coded("DeploymentNotFound")),
         &azure,
         &key,
         {"contoso.openai.azure.com", "no deployment \"gpt-4o-mini\"", "five minutes"}},
        {parse(404, coded("model_not_found")), &openai, &key, {"api.openai.com has no model \"gpt-4o-mini\""}},
        {parse(401, coded("401")), &azure, &key, {"AZURE_OPENAI_API_KEY", "another resource", "Keys and Endpoint"}},
        {parse(401, coded("invalid_api_key")), &openai, &key, {"api.openai.com refuses the key"}},
        {parse(401, ""), &azure, &token, {"token", "https://cognitiveservices.azure.com/.default", "role"}},
        {parse(401, ""), &project, &token, {"token", "https://ai.azure.com/.default", "role"}},
        {parse(401, ""), &azure, &own, {"refuses the key or token of `client.auth`", "Keys and Endpoint"}},
        {parse(401, ""), &openai, &own, {"refuses the key or token of `client.auth`", "another service"}},
        {parse(401, coded("PermissionDenied")), &azure, &key, {"Cognitive Services OpenAI User", "switched off"}},
        {parse(404, coded("404", "Resource not found")),
         &azure,
         &key,
         {"/openai/v1/chat/completions", "wrong api-version, path or host"}},
        {parse(400, coded("content_filter")),
         &azure,
         &key,
         {"change the prompt", "filter of deployment \"gpt-4o-mini\""}},
        {parse(404, coded("404", "Not found")), &openai, &key, {"mostly ends in /v1"}},
        {parse(400, coded("OperationNotSupported")), &azure, &key, {"\"gpt-4o-mini\" of contoso", "another kind"}},
        {parse(404, coded("unsupported_api_version")), &dated, &key, {"2030-01-01"}},
        {parse(503, ""), &azure, &key, {"no capacity for \"gpt-4o-mini\" now", "another region"}},
        {parse(503, ""), &openai, &key, {"api.openai.com has no capacity", "ask again later"}},
        {parse(400, coded("context_length_exceeded")), &azure, &key, {"shorten either"}},
        {parse(500, ""), &azure, &key, {"the service or a gateway before it failed", "outcome unknown"}},
        {parse(429, coded("429"), {{"x-ratelimit-remaining-tokens", "0"}, {"retry-after-ms", "6432"}}),
         &azure,
         &key,
         {"\"gpt-4o-mini\" of contoso.openai.azure.com", "tokens left 0", "6432 ms"}},
    };
    for (auto const& row : rows) {
        auto const e = explain(row.from, *row.where, *row.facts);
        auto const text = e.to_string();
        CAPTURE(text);
        for (char const* words : row.says)
            CHECK(text.find(words) != std::string::npos);
        CHECK(e.code() == row.from.code());
        CHECK(e.retry_after() == row.from.retry_after());
    }
    auto const silent = make_error(augur::errc::response_timeout, phase::first_byte, outcome::unknown, "silent");
    key.patience = std::chrono::milliseconds(300);
    CHECK(explain(silent, azure, key).message() ==
          "contoso.openai.azure.com took the request and did not begin to answer within 300 ms: the model may be at "
          "work, and billed; allow more with `first_byte`, or stream");
    key.streams = true;
    CHECK(explain(silent, azure, key).message().ends_with("allow more with `first_byte`"));
    // What is no answer of the service keeps its words.
    auto const ours = make_error(augur::errc::connect_failed, phase::connect, outcome::not_sent, "nobody listens");
    CHECK(explain(ours, azure, key).message() == "nobody listens");
    MESSAGE("rows: " << std::size(rows));
}

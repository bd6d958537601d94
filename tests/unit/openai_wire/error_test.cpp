#include <augur/core/error_details.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/wire.hpp>
#include <augur/policy/retry.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using oa = openai_wire::errc;

namespace {

wall_time const now{1'800'000'000s};
using field_list = std::vector<std::pair<std::string, std::string>>;

headers fields_of(field_list const& list)
{
    headers out;
    for (auto const& [name, value] : list)
        out.add(name, value).value();
    return out;
}

error parse(int status, std::string content, field_list const& list = {})
{
    http_response out;
    out.status = status;
    out.fields = fields_of(list);
    out.content = std::move(content);
    return openai_wire::parse_error(out, now);
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

constexpr auto filtered_prompt =
    R"({"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter",)"
    R"("status":400,"innererror":{"code":"ResponsibleAIPolicyViolation","content_filter_result":{)"
    R"("hate":{"filtered":false,"severity":"safe"},"violence":{"filtered":true,"severity":"medium"},)"
    R"("jailbreak":{"filtered":true,"detected":true}}}}})";

} // namespace

TEST_CASE("openai errors: body and status make the code, its conditions, the outcome and the repeat")
{
    using c = condition;
    struct row
    {
        int status;
        char const* body;
        oa code;
        outcome what;
        std::vector<condition> conditions; ///< all of them
        bool standard, at_most_once;       ///< sent again
    };
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    auto const http = [](int status) { return static_cast<oa>(status); };
    std::vector<row> const rows{
        {400, filtered_prompt, oa::content_filter, refused, {c::invalid_request, c::content_filtered}, false, false},
        {400,
         R"({"error":{"code":"content_policy_violation","message":"m"}})",
         oa::content_filter,
         refused,
         {c::invalid_request, c::content_filtered},
         false,
         false},
        {400,
         R"({"error":{"code":null,"type":"x","inner_error":{"code":"ResponsibleAIPolicyViolation"},"message":"m"}})",
         oa::content_filter,
         refused,
         {c::invalid_request, c::content_filtered},
         false,
         false},
        {400,
         R"({"error":{"message":"This model's maximum context length is 4097 tokens.","type":"invalid_request_error","param":"messages","code":"context_length_exceeded"}})",
         oa::context_length_exceeded,
         refused,
         {c::invalid_request, c::context_too_long},
         false,
         false},
        {400,
         R"({"object":"error","message":"This model's maximum context length is 2048 tokens","type":"BadRequestError","param":null,"code":400})",
         oa::context_length_exceeded,
         refused,
         {c::invalid_request, c::context_too_long},
         false,
         false},
        {400,
         R"({"error":{"message":"bad","type":"invalid_request_error","param":"messages","code":null}})",
         http(400),
         refused,
         {c::invalid_request},
         false,
         false},
        {400,
         R"({"error":{"message":"m","code":"OperationNotSupported"}})",
         oa::operation_not_supported,
         refused,
         {c::invalid_request},
         false,
         false},
        {400,
         R"({"error":{"message":"m","code":"invalid_prompt"}})",
         oa::invalid_prompt,
         refused,
         {c::invalid_request},
         false,
         false},
        {400,
         R"({"error":{"message":"m","code":"unsupported_api_version"}})",
         oa::unsupported_api_version,
         refused,
         {c::invalid_request},
         false,
         false},
        {400,
         R"({"error":{"message":"m","code":"previous_response_not_found"}})",
         oa::response_not_found,
         refused,
         {c::not_found},
         false,
         false},
        {401,
         R"({"error":{"code":"401","message":"Access denied due to invalid subscription key"}})",
         http(401),
         refused,
         {c::unauthenticated},
         false,
         false},
        {401,
         R"({"statusCode":401,"message":"Unauthorized. Access token is missing"})",
         http(401),
         refused,
         {c::unauthenticated},
         false,
         false},
        {401,
         R"({"error":{"message":"Incorrect API key provided","type":"invalid_request_error","param":null,"code":"invalid_api_key"}})",
         http(401),
         refused,
         {c::unauthenticated},
         false,
         false},
        {401,
         R"({"error":{"code":"PermissionDenied","message":"The principal lacks the data action"}})",
         oa::permission_denied,
         refused,
         {c::forbidden},
         false,
         false},
        {403,
         R"({"error":{"code":"AuthenticationTypeDisabled","message":"Key based authentication is disabled"}})",
         oa::permission_denied,
         refused,
         {c::forbidden},
         false,
         false},
        {403,
         R"({"error":{"code":"403","message":"Public access is disabled"}})",
         http(403),
         refused,
         {c::forbidden},
         false,
         false},
        {404,
         R"({"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist"}})",
         oa::deployment_not_found,
         refused,
         {c::not_found},
         false,
         false},
        {404,
         R"({"error":{"code":"404","message":"Resource not found"}})",
         http(404),
         refused,
         {c::not_found},
         false,
         false},
        {404,
         R"({"error":{"message":"The model `x` does not exist","type":"invalid_request_error","param":null,"code":"model_not_found"}})",
         oa::model_not_found,
         refused,
         {c::not_found},
         false,
         false},
        {404, R"({"detail":"Not Found"})", http(404), refused, {c::not_found}, false, false},
        {408,
         R"({"error":{"code":"408","message":"The operation was timeout."}})",
         http(408),
         refused,
         {c::timeout, c::transient},
         true,
         true},
        {409, R"({"error":{"message":"m"}})", http(409), refused, {}, false, false},
        {413, "", http(413), refused, {c::invalid_request, c::too_large}, false, false},
        {422,
         R"({"detail":[{"loc":["body"],"msg":"field required"}]})",
         http(422),
         refused,
         {c::invalid_request},
         false,
         false},
        {429,
         R"({"error":{"code":"429","message":"exceeded token rate limit"}})",
         http(429),
         refused,
         {c::throttled, c::transient},
         true,
         true},
        {429,
         R"({"error":{"message":"Rate limit reached","type":"tokens","param":null,"code":"rate_limit_exceeded"}})",
         oa::rate_limited,
         refused,
         {c::throttled, c::transient},
         true,
         true},
        {429,
         R"({"error":{"code":"RateLimitReached","message":"m"}})",
         oa::rate_limited,
         refused,
         {c::throttled, c::transient},
         true,
         true},
        {429,
         R"({"error":{"message":"You exceeded your current quota","type":"insufficient_quota","param":null,"code":"insufficient_quota"}})",
         oa::insufficient_quota,
         refused,
         {c::forbidden},
         false,
         false},
        {499, R"({"error":{"message":"m"}})", http(499), refused, {c::invalid_request}, false, false},
        {500,
         R"({"error":{"message":"m","type":"server_error","code":null}})",
         oa::server_error,
         unknown,
         {c::server_error, c::transient},
         true,
         false},
        {500,
         R"({"error":{"message":"m","code":"InternalServerError"}})",
         oa::server_error,
         unknown,
         {c::server_error, c::transient},
         true,
         false},
        {500, "", http(500), unknown, {c::server_error, c::transient}, true, false},
        {502,
         "<html><body><h1>502 Bad Gateway</h1></body></html>",
         http(502),
         unknown,
         {c::server_error, c::transient},
         true,
         false},
        {503,
         "<html><body><h2>Our services aren't available right now</h2></body></html>",
         http(503),
         refused,
         {c::overloaded, c::server_error, c::transient},
         true,
         true},
        {503,
         R"({"error":{"code":"server_is_overloaded","message":"m"}})",
         oa::overloaded,
         refused,
         {c::overloaded, c::server_error, c::transient},
         true,
         true},
        {504, "upstream request timeout", http(504), unknown, {c::server_error, c::timeout, c::transient}, true, false},
        {418, R"({"error":"a text"})", http(418), refused, {c::invalid_request}, false, false},
        {400, R"({"error":null})", http(400), refused, {c::invalid_request}, false, false},
        {400, R"({"error":[1]})", http(400), refused, {c::invalid_request}, false, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.body);
        auto const e = parse(row.status, row.body);
        CHECK((e == row.code));
        CHECK(static_cast<int>(e.outcome()) == static_cast<int>(row.what));
        CHECK(conditions_of(e) == row.conditions);
        CHECK(e.http_status() == row.status);
        CHECK(repeats(e, replay::standard) == row.standard);
        CHECK(repeats(e, replay::at_most_once) == row.at_most_once);
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("openai errors: a filtered prompt names what the filter found")
{
    auto const e = parse(400, filtered_prompt, {{"apim-request-id", "g1"}, {"x-request-id", "other"}});
    CHECK(e.message() == "a content filter stopped the prompt: violence (filtered, severity medium); "
                         "jailbreak (filtered, detected)");
    CHECK(e.attribute("content_filter.violence") == "filtered, severity medium");
    CHECK(e.attribute("content_filter.hate").empty());
    CHECK(e.attribute("content_filter.code") == "ResponsibleAIPolicyViolation");
    CHECK(e.attribute("param") == "prompt");
    CHECK(e.provider_code() == "content_filter");
    CHECK(e.service_message() == "The response was filtered");
    CHECK(e.request_id() == "g1");
}

TEST_CASE("openai errors: how long the service asked to wait, and that a day is not slept")
{
    auto const e = parse(429, R"({"error":{"code":"429","message":"Please retry after 7 seconds."}})",
                         {{"retry-after", "7"}, {"retry-after-ms", "6432"}, {"x-ms-region", "Sweden Central"}});
    CHECK(e.retry_after() == 6432ms);
    CHECK(e.attribute("x-ms-region") == "Sweden Central");
    auto const day = parse(429, R"({"error":{"code":"429","message":"m"}})", {{"retry-after", "86400"}});
    CHECK(day.retry_after() == 24h);
    CHECK(!repeats(day, replay::standard));
}

TEST_CASE("openai errors: a redirect is never followed")
{
    auto const e = parse(307, "", {{"location", "https://evil.example/x?key=1"}});
    CHECK(e == errc::redirect_refused);
    CHECK(e.message().find("evil.example") != std::string_view::npos);
}

TEST_CASE("openai errors: each error in a stream is that error, outcome partial")
{
    using c = condition;
    struct row
    {
        char const* data;
        oa code;
        std::vector<condition> conditions;
    };
    std::vector<row> const rows{
        {R"({"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}})",
         oa::server_error,
         {c::server_error, c::transient}},
        {R"({"error":{"message":"m","code":"content_filter"}})",
         oa::content_filter,
         {c::invalid_request, c::content_filtered}},
        {R"({"error":{"message":"m","type":"rate_limit_error"}})", oa::rate_limited, {c::throttled, c::transient}},
        {R"({"error":{"message":"m","code":"503"}})",
         static_cast<oa>(503),
         {c::overloaded, c::server_error, c::transient}},
        {R"({"error":{"message":"m","code":429}})", static_cast<oa>(429), {c::throttled, c::transient}},
        {R"({"error":{"message":"This model's maximum context length is 10"}})",
         oa::context_length_exceeded,
         {c::invalid_request, c::context_too_long}},
        {R"({"error":{"message":"m","code":"something_new"}})", oa::stream_error, {c::server_error}},
        {R"({"error":"only words"})", oa::stream_error, {c::server_error}},
        {R"({"error":{"message":"m","code":"3"}})", oa::stream_error, {c::server_error}},
        {R"({"object":"error","message":"m","code":500})", static_cast<oa>(500), {c::server_error, c::transient}},
        {R"({"type":"error","code":"server_error","message":"m","param":null,"sequence_number":1})",
         oa::server_error,
         {c::server_error, c::transient}},
        {R"({"type":"error","error":{"type":"overloaded_error","message":"m"}})",
         oa::overloaded,
         {c::overloaded, c::server_error, c::transient}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.data);
        auto const e = openai_wire::parse_stream_error(row.data);
        REQUIRE(e.has_value());
        CHECK((*e == row.code));
        CHECK(conditions_of(*e) == row.conditions);
        CHECK(e->outcome() == outcome::partial);
        CHECK(e->phase() == phase::body);
        CHECK(e->http_status() == 200);
        CHECK(!repeats(*e, replay::standard));
    }
    for (auto const* const data : {"", "{}", "[]", "{", R"({"error":null})", R"({"choices":[],"type":"x"})"})
        CHECK(!openai_wire::parse_stream_error(data).has_value());
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("openai errors: hostile texts stay short and printable")
{
    std::string body = R"({"error":{"code":")" + std::string(5000, 'c') + R"(","message":"\u001b[31m)" +
                       std::string(20'000, 'm') + R"(","innererror":{"content_filter_result":{)";
    for (int i = 0; i < 500; ++i)
        body += "\"k" + std::to_string(i) + "\":{\"filtered\":true},";
    body += R"("z":{"filtered":true}}}}})";
    auto const e = parse(400, body);
    CHECK(e.provider_code().size() < 200);
    CHECK(e.service_message().size() < 2100);
    CHECK(e.details().attributes.size() <= 20);
    CHECK(e.to_string().find('\x1b') == std::string::npos);
}

TEST_CASE("openai limits: what the headers say is left of the minute")
{
    auto const r = openai_wire::parse_rate_limits(fields_of({{"x-ratelimit-limit-requests", "60"},
                                                             {"x-ratelimit-limit-tokens", "150000"},
                                                             {"X-RateLimit-Remaining-Requests", "59"},
                                                             {"x-ratelimit-remaining-tokens", "149984"},
                                                             {"x-ratelimit-reset-requests", "1s"},
                                                             {"x-ratelimit-reset-tokens", "6m0s"}}));
    CHECK(r.limit_requests == 60);
    CHECK(r.limit_tokens == 150000);
    CHECK(r.remaining_requests == 59);
    CHECK(r.remaining_tokens == 149984);
    CHECK(r.reset_requests == 1s);
    CHECK(r.reset_tokens == 6min);
    auto const none = openai_wire::parse_rate_limits(fields_of(
        {{"x-ratelimit-remaining-requests", "many"}, {"x-ratelimit-remaining-tokens", "99999999999999999999"}}));
    CHECK((!none.remaining_requests && !none.remaining_tokens && !none.limit_tokens && !none.reset_tokens));
}

TEST_CASE("openai limits: each form of a time")
{
    struct row
    {
        char const* text;
        std::optional<std::chrono::milliseconds> time;
    };
    for (auto const& row : {row{"1s", 1s},
                            row{"6m0s", 6min},
                            row{"120ms", 120ms},
                            row{"1h30m", 90min},
                            row{"7.66s", 7660ms},
                            row{"2", 2s},
                            row{"0.5", 500ms},
                            row{"1m30.5s", 90500ms},
                            row{"0s", 0ms},
                            row{"10us", 1ms},
                            row{"", {}},
                            row{"s", {}},
                            row{"1x", {}},
                            row{"-1s", {}},
                            row{"1s2", {}},
                            row{"1e9s", {}},
                            row{"nan", {}},
                            row{"1.2.3", {}},
                            row{"99999999999999999999s", {}},
                            row{"1s 2s", {}}}) {
        CAPTURE(row.text);
        CHECK((openai_wire::parse_reset_time(row.text) == row.time));
    }
}

TEST_CASE("openai errors: each code has a name and no code is zero")
{
    for (int i = 1; i <= static_cast<int>(oa::stream_error); ++i)
        CHECK(!to_string(static_cast<oa>(i)).starts_with("http_"));
    CHECK(to_string(static_cast<oa>(418)) == "http_418");
    CHECK(to_string(static_cast<oa>(401)) == "unauthorized"); // beside "HTTP 401" a number says nothing new
    CHECK((parse(50, "") == static_cast<oa>(100))); // never one of our own small numbers
    CHECK(make_error_code(oa::rate_limited).category().name() == std::string_view("augur.openai_wire"));
}

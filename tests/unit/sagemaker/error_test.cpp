// Every error of the service's model and of AWS itself, in the forms in which they arrive, and what
// arrives from whatever stands between.

#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/wire.hpp>
#include <augur/policy/retry.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/wire.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using sagemaker::wire::parse_error;
using sm = sagemaker::errc;

namespace {

wall_time const now{1'800'000'000s};
using fields = std::vector<std::pair<std::string, std::string>>;

http_response answer(int status, fields const& list, std::string content)
{
    http_response out;
    out.status = status;
    for (auto const& [name, value] : list)
        out.fields.add(name, value).value();
    out.content = std::move(content);
    return out;
}

error parse(int status, fields const& list, std::string content)
{
    return parse_error(answer(status, list, std::move(content)), now);
}

std::vector<condition> conditions_of(error const& e)
{
    std::vector<condition> out;
    for (int c = 1; c <= static_cast<int>(condition::cancelled); ++c)
        if (e == static_cast<condition>(c))
            out.push_back(static_cast<condition>(c));
    return out;
}

} // namespace

TEST_CASE("errors: the name, the status and the portable meaning of every error of the service")
{
    using c = condition;
    struct row
    {
        char const* type; ///< of the x-amzn-ErrorType header
        int status;
        char const* message;
        sm code;
        outcome what;
        std::vector<condition> conditions; ///< all of them
    };
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    std::vector<row> const rows{
        {"ValidationError",
         400,
         "Endpoint iris of account 123456789012 not found.",
         sm::endpoint_not_found,
         refused,
         {c::not_found}},
        {"ValidationError", 400, "1 validation error detected", sm::validation_error, refused, {c::invalid_request}},
        {"ValidationError",
         400,
         "The model of endpoint iris was not found",
         sm::validation_error,
         refused,
         {c::invalid_request}},
        {"ModelError",
         424,
         "Received server error (500) from primary",
         sm::model_error,
         outcome::complete,
         {c::model_error}},
        {"ModelNotReadyException", 429, "not ready", sm::model_not_ready, refused, {c::not_ready, c::transient}},
        {"ThrottlingException", 400, "Rate exceeded", sm::throttling, refused, {c::throttled, c::transient}},
        {"ThrottlingException", 429, "Rate exceeded", sm::throttling, refused, {c::throttled, c::transient}},
        {"InternalFailure", 500, "", sm::internal_failure, unknown, {c::server_error, c::transient}},
        {"ServiceUnavailable",
         503,
         "",
         sm::service_unavailable,
         refused,
         {c::overloaded, c::server_error, c::transient}},
        {"InternalDependencyException", 530, "", sm::internal_dependency, unknown, {c::server_error}},
        {"AccessDeniedException", 403, "User is not authorized", sm::access_denied, refused, {c::forbidden}},
        {"InvalidSignatureException",
         403,
         "The request signature we calculated",
         sm::invalid_signature,
         refused,
         {c::unauthenticated}},
        {"InvalidSignatureException",
         403,
         "Signature expired: 20260821T120000Z is now earlier than",
         sm::request_time_too_skewed,
         refused,
         {c::unauthenticated}},
        {"InvalidSignatureException",
         403,
         "Signature not yet current: 20260821T120000Z",
         sm::request_time_too_skewed,
         refused,
         {c::unauthenticated}},
        {"SignatureDoesNotMatch", 403, "", sm::invalid_signature, refused, {c::unauthenticated}},
        {"AuthFailure", 401, "", sm::invalid_signature, refused, {c::unauthenticated}},
        {"IncompleteSignature", 400, "", sm::incomplete_signature, refused, {c::unauthenticated}},
        {"ExpiredToken", 403, "", sm::expired_token, refused, {c::unauthenticated}},
        {"ExpiredTokenException", 403, "", sm::expired_token, refused, {c::unauthenticated}},
        {"RequestTimeTooSkewed", 403, "", sm::request_time_too_skewed, refused, {c::unauthenticated}},
        {"RequestExpired", 400, "", sm::request_time_too_skewed, refused, {c::unauthenticated}},
        {"UnrecognizedClientException", 403, "", sm::unrecognized_client, refused, {c::unauthenticated}},
        {"InvalidClientTokenId", 403, "", sm::unrecognized_client, refused, {c::unauthenticated}},
        {"MissingAuthenticationTokenException", 403, "", sm::missing_authentication, refused, {c::unauthenticated}},
        {"OptInRequired", 403, "", sm::access_denied, refused, {c::forbidden}},
        {"RequestTimeout", 400, "", sm::request_timeout, refused, {c::timeout, c::transient}},
        {"InputValidationError", 400, "", sm::validation_error, refused, {c::invalid_request}},
        {"InternalServerError", 500, "", sm::internal_failure, unknown, {c::server_error, c::transient}},
        {"ServiceUnavailableError",
         503,
         "",
         sm::service_unavailable,
         refused,
         {c::overloaded, c::server_error, c::transient}},
        // Names nobody told us about: the status decides.
        {"BrandNewException", 400, "", static_cast<sm>(400), refused, {c::invalid_request}},
        {"BrandNewException", 401, "", static_cast<sm>(401), refused, {c::unauthenticated}},
        {"BrandNewException", 403, "", sm::access_denied, refused, {c::forbidden}},
        {"BrandNewException", 404, "", static_cast<sm>(404), refused, {c::not_found}},
        {"BrandNewException", 408, "", sm::request_timeout, refused, {c::timeout, c::transient}},
        {"BrandNewException", 409, "", static_cast<sm>(409), refused, {}},
        {"BrandNewException", 413, "", sm::payload_too_large, refused, {c::invalid_request, c::too_large}},
        {"BrandNewException", 424, "", sm::model_error, outcome::complete, {c::model_error}},
        {"BrandNewException", 429, "", sm::throttling, refused, {c::throttled, c::transient}},
        {"BrandNewException", 500, "", sm::internal_failure, unknown, {c::server_error, c::transient}},
        {"BrandNewException", 501, "", static_cast<sm>(501), refused, {c::server_error}},
        {"BrandNewException", 502, "", static_cast<sm>(502), unknown, {c::server_error, c::transient}},
        {"BrandNewException",
         503,
         "",
         sm::service_unavailable,
         refused,
         {c::overloaded, c::server_error, c::transient}},
        {"BrandNewException", 504, "", static_cast<sm>(504), unknown, {c::server_error, c::timeout, c::transient}},
        {"BrandNewException", 529, "", static_cast<sm>(529), refused, {c::overloaded, c::server_error, c::transient}},
        {"BrandNewException", 530, "", sm::internal_dependency, unknown, {c::server_error}},
        {"BrandNewException", 599, "", static_cast<sm>(599), unknown, {c::server_error}},
    };
    for (auto const& row : rows) {
        CAPTURE(row.type);
        CAPTURE(row.status);
        CAPTURE(row.message);
        auto const e = parse(row.status, {{"x-amzn-ErrorType", row.type}, {"x-amzn-RequestId", "id-1"}},
                             std::string("{\"Message\":\"") + row.message + "\"}");
        CHECK((e == row.code));
        CHECK(static_cast<int>(e.outcome()) == static_cast<int>(row.what));
        CHECK(conditions_of(e) == row.conditions);
        CHECK(e.http_status() == row.status);
        CHECK(e.provider_code() == row.type);
        CHECK(e.request_id() == "id-1");
        CHECK(static_cast<int>(e.phase()) == static_cast<int>(phase::decode));
        if (*row.message)
            CHECK(e.service_message() == row.message);
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("errors: every throttling name of the AWS SDKs is throttling, whatever its status")
{
    char const* const names[] = {"Throttling",
                                 "ThrottlingException",
                                 "ThrottledException",
                                 "RequestThrottledException",
                                 "TooManyRequestsException",
                                 "ProvisionedThroughputExceededException",
                                 "TransactionInProgressException",
                                 "RequestLimitExceeded",
                                 "BandwidthLimitExceeded",
                                 "LimitExceededException",
                                 "RequestThrottled",
                                 "SlowDown",
                                 "PriorRequestNotComplete",
                                 "EC2ThrottledException"};
    for (char const* name : names)
        for (int status : {400, 429, 503}) {
            CAPTURE(name);
            auto const e = parse(status, {{"x-amzn-errortype", name}}, "{}");
            CHECK((e == condition::throttled));
            CHECK((e == condition::transient));
            CHECK((e.outcome() == outcome::refused));
        }
    MESSAGE("names: " << std::size(names));
}

TEST_CASE("errors: where the name and the words may stand")
{
    struct row
    {
        fields header;
        char const* body;
        char const* code;
        char const* message;
    };
    std::vector<row> const rows{
        {{{"x-amzn-errortype", "ModelNotReadyException"}}, R"({"Message":"m"})", "ModelNotReadyException", "m"},
        {{{"X-Amzn-ErrorType", "ModelNotReadyException:http://internal.amazon.com/x/"}},
         R"({"message":"m"})",
         "ModelNotReadyException",
         "m"},
        {{{"x-amzn-errortype", "com.amazonaws.sagemaker#ModelNotReadyException"}},
         R"({"message":"m"})",
         "ModelNotReadyException",
         "m"},
        {{{"x-amzn-errortype", "ns#ModelNotReadyException:http://x/#y"}}, "{}", "ModelNotReadyException", "{}"},
        {{}, R"({"code":"ModelNotReadyException","message":"m"})", "ModelNotReadyException", "m"},
        {{}, R"({"Code":"ModelNotReadyException","Message":"m"})", "ModelNotReadyException", "m"},
        {{}, R"({"__type":"com.x#ModelNotReadyException","message":"m"})", "ModelNotReadyException", "m"},
        {{},
         R"({"__type":"ValidationError","code":"ModelNotReadyException","message":"m"})",
         "ModelNotReadyException",
         "m"},
        {{{"x-amzn-errortype", "ModelNotReadyException"}},
         R"({"__type":"ValidationError","code":"AccessDenied"})",
         "ModelNotReadyException",
         R"({"__type":"ValidationError","code":"AccessDenied"})"},
        {{{"x-amzn-errortype", "ModelNotReadyException"}}, "plain words", "ModelNotReadyException", "plain words"},
        {{{"x-amzn-errortype", "ModelNotReadyException"}}, "", "ModelNotReadyException", ""},
        {{{"x-amzn-errortype", ""}},
         R"({"__type":"ModelNotReadyException","message":null,"Message":"m"})",
         "ModelNotReadyException",
         "m"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.body);
        auto const e = parse(429, row.header, row.body);
        CHECK((e == sm::model_not_ready));
        CHECK(e.provider_code() == row.code);
        CHECK(e.service_message() == row.message);
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("errors: a model error tells what the container said")
{
    auto const e = parse(
        424, {{"x-amzn-errortype", "ModelError"}, {"x-Amzn-Invoked-Production-Variant", "blue"}},
        R"({"ErrorCode":"X","LogStreamArn":"arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/iris",)"
        R"("Message":"Received client error (415) from primary","OriginalMessage":"type\nnot supported","OriginalStatusCode":415})");
    CHECK((e == sm::model_error));
    CHECK((e == condition::model_error));
    CHECK_FALSE((e == condition::transient));
    CHECK((e.outcome() == outcome::complete));
    CHECK(e.attribute("OriginalStatusCode") == "415");
    CHECK(e.attribute("OriginalMessage") == "type\\nnot supported");
    CHECK(e.attribute("LogStreamArn") == "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/iris");
    CHECK(e.message().find("415") != std::string_view::npos);
    CHECK(e.attribute("x-amzn-invoked-production-variant") == "blue");
    // 0 means that the container never answered.
    auto const late =
        parse(424, {{"x-amzn-errortype", "ModelError"}}, R"({"OriginalStatusCode":0,"Message":"timed out"})");
    CHECK(late.message() == "the model's container did not answer in time");
    auto const gone = parse(424, {{"x-amzn-errortype", "ModelError"}},
                            R"({"OriginalStatusCode":0,"Message":"Received server error (0) from primary"})");
    CHECK(gone.message() == "the model's container gave no answer");
    // A container's 503 is still an answer of a model that may have run.
    auto const busy = parse(424, {{"x-amzn-errortype", "ModelError"}}, R"({"OriginalStatusCode":503})");
    CHECK((busy.outcome() == outcome::complete));
    CHECK_FALSE((busy == condition::transient));
}

TEST_CASE("errors: the canonical request of a refused signature is told without the session token")
{
    auto const e = parse(403, {{"x-amzn-errortype", "InvalidSignatureException"}},
                         R"({"message":"does not match\n\nThe Canonical String was\n'POST\nhost:h\n)"
                         R"(x-amz-security-token:CANARY+/==\n\nhost;x-amz-security-token\nabc'"})");
    CHECK(e.service_message().find("CANARY") == std::string_view::npos);
    CHECK(e.service_message().find("x-amz-security-token:(hidden)\\n\\nhost;x-amz-security-token\\nabc") !=
          std::string_view::npos);
}

TEST_CASE("errors: what the service asks us to wait")
{
    struct row
    {
        fields header;
        std::optional<std::chrono::milliseconds> wait;
        bool hint;
    };
    std::vector<row> const rows{
        {{}, std::nullopt, false},
        {{{"retry-after", "2"}}, 2000ms, false},
        {{{"Retry-After", "0"}}, 0ms, false},
        {{{"retry-after", "soon"}}, std::nullopt, false},
        {{{"retry-after", "-1"}}, std::nullopt, false},
        {{{"x-amz-retry-after", "1500"}}, 1500ms, true},
        {{{"x-amz-retry-after", "0"}}, 0ms, true},
        {{{"x-amz-retry-after", "-100"}}, std::nullopt, false},
        {{{"x-amz-retry-after", "x"}}, std::nullopt, false},
        {{{"x-amz-retry-after", "1500"}, {"retry-after", "1"}}, 1500ms, true},
        {{{"x-amz-retry-after", "bad"}, {"retry-after", "1"}}, 1000ms, false},
        {{{"retry-after", "9"}, {"retry-after", "3"}}, 3000ms, false},
        // A date counts from the service's own clock: ours may be wrong.
        {{{"date", "Sun, 06 Nov 1994 08:49:37 GMT"}, {"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}},
         10'000ms,
         false},
        {{{"retry-after", "Sun, 06 Nov 1994 08:49:47 GMT"}}, 0ms, false},
        // 1800000000 is 2027-01-15 08:00:00 UTC, from date(1).
        {{{"retry-after", "Fri, 15 Jan 2027 08:00:05 GMT"}}, 5000ms, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.header.empty() ? std::string() : row.header.front().first + ": " + row.header.front().second);
        auto const e = parse(429, row.header, "{}");
        CHECK((e.retry_after() == row.wait));
        CHECK(e.attribute(policy::retry_hint_attribute).empty() == !row.hint);
    }
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("errors: the policy reads what the provider wrote")
{
    policy::retry_quota quota;
    policy::retry_policy const retry;
    auto const hinted = parse(500, {{"x-amzn-errortype", "InternalFailure"}, {"x-amz-retry-after", "10000"}}, "{}");
    CHECK(retry.after(hinted, replay::standard, {}, 1h, 1.0, quota).delay() == 5050ms);
    auto const asked = parse(503, {{"retry-after", "10"}}, "{}");
    CHECK(retry.after(asked, replay::standard, {}, 1h, 1.0, quota).delay() == 10s);
    auto const model = parse(424, {{"x-amzn-errortype", "ModelError"}}, R"({"OriginalStatusCode":503})");
    CHECK(retry.after(model, replay::replay_unknown, {}, 1h, 1.0, quota).is_stop());
    auto const internal = parse(500, {{"x-amzn-errortype", "InternalFailure"}}, "{}");
    CHECK(retry.after(internal, replay::standard, {}, 1h, 1.0, quota).replayed());
    CHECK(retry.after(internal, replay::at_most_once, {}, 1h, 1.0, quota).is_stop());
}

TEST_CASE("errors: a redirect is never followed, and only the host of its target is told")
{
    struct row
    {
        char const* location; ///< null: none
        char const* says;
    };
    row const rows[] = {
        {"https://evil.example/endpoints/x?X-Amz-Signature=secret", "\"evil.example\""},
        {"http://evil.example:8080/secret", "\"evil.example\""},
        {"/other?token=secret", "another path of the same host"},
        {"//evil.example/secret", "missing or unreadable"},
        {"https://user:secret@evil.example/", "missing or unreadable"},
        {"javascript:secret", "missing or unreadable"},
        {"", "missing or unreadable"},
        {nullptr, "missing or unreadable"},
    };
    for (auto const& row : rows)
        for (int status : {300, 301, 302, 303, 304, 307, 308, 399}) {
            CAPTURE(status);
            auto const e = parse(status, row.location ? fields{{"location", row.location}} : fields{}, "secret");
            CHECK((e == augur::errc::redirect_refused));
            CHECK((e.outcome() == outcome::refused));
            CHECK(e.http_status() == status);
            CHECK(e.message().find(row.says) != std::string_view::npos);
            CHECK(e.to_string().find("secret") == std::string::npos);
            CHECK_FALSE((e == condition::transient));
        }
    MESSAGE("rows: " << std::size(rows) * 8);
}

TEST_CASE("errors: hostile and broken answers become errors with bounded, harmless text")
{
    std::string const deep_arrays(100'000, '[');
    std::string deep_objects;
    for (int i = 0; i < 100'000; ++i)
        deep_objects += "{\"message\":";
    std::string const balanced = "{\"message\":\"m\",\"x\":" + std::string(100'000, '[') + std::string(100'000, ']') +
                                 "}";
    std::string many = "{";
    for (int i = 0; i < 1000; ++i)
        many += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    many += "\"message\":\"late\"}";
    std::vector<std::pair<char const*, std::string>> const bodies{
        {"nothing", ""},
        {"html", "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>nginx</body></html>"},
        {"deep arrays", deep_arrays},
        {"deep objects", deep_objects},
        {"deep and balanced", balanced},
        {"many members", many},
        {"a long text", std::string(10'000'000, 'x')},
        {"a long message", "{\"message\":\"" + std::string(50'000, 'y') + "\"}"},
        {"a very long message", "{\"message\":\"" + std::string(5'000'000, 'y') + "\"}"},
        {"a long name", "{\"code\":\"" + std::string(50'000, 'z') + "\"}"},
        {"control characters", std::string("a\0b\x1B[31m\r\nlog: forged", 21)},
        {"escaped control characters", R"({"message":"a\u0000b\u001b[31m\r\nlog: forged","code":"x\ny"})"},
        {"bad UTF-8", "{\"message\":\"\xC3\x28\"}"},
        {"lone surrogate", R"({"message":"\ud800"})"},
        {"cut off", "{\"message\":\"m"},
        {"trailing bytes", "{\"message\":\"m\"}}"},
        {"an array", "[1,2,3]"},
        {"a string", "\"oops\""},
        {"null", "null"},
        {"only nulls", R"({"message":null,"code":null,"__type":null})"},
        {"other types", R"({"message":{"a":1},"code":[1],"__type":7,"OriginalStatusCode":"x","LogStreamArn":{}})"},
        {"numbers", R"({"message":1e999,"code":-0,"OriginalStatusCode":99999999999999999999})"},
        {"duplicates", R"({"message":"a","message":"b"})"},
        {"bom", "\xEF\xBB\xBF{\"message\":\"m\"}"},
    };
    int cases = 0;
    for (auto const& [name, content] : bodies)
        for (int status : {400, 424, 429, 500, 502, 503, 530})
            for (char const* type : {"text/html", "application/json", ""}) {
                CAPTURE(name);
                CAPTURE(status);
                auto const response = answer(status, {{"content-type", type}}, content);
                for (auto const& e : {parse_error(response, now), azure_ml::wire::parse_error(response, now)}) {
                    CHECK(e.http_status() == status);
                    CHECK(e.service_message().size() <= 4 * 2048 + 3);
                    CHECK(e.provider_code().size() <= 4 * 128 + 3);
                    auto const line = e.to_string();
                    bool clean = true;
                    for (char const c : line)
                        clean = clean && static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
                    CHECK(clean);
                }
                ++cases;
            }
    CHECK(parse(502, {{"content-type", "text/html"}}, bodies[1].second).service_message().find("502 Bad Gateway") !=
          std::string_view::npos);
    MESSAGE("answers: " << cases);
}

TEST_CASE("errors: hostile headers")
{
    auto const e = parse(424,
                         {{"x-amzn-errortype", std::string(8000, 'e')},
                          {"x-amzn-requestid", std::string(7000, 'r')},
                          {"retry-after", "99999999999999999999999"}},
                         "{}");
    CHECK((e == sm::model_error));
    CHECK(e.provider_code().size() <= 131);
    CHECK(e.request_id().size() <= 131);
    REQUIRE(e.retry_after());
    CHECK(e.retry_after()->count() > 0);
}

TEST_CASE("errors: no status is mistaken for one of our own small numbers")
{
    for (int status : {-1, 0, 1, 2, 3, 5, 19, 99}) {
        CAPTURE(status);
        auto const e = parse(status, {}, "");
        CHECK(e.code().value() >= 100);
        CHECK(azure_ml::wire::parse_error(answer(status, {}, ""), now).code().value() >= 100);
    }
}

TEST_CASE("errors: one question has the same answer on both clouds")
{
    struct row
    {
        condition question;
        error aws, azure;
    };
    auto const azure = [](int status, fields const& f = {}) {
        return azure_ml::wire::parse_error(answer(status, f, "{}"), now);
    };
    auto const aws = [](int status, char const* name, char const* message = "") {
        return parse(status, {{"x-amzn-errortype", name}}, std::string("{\"message\":\"") + message + "\"}");
    };
    row const rows[] = {
        {condition::not_found, aws(400, "ValidationError", "Endpoint x of account 1 not found."), azure(404)},
        {condition::throttled, aws(400, "ThrottlingException"), azure(429)},
        {condition::throttled, aws(429, "ThrottlingException"),
         azure(424, {{"ms-azureml-model-error-statuscode", "429"}})},
        {condition::model_error, aws(424, "ModelError"), azure(424, {{"ms-azureml-model-error-statuscode", "500"}})},
        {condition::unauthenticated, aws(403, "InvalidSignatureException"), azure(401)},
        {condition::unauthenticated, aws(403, "ExpiredTokenException"), azure(401)},
        {condition::forbidden, aws(403, "AccessDeniedException"), azure(403)},
        {condition::too_large, aws(413, ""), azure(413)},
        {condition::overloaded, aws(503, "ServiceUnavailable"), azure(503)},
        {condition::server_error, aws(500, "InternalFailure"), azure(500)},
        {condition::invalid_request, aws(400, "ValidationError"), azure(400)},
        {condition::transient, aws(502, ""), azure(502)},
        {condition::timeout, aws(504, ""), azure(504)},
    };
    for (auto const& row : rows) {
        CAPTURE(std::string(to_string(row.question)));
        CHECK((row.aws == row.question));
        CHECK((row.azure == row.question));
        CHECK(row.aws.code() != row.azure.code()); // and exact questions keep them apart
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("errc: every value has its own name, and its category its own identity")
{
    std::set<std::string> names;
    for (int i = 1; i <= static_cast<int>(sm::internal_stream_failure); ++i)
        names.insert(to_string(static_cast<sm>(i)));
    CHECK(names.size() == static_cast<std::size_t>(sm::internal_stream_failure));
    CHECK(to_string(static_cast<sm>(502)) == "bad_gateway");
    CHECK(make_error_code(sm::throttling).message() == "throttling");
    CHECK(std::string(sagemaker::category().name()) == "augur.sagemaker");
    CHECK(sagemaker::category() != azure_ml::category());
    CHECK(sagemaker::category() != client_category());
    CHECK(make_error_code(static_cast<sm>(500)) != make_error_code(azure_ml::errc::internal_error));
    CHECK_FALSE(make_error_code(sm::throttling) == make_error_condition(condition::not_found));
}

#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/wire.hpp>
#include <augur/policy/retry.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using az = azure_ml::errc;

namespace {

wall_time const now{1'800'000'000s};
using fields = std::vector<std::pair<std::string, std::string>>;

error parse(int status, fields const& list = {}, std::string content = {})
{
    http_response out;
    out.status = status;
    for (auto const& [name, value] : list)
        out.fields.add(name, value).value();
    out.content = std::move(content);
    return azure_ml::wire::parse_error(out, now);
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

} // namespace

TEST_CASE("errors: what each status means, whether the service acted and whether it is sent again")
{
    using c = condition;
    struct row
    {
        int status;
        char const* inner; ///< of a 424
        az code;
        outcome what;
        std::vector<condition> conditions; ///< all of them
        bool standard, at_most_once;       ///< sent again
    };
    auto const refused = outcome::refused;
    auto const unknown = outcome::unknown;
    auto const complete = outcome::complete;
    std::vector<row> const rows{
        {400, "", az::bad_request, refused, {c::invalid_request}, false, false},
        {401, "", az::unauthorized, refused, {c::unauthenticated}, false, false},
        {403, "", az::forbidden, refused, {c::forbidden}, false, false},
        {404, "", az::not_found, refused, {c::not_found}, false, false},
        {405, "", static_cast<az>(405), refused, {c::invalid_request}, false, false},
        {408, "", az::model_timeout, unknown, {c::timeout, c::transient}, false, false},
        {409, "", az::conflict, refused, {}, false, false},
        {413, "", az::payload_too_large, refused, {c::invalid_request, c::too_large}, false, false},
        {415, "", static_cast<az>(415), refused, {c::invalid_request}, false, false},
        {422, "", static_cast<az>(422), refused, {c::invalid_request}, false, false},
        {424, "", az::model_error, complete, {c::model_error}, false, false},
        {424, "400", az::model_error, complete, {c::model_error}, false, false},
        {424, "404", az::model_error, complete, {c::model_error}, false, false},
        {424, "429", az::model_throttled, refused, {c::throttled, c::transient}, true, true},
        {424, "500", az::model_error, complete, {c::model_error}, false, false},
        {424, "502", az::model_error, complete, {c::model_error}, false, false},
        {424, "503", az::model_overloaded, refused, {c::overloaded, c::transient}, true, true},
        {424, "504", az::model_error, complete, {c::model_error}, false, false},
        {424, "4299", az::model_error, complete, {c::model_error}, false, false},
        {424, "nonsense", az::model_error, complete, {c::model_error}, false, false},
        {429, "", az::throttled, refused, {c::throttled, c::transient}, true, true},
        {431, "", az::header_too_large, refused, {c::invalid_request}, false, false},
        {500, "", az::internal_error, unknown, {c::server_error, c::transient}, true, false},
        {501, "", static_cast<az>(501), refused, {c::server_error}, false, false},
        {502, "", az::bad_gateway, unknown, {c::server_error, c::transient}, true, false},
        {503, "", az::unavailable, refused, {c::overloaded, c::server_error, c::transient}, true, true},
        {504, "", az::gateway_timeout, unknown, {c::server_error, c::timeout, c::transient}, true, false},
        {529, "", static_cast<az>(529), refused, {c::overloaded, c::server_error, c::transient}, true, true},
        {599, "", static_cast<az>(599), unknown, {c::server_error}, false, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.status);
        CAPTURE(row.inner);
        fields list{{"x-request-id", "r-1"}};
        if (*row.inner)
            list.emplace_back("ms-azureml-model-error-statuscode", row.inner);
        auto const e = parse(row.status, list, "{\"message\":\"words\"}");
        CHECK((e == row.code));
        CHECK(static_cast<int>(e.outcome()) == static_cast<int>(row.what));
        CHECK(conditions_of(e) == row.conditions);
        CHECK(e.http_status() == row.status);
        CHECK(e.request_id() == "r-1");
        CHECK(e.service_message() == "words");
        CHECK(repeats(e, replay::standard) == row.standard);
        CHECK(repeats(e, replay::at_most_once) == row.at_most_once);
    }
    CHECK(repeats(parse(408), replay::replay_unknown));
    MESSAGE("rows: " << rows.size());
}

TEST_CASE("errors: an inner status outside a 424 means nothing")
{
    CHECK((parse(400, {{"ms-azureml-model-error-statuscode", "503"}}) == az::bad_request));
    CHECK((parse(500, {{"ms-azureml-model-error-statuscode", "429"}}).outcome() == outcome::unknown));
}

TEST_CASE("errors: a 424 is unfolded: inner status, reason and the container's own body")
{
    auto const e = parse(424,
                         {{"MS-AzureML-Model-Error-StatusCode", "422"},
                          {"ms-azureml-model-error-reason", "Unprocessable"},
                          {"azureml-model-deployment", "green"},
                          {"x-ms-run-function-failed", "True"}},
                         "Traceback:\n  ValueError: 3 columns expected");
    CHECK((e == az::model_error));
    CHECK(e.attribute("ms-azureml-model-error-statuscode") == "422");
    CHECK(e.attribute("ms-azureml-model-error-reason") == "Unprocessable");
    CHECK(e.attribute("azureml-model-deployment") == "green");
    CHECK(e.attribute("x-ms-run-function-failed") == "True");
    CHECK(e.service_message() == "Traceback:\\n  ValueError: 3 columns expected");
    CHECK(e.message().find("422") != std::string_view::npos);
    // Without a body the reason is what the service said.
    auto const bare =
        parse(424, {{"ms-azureml-model-error-statuscode", "500"}, {"ms-azureml-model-error-reason", "crashed"}});
    CHECK(bare.service_message() == "crashed");
}

TEST_CASE("errors: where the words and the name stand in the bodies the service uses")
{
    struct row
    {
        char const* body;
        char const* code;
        char const* message;
    };
    row const rows[] = {
        {R"({"error":{"code":"UserError","message":"m","innerError":{"code":"x"}},"correlation":{"request":"r"}})",
         "UserError", "m"},
        {R"({"error":{"code":"UserError","message":"m","details":[{"code":"d"}]}})", "UserError", "m"},
        {R"({"message":"m"})", "", "m"},
        {R"({"detail":"m"})", "", "m"},
        {R"({"error":"m"})", "", "m"},
        {R"({"error":{"message":null}})", "", R"({"error":{"message":null}})"},
        {"m", "", "m"},
        {"", "", ""},
    };
    for (auto const& row : rows) {
        CAPTURE(row.body);
        auto const e = parse(400, {}, row.body);
        CHECK(e.provider_code() == row.code);
        CHECK(e.service_message() == row.message);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("errors: the wait that is asked for, in every form of this cloud")
{
    CHECK(parse(429, {{"retry-after", "7"}}).retry_after() == 7000ms);
    CHECK(parse(429, {{"retry-after-ms", "70"}}).retry_after() == 70ms);
    CHECK(parse(429, {{"x-ms-retry-after-ms", "700"}}).retry_after() == 700ms);
    CHECK(parse(429, {{"retry-after", "7"}, {"retry-after-ms", "6900"}}).retry_after() == 6900ms);
    CHECK(parse(429, {{"date", "Fri, 15 Jan 2027 08:00:00 GMT"}, {"retry-after", "Fri, 15 Jan 2027 08:00:03 GMT"}})
              .retry_after() == 3000ms);
    CHECK_FALSE(parse(429, {{"retry-after", "later"}}).retry_after());
    CHECK_FALSE(parse(429).retry_after());
}

TEST_CASE("errors: redirects are refused and keep their target to themselves")
{
    auto const e = parse(307, {{"location", "https://evil.example/?key=secret"}});
    CHECK((e == augur::errc::redirect_refused));
    CHECK(e.message().find("evil.example") != std::string_view::npos);
    CHECK(e.to_string().find("secret") == std::string::npos);
}

TEST_CASE("errc: names are distinct, and a status without a name keeps its number")
{
    std::set<std::string> names;
    az const all[] = {az::model_throttled,   az::model_overloaded, az::bad_request,   az::unauthorized,
                      az::forbidden,         az::not_found,        az::model_timeout, az::conflict,
                      az::payload_too_large, az::model_error,      az::throttled,     az::header_too_large,
                      az::internal_error,    az::bad_gateway,      az::unavailable,   az::gateway_timeout};
    for (auto const e : all)
        names.insert(to_string(e));
    CHECK(names.size() == std::size(all));
    CHECK(to_string(static_cast<az>(418)) == "http_418");
    CHECK(make_error_code(az::throttled).message() == "throttled");
    CHECK(std::string(azure_ml::category().name()) == "augur.azure_ml");
}

#include <augur/azure_ml/wire.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using azure_ml::wire::parse_response;

namespace {

wall_time const now{1'800'000'000s};

http_response answer(std::vector<std::pair<std::string, std::string>> fields, std::string content = "[]",
                     int status = 200)
{
    http_response out;
    out.status = status;
    for (auto const& [name, value] : fields)
        out.fields.add(name, value).value();
    out.content = std::move(content);
    return out;
}

} // namespace

static_assert(std::is_default_constructible_v<azure_ml::score_response>);

TEST_CASE("response: every header the service documents, and the body untouched")
{
    std::string const content("[1]\0\xFF", 5);
    auto const r = parse_response(answer({{"Content-Type", "application/json"},
                                          {"X-Request-Id", "req-1"},
                                          {"x-ms-request-id", "ms-1"},
                                          {"x-ms-client-request-id", "mine"},
                                          {"azureml-model-deployment", "blue"},
                                          {"x-ms-run-fn-exec-ms", "12.345"},
                                          {"x-ratelimit-remaining-tokens", "9"}},
                                         content),
                                  now);
    REQUIRE(r.has_value());
    CHECK(r->body == content);
    CHECK(r->content_type == "application/json");
    CHECK(r->client_request_id == "mine");
    CHECK(r->model_time == std::chrono::microseconds(12345));
    CHECK(r->meta.request_id == "req-1");
    CHECK(r->meta.deployment == "blue");
    CHECK(r->meta.variant.empty());
    REQUIRE(r->meta.rate_limits.size() == 1);
    CHECK(r->meta.rate_limits[0].second == "9");
}

TEST_CASE("response: which request id is taken")
{
    CHECK(parse_response(answer({{"x-ms-request-id", "ms"}}), now)->meta.request_id == "ms");
    CHECK(parse_response(answer({{"apim-request-id", "apim"}}), now)->meta.request_id == "apim");
    CHECK(parse_response(answer({{"apim-request-id", "apim"}, {"x-ms-request-id", "ms"}}), now)->meta.request_id ==
          "ms");
    CHECK(parse_response(answer({{"x-request-id", ""}, {"x-ms-request-id", "ms"}}), now)->meta.request_id == "ms");
    CHECK(parse_response(answer({}), now)->meta.request_id.empty());
}

TEST_CASE("response: the running time of the model, in good and bad forms")
{
    struct row
    {
        char const* text;
        long long microseconds; ///< -1: none
    };
    row const rows[] = {
        {"12.345", 12345},
        {"0", 0},
        {"0.0004", 0},
        {"0.0006", 1},
        {"1000000", 1'000'000'000},
        {"", -1},
        {"-1", -1},
        {"fast", -1},
        {"1e3", -1},
        {"nan", -1},
        {"inf", -1},
        {"1.5ms", -1},
        {"0x1p3", -1},
        {"1e400", -1},
        {"1.2.3", -1},
        {"99999999999999", -1},
    };
    for (auto const& row : rows) {
        CAPTURE(row.text);
        auto const r = parse_response(answer({{"x-ms-run-fn-exec-ms", row.text}}), now);
        REQUIRE(r.has_value());
        CHECK(r->model_time.has_value() == (row.microseconds >= 0));
        if (r->model_time)
            CHECK(r->model_time->count() == row.microseconds);
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("response: a 2xx is the container's answer whatever it looks like, all else is an error")
{
    for (std::string const content : {"<html></html>", "{\"error\":{}}", "\xFF", ""})
        CHECK(parse_response(answer({}, content), now)->body == content);
    for (int status : {200, 201, 202, 204, 299})
        CHECK(parse_response(answer({}, "", status), now).has_value());
    for (int status : {0, 100, 199, 300, 307, 400, 424, 500, 599}) {
        CAPTURE(status);
        auto const r = parse_response(answer({}, "", status), now);
        REQUIRE_FALSE(r.has_value());
        CHECK(r.error().http_status() == status);
    }
}

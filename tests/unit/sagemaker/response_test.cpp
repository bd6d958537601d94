#include <augur/sagemaker/wire.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>
#include <type_traits>
#include <vector>

using namespace augur;
using namespace std::chrono_literals;
using sagemaker::wire::parse_response;

namespace {

wall_time const now{1'800'000'000s};

http_response answer(std::vector<std::pair<std::string, std::string>> fields, std::string content = "{}",
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

static_assert(std::is_default_constructible_v<sagemaker::invoke_endpoint_response>);

TEST_CASE("response: every header of the model, whatever its case, and the body untouched")
{
    std::string const content("{\"predictions\":[1]}\0\xFF", 21);
    auto const r = parse_response(answer({{"content-type", "application/json; charset=utf-8"},
                                          {"x-Amzn-Invoked-Production-Variant", "blue"},
                                          {"X-AMZN-SAGEMAKER-CUSTOM-ATTRIBUTES", "a=1;b"},
                                          {"X-Amzn-SageMaker-New-Session-Id", "abc-123; Expires=2026-08-21T12:00:30Z"},
                                          {"x-amzn-sagemaker-closed-session-id", "old-9"},
                                          {"x-amzn-RequestId", "0a1b"},
                                          {"x-ratelimit-remaining-requests", "7"},
                                          {"retry-after", "1"}},
                                         content),
                                  now);
    REQUIRE(r.has_value());
    CHECK(r->body == content);
    CHECK(r->content_type == "application/json; charset=utf-8");
    CHECK(r->invoked_production_variant == "blue");
    CHECK(r->custom_attributes == "a=1;b");
    REQUIRE(r->new_session);
    CHECK(r->new_session->id == "abc-123");
    // 2026-08-21 12:00:30 UTC, from date(1).
    CHECK(r->new_session->expires == wall_time(1787313630s));
    CHECK(r->closed_session_id == "old-9");
    CHECK(r->meta.request_id == "0a1b");
    CHECK(r->meta.variant == "blue");
    REQUIRE(r->meta.rate_limits.size() == 2);
    CHECK(r->meta.rate_limits[0].first == "x-ratelimit-remaining-requests");
    CHECK(r->meta.rate_limits[0].second == "7");
}

TEST_CASE("response: an answer without any header is an answer")
{
    auto const r = parse_response(answer({}, ""), now);
    REQUIRE(r.has_value());
    CHECK(r->body.empty());
    CHECK(r->content_type.empty());
    CHECK_FALSE(r->new_session);
    CHECK(r->closed_session_id.empty());
    CHECK(r->meta.request_id.empty());
}

TEST_CASE("response: a 200 is the model's answer whatever it looks like")
{
    for (std::string const content : {"<html>502</html>", "{\"error\":{\"message\":\"no\"}}", "\xFF\xFE", "{", ""}) {
        auto const r = parse_response(answer({{"content-type", "text/html"}}, content), now);
        REQUIRE(r.has_value());
        CHECK(r->body == content);
    }
    for (int status : {200, 201, 202, 204, 299})
        CHECK(parse_response(answer({}, "", status), now).has_value());
}

TEST_CASE("response: anything but a success goes through the errors")
{
    for (int status : {0, 100, 101, 199, 300, 302, 304, 400, 424, 429, 500, 503, 530, 599}) {
        CAPTURE(status);
        auto const r = parse_response(answer({}, "", status), now);
        REQUIRE_FALSE(r.has_value());
        CHECK(r.error().http_status() == status);
    }
}

TEST_CASE("response: the session header, in good and bad forms")
{
    struct row
    {
        char const* text;
        char const* id; ///< null: no session
        long long expires; ///< 0: not known
    };
    row const rows[] = {
        {"a; Expires=1970-01-01T00:00:01Z", "a", 1},
        {"a; Expires=2024-02-29T23:59:59Z", "a", 1709251199}, // date(1)
        {"a;Expires=2026-08-21T12:00:30Z", "a", 1787313630},
        {"a ;  expires=2026-08-21T12:00:30Z", "a", 1787313630},
        {"a", "a", 0},
        {"a;", "a", 0},
        {"a; Expires=", "a", 0},
        {"a; Expires=2023-02-29T00:00:00Z", "a", 0},
        {"a; Expires=2026-13-01T00:00:00Z", "a", 0},
        {"a; Expires=2026-08-21T24:00:00Z", "a", 0},
        {"a; Expires=2026-08-21T12:60:00Z", "a", 0},
        {"a; Expires=9999-12-31T23:59:59Z", "a", 0},
        {"a; Expires=2026-08-21 12:00:30Z", "a", 0},
        {"a; Expires=tomorrow", "a", 0},
        {"a; Path=/", "a", 0},
        {"; Expires=2026-08-21T12:00:30Z", nullptr, 0},
        {"", nullptr, 0},
    };
    for (auto const& row : rows) {
        CAPTURE(row.text);
        auto const r = parse_response(answer({{"x-amzn-sagemaker-new-session-id", row.text}}), now);
        REQUIRE(r.has_value());
        REQUIRE(r->new_session.has_value() == (row.id != nullptr));
        if (!row.id)
            continue;
        CHECK(r->new_session->id == row.id);
        CHECK(r->new_session->expires.has_value() == (row.expires != 0));
        if (row.expires != 0)
            CHECK(r->new_session->expires == wall_time(std::chrono::seconds(row.expires)));
    }
    MESSAGE("rows: " << std::size(rows));
}

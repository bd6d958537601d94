#include <augur/azure_ml/hosts.hpp>
#include <augur/azure_ml/wire.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <iterator>
#include <string>
#include <vector>

using namespace augur;
using azure_ml::score_request;
using azure_ml::wire::build_request;

namespace {

url scoring(char const* text = "https://risk.westeurope.inference.ml.azure.com/score")
{
    return url::parse(text).value();
}

} // namespace

TEST_CASE("request: a plain call posts JSON to the scoring URI and leaves authentication to others")
{
    auto const built = build_request(score_request(body("{\"data\":[[1,2]]}")), scoring());
    REQUIRE(built.has_value());
    CHECK(built->head.text() == "POST /score HTTP/1.1\r\n"
                                "host: risk.westeurope.inference.ml.azure.com\r\n"
                                "Content-Type: application/json\r\n");
    CHECK(built->payload.bytes() == "{\"data\":[[1,2]]}");
}

TEST_CASE("request: every setter has its header")
{
    auto const built = build_request(score_request(body("x"))
                                         .content_type("text/csv")
                                         .accept("application/json")
                                         .deployment("blue")
                                         .client_request_id("mine 1")
                                         .request_id("0e4a")
                                         .header("x-custom", "a b")
                                         .header("X-Custom", "again"),
                                     scoring());
    REQUIRE(built.has_value());
    std::vector<std::pair<std::string, std::string>> const expected{
        {"host", "risk.westeurope.inference.ml.azure.com"},
        {"Content-Type", "text/csv"},
        {"Accept", "application/json"},
        {"x-ms-client-request-id", "mine 1"},
        {"x-request-id", "0e4a"},
        {"azureml-model-deployment", "blue"},
        {"x-custom", "a b"},
        {"X-Custom", "again"},
    };
    REQUIRE(built->head.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        CHECK(built->head.at(i).name == expected[i].first);
        CHECK(built->head.at(i).value == expected[i].second);
    }
    MESSAGE("headers: " << expected.size());
}

TEST_CASE("request: another route of the container replaces path and query and nothing else")
{
    struct row
    {
        char const* scoring;
        char const* path; ///< null: not set
        char const* target; ///< null: refused
    };
    row const rows[] = {
        {"https://h.example/score", nullptr, "/score"},
        {"https://h.example", nullptr, "/"},
        {"https://h.example/score?v=1", nullptr, "/score?v=1"},
        {"https://h.example/score?v=1", "/v1/chat/completions", "/v1/chat/completions"},
        {"https://h.example/score", "/v2/models/m/infer?x=%20y", "/v2/models/m/infer?x=%20y"},
        {"https://h.example/score", "", nullptr},
        {"https://h.example/score", "v1", nullptr},
        {"https://h.example/score", "@evil.example/", nullptr},
        {"https://h.example/score", ".evil.example/", nullptr},
        {"https://h.example/score", ":80/", nullptr},
        {"https://h.example/score", "https://evil.example/", nullptr},
        {"https://h.example/score", "/a b", nullptr},
        {"https://h.example/score", "/a#b", nullptr},
        {"https://h.example/score", "/../a", nullptr},
        {"https://h.example/score", "/%2e%2E/a", nullptr},
        {"https://h.example/score", "/a\r\nX: y", nullptr},
        {"https://h.example/score", "/%", nullptr},
    };
    for (auto const& row : rows) {
        CAPTURE(row.path);
        score_request request(body("x"));
        if (row.path)
            request.path(row.path);
        auto const built = build_request(request, scoring(row.scoring));
        REQUIRE(built.has_value() == (row.target != nullptr));
        if (row.target) {
            CHECK(built->head.target() == row.target);
            CHECK(built->head.authority() == "h.example");
        }
        else {
            CHECK(built.error() == errc::invalid_argument);
        }
    }
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("request: limits hold at their edge and not beyond")
{
    struct row
    {
        char const* member;
        std::function<void(score_request&, std::string)> set;
        std::size_t shortest, longest;
    };
    row const rows[] = {
        {"content type", [](score_request& q, std::string v) { q.content_type(std::move(v)); }, 1, 1024},
        {"accept", [](score_request& q, std::string v) { q.accept(std::move(v)); }, 1, 1024},
        {"client request id", [](score_request& q, std::string v) { q.client_request_id(std::move(v)); }, 1, 100},
        {"request id", [](score_request& q, std::string v) { q.request_id(std::move(v)); }, 1, 100},
        {"deployment", [](score_request& q, std::string v) { q.deployment(std::move(v)); }, 3, 32},
    };
    for (auto const& row : rows) {
        CAPTURE(row.member);
        auto const with = [&row](std::size_t size) {
            score_request request(body("x"));
            row.set(request, std::string(size, 'a'));
            return build_request(request, scoring());
        };
        CHECK(with(row.shortest).has_value());
        CHECK(with(row.longest).has_value());
        CHECK_FALSE(with(row.shortest - 1).has_value());
        auto const over = with(row.longest + 1);
        REQUIRE_FALSE(over.has_value());
        CHECK(over.error() == errc::invalid_argument);
        CHECK(over.error().outcome() == outcome::not_sent);
        CHECK(over.error().message().starts_with(row.member));
    }
    MESSAGE("members: " << std::size(rows));
}

TEST_CASE("request: deployment names are those of the service")
{
    for (char const* name : {"blue", "abc", "Blue-2", "a1b", "a-b-c"}) {
        CAPTURE(name);
        CHECK(build_request(score_request().deployment(name), scoring()).has_value());
    }
    char const* const bad[] = {"",    "a",   "ab",  "1abc", "-abc",  "abc-",      "a--b",
                               "a_b", "a.b", "a b", "a/b",  "abc\n", "bl\xC3\xBC"};
    for (char const* name : bad) {
        CAPTURE(name);
        CHECK_FALSE(build_request(score_request().deployment(name), scoring()).has_value());
    }
    MESSAGE("refused names: " << std::size(bad));
}

TEST_CASE("request: every byte in every text, and in the names and values of extra headers")
{
    int cases = 0;
    for (int byte = 0; byte < 256; ++byte) {
        char const c = static_cast<char>(byte);
        std::string const inside = std::string("abc") + c + "d";
        bool const alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool const ascii = (byte >= 0x20 && byte < 0x7F) || c == '\t';
        bool const token = alnum ||
                           (byte != 0 && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
        bool const field = ascii || byte >= 0x80; // RFC 9110 obs-text; it is the caller's own header
        CAPTURE(byte);
        CHECK(build_request(score_request().deployment(inside), scoring()).has_value() == (alnum || c == '-'));
        CHECK(build_request(score_request().client_request_id(inside), scoring()).has_value() == ascii);
        CHECK(build_request(score_request().request_id(inside), scoring()).has_value() == ascii);
        CHECK(build_request(score_request().content_type(inside), scoring()).has_value() == ascii);
        CHECK(build_request(score_request().accept(inside), scoring()).has_value() == ascii);
        CHECK(build_request(score_request().header(inside, "v"), scoring()).has_value() == token);
        CHECK(build_request(score_request().header("x-n", inside), scoring()).has_value() == field);
        cases += 7;
    }
    MESSAGE("cases: " << cases);
}

TEST_CASE("request: headers that belong to HTTP or to a setter cannot be smuggled in")
{
    char const* const reserved[] = {"Host",
                                    "Authorization",
                                    "authorization",
                                    "Content-Length",
                                    "Transfer-Encoding",
                                    "Connection",
                                    "Keep-Alive",
                                    "TE",
                                    "Trailer",
                                    "Upgrade",
                                    "Expect",
                                    "Proxy-Authorization",
                                    "Content-Type",
                                    "Accept",
                                    "azureml-model-deployment",
                                    "x-ms-client-request-id",
                                    "X-Request-ID"};
    for (char const* name : reserved) {
        CAPTURE(name);
        auto const built = build_request(score_request().header(name, "secret-value"), scoring());
        REQUIRE_FALSE(built.has_value());
        CHECK(built.error() == errc::invalid_argument);
        CHECK(built.error().to_string().find("secret-value") == std::string::npos);
    }
    MESSAGE("reserved: " << std::size(reserved));
}

// Tokens instead of keys: the source in the configuration, and the endpoint's own tokens through ARM.

#include "support/doubles.hpp"

#include <augur/auth/entra/app_sources.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>
#include <augur/azure_ml/errc.hpp>

#include <doctest/doctest.h>

#include <cstdlib>

using namespace test;
using namespace std::chrono_literals;
using testing::reply;
namespace entra = augur::auth::entra;

namespace {

constexpr char const* target = "/subscriptions/s-1/resourceGroups/rg(1)/providers/Microsoft.MachineLearningServices/"
                               "workspaces/ws/onlineEndpoints/risk/token?api-version=2024-04-01";
/// Good for an hour, to be renewed after half of it. The manual clock begins at 1767225600.
std::string const endpoint_token = R"({"accessToken":"aml-1","tokenType":"Bearer","expiryTimeUtc":1767229200,)"
                                   R"("refreshAfterTimeUtc":1767227400})";
std::string const arm_token = R"({"token_type":"Bearer","expires_in":3599,"access_token":"arm-1"})";
constexpr char const* challenge = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"e30=\"";

/// An endpoint, Entra and ARM on one script.
struct bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    azure_ml::endpoint_config config;
    std::string uri = "https://risk.westeurope.inference.ml.azure.com/score";

    bench()
    {
        config.client.transport = transport;
        config.client.timers = time;
    }
    entra::source_options options() const { return entra::source_options().transport(transport); }
    std::shared_ptr<entra::token_source> app() const
    {
        return entra::client_secret(entra::app_identity("tenant", "app"), secret("CANARY"), options());
    }
    static azure_ml::endpoint_id risk() { return azure_ml::endpoint_id("s-1", "rg(1)", "ws", "risk"); }

    result<azure_ml::score_response> score()
    {
        if (!client_)
            client_.emplace(io.get_executor(), uri, config);
        return testing::run(io, *time, go(*client_));
    }
    std::string sent(std::size_t i) const { return std::string(transport->seen().at(i).field("authorization")); }

private:
    static asio::awaitable<result<azure_ml::score_response>> go(azure_ml::endpoint c)
    {
        azure_ml::score_request request(body("{}"));
        co_return co_await c.score(std::move(request));
    }
    std::optional<azure_ml::endpoint> client_;
};

} // namespace

TEST_CASE("azure_ml::endpoint: tokens of a source, for the audience of the endpoint's cloud or another")
{
    struct row
    {
        char const* uri;
        char const* scope; ///< in the configuration
        char const* asked;
    };
    for (auto const& r : {row{"https://e.r.inference.ml.azure.com/score", "", "https%3A%2F%2Fml.azure.com%2F.default"},
                          row{"https://e.r.inference.ml.azure.us/score", "", "https%3A%2F%2Fml.azure.us%2F.default"},
                          row{"https://e.r.inference.ml.azure.cn/score", "", "https%3A%2F%2Fml.azure.cn%2F.default"},
                          row{"https://own.test/score", "", "https%3A%2F%2Fml.azure.com%2F.default"},
                          row{"https://own.test/score", "api://x/.default", "api%3A%2F%2Fx%2F.default"}}) {
        CAPTURE(r.uri);
        bench b;
        b.uri = r.uri;
        b.config.credentials = b.app();
        b.config.scope = r.scope;
        b.transport->expect("POST", "/tenant/oauth2/v2.0/token", reply::with(200, {}, arm_token));
        b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
        b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
        REQUIRE(b.score().has_value());
        REQUIRE(b.score().has_value()); // with the same token
        CHECK(b.transport->ok());
        CHECK(b.transport->seen()[0].content.find("scope=" + std::string(r.asked) + "&") != std::string::npos);
        CHECK(b.sent(1) == "Bearer arm-1");
    }
}

TEST_CASE(
    "azure_ml::endpoint: without a key nothing happens before the first call, and then the default chain is asked")
{
    bench b; // what the chain finds is not ours to say here; a word that is no choice ends it at once
    ::setenv("AZURE_TOKEN_CREDENTIALS", "nobody", 1);
    azure_ml::endpoint const unused(b.io.get_executor(), b.uri, b.config);
    auto const got = b.score();
    ::unsetenv("AZURE_TOKEN_CREDENTIALS");
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error().phase() == phase::auth);
    CHECK(got.error().message().find("AZURE_TOKEN_CREDENTIALS") != std::string_view::npos);
    CHECK(b.transport->seen().empty());
}

TEST_CASE("azure_ml::endpoint: a key, a source and an authenticator exclude each other")
{
    bench b;
    b.config.credentials = b.app();
    b.config.key = secret("k");
    auto const got = b.score();
    REQUIRE_FALSE(got.has_value());
    CHECK(got.error() == augur::errc::invalid_argument);
}

TEST_CASE("endpoint tokens: fetched through ARM, renewed when ARM says, and ARM's own token is kept, too")
{
    bench b;
    b.config.credentials = azure_ml::endpoint_tokens(bench::risk(), b.app(), b.options());
    b.transport->expect("POST", "/tenant/oauth2/v2.0/token", reply::with(200, {}, arm_token));
    b.transport->expect("POST", target, reply::with(200, {}, endpoint_token));
    b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    CHECK(b.transport->ok());
    auto const& seen = b.transport->seen();
    CHECK(seen[0].content.find("scope=https%3A%2F%2Fmanagement.azure.com%2F.default") != std::string::npos);
    CHECK(seen[1].to.host == "management.azure.com");
    CHECK(b.sent(1) == "Bearer arm-1");
    CHECK(seen[1].content.empty());
    CHECK(b.sent(2) == "Bearer aml-1");
    b.time->advance(29min - 1s); // less the cache's jitter
    b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    b.time->advance(61s);
    b.transport->expect("POST", target,
                        reply::with(200, {},
                                    R"({"accessToken":"aml-2","expiryTimeUtc":1767232800,)"
                                    R"("refreshAfterTimeUtc":1767231000})"));
    b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    CHECK(b.sent(b.transport->seen().size() - 1) == "Bearer aml-2");
    CHECK(b.transport->ok());
}

TEST_CASE("endpoint tokens: the address of ARM may end in a slash, as the tables of other clouds have it")
{
    for (std::string const slashes : {"", "/", "//"}) {
        CAPTURE(slashes);
        bench b;
        b.config.credentials = azure_ml::endpoint_tokens(
            bench::risk().management("https://management.usgovcloudapi.net" + slashes), b.app(), b.options());
        b.transport->expect("POST", "/tenant/oauth2/v2.0/token", reply::with(200, {}, arm_token));
        b.transport->expect("POST", target, reply::with(200, {}, endpoint_token));
        b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
        auto const got = b.score();
        CHECK_MESSAGE(got.has_value(), got.error().to_string());
        REQUIRE(b.transport->ok());
        CHECK(b.transport->seen()[1].to.host == "management.usgovcloudapi.net");
        // An audience with a slash is another one: that is the caller's to say.
        auto const asked = slashes.empty() ? "usgovcloudapi.net%2F.default" : "usgovcloudapi.net%2F%2F";
        CHECK(b.transport->seen()[0].content.find(asked) != std::string::npos);
    }
}

TEST_CASE("endpoint tokens: ARM's challenge is answered once")
{
    bench b;
    b.config.credentials = azure_ml::endpoint_tokens(bench::risk(), b.app(), b.options());
    b.transport->expect("POST", "/tenant/oauth2/v2.0/token", reply::with(200, {}, arm_token));
    b.transport->expect("POST", target, reply::with(401, {{"WWW-Authenticate", challenge}}));
    b.transport->expect("POST", "/tenant/oauth2/v2.0/token",
                        reply::with(200, {}, R"({"expires_in":3599,"access_token":"arm-2"})"));
    b.transport->expect("POST", target, reply::with(200, {}, endpoint_token));
    b.transport->expect("POST", "/score", reply::with(200, {}, "[]"));
    REQUIRE(b.score().has_value());
    CHECK(b.transport->ok());
    CHECK(b.transport->seen()[2].content.find("claims=%7B%7D") != std::string::npos);
    CHECK(b.sent(3) == "Bearer arm-2");
}

TEST_CASE("endpoint tokens: what ARM refuses is the call's error")
{
    struct row
    {
        int status;
        char const* content;
        azure_ml::errc code;
    };
    for (auto const& r :
         {row{403, R"({"error":{"code":"AuthorizationFailed","message":"no action"}})", azure_ml::errc::forbidden},
          row{404, R"({"error":{"code":"ResourceNotFound","message":"x"}})", azure_ml::errc::not_found},
          row{400, R"({"error":{"code":"UserError","message":"auth mode"}})", azure_ml::errc::bad_request}}) {
        CAPTURE(r.status);
        bench b;
        b.config.credentials = azure_ml::endpoint_tokens(bench::risk(), b.app(), b.options());
        b.transport->expect("POST", "/tenant/oauth2/v2.0/token", reply::with(200, {}, arm_token));
        b.transport->expect("POST", target, reply::with(r.status, {{"x-ms-request-id", "r-1"}}, r.content));
        auto const got = b.score();
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == make_error_code(r.code));
        CHECK(got.error().phase() == phase::auth);
        CHECK(got.error().request_id() == "r-1");
        CHECK(b.transport->ok());
    }
}

TEST_CASE("endpoint tokens: names and answers are checked")
{
    namespace wire = azure_ml::wire;
    CHECK(wire::token_target(bench::risk()).value() == target);
    for (std::string const bad : {"", "..", "a/b", "a?b", "a#b", "a b", "a\r\n", "a%2fb"}) {
        CAPTURE(bad);
        CHECK_FALSE(wire::token_target(azure_ml::endpoint_id(bad, "g", "w", "e")).has_value());
        CHECK_FALSE(wire::token_target(azure_ml::endpoint_id("s", bad, "w", "e")).has_value());
        CHECK_FALSE(wire::token_target(azure_ml::endpoint_id("s", "g", bad, "e")).has_value());
        CHECK_FALSE(wire::token_target(azure_ml::endpoint_id("s", "g", "w", bad)).has_value());
        CHECK_FALSE(wire::token_target(bench::risk().api_version(bad)).has_value());
    }
    wall_time const now = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
    auto const good = wire::parse_endpoint_token(endpoint_token, now);
    REQUIRE(good.has_value());
    CHECK(*good->expires == now + 1h);
    CHECK(*good->refresh_at == now + 30min);
    for (std::string const bad :
         {"", "[]", "{}", R"({"accessToken":"CANARY"})", R"({"accessToken":"","expiryTimeUtc":1})",
          R"({"accessToken":"CAN\nARY","expiryTimeUtc":1767229200})", R"({"accessToken":"CANARY","expiryTimeUtc":"x"})",
          R"({"accessToken":"CANARY","expiryTimeUtc":-1})"}) {
        auto const got = wire::parse_endpoint_token(bad, now);
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == augur::errc::decode_error);
        CHECK(got.error().to_string().find("CANARY") == std::string::npos);
    }
    CHECK(*wire::parse_endpoint_token(R"({"accessToken":"x","expiryTimeUtc":9000000000000000000})", now)->expires <=
          now + 31 * 24h);
}

// The Azure ML endpoint from the caller's request to the caller's answer; the wire has tests of its own.

#include "support/doubles.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/errc.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

struct bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    std::string uri = "https://risk.westeurope.inference.ml.azure.com/score";
    azure_ml::endpoint_config config;

    bench()
    {
        config.key = secret("canary-key");
        config.client.transport = transport;
        config.client.timers = time;
        config.client.random = std::make_shared<half_random>();
    }

    azure_ml::endpoint client() { return azure_ml::endpoint(io.get_executor(), uri, config); }
    result<azure_ml::score_response> score(azure_ml::score_request request, call_options options = {})
    {
        return testing::run(io, *time, go(client(), std::move(request), std::move(options)));
    }
    static asio::awaitable<result<azure_ml::score_response>> go(azure_ml::endpoint c, azure_ml::score_request r,
                                                                call_options o)
    {
        co_return co_await c.score(std::move(r), std::move(o));
    }
};

azure_ml::score_request simple()
{
    return azure_ml::score_request(body("{}"));
}

} // namespace

TEST_CASE("azure_ml::endpoint: key, deployment and ids go out, deployment and ids come back")
{
    bench b;
    b.config.deployment = "blue";
    b.transport->expect("POST", "/score",
                        reply::with(200,
                                    {{"content-type", "application/json"},
                                     {"x-request-id", "r-1"},
                                     {"x-ms-client-request-id", "c-1"},
                                     {"azureml-model-deployment", "blue"},
                                     {"x-ms-run-fn-exec-ms", "12.5"}},
                                    "[1]"));
    auto request = simple();
    request.client_request_id("c-1");
    auto const answer = b.score(std::move(request));
    REQUIRE(answer.has_value());
    CHECK(answer->body == "[1]");
    CHECK(answer->client_request_id == "c-1");
    CHECK(answer->meta.deployment == "blue");
    CHECK(answer->meta.request_id == "r-1");
    CHECK(answer->meta.attempts == 1);
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.to.host == "risk.westeurope.inference.ml.azure.com");
    CHECK(sent.field("authorization") == "Bearer canary-key");
    CHECK(sent.field("azureml-model-deployment") == "blue");
    CHECK(sent.field("x-ms-client-request-id") == "c-1");
    CHECK(sent.content == "{}");
}

TEST_CASE("azure_ml::endpoint: a call without an id gets one, the same for all its attempts")
{
    bench b;
    b.transport->expect(reply::with(503));
    b.transport->expect(reply::with(429, {{"retry-after", "2"}}));
    b.transport->expect(reply::with(200));
    CHECK(b.score(simple()).has_value());
    CHECK(b.time->elapsed() == 25ms + 2s);
    auto const& seen = b.transport->seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].field("x-ms-client-request-id").size() == 36);
    CHECK(seen[0].field("x-ms-client-request-id") == seen[1].field("x-ms-client-request-id"));
    CHECK(seen[0].field("x-ms-client-request-id") == seen[2].field("x-ms-client-request-id"));
}

TEST_CASE("azure_ml::endpoint: a 424 is unfolded; only an inner 429 or 503 is repeated")
{
    for (std::string const inner : {"429", "503", "500", "400"}) {
        CAPTURE(inner);
        bool const repeats = inner == "429" || inner == "503";
        bench b;
        b.transport->expect(reply::with(
            424, {{"ms-azureml-model-error-statuscode", inner}, {"ms-azureml-model-error-reason", "model_error"}}));
        if (repeats)
            b.transport->expect(reply::with(200));
        auto const answer = b.score(simple());
        CHECK(answer.has_value() == repeats);
        CHECK(b.transport->ok());
        if (!answer) {
            CHECK(answer.error() == condition::model_error);
            CHECK(answer.error().outcome() == outcome::complete);
            CHECK(answer.error().attribute("ms-azureml-model-error-statuscode") == inner);
        }
    }
}

TEST_CASE("azure_ml::endpoint: a refused key is surfaced at once and is not in the error")
{
    bench b;
    b.transport->expect(reply::with(401, {}, "Please pass canary-less key"));
    auto const answer = b.score(simple());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::unauthenticated);
    CHECK(answer.error().attempts() == 1);
    CHECK(answer.error().to_string().find("canary-key") == std::string::npos);
    CHECK(b.transport->ok());
}

TEST_CASE("azure_ml::endpoint: without a key, or with one that no header can carry, nothing is sent")
{
    bench none;
    none.uri = "https://risk.test/score"; // Azure's own address would get tokens of Entra
    none.config.key = secret();
    auto const answer = none.score(simple());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == augur::errc::credentials_unavailable);
    CHECK(none.transport->seen().empty());

    bench torn;
    torn.config.key = secret("canary\r\nx: y");
    auto const refused = torn.score(simple());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == augur::errc::invalid_argument);
    CHECK(refused.error().to_string().find("canary") == std::string::npos);
    CHECK(torn.transport->seen().empty());
}

TEST_CASE("azure_ml::endpoint: a bad scoring URI is an error of the first call")
{
    for (std::string const uri : {"", "risk", "http://risk.westeurope.inference.ml.azure.com/score",
                                  "https://user@host.test/score", "ftp://x/y"}) {
        CAPTURE(uri);
        bench b;
        b.uri = uri;
        auto const answer = b.score(simple());
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == augur::errc::invalid_argument);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(b.transport->seen().empty());
    }
}

TEST_CASE("azure_ml::endpoint: a request may name another deployment and another route")
{
    bench b;
    b.config.deployment = "blue";
    b.transport->expect("POST", "/v2/explain", reply::with(200));
    auto request = simple();
    request.deployment("green").path("/v2/explain");
    CHECK(b.score(std::move(request)).has_value());
    CHECK(b.transport->seen().at(0).field("azureml-model-deployment") == "green");
    CHECK(b.transport->ok());
}

TEST_CASE("azure_ml::endpoint: any authenticator may take the key's place")
{
    bench b;
    b.config.key = secret();
    auto const auth = std::make_shared<fetching_auth>();
    b.config.client.auth = auth;
    b.transport->expect(reply::with(401));
    b.transport->expect(reply::with(200));
    CHECK(b.score(simple()).has_value());
    CHECK(auth->fetched == 2); // a 401 lets it refresh once
    CHECK(b.transport->seen().at(1).field("authorization") == "canary-proof-2");
}

TEST_CASE("azure_ml::endpoint: an endpoint that is destroyed while its call runs lets it finish")
{
    bench b;
    b.transport->expect(reply::with(200, {}, "done").after(1s));
    auto const to = std::make_shared<inbox<azure_ml::score_response>>();
    {
        auto client = b.client();
        client.async_score(simple(), {}, [to](result<azure_ml::score_response> r) { to->put(std::move(r)); });
        run_ready(b.io);
    }
    CHECK(run_until(b.io, *b.time, [&] { return to->completions > 0; }));
    REQUIRE(to->value->has_value());
    CHECK((*to->value)->body == "done");
}

#include "support.hpp"

#include <augur/emulator/azure_ml_service.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace augur::emulator;
using namespace emulator_test;

namespace {

std::shared_ptr<container> fixed(int status, std::string body)
{
    return std::make_shared<function_container>(
        [=](container_call const&) { return container_reply{status, "application/json", body, {}}; });
}

azure_ml_options options()
{
    azure_ml_options o;
    o.keys = {"key-one", "key-two"};
    o.deployments = {{"blue", 90, fixed(200, "blue")},
                     {"green", 10, fixed(200, "green")},
                     {"bad", 0, fixed(400, R"({"message":"row 2: column 3 (petal_length) is missing"})")},
                     {"down", 0, fixed(500, "line\r\nx-injected: 1")},
                     {"late", 0, fixed(0, "")},
                     {"busy", 0, nullptr, azure_ml_error(429, "TooManyRequests", "later")}};
    return o;
}

using extra = std::vector<header_list::line>;

response score(azure_ml_service& s, extra const& headers = {}, std::string target = "/score",
               std::string host = "localhost:1")
{
    auto r = post(std::move(target), "{}", std::move(host));
    r.headers.set("authorization", "Bearer key-one");
    for (auto const& [name, value] : headers)
        r.headers.set(name, value);
    return ask(s, r);
}

extra to(std::string deployment)
{
    return {{"azureml-model-deployment", std::move(deployment)}};
}

} // namespace

TEST_CASE("azure ml service: the traffic is split by per cent, and the header goes past the split")
{
    azure_ml_service s(options());
    std::map<std::string, int> seen;
    for (int i = 0; i < 1000; ++i) {
        auto const r = score(s);
        CHECK(r.status == 200);
        CHECK(r.body == r.headers.get("azureml-model-deployment"));
        ++seen[r.body];
    }
    CHECK(seen["blue"] > 860); // 900 expected, 9.5 is one standard deviation
    CHECK(seen["blue"] < 940);
    CHECK(seen["green"] + seen["blue"] == 1000);
    CHECK(score(s, to("green")).body == "green");
    CHECK(score(s, to("red")).status == 404);
}

TEST_CASE("azure ml service: no deployment with traffic is 404")
{
    auto o = options();
    o.deployments.erase(o.deployments.begin(), o.deployments.begin() + 2);
    azure_ml_service s(o);
    CHECK(score(s).status == 404);
    CHECK(score(s, to("bad")).status == 424);
}

TEST_CASE("azure ml service: either key opens, everything else is 401")
{
    azure_ml_service s(options());
    CHECK(score(s, {{"authorization", "Bearer key-two"}}).status == 200);
    CHECK(score(s, {{"authorization", "bearer key-two"}}).status == 200);
    for (auto const* value :
         {"Bearer wrong", "Bearer ", "Bearer key-on", "Bearer key-one ", "key-one", "Basic a2V5", ""}) {
        CAPTURE(value);
        CHECK(score(s, {{"authorization", value}}).status == 401);
    }
}

TEST_CASE("azure ml service: another endpoint's host or path is 404 before the key is looked at")
{
    azure_ml_service s(options());
    CHECK(score(s, {}, "/score", "iris.westeurope.inference.ml.azure.com").status == 200);
    CHECK(score(s, {}, "/score", "IRIS.westeurope.inference.ml.azure.com:443").status == 200);
    CHECK(score(s, {}, "/score", "other.westeurope.inference.ml.azure.com").status == 404);
    CHECK(score(s, {{"authorization", "no"}}, "/score", "iris.northeurope.inference.ml.azure.com").status == 404);
    CHECK(score(s, {}, "/other/score").status == 404);
}

TEST_CASE("azure ml service: a model's fault is 424 with its own status and words in the headers, its body untouched")
{
    azure_ml_service s(options());
    auto const bad = score(s, to("bad"));
    CHECK(bad.status == 424);
    CHECK(bad.headers.get("ms-azureml-model-error-statuscode") == "400");
    CHECK(bad.headers.get("ms-azureml-model-error-reason") == "row 2: column 3 (petal_length) is missing");
    CHECK(bad.body == R"({"message":"row 2: column 3 (petal_length) is missing"})");
    CHECK_FALSE(bad.headers.has("x-ms-run-function-failed"));
    auto const down = score(s, to("down"));
    CHECK(down.status == 424);
    CHECK(down.headers.get("ms-azureml-model-error-statuscode") == "500");
    CHECK(down.headers.get("ms-azureml-model-error-reason") == "line  x-injected: 1");
    CHECK(down.headers.get("x-ms-run-function-failed") == "True");
    CHECK(score(s, to("late")).status == 408);
    CHECK(score(s, to("busy")).status == 429);
}

TEST_CASE("azure ml service: ids come back, are made when absent, and are 431 above 100 characters")
{
    azure_ml_service s(options());
    auto const r = score(s, {{"x-request-id", "mine"}, {"x-ms-client-request-id", std::string(100, 'c')}});
    CHECK(r.headers.get("x-request-id") == "mine");
    CHECK(r.headers.get("x-ms-client-request-id") == std::string(100, 'c'));
    CHECK(r.headers.has("x-ms-request-id"));
    auto const plain = score(s);
    CHECK(plain.headers.get("x-request-id") == "11111111-2222-4333-8444-555555555555");
    CHECK_FALSE(plain.headers.has("x-ms-client-request-id"));
    for (auto const* name : {"x-request-id", "x-ms-client-request-id", "x-ms-request-id"}) {
        CHECK(score(s, {{name, std::string(100, 'c')}}).status == 200);
        auto const long_id = score(s, {{name, std::string(101, 'c')}});
        CHECK(long_id.status == 431);
        CHECK(long_id.headers.has("x-ms-request-id"));
    }
}

TEST_CASE("azure ml service: bodies over the limit are 413, other methods 405")
{
    auto o = options();
    o.max_body = 1;
    azure_ml_service s(o);
    CHECK(score(s).status == 413);
    auto r = post("/score", "");
    r.method = "GET";
    CHECK(ask(s, r).status == 405);
}

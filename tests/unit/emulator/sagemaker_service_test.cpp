#include "support.hpp"

#include <augur/emulator/sagemaker_service.hpp>

#include <doctest/doctest.h>

#include <map>

using namespace augur::emulator;
using namespace emulator_test;
using namespace std::chrono_literals;

namespace {

std::shared_ptr<container> fixed(int status, std::string body)
{
    return std::make_shared<function_container>(
        [=](container_call const&) { return container_reply{status, "text/plain", body, {}}; });
}

/// Answers "content-type|accept|name=value,...|body".
std::shared_ptr<container> mirror()
{
    return std::make_shared<function_container>([](container_call const& call) {
        std::string text = call.content_type + "|" + call.accept + "|";
        for (auto const& [name, value] : call.headers.lines())
            text += name + "=" + value + ",";
        container_reply reply{200, "text/plain", text + "|" + call.body, {}};
        reply.headers.add("X-Amzn-SageMaker-Custom-Attributes", "from the model");
        reply.headers.add("X-Other", "stays inside");
        return reply;
    });
}

sagemaker_endpoint endpoint(std::string name, std::vector<sagemaker_variant> variants)
{
    sagemaker_endpoint e;
    e.name = std::move(name);
    e.variants = std::move(variants);
    return e;
}

sagemaker_options options()
{
    sagemaker_options o;
    aws_credential main, forbidden;
    main.access_key = signing().access_key;
    main.secret_key = signing().secret_key;
    forbidden = {"AKIDNOTALLOWED", "s", {}, {}, "123456789012", false};
    o.credentials = {main, forbidden};
    o.endpoints.push_back(endpoint("two", {{"a", 3, fixed(200, "a")}, {"b", 1, fixed(200, "b")}}));
    o.endpoints.push_back(endpoint("models", {{"AllTraffic", 1, fixed(200, "none")}}));
    o.endpoints.back().models = {{"m1.tar.gz", fixed(200, "m1")}, {"m2.tar.gz", fixed(200, "m2")}};
    o.endpoints.push_back(endpoint("parts", {{"AllTraffic", 1, fixed(200, "none")}}));
    o.endpoints.back().components = {{"c1", fixed(200, "c1")}, {"c2", fixed(200, "c2")}};
    o.endpoints.push_back(endpoint("hosts", {{"AllTraffic", 1, fixed(200, "none")}}));
    o.endpoints.back().hosts = {{"h1", fixed(200, "h1")}};
    o.endpoints.push_back(endpoint("stateful", {{"AllTraffic", 1, mirror()}}));
    o.endpoints.back().stateful = true;
    o.endpoints.push_back(endpoint("cold", {{"AllTraffic", 1, fixed(200, "warm")}}));
    o.endpoints.back().cold_answers = 2;
    o.endpoints.push_back(endpoint("small", {{"AllTraffic", 1, fixed(200, "")}}));
    o.endpoints.back().serverless = true;
    o.endpoints.push_back(endpoint("broken", {{"AllTraffic", 1, fixed(503, "no \"memory\"\n")}}));
    o.endpoints.push_back(endpoint("mirror", {{"AllTraffic", 1, mirror()}}));
    return o;
}

using extra = std::vector<header_list::line>;

response invoke(sagemaker_service& s, std::string const& name, extra const& headers = {}, std::string body = "x",
                system_clock::time_point now = moment)
{
    auto r = post("/endpoints/" + name + "/invocations", std::move(body));
    for (auto const& [key, value] : headers)
        r.headers.set(key, value);
    sign(r, {});
    return ask(s, r, now);
}

std::string type_of(response const& r)
{
    return std::string(r.headers.get("x-amzn-errortype"));
}

void check_validation(response const& r, std::string_view words)
{
    CHECK(r.status == 400);
    CHECK(type_of(r).substr(0, 15) == "ValidationError");
    CHECK_MESSAGE(r.body.find(words) != std::string::npos, r.body);
}

} // namespace

TEST_CASE("sagemaker service: variants share the traffic by weight, and the seed decides who gets which call")
{
    sagemaker_service first(options()), second(options());
    std::map<std::string, int> seen;
    for (int i = 0; i < 400; ++i) {
        auto const r = invoke(first, "two");
        CHECK(r.status == 200);
        CHECK(r.body == r.headers.get("x-amzn-invoked-production-variant"));
        CHECK(invoke(second, "two").body == r.body);
        ++seen[r.body];
    }
    CHECK(seen["a"] > 260); // 300 expected, 8.7 is one standard deviation
    CHECK(seen["a"] < 340);
    CHECK(seen["a"] + seen["b"] == 400);
}

TEST_CASE("sagemaker service: a target chooses the variant, model, component or container")
{
    sagemaker_service s(options());
    CHECK(invoke(s, "two", {{"x-amzn-sagemaker-target-variant", "b"}}).body == "b");
    CHECK(invoke(s, "models", {{"x-amzn-sagemaker-target-model", "m2.tar.gz"}}).body == "m2");
    CHECK(invoke(s, "parts", {{"x-amzn-sagemaker-inference-component", "c1"}}).body == "c1");
    CHECK(invoke(s, "hosts", {{"x-amzn-sagemaker-target-container-hostname", "h1"}}).body == "h1");

    check_validation(invoke(s, "two", {{"x-amzn-sagemaker-target-variant", "z"}}), "Variant z");
    check_validation(invoke(s, "models"), "Target-Model is required");
    check_validation(invoke(s, "models", {{"x-amzn-sagemaker-target-model", "m3"}}), "key: m3");
    check_validation(invoke(s, "parts"), "Inference Component Name header is required");
    check_validation(invoke(s, "parts", {{"x-amzn-sagemaker-inference-component", "c9"}}), "Inference Component c9");
    check_validation(invoke(s, "hosts"), "Hostname is required");
    check_validation(invoke(s, "two", {{"x-amzn-sagemaker-target-model", "m1"}}), "has no meaning");
}

TEST_CASE(
    "sagemaker service: only the documented headers reach the container, and only its custom attributes come back")
{
    sagemaker_service s(options());
    auto const r = invoke(s, "mirror",
                          {{"accept", "text/csv"},
                           {"x-amzn-sagemaker-custom-attributes", "k=v"},
                           {"x-amzn-sagemaker-inference-id", "id-1"},
                           {"x-secret", "no"},
                           {"cookie", "no"}});
    CHECK(r.body == "application/json|text/csv|X-Amzn-SageMaker-Custom-Attributes=k=v,"
                    "X-Amzn-SageMaker-Inference-Id=id-1,|x");
    CHECK(r.headers.get("x-amzn-sagemaker-custom-attributes") == "from the model");
    CHECK_FALSE(r.headers.has("x-other"));
    CHECK(r.headers.get("x-amzn-requestid") == "11111111-2222-4333-8444-555555555555");
}

TEST_CASE("sagemaker service: an endpoint that is not there is a ValidationError with the account")
{
    sagemaker_service s(options());
    auto const r = invoke(s, "nowhere");
    check_validation(r, R"({"Message":"Endpoint nowhere of account 123456789012 not found."})");
    CHECK(r.headers.has("x-amzn-requestid"));
}

TEST_CASE("sagemaker service: a container that fails is ModelError 424 with what it said")
{
    sagemaker_service s(options());
    auto const r = invoke(s, "broken");
    CHECK(r.status == 424);
    CHECK(type_of(r) == "ModelError");
    CHECK(r.body.find(R"("OriginalStatusCode":503)") != std::string::npos);
    CHECK(r.body.find(R"("OriginalMessage":"no \"memory\"\n")") != std::string::npos);
    CHECK(r.body.find(
              R"("LogStreamArn":"arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/broken")") !=
          std::string::npos);
    CHECK(r.body.find("Received server error (503) from primary") != std::string::npos);
}

TEST_CASE("sagemaker service: a cold model answers 429 as often as it was told")
{
    sagemaker_service s(options());
    for (int i = 0; i < 2; ++i) {
        auto const r = invoke(s, "cold");
        CHECK(r.status == 429);
        CHECK(type_of(r) == "ModelNotReadyException");
    }
    CHECK(invoke(s, "cold").body == "warm");
    s.cool("cold", 1);
    CHECK(s.cold_answers_left("cold") == 1);
    CHECK(invoke(s, "cold").status == 429);
    CHECK(invoke(s, "cold").status == 200);
}

TEST_CASE("sagemaker service: a session opens, counts, expires and closes")
{
    auto o = options();
    o.session_lifetime = 60s;
    sagemaker_service s(o);
    auto const session = [&](std::string id, extra more = {}, system_clock::time_point now = moment) {
        more.emplace_back("x-amzn-sagemaker-session-id", std::move(id));
        // The signature stays valid: the session lives shorter than the window.
        return invoke(s, "stateful", more, "x", now);
    };
    auto const opened = session("NEW_SESSION");
    CHECK(opened.status == 200);
    auto const header = std::string(opened.headers.get("x-amzn-sagemaker-new-session-id"));
    auto const id = header.substr(0, header.find(';'));
    CHECK(id.size() == 36);
    CHECK(header.substr(id.size()) == "; Expires=2015-08-30T12:37:00Z");
    CHECK(opened.headers.get("x-amzn-sagemaker-custom-attributes") == "session-calls=1");

    CHECK(session(id).headers.get("x-amzn-sagemaker-custom-attributes") == "session-calls=2");
    CHECK(session(id, {}, moment + 59s).status == 200);
    check_validation(session(id, {}, moment + 60s), "Session " + id);
    check_validation(session(id), "Session " + id); // gone for good

    auto const other = std::string(session("NEW_SESSION").headers.get("x-amzn-sagemaker-new-session-id")).substr(0, 36);
    CHECK(other != id);
    auto const closed = session(other, {{"x-amzn-sagemaker-custom-attributes", "close-session"}});
    CHECK(closed.headers.get("x-amzn-sagemaker-closed-session-id") == other);
    check_validation(session(other), "Session " + other);
    CHECK(s.open_sessions() == 0);
    check_validation(invoke(s, "two", {{"x-amzn-sagemaker-session-id", "NEW_SESSION"}}), "does not keep sessions");
    check_validation(session("nobody"), "Session nobody");
}

TEST_CASE("sagemaker service: reset starts the seeded choices again")
{
    sagemaker_service s(options());
    auto const ids = [&] {
        std::string text;
        for (int i = 0; i < 3; ++i)
            text += invoke(s, "stateful", {{"x-amzn-sagemaker-session-id", "NEW_SESSION"}})
                        .headers.get("x-amzn-sagemaker-new-session-id");
        return text + std::to_string(invoke(s, "cold").status);
    };
    auto const first = ids();
    s.reset();
    CHECK(ids() == first);
}

TEST_CASE("sagemaker service: every modelled limit is kept, one byte below and above")
{
    sagemaker_service s(options());
    struct row
    {
        char const* header;
        std::size_t most;
        char const* member;
        char const* bad; ///< breaks the pattern; nullptr: there is none
    };
    row const table[] = {
        {"content-type", 1024, "contentType", "caf\xc3\xa9"},
        {"accept", 1024, "accept", "caf\xc3\xa9"},
        {"x-amzn-sagemaker-custom-attributes", 1024, "customAttributes", "\xff"},
        {"x-amzn-sagemaker-target-model", 1024, "targetModel", "a\x01"},
        {"x-amzn-sagemaker-target-variant", 63, "targetVariant", "a_b"},
        {"x-amzn-sagemaker-target-container-hostname", 63, "targetContainerHostname", "-a"},
        {"x-amzn-sagemaker-inference-id", 64, "inferenceId", "\xc3\xa9"},
        {"x-amzn-sagemaker-enable-explanations", 64, "enableExplanations", nullptr},
        {"x-amzn-sagemaker-inference-component", 63, "inferenceComponentName", "a-"},
        {"x-amzn-sagemaker-session-id", 256, "sessionId", "NEW_SESSIONS"},
    };
    for (auto const& r : table) {
        CAPTURE(r.header);
        auto const constraint = [&](std::string value) {
            auto const answer = invoke(s, "mirror", {{r.header, std::move(value)}});
            return answer.body.find(std::string("at '") + r.member + "' failed to satisfy constraint") !=
                   std::string::npos;
        };
        CHECK_FALSE(constraint(std::string(r.most, 'a')));
        CHECK(constraint(std::string(r.most + 1, 'a')));
        if (r.bad)
            CHECK(constraint(r.bad));
    }
    check_validation(invoke(s, std::string(64, 'a')), "at 'endpointName'");
    check_validation(invoke(s, std::string(63, 'a')), "not found");
    check_validation(invoke(s, "a_b"), "at 'endpointName'");
    auto const hidden = invoke(s, "mirror", {{"x-amzn-sagemaker-custom-attributes", "private\xff"}});
    CHECK(hidden.body.find("private") == std::string::npos);
}

TEST_CASE("sagemaker service: too large bodies are 413 for instances and 400 for serverless")
{
    sagemaker_service s(options());
    CHECK(invoke(s, "mirror", {}, std::string(25u << 20, 'x')).status == 200);
    auto const large = invoke(s, "mirror", {}, std::string((25u << 20) + 1, 'x'));
    CHECK(large.status == 413);
    CHECK(large.headers.get("content-type") == "text/html");
    CHECK(invoke(s, "small", {}, std::string(4u << 20, 'x')).status == 200);
    check_validation(invoke(s, "small", {}, std::string((4u << 20) + 1, 'x')), "4194305");
}

TEST_CASE("sagemaker service: signature faults, a forbidden key and foreign paths")
{
    sagemaker_service s(options());
    auto r = post("/endpoints/two/invocations", "x");
    auto answer = ask(s, r);
    CHECK(answer.status == 403);
    CHECK(type_of(answer) == "MissingAuthenticationTokenException");
    CHECK(answer.body == R"({"message":"Missing Authentication Token"})");
    CHECK(answer.headers.has("x-amzn-requestid"));

    signing forbidden;
    forbidden.access_key = "AKIDNOTALLOWED";
    forbidden.secret_key = "s";
    sign(r, forbidden);
    answer = ask(s, r);
    CHECK(type_of(answer) == "AccessDeniedException");
    CHECK(answer.body.find(
              "sagemaker:InvokeEndpoint on resource: arn:aws:sagemaker:us-east-1:123456789012:endpoint/two") !=
          std::string::npos);

    for (auto const* path :
         {"/endpoints/two", "/endpoints//invocations", "/endpoints/a/b/invocations", "/endpoints/"}) {
        CAPTURE(path);
        auto other = post(path, "x");
        sign(other, {});
        CHECK(ask(s, other).status == 404);
    }
    auto get = post("/endpoints/two/invocations", "");
    get.method = "GET";
    sign(get, {});
    CHECK(ask(s, get).status == 404);
}

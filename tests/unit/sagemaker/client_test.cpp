// The SageMaker client from the caller's request to the caller's answer; the wire and the retry rules
// have tests of their own.

#include "support/doubles.hpp"

#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/bind_executor.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

using namespace test;
using testing::reply;

namespace {

struct bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    sagemaker::runtime_config config;

    bench()
    {
        config.region = "eu-west-1";
        config.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret"));
        config.client.transport = transport;
        config.client.timers = time;
        config.client.random = std::make_shared<half_random>();
        config.client.max_attempts = 3;
    }

    sagemaker::runtime_client client() { return sagemaker::runtime_client(io.get_executor(), config); }
    result<sagemaker::invoke_endpoint_response> invoke(sagemaker::invoke_endpoint_request request,
                                                       call_options options = {})
    {
        return testing::run(io, *time, go(client(), std::move(request), std::move(options)));
    }
    static asio::awaitable<result<sagemaker::invoke_endpoint_response>>
    go(sagemaker::runtime_client c, sagemaker::invoke_endpoint_request r, call_options o)
    {
        co_return co_await c.invoke_endpoint(std::move(r), std::move(o));
    }
};

/// One variable of the environment for as long as a test case runs.
class variable
{
public:
    variable(char const* name, char const* value) : name_(name)
    {
        if (auto const* old = std::getenv(name))
            old_ = old;
        set(value);
    }
    ~variable() { set(old_ ? old_->c_str() : nullptr); }
    variable(variable const&) = delete;
    variable& operator=(variable const&) = delete;

private:
    void set(char const* value) const
    {
#if defined(_WIN32)
        _putenv_s(name_, value != nullptr ? value : "");
#else
        value != nullptr ? ::setenv(name_, value, 1) : ::unsetenv(name_);
#endif
    }

    char const* name_;
    std::optional<std::string> old_;
};

} // namespace

TEST_CASE("runtime_client: every member of the request goes out, every one of the answer comes back")
{
    bench b;
    b.transport->expect("POST", "/endpoints/iris/invocations",
                        reply::with(200,
                                    {{"content-type", "text/csv"},
                                     {"x-amzn-requestid", "6f5e"},
                                     {"x-amzn-invoked-production-variant", "blue"},
                                     {"x-amzn-sagemaker-custom-attributes", "trace=2"},
                                     {"x-amzn-sagemaker-new-session-id", "s-1; Expires=2026-01-01T01:00:00Z"},
                                     {"x-amzn-sagemaker-closed-session-id", "s-0"}},
                                    "setosa\n"));
    sagemaker::invoke_endpoint_request request("iris", body("5.1,3.5"));
    request.content_type("text/csv")
        .accept("text/csv")
        .custom_attributes("trace=1")
        .target_model("a.tar.gz")
        .target_variant("blue");
    request.target_container_hostname("first").inference_id("mine").enable_explanations("`true`").inference_component(
        "part");
    request.session_id("s-0");
    auto const answer = b.invoke(std::move(request));
    REQUIRE(answer.has_value());
    CHECK(answer->body == "setosa\n");
    CHECK(answer->content_type == "text/csv");
    CHECK(answer->invoked_production_variant == "blue");
    CHECK(answer->custom_attributes == "trace=2");
    REQUIRE(answer->new_session.has_value());
    CHECK(answer->new_session->id == "s-1");
    CHECK(answer->closed_session_id == "s-0");
    CHECK(answer->meta.request_id == "6f5e");
    CHECK(answer->meta.variant == "blue");
    CHECK(answer->meta.attempts == 1);
    CHECK_FALSE(answer->meta.replayed);

    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.to.host == "runtime.sagemaker.eu-west-1.amazonaws.com");
    CHECK(sent.to.port == 443);
    CHECK(sent.to.is_https);
    CHECK(sent.content == "5.1,3.5");
    CHECK(sent.field("content-type") == "text/csv");
    CHECK(sent.field("accept") == "text/csv");
    CHECK(sent.field("x-amzn-sagemaker-custom-attributes") == "trace=1");
    CHECK(sent.field("x-amzn-sagemaker-target-model") == "a.tar.gz");
    CHECK(sent.field("x-amzn-sagemaker-target-variant") == "blue");
    CHECK(sent.field("x-amzn-sagemaker-target-container-hostname") == "first");
    CHECK(sent.field("x-amzn-sagemaker-inference-id") == "mine");
    CHECK(sent.field("x-amzn-sagemaker-enable-explanations") == "`true`");
    CHECK(sent.field("x-amzn-sagemaker-inference-component") == "part");
    CHECK(sent.field("x-amzn-sagemaker-session-id") == "s-0");
    auto const proof = sent.field("authorization");
    CHECK(proof.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260101/eu-west-1/sagemaker/aws4_request"));
    for (std::string_view const name : {"content-type", "host", "x-amz-date", "x-amzn-sagemaker-target-model"})
        CHECK(proof.find(name) != proof.npos); // signed
}

TEST_CASE("runtime_client: an error of the model brings what the container said")
{
    bench b;
    b.transport->expect(reply::with(
        424, {{"x-amzn-errortype", "ModelError"}, {"x-amzn-requestid", "77"}, {"content-type", "application/json"}},
        R"j({"Message":"Received server error (500)","OriginalMessage":"boom","OriginalStatusCode":500,"LogStreamArn":"arn:aws:logs:x"})j"));
    auto const answer = b.invoke(sagemaker::invoke_endpoint_request("iris", body("1")));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == sagemaker::errc::model_error);
    CHECK(answer.error() == condition::model_error);
    CHECK(answer.error().outcome() == outcome::complete);
    CHECK(answer.error().http_status() == 424);
    CHECK(answer.error().attribute("OriginalStatusCode") == "500");
    CHECK(answer.error().attribute("OriginalMessage") == "boom");
    CHECK(answer.error().attribute("LogStreamArn") == "arn:aws:logs:x");
    CHECK(answer.error().request_id() == "77");
    CHECK(answer.error().attempts() == 1);
    CHECK(b.transport->ok());
}

TEST_CASE("runtime_client: a session is opened at most once unless the caller says otherwise")
{
    for (bool const insists : {false, true}) {
        bench b;
        b.transport->expect(reply::with(500));
        if (insists)
            b.transport->expect(reply::with(200));
        sagemaker::invoke_endpoint_request request("iris", body("1"));
        request.new_session();
        call_options options;
        if (insists)
            options.replay(replay::standard);
        auto const answer = b.invoke(std::move(request), options);
        CHECK(answer.has_value() == insists);
        CHECK(b.transport->ok());
    }
}

TEST_CASE("runtime_client: a bad name fails before anything is sent")
{
    for (std::string const name : {"", "-iris", "a/b", "iris\r\nx: y", "no space", "../x"}) {
        CAPTURE(name);
        bench b;
        auto const answer = b.invoke(sagemaker::invoke_endpoint_request(name, body("1")));
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == augur::errc::invalid_argument);
        CHECK(answer.error() == condition::invalid_request);
        CHECK(answer.error().outcome() == outcome::not_sent);
        CHECK(b.transport->seen().empty());
    }
}

TEST_CASE("runtime_client: a bad configuration is an error of the first call, not of the constructor")
{
    bench b;
    b.config.region = "x@attacker.test:443/#";
    auto const answer = b.invoke(sagemaker::invoke_endpoint_request("iris", body("1")));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error().outcome() == outcome::not_sent);
    CHECK(b.transport->seen().empty());

    bench plain;
    plain.config.endpoint_url = "http://service.test";
    CHECK(plain.invoke(sagemaker::invoke_endpoint_request("iris", body("1"))).error() == augur::errc::invalid_argument);
    CHECK(plain.transport->seen().empty());
}

TEST_CASE("runtime_client: the environment is read at the first call, and code beats it")
{
    variable const region("AWS_REGION", "ap-south-1");
    variable const attempts("AWS_MAX_ATTEMPTS", "2");
    variable const url("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", nullptr);
    variable const all_urls("AWS_ENDPOINT_URL", nullptr);
    for (bool const in_code : {false, true}) {
        CAPTURE(in_code);
        bench b;
        if (!in_code) {
            b.config.region.clear();
            b.config.client.max_attempts.reset();
        }
        for (int i = 0; i < (in_code ? 3 : 2); ++i)
            b.transport->expect(reply::with(503));
        CHECK_FALSE(b.invoke(sagemaker::invoke_endpoint_request("iris", body("1"))).has_value());
        CHECK(b.transport->ok());
        auto const& sent = b.transport->seen().at(0);
        CHECK(sent.to.host ==
              (in_code ? "runtime.sagemaker.eu-west-1.amazonaws.com" : "runtime.sagemaker.ap-south-1.amazonaws.com"));
        CHECK(sent.field("amz-sdk-request") == (in_code ? "attempt=1; max=3" : "attempt=1; max=2"));
    }
    variable const none("AWS_MAX_ATTEMPTS", nullptr);
    bench b;
    b.config.client.max_attempts.reset();
    b.transport->expect(reply::with(200));
    CHECK(b.invoke(sagemaker::invoke_endpoint_request("iris", body("1"))).has_value());
    CHECK(b.transport->seen().at(0).field("amz-sdk-request") == "attempt=1; max=3"); // the default
}

TEST_CASE("runtime_client: a shared file that cannot be read matters to a call that needs it, and to no other")
{
    auto const place = std::filesystem::temp_directory_path() / ("augur-" + make_uuid(*system_random()));
    REQUIRE(std::filesystem::create_directory(place)); // a folder is no file, not even for root
    variable const credentials("AWS_SHARED_CREDENTIALS_FILE", place.string().c_str());
    variable const config("AWS_CONFIG_FILE", (place / "none").string().c_str());
    variable const other_region("AWS_DEFAULT_REGION", nullptr);
    variable const url("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME", nullptr);
    variable const all_urls("AWS_ENDPOINT_URL", nullptr);
    variable const key("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    variable const proof("AWS_SECRET_ACCESS_KEY", "canary-secret");
    for (char const* const said : {"ap-south-1", static_cast<char const*>(nullptr)}) {
        variable const region("AWS_REGION", said);
        bench b;
        b.config.region.clear();
        b.config.credentials.reset();
        if (said != nullptr)
            b.transport->expect(reply::with(200));
        auto const answer = b.invoke(sagemaker::invoke_endpoint_request("iris", body("1")));
        CHECK(answer.has_value() == (said != nullptr));
        if (!answer) { // the region may be in that file
            CHECK(answer.error() == augur::errc::invalid_argument);
            CHECK(answer.error().message().find(place.string()) != std::string::npos);
        }
    }
    std::filesystem::remove(place);
}

TEST_CASE(
    "sagemaker chat: a bearer token from the environment stands in for one of ours, unless code gives credentials")
{
    variable const token("AWS_BEARER_TOKEN_SAGEMAKER", "sagemaker-api-key-given");
    for (bool const in_code : {false, true}) {
        CAPTURE(in_code);
        bench b;
        if (!in_code)
            b.config.credentials.reset();
        sagemaker::chat_endpoint llama(b.client(), "llama", {.form = sagemaker::chat_form::openai});
        auto const go = [](sagemaker::chat_endpoint c) -> asio::awaitable<result<chat_response>> {
            chat_request question;
            question.user("Why?");
            co_return co_await c.chat(std::move(question));
        };
        b.transport->expect("POST", "/endpoints/llama/openai/v1/chat/completions", reply::with(500));
        CHECK_FALSE(testing::run(b.io, *b.time, go(llama)).has_value());
        auto const sent = b.transport->seen().at(0).field("authorization");
        CHECK((sent == "Bearer sagemaker-api-key-given") == !in_code);
        CHECK(sent.starts_with("Bearer sagemaker-api-key-"));
    }
}

TEST_CASE("runtime_client: a client that is destroyed while its call runs lets it finish")
{
    bench b;
    b.transport->expect(reply::with(503));
    b.transport->expect(reply::with(200, {}, "done").after(1s));
    auto const to = std::make_shared<inbox<sagemaker::invoke_endpoint_response>>();
    {
        auto client = b.client();
        auto copy = client;
        copy.async_invoke_endpoint(sagemaker::invoke_endpoint_request("iris", body("1")), {},
                                   [to](result<sagemaker::invoke_endpoint_response> r) { to->put(std::move(r)); });
        run_ready(b.io);
        CHECK(to->completions == 0);
    }
    b.config = {};
    CHECK(run_until(b.io, *b.time, [&] { return to->completions > 0; }));
    REQUIRE(to->value->has_value());
    CHECK((*to->value)->body == "done");
    CHECK(to->completions == 1);
}

TEST_CASE("runtime_client: two calls at a time do not disturb each other")
{
    bench b;
    b.transport->expect(reply::with(200, {}, "slow").after(5s));
    b.transport->expect(reply::with(503).after(1s));
    b.transport->expect(reply::with(200, {}, "quick"));
    auto client = b.client();
    auto const slow = std::make_shared<inbox<sagemaker::invoke_endpoint_response>>();
    auto const quick = std::make_shared<inbox<sagemaker::invoke_endpoint_response>>();
    for (auto const& to : {slow, quick})
        client.async_invoke_endpoint(sagemaker::invoke_endpoint_request("iris", body("1")), {},
                                     [to](result<sagemaker::invoke_endpoint_response> r) { to->put(std::move(r)); });
    CHECK(run_until(b.io, *b.time, [&] { return quick->completions > 0; }));
    CHECK(b.time->elapsed() == 1s + 25ms);
    CHECK(slow->completions == 0);
    CHECK(run_until(b.io, *b.time, [&] { return slow->completions > 0; }));
    CHECK(b.time->elapsed() == 5s);
    CHECK((*slow->value)->body == "slow");
    CHECK((*slow->value)->meta.attempts == 1);
    CHECK((*quick->value)->body == "quick");
    CHECK((*quick->value)->meta.attempts == 2);
}

TEST_CASE("sagemaker::endpoint: what its configuration names goes out with each request")
{
    bench b;
    b.transport->expect("POST", "/endpoints/iris/invocations", reply::with(200, {{"content-type", "text/csv"}}, "1\n"));
    sagemaker::endpoint_config config;
    config.format.format = codec::scoring::format::csv;
    config.accept = "text/csv";
    config.target_variant = "green";
    config.target_model = "m.tar.gz";
    config.inference_component = "part";
    sagemaker::endpoint iris(b.client(), "iris", config);
    CHECK(iris.name() == "iris");
    auto const go = [](sagemaker::endpoint e) -> asio::awaitable<result<inference_response>> {
        inference_request request(rows{{5.1, 3.5}});
        request.with_id("mine");
        co_return co_await e.infer(std::move(request));
    };
    CHECK(testing::run(b.io, *b.time, go(iris)).has_value());
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.content == "5.1,3.5\n");
    CHECK(sent.field("content-type") == "text/csv");
    CHECK(sent.field("accept") == "text/csv");
    CHECK(sent.field("x-amzn-sagemaker-target-variant") == "green");
    CHECK(sent.field("x-amzn-sagemaker-target-model") == "m.tar.gz");
    CHECK(sent.field("x-amzn-sagemaker-inference-component") == "part");
    CHECK(sent.field("x-amzn-sagemaker-inference-id") == "mine");
}

TEST_CASE("sagemaker::endpoint: an answer that cannot be read is an error that says the model ran")
{
    bench b;
    b.transport->expect(reply::with(200, {{"content-type", "application/json"}, {"x-amzn-requestid", "6f5e"}},
                                    R"({"predictions": [1, )"));
    sagemaker::endpoint iris(b.client(), "iris");
    auto const go = [](sagemaker::endpoint e) -> asio::awaitable<result<inference_response>> {
        inference_request request(rows{{1.0}});
        co_return co_await e.infer(std::move(request));
    };
    auto const answer = testing::run(b.io, *b.time, go(iris));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == augur::errc::decode_error);
    CHECK(answer.error().phase() == phase::decode);
    CHECK(answer.error().outcome() == outcome::complete);
    CHECK(answer.error().http_status() == 200);
    CHECK(answer.error().attempts() == 1);
    CHECK(answer.error().request_id() == "6f5e");
    CHECK(b.transport->ok());
}

// What every InferenceClient promises, run over each of them. Only construction differs.

#include "support/doubles.hpp"

#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/codec/scoring.hpp>
#include <augur/sagemaker/endpoint.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

constexpr std::string_view two_predictions =
    R"({"predictions":[{"class":"setosa","p":{"setosa":0.75}},{"class":"virginica","p":{"setosa":0}}]})";

/// What a scoring endpoint is asked and answers, where any question will do.
struct scores
{
    static inference_request question() { return inference_request(rows{{1.0}, {2.0}}); }
    static std::string answer() { return std::string(two_predictions); }
    static inference_request foreign() { return inference_request(message("user", "hello")); }
    static constexpr char const* foreign_name = "messages";
};

/// Construction, and how the service behind it words the situations that all services have.
struct sagemaker_maker : scores
{
    using client_type = sagemaker::endpoint;

    static client_type make(asio::any_io_executor executor, call::client_config config, codec::scoring::format format)
    {
        sagemaker::endpoint_config c;
        c.region = "us-east-1";
        c.endpoint_url = "https://runtime.test";
        c.credentials = auth::aws::static_credentials("AKIDEXAMPLE", secret("canary-secret"));
        c.format.format = format;
        c.client = std::move(config);
        c.client.max_attempts = 3;
        return client_type(executor, "iris", c);
    }
    static reply::field_list answer_fields(std::string type)
    {
        return {{"content-type", std::move(type)},
                {"x-amzn-requestid", "id-7"},
                {"x-amzn-invoked-production-variant", "blue"}};
    }
    static reply unknown_endpoint()
    {
        return aws_error(400, "ValidationError", {}, "Endpoint iris of account 123456789012 not found.");
    }
    static reply throttled() { return aws_error(400, "ThrottlingException"); }
    static reply model_failed()
    {
        return reply::with(424, {{"x-amzn-errortype", "ModelError"}, {"x-amzn-requestid", "id-8"}},
                           R"({"Message":"x","OriginalMessage":"boom","OriginalStatusCode":500})");
    }
    static reply wrong_key() { return aws_error(403, "UnrecognizedClientException"); }
    static std::string placed(meta const& m) { return m.variant; }
};

struct azure_ml_maker : scores
{
    using client_type = azure_ml::endpoint;

    static client_type make(asio::any_io_executor executor, call::client_config config, codec::scoring::format format)
    {
        azure_ml::endpoint_config c;
        c.key = secret("canary-key");
        c.format.format = format;
        c.client = std::move(config);
        return client_type(executor, "https://risk.westeurope.inference.ml.azure.com/score", c);
    }
    static reply::field_list answer_fields(std::string type)
    {
        return {{"content-type", std::move(type)}, {"x-request-id", "id-7"}, {"azureml-model-deployment", "blue"}};
    }
    static reply unknown_endpoint() { return reply::with(404, {}, "no deployment"); }
    static reply throttled() { return reply::with(429); }
    static reply model_failed()
    {
        return reply::with(424, {{"ms-azureml-model-error-statuscode", "500"}, {"x-request-id", "id-8"}}, "boom");
    }
    static reply wrong_key() { return reply::with(401); }
    static std::string placed(meta const& m) { return m.deployment; }
};

struct azure_openai_maker
{
    using client_type = azure_openai::client;

    static client_type make(asio::any_io_executor executor, call::client_config config, codec::scoring::format)
    {
        azure_openai::client_config c;
        c.deployment = "gpt-4o-mini";
        c.key = secret("canary-key");
        c.client = std::move(config);
        return client_type(executor, "https://contoso.openai.azure.com", c);
    }
    static inference_request question() { return inference_request("Why is the sky blue?"); }
    static std::string answer()
    {
        return R"({"choices":[{"index":0,"message":{"content":"Because."},"finish_reason":"stop"}]})";
    }
    static inference_request foreign() { return inference_request(rows{{1.0}}); }
    static constexpr char const* foreign_name = "rows";
    static reply::field_list answer_fields(std::string type)
    {
        return {{"content-type", std::move(type)}, {"apim-request-id", "id-7"}, {"x-ms-deployment-name", "blue"}};
    }
    static reply unknown_endpoint()
    {
        return reply::with(404, {}, R"({"error":{"code":"DeploymentNotFound","message":"no such deployment"}})");
    }
    static reply throttled() { return reply::with(429, {}, R"({"error":{"code":"429","message":"slow down"}})"); }
    static reply wrong_key() { return reply::with(401, {}, R"({"error":{"code":"401","message":"denied"}})"); }
    static std::string placed(meta const& m) { return m.deployment; }
};

template <class Maker>
struct bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    call::client_config config;
    codec::scoring::format format = codec::scoring::format::json_instances;

    bench()
    {
        config.transport = transport;
        config.timers = time;
        config.random = std::make_shared<half_random>();
    }

    auto client() { return Maker::make(io.get_executor(), config, format); }
    result<inference_response> infer(inference_request request, call_options options = {})
    {
        return testing::run(io, *time, ask(client(), std::move(request), std::move(options)));
    }

    /// The one function that does not know its cloud.
    template <InferenceClient Client>
    static asio::awaitable<result<inference_response>> ask(Client c, inference_request r, call_options o)
    {
        co_return co_await c.infer(std::move(r), std::move(o));
    }
    void answers(std::string type, std::string content)
    {
        transport->expect("POST", "", reply::with(200, Maker::answer_fields(std::move(type)), std::move(content)));
    }
    void answers() { answers("application/json", Maker::answer()); }
};

} // namespace

TEST_CASE_TEMPLATE("inference client: rows go out in the endpoint's format and come back as a table", Maker,
                   sagemaker_maker, azure_ml_maker)
{
    bench<Maker> b;
    b.answers("application/json", std::string(two_predictions));
    auto const answer = b.infer(inference_request(rows{{5.1, 3.5}, {6.5, 3.25}}));
    REQUIRE(answer.has_value());
    REQUIRE(answer->rows() != nullptr);
    CHECK(answer->rows()->row_count() == 2);
    CHECK(answer->template at<std::string>(0, "class").value() == "setosa");
    CHECK(answer->template at<std::string>(1, "class").value() == "virginica");
    CHECK(answer->template at<double>(0, "p.setosa").value() == 0.75);
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.method == "POST");
    CHECK(sent.content == R"({"instances":[[5.1,3.5],[6.5,3.25]]})");
    CHECK(sent.field("content-type") == "application/json");
    CHECK(sent.field("user-agent").starts_with("augur/"));
    CHECK(b.transport->ok());

    bench<Maker> csv;
    csv.format = codec::scoring::format::csv;
    csv.answers("text/csv", "0.5\n0.25\n");
    auto const scores = csv.infer(inference_request(rows{{5.1, 3.5}, {6.5, 3.25}}));
    REQUIRE(scores.has_value());
    CHECK(scores->template at<double>(1).value() == 0.25);
    CHECK(csv.transport->seen().at(0).field("content-type") == "text/csv");
}

TEST_CASE_TEMPLATE("inference client: tensors", Maker, sagemaker_maker, azure_ml_maker)
{
    bench<Maker> b;
    b.format = codec::scoring::format::npy;
    auto const bytes = codec::scoring::write_npy(tensor::row({0.5F, 2.0F})).value();
    b.answers("application/x-npy", bytes);
    auto const answer = b.infer(inference_request(tensor::row({0.5F, 2.0F})));
    REQUIRE(answer.has_value());
    REQUIRE(answer->tensors() != nullptr);
    CHECK(answer->template at<double>(0, 1).value() == 2.0);
    CHECK(b.transport->seen().at(0).content == bytes);
    CHECK(b.transport->seen().at(0).field("content-type") == "application/x-npy");
}

TEST_CASE_TEMPLATE("inference client: text", Maker, sagemaker_maker, azure_ml_maker)
{
    bench<Maker> b;
    b.format = codec::scoring::format::raw;
    b.answers("text/plain", "a fine day");
    auto const answer = b.infer(inference_request("What a day?"));
    REQUIRE(answer.has_value());
    REQUIRE(answer->text() != nullptr);
    CHECK(*answer->text() == "a fine day");
    CHECK(b.transport->seen().at(0).content == "What a day?");
}

TEST_CASE_TEMPLATE("inference client: raw bytes pass as they are, whatever the format", Maker, sagemaker_maker,
                   azure_ml_maker)
{
    for (auto const format :
         {codec::scoring::format::json_instances, codec::scoring::format::csv, codec::scoring::format::raw}) {
        bench<Maker> b;
        b.format = format;
        std::string const picture("\0\xFF\r\n\r\nPOST", 10);
        b.answers("image/tiff", picture);
        auto const answer = b.infer(inference_request::bytes(picture, "image/tiff").accept("image/tiff"));
        REQUIRE(answer.has_value());
        REQUIRE(answer->bytes() != nullptr);
        CHECK(answer->bytes()->data() == picture);
        CHECK(answer->bytes()->content_type() == "image/tiff");
        CHECK(answer->content_type() == "image/tiff");
        auto const& sent = b.transport->seen().at(0);
        CHECK(sent.content == picture);
        CHECK(sent.field("content-type") == "image/tiff");
        CHECK(sent.field("accept") == "image/tiff");
    }
}

TEST_CASE_TEMPLATE("inference client: what a model says to text and to messages", Maker, azure_openai_maker)
{
    for (bool const as_message : {false, true}) {
        bench<Maker> b;
        b.answers();
        auto const answer =
            b.infer(as_message ? inference_request(message("user", "Why?")) : inference_request("Why?"));
        REQUIRE_MESSAGE(answer.has_value(), answer.error());
        REQUIRE(answer->text() != nullptr);
        CHECK(*answer->text() == "Because.");
        auto const& sent = b.transport->seen().at(0);
        CHECK(sent.content == R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Why?"}]})");
        CHECK(sent.field("content-type") == "application/json");
        CHECK(sent.field("user-agent").starts_with("augur/"));
    }
}

TEST_CASE_TEMPLATE("inference client: a payload that cannot be carried fails before sending, by name", Maker,
                   sagemaker_maker, azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    auto const answer = b.infer(Maker::foreign());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::unsupported);
    CHECK(answer.error() == condition::invalid_request);
    CHECK(answer.error().outcome() == outcome::not_sent);
    CHECK(answer.error().message().find(Maker::foreign_name) != std::string_view::npos);
    CHECK(b.transport->seen().empty());
}

TEST_CASE_TEMPLATE("inference client: a format for tables cannot say text", Maker, sagemaker_maker, azure_ml_maker)
{
    bench<Maker> npy;
    npy.format = codec::scoring::format::npy;
    auto const text = npy.infer(inference_request("hello"));
    REQUIRE_FALSE(text.has_value());
    CHECK(text.error() == errc::unsupported);
    CHECK(text.error().message().find("text") != std::string_view::npos);
    CHECK(npy.transport->seen().empty());
}

TEST_CASE_TEMPLATE("inference client: an endpoint that does not exist is not_found", Maker, sagemaker_maker,
                   azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    b.transport->expect(Maker::unknown_endpoint());
    auto const answer = b.infer(Maker::question());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::not_found);
    CHECK(answer.error().outcome() == outcome::refused);
    CHECK(answer.error().attempts() == 1);
    CHECK(b.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: throttled, then a success that says how often it was tried", Maker,
                   sagemaker_maker, azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    b.transport->expect(Maker::throttled());
    b.answers();
    auto const answer = b.infer(Maker::question());
    REQUIRE(answer.has_value());
    CHECK(answer->meta.attempts == 2);
    CHECK_FALSE(answer->meta.replayed);
    CHECK(answer->meta.time_in(phase::backoff) == 500ms); // half of the 1 s of throttling
    CHECK(b.time->elapsed() == 500ms);
    CHECK(b.transport->ok());

    bench<Maker> always;
    for (int i = 0; i < 3; ++i)
        always.transport->expect(Maker::throttled());
    auto const refused = always.infer(Maker::question());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == condition::throttled);
    CHECK(refused.error().attempts() == 3);
    CHECK(always.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: an error of the model is final and says so", Maker, sagemaker_maker,
                   azure_ml_maker)
{
    bench<Maker> b;
    b.transport->expect(Maker::model_failed());
    auto const answer = b.infer(inference_request(rows{{1.0}}));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::model_error);
    CHECK(answer.error().outcome() == outcome::complete);
    CHECK(answer.error().http_status() == 424);
    CHECK(answer.error().request_id() == "id-8");
    CHECK(b.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: a wrong key is unauthenticated, once", Maker, sagemaker_maker, azure_ml_maker,
                   azure_openai_maker)
{
    bench<Maker> b;
    b.transport->expect(Maker::wrong_key());
    auto const answer = b.infer(Maker::question());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::unauthenticated);
    CHECK(answer.error().to_string().find("canary") == std::string::npos);
    CHECK(b.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: an answer that is not what its type promises is a decode error", Maker,
                   sagemaker_maker, azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    b.answers("application/json", Maker::answer().substr(0, 16));
    auto const answer = b.infer(Maker::question());
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::decode_error);
    CHECK(answer.error().outcome() == outcome::complete);
    CHECK(answer.error().http_status() == 200);
    CHECK(answer.error().request_id() == "id-7");
    CHECK(answer.error().attempts() == 1);
    CHECK(b.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: cancelled, it completes once with errc::cancelled", Maker, sagemaker_maker,
                   azure_ml_maker, azure_openai_maker)
{
    for (auto const kind :
         {asio::cancellation_type::terminal, asio::cancellation_type::partial, asio::cancellation_type::total}) {
        bench<Maker> b;
        b.transport->expect(reply::never());
        asio::cancellation_signal signal;
        auto const to = std::make_shared<inbox<inference_response>>();
        {
            auto client = b.client();
            client.async_infer(Maker::question(), {},
                               asio::bind_cancellation_slot(
                                   signal.slot(), [to](result<inference_response> r) { to->put(std::move(r)); }));
        } // and the client may be gone
        run_ready(b.io);
        CHECK(to->completions == 0);
        signal.emit(kind);
        run_ready(b.io);
        REQUIRE(to->completions == 1);
        CHECK(to->failure() == errc::cancelled);
        CHECK(to->failure() == condition::cancelled);
        CHECK(to->failure().outcome() == outcome::unknown);
        CHECK(b.time->armed() == 0);
    }
}

TEST_CASE_TEMPLATE("inference client: the deadline ends the call on time", Maker, sagemaker_maker, azure_ml_maker,
                   azure_openai_maker)
{
    bench<Maker> b;
    b.transport->expect(Maker::throttled());
    b.transport->expect(reply::never());
    auto const answer = b.infer(Maker::question(), deadline(3s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == errc::deadline_exceeded);
    CHECK(answer.error() == condition::timeout);
    CHECK(answer.error().outcome() == outcome::unknown);
    CHECK(answer.error().attempts() == 2);
    CHECK(b.time->elapsed() == 3s);
}

TEST_CASE_TEMPLATE("inference client: the meta tells who answered, as which request, on which connection", Maker,
                   sagemaker_maker, azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    auto fields = Maker::answer_fields("application/json");
    fields.emplace_back("x-ratelimit-remaining-requests", "9");
    b.transport->expect(reply::with(200, fields, Maker::answer()).after(40ms).on_reused_connection());
    auto const answer = b.infer(Maker::question());
    REQUIRE(answer.has_value());
    CHECK(answer->meta.request_id == "id-7");
    CHECK(Maker::placed(answer->meta) == "blue");
    CHECK(answer->meta.attempts == 1);
    CHECK(answer->meta.connection_reused);
    CHECK(answer->meta.time_in(phase::first_byte) == 40ms);
    REQUIRE(answer->meta.rate_limits.size() == 1);
    CHECK(answer->meta.rate_limits[0].second == "9");
}

TEST_CASE_TEMPLATE("inference client: at_most_once is obeyed", Maker, sagemaker_maker, azure_ml_maker,
                   azure_openai_maker)
{
    bench<Maker> b;
    b.transport->expect(reply::with(500));
    call_options options;
    options.replay(replay::at_most_once);
    auto const answer = b.infer(Maker::question(), options);
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::server_error);
    CHECK(answer.error().outcome() == outcome::unknown);
    CHECK(b.transport->ok());
}

TEST_CASE_TEMPLATE("inference client: a context without a pending call runs out of work", Maker, sagemaker_maker,
                   azure_ml_maker, azure_openai_maker)
{
    bench<Maker> b;
    b.config.timers = nullptr; // the real ones
    auto client = b.client();
    CHECK(b.io.run() == 0); // before the first call
    b.answers();
    int completions = 0;
    b.io.restart();
    client.async_infer(Maker::question(), {}, [&](result<inference_response> r) {
        ++completions;
        CHECK(r.has_value());
    });
    b.io.run(); // returns, with the client alive
    CHECK(completions == 1);
    b.io.restart();
    CHECK(b.io.run() == 0);
    CHECK(client.get_executor() == b.io.get_executor());
}

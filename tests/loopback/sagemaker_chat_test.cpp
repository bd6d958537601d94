// A language model on SageMaker in the three forms that people meet, over real sockets and verified TLS.
#include <augur/auth/aws/credentials.hpp>
#include <augur/emulator/server.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/runtime_client.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <optional>

using namespace augur;
namespace asio = boost::asio;

namespace {

struct bench
{
    emulator::server clouds;
    asio::io_context context;

    sagemaker::chat_endpoint model(std::string name, sagemaker::chat_form form, std::string component = {},
                                   std::string key = {})
    {
        sagemaker::chat_config config{.region = "us-east-1", .endpoint_url = clouds.https_url()};
        config.form = form;
        config.inference_component = std::move(component);
        auto const& main = clouds.credentials().main;
        config.credentials =
            auth::aws::static_credentials(main.access_key, secret(key.empty() ? main.secret_key : key));
        config.client.tls.ca_pem = clouds.ca_pem();
        config.client.proxy.emplace();
        return sagemaker::chat_endpoint(context.get_executor(), std::move(name), std::move(config));
    }

    template <class T>
    T run(asio::awaitable<T> what)
    {
        std::optional<T> out;
        std::exception_ptr failure;
        asio::co_spawn(
            context,
            [](asio::awaitable<T> w, std::optional<T>* to) -> asio::awaitable<void> {
                to->emplace(co_await std::move(w));
            }(std::move(what), &out),
            [&failure](std::exception_ptr e) { failure = e; });
        context.restart();
        context.run();
        if (failure)
            std::rethrow_exception(failure);
        REQUIRE(out);
        return std::move(*out);
    }
};

chat_request question()
{
    return chat_request().user("Why is the sky blue?").seed(7).max_tokens(30);
}

asio::awaitable<std::string> streamed(sagemaker::chat_endpoint model)
{
    auto stream = co_await model.stream(question());
    if (!stream)
        co_return stream.error().to_string();
    std::string text;
    int events = 0;
    for (;;) {
        auto event = co_await stream->next();
        if (!event)
            co_return event.error().to_string();
        if (!*event)
            break;
        text += (*event)->text().value_or("");
        ++events;
    }
    CHECK(events > 5);
    CHECK(text == stream->text());
    CHECK(stream->meta().request_id.size() == 36);
    co_return text;
}

} // namespace

TEST_CASE("sagemaker chat over TLS: the same answer over invocations and over the OpenAI-compatible path")
{
    using enum sagemaker::chat_form;
    bench b;
    auto over_path = b.model("chat-endpoint", openai);
    auto const answer = b.run(over_path.chat(question()));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    CHECK(answer->usage->output_tokens == 30);
    auto const text = answer->text();
    CHECK(text.size() > 10);
    CHECK(b.run(streamed(over_path)) == text);
    auto over_invocations = b.model("chat-endpoint", messages);
    CHECK(b.run(streamed(over_invocations)) == text);
    CHECK(b.run(over_invocations.chat(question()))->text() == text);
    CHECK(b.run(streamed(b.model("chat-components-endpoint", openai, "chat"))) == text);
    CHECK(over_path.statistics().opened == 1); // both calls on one connection

    auto shared = sagemaker::chat_endpoint(over_path.client(), "lmi-endpoint",
                                           sagemaker::chat_config{.form = inputs}); // signed, on the same connection
    CHECK(b.run(streamed(shared)).size() > 10);
    CHECK(over_path.statistics().opened == 1);
}

TEST_CASE("sagemaker chat over TLS: a token of a wrong key is refused, and says where to look")
{
    bench b;
    auto stranger = b.model("chat-endpoint", sagemaker::chat_form::openai, {}, "wrong");
    auto const refused = b.run(stranger.chat(question()));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().http_status() == 403);
    CHECK(refused.error() == condition::unauthenticated);
    auto nobody = b.model("no-such-endpoint", sagemaker::chat_form::openai);
    CHECK(b.run(nobody.chat(question())).error() == sagemaker::errc::endpoint_not_found);
}

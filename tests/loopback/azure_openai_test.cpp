// The client of the OpenAI dialect against the emulator's language model, over real sockets and verified TLS.
#include <augur/auth/key.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/responses_client.hpp>
#include <augur/emulator/openai_service.hpp>
#include <augur/emulator/server.hpp>
#include <augur/model/chat_client.hpp>
#include <augur/tools/ask.hpp>
#include <augur/tools/converse.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/describe/class.hpp>
#include <doctest/doctest.h>

#include <exception>
#include <numeric>

using namespace augur;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct city_query
{
    std::string city;
    std::optional<int> days;
};
BOOST_DESCRIBE_STRUCT(city_query, (), (city, days))

struct bench
{
    emulator::server clouds;
    asio::io_context context;

    azure_openai::client client(std::string deployment = "gpt-4o-mini", std::string version = {})
    {
        azure_openai::client_config config;
        config.deployment = std::move(deployment);
        config.api_version = std::move(version);
        config.key = secret(clouds.credentials().azure_openai_key);
        return make(clouds.https_url(), std::move(config));
    }
    azure_openai::client plain_client()
    {
        azure_openai::client_config config;
        config.deployment = "gpt-4o-mini";
        config.key = secret(clouds.credentials().openai_key);
        return make(clouds.https_url("openai"), std::move(config));
    }
    azure_openai::client make(std::string url, azure_openai::client_config config)
    {
        config.client.tls.ca_pem = clouds.ca_pem();
        config.client.proxy.emplace();
        return azure_openai::client(context.get_executor(), std::move(url), std::move(config));
    }

    /// Runs the loop until the coroutine has ended, and no longer.
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
        context.run(); // returns because nothing else is pending
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

template <ChatClient Client>
asio::awaitable<std::string> streamed(Client client, chat_request request)
{
    auto stream = co_await client.stream(std::move(request), call_options());
    if (!stream)
        co_return stream.error().to_string();
    std::string text;
    for (;;) {
        auto event = co_await stream->next();
        if (!event)
            co_return event.error().to_string();
        if (!*event)
            break;
        text += (*event)->text().value_or("");
    }
    co_return text == stream->text() ? text : "two texts: " + text + " and " + stream->text();
}

} // namespace

TEST_CASE("azure_openai over TLS: whole and streamed answers are equal, on every path and with every habit")
{
    bench b;
    auto v1 = b.client();
    auto const answer = b.run(v1.chat(question()));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    auto const text = answer->text();
    CHECK(text.size() > 10);
    CHECK(answer->usage->total_tokens > answer->usage->output_tokens);
    CHECK_FALSE(answer->meta.request_id.empty());
    CHECK(b.run(streamed(v1, question())) == text);
    CHECK(b.run(streamed(b.client("gpt-4o-mini", "2024-10-21"), question())) == text);
    CHECK(b.run(streamed(b.plain_client(), question())) == text);
    emulator::openai_quirks odd;
    odd.asynchronous_filter = true;
    odd.obfuscation = true;
    odd.no_done = true;
    odd.crlf = true;
    odd.comments = true;
    odd.byte_order_mark = true;
    b.clouds.openai().set_quirks(odd);
    CHECK(b.run(streamed(v1, question())) == text);
    odd.prompt_annotations = true;
    odd.null_usage = false;
    b.clouds.openai().set_quirks(odd);
    CHECK(b.run(streamed(v1, question())) == text);
    auto const older = b.run(v1.chat(question()));
    REQUIRE_MESSAGE(older.has_value(), older.error());
    CHECK(older->text() == text);
    CHECK(older->extra.find("\"prompt_annotations\"") != std::string::npos);
    emulator::openai_quirks failing;
    failing.error_after = 3;
    b.clouds.openai().set_quirks(failing);
    CHECK(b.run(streamed(v1, question())).find("outcome partial") != std::string::npos);
}

TEST_CASE("azure_openai over TLS: a stream that was read to its end leaves its connection for the next call")
{
    bench b;
    auto llm = b.client();
    for (int i = 0; i < 3; ++i)
        CHECK_FALSE(b.run(streamed(llm, question())).empty());
    CHECK(llm.statistics().opened == 1);
    CHECK(llm.statistics().reused == 2);
}

TEST_CASE("azure_openai over TLS: responses are created, streamed, waited for, listed and forgotten")
{
    bench b;
    azure_openai::responses_client responses(b.client());
    auto const made = b.run(responses.create(azure_openai::response_request("", "Why is the sky blue?")));
    REQUIRE_MESSAGE(made.has_value(), made.error());
    CHECK_FALSE(made->text().empty());
    auto const items = b.run(responses.input_items(azure_openai::input_items_request(made->id)));
    REQUIRE_MESSAGE(items.has_value(), items.error());
    CHECK(items->items.size() == 1);
    auto const background =
        b.run(responses.create(azure_openai::response_request("", "Why is the sky blue?").background()));
    REQUIRE_MESSAGE(background.has_value(), background.error());
    using namespace std::chrono_literals;
    auto const done =
        b.run(responses.wait(azure_openai::get_response_request(background->id).poll_every(100ms), deadline(20s)));
    REQUIRE_MESSAGE(done.has_value(), done.error());
    CHECK(done->status == "completed");
    auto const removed = b.run(responses.remove(made->id));
    REQUIRE_MESSAGE(removed.has_value(), removed.error());
    CHECK(removed->deleted == true);
    auto const gone = b.run(responses.get(azure_openai::get_response_request(made->id)));
    REQUIRE_FALSE(gone.has_value());
    CHECK(gone.error() == condition::not_found);
    CHECK(b.run(streamed(responses, chat_request().user("Why is the sky blue?").max_tokens(30))).size() > 10);
}

TEST_CASE("azure_openai over TLS: embeddings of like texts are alike")
{
    bench b;
    auto embedder = b.client("text-embedding-3-small");
    std::vector<std::string> texts{"a dog runs in the park", "the dog was running in a park", "quarterly tax report"};
    auto const answer = b.run(embedder.embed(embedding_request(texts)));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    auto const near = [&](std::size_t i, std::size_t j) {
        auto const& x = answer->embeddings[i].values;
        auto const& y = answer->embeddings[j].values;
        return std::inner_product(x.begin(), x.end(), y.begin(), 0.0);
    };
    CHECK(near(0, 1) > near(0, 2));
    auto const decimal = b.run(embedder.embed(embedding_request(texts).decimal()));
    REQUIRE(decimal.has_value());
    CHECK(decimal->embeddings[0].values == answer->embeddings[0].values);
}

TEST_CASE("azure_openai over TLS: structs as answers and functions as tools")
{
    bench b;
    auto const asked = b.run(ask<city_query>(b.client(), "Where do I go, and for how long?"));
    REQUIRE_MESSAGE(asked.has_value(), asked.error());
    std::vector<std::string> cities;
    toolbox tools;
    tools.add("weather", "Current weather in a city", [&cities](city_query q) {
        cities.push_back(q.city);
        return std::string("sunny");
    });
    std::string heard;
    auto const options = converse_options().on_text([&heard](std::string_view text) { heard += text; });
    auto const request = chat_request().user("Do I need an umbrella in Oslo? Use the weather tool.").seed(3);
    auto const talked = b.run(converse(b.client(), tools, request, options));
    REQUIRE_MESSAGE(talked.has_value(), talked.error());
    CHECK(talked->steps >= 2);
    CHECK_FALSE(cities.empty());
    CHECK(talked->text().find("sunny") != std::string::npos);
    CHECK(heard.find("sunny") != std::string::npos);
    auto const last = b.clouds.requests().back().request.body;
    CHECK(last.find(R"("arguments":"{\"city\")") != std::string::npos);
    CHECK(last.find(R"("arguments":"")") == std::string::npos);
}

TEST_CASE("azure_openai over TLS: a wrong key, name or prompt is told apart, and the key is in no error")
{
    bench b;
    azure_openai::client_config config;
    config.deployment = "gpt-4o-mini";
    config.key = secret("canary");
    auto stranger = b.make(b.clouds.https_url(), config);
    auto const refused = b.run(stranger.chat(question()));
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == condition::unauthenticated);
    CHECK(refused.error().to_string().find("canary") == std::string::npos);
    auto nobody = b.client("gpt-9");
    CHECK(b.run(nobody.chat(question())).error() == azure_openai::errc::deployment_not_found);
    auto llm = b.client();
    auto const blocked = b.run(llm.chat(chat_request().user("blockedprompt")));
    REQUIRE_FALSE(blocked.has_value());
    CHECK(blocked.error() == condition::content_filtered);
    CHECK_FALSE(blocked.error().attribute("content_filter.violence").empty());
    auto const filtered = b.run(ask<city_query>(llm, "refuseme"));
    REQUIRE_FALSE(filtered.has_value());
    CHECK((filtered.error() == make_error_code(answer_errc::refused)));
}

TEST_CASE("azure_openai over TLS: what a user reads when it fails says what to do, whole and as a stream")
{
    using ending = emulator::stream_cut::ending;
    struct row
    {
        char const* key; ///< empty: the right one
        char const* deployment;
        char const* prompt;
        std::optional<emulator::answer> answered; ///< in place of the service's own, or what is done to it
        std::vector<char const*> says;
        bool whole = true; ///< not only of a stream
        phase_limits::duration phase_limits::* limit = nullptr; ///< that is 60 ms
    };
    auto const busy =
        emulator::answer(429).header("retry-after-ms", "900000").header("x-ratelimit-remaining-tokens", "0");
    row const rows[] = {
        {"canary", "gpt-4o", "Hi", {}, {"refuses the key in the configuration", "Keys and Endpoint"}},
        {"", "gpt-nope", "Hi", {}, {"has no deployment \"gpt-nope\"", "not of a model", "five minutes"}},
        {"", "", "Hi", {}, {"no deployment: set `deployment`"}},
        {"", "text-embedding-3-small", "Hi", {}, {"deployment of another kind of model"}},
        {"", "gpt-4o", "blockedprompt", {}, {"a content filter stopped the prompt: violence", "change the prompt"}},
        {"",
         "gpt-4o",
         "Hi",
         busy,
         {"\"gpt-4o\"", "(tokens left 0)", "raise the deployment's quota", "after 900000 ms"}},
        {"", "gpt-4o", "Hi", emulator::answer(503), {"no capacity for \"gpt-4o\" now: ask again later"}},
        {"", "gpt-4o", "Hi", emulator::answer(500), {"outcome unknown", "the service or a gateway before it failed"}},
        {"",
         "gpt-4o",
         "Hi",
         emulator::answer().after(60s),
         {"did not begin to answer within 60 ms", "`first_byte`"},
         true,
         &phase_limits::first_byte},
        {"",
         "gpt-4o",
         "Hi",
         emulator::answer().cut_stream(4, ending::silence),
         {"within 60 ms", "allow more with `idle`"},
         false,
         &phase_limits::idle},
        {"",
         "gpt-4o",
         "Hi",
         emulator::answer().cut_stream(4, ending::close),
         {"outcome partial", "was closed before the response was whole"},
         false},
        {"",
         "gpt-4o",
         "Hi",
         emulator::answer().cut_stream(4, ending::clean),
         {"outcome partial", "0 of 1 choices were finished"},
         false},
    };
    bench b;
    for (auto const& r : rows)
        for (bool const as_stream : {false, true}) {
            if (!as_stream && !r.whole)
                continue;
            azure_openai::client_config config;
            config.deployment = r.deployment;
            config.key = secret(*r.key ? r.key : b.clouds.credentials().azure_openai_key);
            config.client.max_attempts = 1;
            if (r.limit != nullptr)
                config.client.limits.*r.limit = 60ms;
            auto llm = b.make(b.clouds.https_url(), config);
            b.clouds.reset();
            if (r.answered)
                b.clouds.script("*", *r.answered);
            std::string said;
            if (as_stream)
                said = b.run(streamed(llm, chat_request().user(r.prompt)));
            else if (auto const answer = b.run(llm.chat(chat_request().user(r.prompt))); !answer)
                said = answer.error().to_string();
            CAPTURE(said);
            CAPTURE(as_stream);
            for (char const* words : r.says)
                CHECK(said.find(words) != std::string::npos);
            CHECK(said.find("canary") == std::string::npos);
        }
}

TEST_CASE("azure_openai over TLS: a key that is refused is called a key, whoever made the authenticator")
{
    bench b;
    azure_openai::client_config config;
    config.deployment = "gpt-4o";
    config.client.auth = auth::api_key(secret("canary"));
    auto llm = b.make(b.clouds.https_url(), config);
    auto const answer = b.run(llm.chat(chat_request().user("Hi")));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == condition::unauthenticated);
    auto const said = answer.error().to_string();
    CAPTURE(said);
    CHECK(said.find("refuses the key or token of `client.auth`: it is wrong") != std::string::npos);
    CHECK(said.find("canary") == std::string::npos);
}

// The client from the caller's request to the caller's answer; the wire has tests of its own.

#include "unit/azure_openai/support.hpp"

#include <augur/auth/entra/token.hpp>
#include <augur/net/task.hpp>

#include <doctest/doctest.h>

using namespace test;
using testing::reply;

namespace {

chat_request question()
{
    return chat_request().user("Why is the sky blue?");
}

std::string coded(char const* code)
{
    return std::string(R"({"error":{"code":")") + code + R"(","message":"words"}})";
}

/// Gives the scope it is asked for as the token.
class scope_as_token final : public auth::entra::token_source
{
public:
    net::task<result<auth::entra::access_token>> fetch(net::operation&, steady_time,
                                                       auth::entra::token_request what) override
    {
        auth::entra::access_token out;
        out.text = secret(what.scope());
        co_return out;
    }
    std::string name() const override { return "scope"; }
};

} // namespace

TEST_CASE("azure_openai::client: a project of AI Foundry gets tokens of its own audience, unless a scope is given")
{
    struct row
    {
        char const* endpoint;
        char const* scope;
        char const* asked;
    };
    for (auto const& r : {
             row{"https://c.services.ai.azure.com/api/projects/p1", "", "https://ai.azure.com/.default"},
             row{"https://c.services.ai.azure.us/api/projects/p1", "", "https://ai.azure.us/.default"},
             row{"https://c.services.ai.azure.com/api/projects/p1", "https://x/.default", "https://x/.default"},
             row{"https://c.services.ai.azure.com", "", "https://cognitiveservices.azure.com/.default"},
         }) {
        CAPTURE(r.endpoint);
        openai_bench b;
        b.endpoint = r.endpoint;
        b.config.key = secret();
        b.config.credentials = std::make_shared<scope_as_token>();
        b.config.scope = r.scope;
        b.transport->expect(reply::with(200, {}, chat_answer()));
        auto const answer = b.chat(question());
        REQUIRE_MESSAGE(answer.has_value(), answer.error());
        CHECK(b.transport->seen().at(0).field("authorization") == "Bearer " + std::string(r.asked));
    }
}

TEST_CASE("azure_openai::client: key, deployment and text go out; text, usage and ids come back")
{
    openai_bench b;
    testing::reply::field_list const limits{
        {"x-ratelimit-limit-requests", "60"},    {"x-ratelimit-limit-tokens", "1000"},
        {"x-ratelimit-remaining-requests", "9"}, {"x-ratelimit-remaining-tokens", "900"},
        {"x-ratelimit-reset-requests", "1s"},    {"x-ratelimit-reset-tokens", "6m0s"},
    };
    testing::reply::field_list fields{{"content-type", "application/json"}, {"apim-request-id", "g-1"}};
    fields.insert(fields.end(), limits.begin(), limits.end());
    b.transport->expect("POST", "/openai/v1/chat/completions", reply::with(200, fields, chat_answer()));
    auto const answer = b.chat(question());
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    CHECK(answer->text() == "Because.");
    CHECK(answer->usage->total_tokens == 5);
    CHECK(answer->meta.request_id == "g-1");
    CHECK(answer->meta.deployment == "gpt-4o-mini");
    CHECK(answer->meta.attempts == 1);
    CHECK(answer->meta.rate_limits == limits);
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.to.host == "contoso.openai.azure.com");
    CHECK(sent.field("api-key") == "canary-key");
    CHECK(sent.field("authorization").empty());
    CHECK(sent.field("x-ms-client-request-id").size() == 36);
    CHECK(sent.content == R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"Why is the sky blue?"}]})");
}

TEST_CASE("azure_openai::client: dated paths, and a request that names another deployment")
{
    openai_bench b;
    b.config.api_version = "2024-10-21";
    b.transport->expect("POST", "/openai/deployments/big/chat/completions?api-version=2024-10-21",
                        reply::with(200, {{"x-ms-deployment-name", "big"}}, chat_answer()));
    auto const answer = b.chat(question().model("big"));
    REQUIRE(answer.has_value());
    CHECK(answer->meta.deployment == "big");
    CHECK(b.transport->ok());
}

TEST_CASE("azure_openai::client: the same client speaks to OpenAI and its relatives with a bearer key")
{
    openai_bench b;
    b.endpoint = "https://api.openai.com/v1";
    b.config.organization = "org-1";
    b.config.project = "proj-1";
    b.transport->expect("POST", "/v1/chat/completions", reply::with(200, {{"x-request-id", "r-1"}}, chat_answer()));
    auto const answer = b.chat(question());
    REQUIRE(answer.has_value());
    CHECK(answer->meta.request_id == "r-1");
    auto const& sent = b.transport->seen().at(0);
    CHECK(sent.field("authorization") == "Bearer canary-key");
    CHECK(sent.field("api-key").empty());
    CHECK(sent.field("openai-organization") == "org-1");
    CHECK(sent.field("openai-project") == "proj-1");
    CHECK(sent.field("x-ms-client-request-id").empty());
}

TEST_CASE("azure_openai::client: any authenticator may take the key's place, and is asked anew after a 401")
{
    openai_bench b;
    b.config.key = secret();
    auto const auth = std::make_shared<fetching_auth>();
    b.config.client.auth = auth;
    b.transport->expect(reply::with(401));
    b.transport->expect(reply::with(200, {}, chat_answer()));
    CHECK(b.chat(question()).has_value());
    CHECK(auth->fetched == 2);
    CHECK(b.transport->seen().at(1).field("authorization") == "canary-proof-2");
    CHECK(b.transport->seen().at(1).field("api-key").empty());
}

TEST_CASE("azure_openai::client: extra headers of the request and of the options are sent")
{
    openai_bench b;
    b.transport->expect(reply::with(200, {}, chat_answer()));
    call_options options;
    options.header("x-from-options", "2");
    CHECK(b.chat(question().extra_header("x-from-request", "1"), options).has_value());
    CHECK(b.transport->seen().at(0).field("x-from-request") == "1");
    CHECK(b.transport->seen().at(0).field("x-from-options") == "2");

    openai_bench twice;
    call_options with_key;
    with_key.header("api-key", "another");
    auto const refused = twice.chat(question(), with_key);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == augur::errc::invalid_argument);
    CHECK(twice.transport->seen().empty());
}

TEST_CASE("azure_openai::client: a bad address, deployment or key is an error of the first call, and nothing is sent")
{
    for (std::string const endpoint :
         {"contoso", "http://contoso.openai.azure.com", "https://u@contoso.openai.azure.com",
          "https://contoso.openai.azure.com/openai/v3"}) {
        CAPTURE(endpoint);
        openai_bench b;
        b.endpoint = endpoint;
        auto const answer = b.chat(question());
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == augur::errc::invalid_argument);
        CHECK(b.transport->seen().empty());
    }
    openai_bench nameless;
    nameless.config.deployment.clear();
    CHECK(nameless.chat(question()).error() == augur::errc::invalid_argument);
    openai_bench torn;
    torn.config.key = secret("canary\r\nx: y");
    auto const refused = torn.chat(question());
    CHECK(refused.error() == augur::errc::invalid_argument);
    CHECK(refused.error().to_string().find("canary") == std::string::npos);
    CHECK(torn.transport->seen().empty());
}

TEST_CASE("azure_openai::client: errors name the key, the deployment and the host; secrets stay out")
{
    openai_bench key;
    key.transport->expect(reply::with(401, {}, coded("401")));
    auto const wrong_key = key.chat(question());
    REQUIRE_FALSE(wrong_key.has_value());
    CHECK(wrong_key.error() == condition::unauthenticated);
    CHECK(wrong_key.error().attempts() == 1);
    CHECK(wrong_key.error().message().find("the key in the configuration") != std::string_view::npos);
    CHECK(wrong_key.error().to_string().find("canary") == std::string::npos);

    openai_bench name;
    name.transport->expect(reply::with(404, {}, coded("DeploymentNotFound")));
    auto const wrong_name = name.chat(question());
    REQUIRE_FALSE(wrong_name.has_value());
    CHECK(wrong_name.error() == azure_openai::errc::deployment_not_found);
    CHECK(wrong_name.error().message().find("contoso.openai.azure.com has no deployment \"gpt-4o-mini\"") == 0);

    openai_bench path;
    path.transport->expect(reply::with(404, {}, coded("404")));
    CHECK(path.chat(question()).error().message().find("/openai/v1/chat/completions") != std::string_view::npos);
}

TEST_CASE("azure_openai::client: a throttled call waits as many milliseconds as asked; a day is too long")
{
    openai_bench b;
    b.transport->expect(reply::with(429, {{"retry-after", "7"}, {"retry-after-ms", "6432"}}, coded("429")));
    b.transport->expect(reply::with(200, {}, chat_answer()));
    auto const answer = b.chat(question());
    REQUIRE(answer.has_value());
    CHECK(answer->meta.attempts == 2);
    CHECK(b.time->elapsed() == 6432ms);

    openai_bench day;
    day.transport->expect(reply::with(429, {{"retry-after", "86400"}}, coded("429")));
    auto const refused = day.chat(question());
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().retry_after() == 24h);
    CHECK(day.time->elapsed() == 0ns);
    CHECK(day.transport->ok());
}

TEST_CASE("azure_openai::client: an answer that is none is a decode error that says what came instead")
{
    openai_bench html;
    html.transport->expect(reply::with(200, {{"content-type", "text/html"}}, "<html>Welcome</html>"));
    auto const page = html.chat(question());
    REQUIRE_FALSE(page.has_value());
    CHECK(page.error() == augur::errc::decode_error);
    CHECK(page.error().outcome() == outcome::complete);
    CHECK(page.error().http_status() == 200);
    CHECK(page.error().attempts() == 1);
    CHECK(page.error().message().find("web page") != std::string_view::npos);

    struct form
    {
        char const* type;
        char const* content;
        char const* called;
    };
    for (auto const& [type, content, called] :
         {form{"text/event-stream; charset=utf-8", "\n\ndata: {}\n\n", "(text/event-stream; charset=utf-8)"},
          form{"Text/Event-Stream", "", "(Text/Event-Stream)"},
          form{"application/json", "data: {}", "(application/json)"}, form{"", ": hello\n\n", "(no content type)"},
          form{"text/plain", "event: x\n", "(text/plain)"}}) {
        openai_bench streams;
        std::vector<std::pair<std::string, std::string>> fields;
        if (*type != 0)
            fields.emplace_back("content-type", type);
        streams.transport->expect(reply::with(200, fields, content));
        auto const events = streams.chat(question());
        REQUIRE_FALSE(events.has_value());
        CHECK(events.error() == augur::errc::decode_error);
        CHECK(events.error().outcome() == outcome::complete);
        CHECK(events.error().http_status() == 200);
        CHECK_MESSAGE(events.error().message().find("stream of events " + std::string(called)) !=
                          std::string_view::npos,
                      events.error());
    }
    openai_bench misnamed;
    misnamed.transport->expect(reply::with(200, {{"content-type", "text/event-stream"}}, chat_answer()));
    CHECK(misnamed.chat(question()).has_value()); // JSON is JSON whatever it is called

    openai_bench torn;
    torn.transport->expect(reply::with(200, {}, R"({"choices":[{"message":{"content":7}}]})"));
    auto const odd = torn.chat(question());
    REQUIRE_FALSE(odd.has_value());
    CHECK(odd.error() == augur::errc::decode_error);

    openai_bench failed;
    failed.transport->expect(reply::with(200, {{"x-request-id", "6f5e"}}, coded("server_error")));
    auto const inside = failed.chat(question());
    REQUIRE_FALSE(inside.has_value());
    CHECK(inside.error() == azure_openai::errc::server_error);
    CHECK(inside.error().request_id() == "6f5e");
    CHECK(failed.transport->ok()); // not sent again: the service acted
}

TEST_CASE("azure_openai::client: embeddings come as base64 and in the order of the texts")
{
    openai_bench b;
    // 0.5, -2 and 1, 0 as little-endian floats, the second text first.
    b.transport->expect("POST", "/openai/v1/embeddings", reply::with(200, {}, R"({"object":"list","model":"emb","data":[
        {"object":"embedding","index":1,"embedding":"AACAPwAAAAA="},
        {"object":"embedding","index":0,"embedding":"AAAAPwAAAMA="}],"usage":{"prompt_tokens":2,"total_tokens":2}})"));
    auto const answer = b.embed(embedding_request(std::vector<std::string>{"a", "b"}));
    REQUIRE_MESSAGE(answer.has_value(), answer.error());
    REQUIRE(answer->embeddings.size() == 2);
    CHECK(answer->embeddings[0].values == std::vector<float>{0.5F, -2.0F});
    CHECK(answer->embeddings[1].values == std::vector<float>{1.0F, 0.0F});
    CHECK(answer->meta.deployment == "gpt-4o-mini");
    CHECK(b.transport->seen().at(0).content.find("base64") != std::string::npos);

    openai_bench one_short;
    one_short.transport->expect(reply::with(200, {}, R"({"object":"list","data":[{"index":0,"embedding":[1]}]})"));
    CHECK(one_short.embed(embedding_request(std::vector<std::string>{"a", "b"})).error() == augur::errc::decode_error);
}

TEST_CASE("azure_openai::client: as an InferenceClient it takes text and messages and answers with text")
{
    openai_bench b;
    b.transport->expect(reply::with(200, {{"apim-request-id", "g-1"}}, chat_answer("A fine day.")));
    auto const answer = b.infer(inference_request("What a day?").with_id("mine"));
    REQUIRE(answer.has_value());
    REQUIRE(answer->text() != nullptr);
    CHECK(*answer->text() == "A fine day.");
    CHECK(answer->meta.request_id == "g-1");
    CHECK(b.transport->seen().at(0).field("x-ms-client-request-id") == "mine");
    CHECK(b.transport->seen().at(0).content.find(R"({"role":"user","content":"What a day?"})") != std::string::npos);

    openai_bench several;
    several.transport->expect(reply::with(200, {}, chat_answer()));
    std::vector<message> said{message("system", "Be brief."), message("user", "Why?")};
    CHECK(several.infer(inference_request(std::move(said))).has_value());
    CHECK(several.transport->seen().at(0).content.find("Be brief.") != std::string::npos);
}

TEST_CASE("azure_openai::client: payloads that are no text are refused by name before sending")
{
    openai_bench b;
    std::vector<std::pair<inference_request, char const*>> const refused{
        {inference_request(rows{{1.0}}), "rows"},
        {inference_request(tensor::row({1.0F})), "tensors"},
        {inference_request::bytes("x"), "bytes"},
        {inference_request("x").accept("image/png"), "image/png"},
    };
    for (auto const& [request, name] : refused) {
        CAPTURE(name);
        auto const answer = b.infer(request);
        REQUIRE_FALSE(answer.has_value());
        CHECK(answer.error() == augur::errc::unsupported);
        CHECK(answer.error().message().find(name) != std::string_view::npos);
    }
    CHECK(b.transport->seen().empty());
}

TEST_CASE("azure_openai::client: text that was held back or refused is an error, not an empty answer")
{
    openai_bench held;
    held.transport->expect(reply::with(200, {}, chat_answer("", "content_filter")));
    auto const empty = held.infer(inference_request("x"));
    REQUIRE_FALSE(empty.has_value());
    CHECK(empty.error() == condition::content_filtered);
    CHECK(empty.error().outcome() == outcome::complete);

    openai_bench refused;
    refused.transport->expect(reply::with(200, {}, R"({"choices":[{"index":0,"finish_reason":"stop",
        "message":{"role":"assistant","content":null,"refusal":"I cannot."}}]})"));
    auto const no = refused.infer(inference_request("x"));
    REQUIRE_FALSE(no.has_value());
    CHECK(no.error() == condition::content_filtered);
    CHECK(no.error().service_message() == "I cannot.");
}

TEST_CASE("azure_openai::client: models are listed and looked up; what only reads is repeated whatever happened")
{
    openai_bench b;
    auto c = b.client();
    b.transport->expect("GET", "/openai/v1/models", reply::with(500));
    b.transport->expect("GET", "/openai/v1/models",
                        reply::with(200, {{"apim-request-id", "g-2"}},
                                    R"({"object":"list","data":[{"id":"gpt-4o","object":"model","created":1}]})"));
    b.transport->expect("GET", "/openai/v1/models/gpt-4o",
                        reply::with(200, {}, R"({"id":"gpt-4o","object":"model","created":1,"owned_by":"system"})"));
    auto const list = b.run(c.list_models());
    REQUIRE_MESSAGE(list.has_value(), list.error());
    CHECK(list->models.at(0).id == "gpt-4o");
    CHECK(list->meta.attempts == 2);
    CHECK(list->meta.request_id == "g-2");
    auto const one = b.run(c.get_model("gpt-4o"));
    REQUIRE(one.has_value());
    CHECK(one->owned_by == "system");
    CHECK(b.transport->ok());
}

TEST_CASE("azure_openai::client: cancelled, or out of time, a call ends once and says so")
{
    openai_bench b;
    b.transport->expect(reply::never());
    asio::cancellation_signal signal;
    auto const to = std::make_shared<inbox<chat_response>>();
    {
        auto client = b.client();
        client.async_chat(question(), {}, asio::bind_cancellation_slot(signal.slot(), [to](result<chat_response> r) {
                              to->put(std::move(r));
                          }));
    } // and the client may be gone
    run_ready(b.io);
    CHECK(to->completions == 0);
    signal.emit(asio::cancellation_type::total);
    run_ready(b.io);
    REQUIRE(to->completions == 1);
    CHECK(to->failure() == augur::errc::cancelled);
    CHECK(to->failure().outcome() == outcome::unknown);

    openai_bench late;
    late.transport->expect(reply::never());
    auto const answer = late.chat(question(), deadline(3s));
    REQUIRE_FALSE(answer.has_value());
    CHECK(answer.error() == augur::errc::deadline_exceeded);
    CHECK(late.time->elapsed() == 3s);
}

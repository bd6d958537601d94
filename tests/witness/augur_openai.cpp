// Asks a running emulator what openai_client.py asks, with our clients, and prints what came in the same form.
// compare_openai.py, which starts it, says where the two differ.
//
// usage: augur_openai READY_FILE CASES_FILE
//
// The cases are {"chats": {name: request}, "errors": {name: request}, "responses": {name: request}, "embeddings": bool,
// "wrong_deployments": bool, "tool_result": request, "sagemaker": bool, "raw": {name: {"endpoint", "body"}}}; the
// requests are the bodies that the official client sends, and are put into ours with its setters.
#include <augur/augur.hpp>
#include <augur/azure_openai/response_stream.hpp>
#include <augur/azure_openai/responses_client.hpp>
#include <augur/openai_wire/errc.hpp>

#include <boost/asio/this_coro.hpp>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace azure_openai = augur::azure_openai;
using nlohmann::json;

augur::tool tool_of(json const& t)
{
    auto const& f = t.contains("function") ? t["function"] : t;
    auto made = augur::tool::function(f.at("name"), f.at("description"), f.at("parameters").dump());
    made.strict(f.value("strict", false));
    return made;
}

augur::answer_format format_of(json const& f)
{
    auto const& inner = f.contains("json_schema") ? f["json_schema"] : f;
    return augur::answer_format::json_schema(inner.at("name"), inner.at("schema").dump(), inner.at("strict"));
}

augur::chat_request chat_of(json const& body)
{
    augur::chat_request r(body.value("model", "gpt-4o"));
    r.seed(1);
    for (auto const& [name, value] : body.items()) {
        if (name == "messages")
            for (auto const& m : value)
                r.add(augur::message(m.at("role").get<std::string>(), m.at("content").get<std::string>()));
        else if (name == "max_completion_tokens")
            r.max_tokens(value.get<std::int64_t>());
        else if (name == "n")
            r.choices(value.get<std::int64_t>());
        else if (name == "temperature")
            r.temperature(value.get<double>());
        else if (name == "stop")
            for (auto const& s : value)
                r.stop(s.get<std::string>());
        else if (name == "tools")
            for (auto const& t : value)
                r.add(tool_of(t));
        else if (name == "parallel_tool_calls")
            r.parallel_tool_calls(value.get<bool>());
        else if (name == "tool_choice" && value == "required")
            r.choose(augur::tool_choice::required());
        else if (name == "response_format")
            r.format(format_of(value));
        else if (name != "model")
            throw std::runtime_error("no setter for " + name);
    }
    return r;
}

azure_openai::response_request response_of(json const& body)
{
    azure_openai::response_request r(body.value("model", "gpt-4o"), body.at("input").get<std::string>());
    r.extra_body(R"({"seed":1})");
    for (auto const& [name, value] : body.items()) {
        if (name == "instructions")
            r.instructions(value.get<std::string>());
        else if (name == "max_output_tokens")
            r.max_output_tokens(value.get<std::int64_t>());
        else if (name == "tools")
            for (auto const& t : value)
                r.add(tool_of(t));
        else if (name == "text")
            r.format(format_of(value.at("format")));
        else if (name == "reasoning")
            r.reasoning_effort(value.at("effort")).reasoning_summary(value.at("summary"));
        else if (name != "model" && name != "input")
            throw std::runtime_error("no setter for " + name);
    }
    return r;
}

json usage_of(std::optional<augur::usage> const& u)
{
    if (!u)
        return nullptr;
    return {u->input_tokens, u->output_tokens, u->total_tokens, u->reasoning_tokens.value_or(0)};
}

json calls_of(std::vector<augur::tool_call> const& calls)
{
    auto list = json::array();
    for (auto const& c : calls)
        list.push_back(json::array({c.name, c.arguments}));
    return list;
}

json summary(augur::chat_response const& answer)
{
    auto choices = json::array();
    for (auto const& c : answer.choices)
        choices.push_back({{"text", c.message.text()},
                           {"refusal", c.message.refusal()},
                           {"calls", calls_of(c.message.tool_calls())},
                           {"finish", c.finish_reason}});
    return {{"choices", choices}, {"usage", usage_of(answer.usage)}};
}

json summary(azure_openai::response const& r)
{
    return {{"status", r.status},
            {"text", r.text()},
            {"calls", calls_of(r.tool_calls())},
            {"summary", r.reasoning()},
            {"reason", r.incomplete_reason.empty() ? json() : json(r.incomplete_reason)},
            {"usage", usage_of(r.usage)}};
}

/// Behind the head of an answer the official client has no status any more: what the service reports is its plain
/// APIError, and a connection that breaks has a class of its own.
json summary_in_stream(augur::error const& e)
{
    bool const was_reported = e.code().category() == augur::openai_wire::category();
    json out = {{"error", e.to_string()}, {"status", nullptr}, {"code", nullptr}, {"type", nullptr}};
    if (was_reported) {
        out["error"] = "APIError";
        out["type"] = e.attribute("type");
        if (e.provider_code() != e.attribute("type")) // which stands in for a code
            out["code"] = e.provider_code();
    }
    else if (e == augur::errc::truncated)
        out["error"] = "APIConnectionError";
    if (e.http_status() != 200)
        out["status"] = e.http_status();
    return out;
}

/// The official client has a class for each status; ours has conditions.
json summary(augur::error const& e)
{
    if (e.outcome() == augur::outcome::partial)
        return summary_in_stream(e);
    std::pair<augur::condition, char const*> const kinds[] = {
        {augur::condition::unauthenticated, "AuthenticationError"},
        {augur::condition::forbidden, "PermissionDeniedError"},
        {augur::condition::not_found, "NotFoundError"},
        {augur::condition::throttled, "RateLimitError"},
        {augur::condition::context_too_long, "BadRequestError"},
        {augur::condition::content_filtered, "BadRequestError"},
        {augur::condition::invalid_request, "BadRequestError"}};
    json out = {{"error", e.to_string()}, {"status", e.http_status()}, {"code", e.provider_code()}};
    for (auto const& [condition, name] : kinds)
        if (e == condition) {
            out["error"] = name;
            break;
        }
    return out;
}

template <class Client>
asio::awaitable<json> whole(Client client, json body)
{
    auto request = chat_of(body);
    auto answer = co_await client.chat(std::move(request));
    if (!answer)
        co_return summary(answer.error());
    co_return summary(*answer);
}

/// The same by its events, put together here and, a second time, by the stream itself.
template <class Client>
asio::awaitable<json> streamed(Client client, json body)
{
    auto request = chat_of(body);
    auto stream = co_await client.stream(std::move(request));
    if (!stream)
        co_return summary(stream.error());
    std::vector<std::string> texts(body.value("n", std::size_t{1}));
    for (;;) {
        auto event = co_await stream->next();
        if (!event)
            co_return summary(event.error());
        if (!*event)
            break;
        for (std::size_t i = 0; i < texts.size(); ++i)
            texts[i] += (*event)->text(static_cast<std::int64_t>(i)).value_or("");
    }
    auto const put_together = summary(stream->response());
    for (std::size_t i = 0; i < texts.size(); ++i)
        if (put_together["choices"][i]["text"] != json(texts[i]))
            throw std::runtime_error("the events and the stream's own answer differ");
    co_return put_together;
}

asio::awaitable<json> streamed(azure_openai::responses_client responses, azure_openai::response_request request)
{
    auto stream = co_await responses.stream_response(std::move(request));
    if (!stream)
        co_return summary(stream.error());
    for (;;) {
        auto event = co_await stream->next();
        if (!event)
            co_return summary(event.error());
        if (!*event)
            break;
    }
    auto progress = stream->progress();
    auto final = std::move(progress).finish();
    if (!final)
        co_return summary(final.error());
    if (final->text() != stream->text())
        throw std::runtime_error("the deltas and the final response differ");
    co_return summary(*final);
}

void both(json& found, std::string const& name, json whole_answer, json streamed_answer)
{
    found[name] = std::move(whole_answer);
    if (streamed_answer != found[name])
        found[name + " as a stream"] = std::move(streamed_answer);
}

asio::awaitable<json> all(azure_openai::client client, azure_openai::client wrong, json cases)
{
    json found = json::object();
    for (auto const& [name, body] : cases["chats"].items()) {
        auto first = co_await whole(client, body);
        auto second = co_await streamed(client, body);
        both(found, name, std::move(first), std::move(second));
    }
    for (auto const& [name, body] : cases["errors"].items()) {
        auto const& asked = name == "wrong_key" ? wrong : client;
        auto first = co_await whole(asked, body);
        auto second = co_await streamed(asked, body);
        both(found, name, std::move(first), std::move(second));
    }
    for (auto const& [name, body] : cases["broken"].items())
        found[name] = co_await streamed(client, body);
    azure_openai::responses_client responses(client);
    for (auto const& [name, body] : cases["responses"].items()) {
        auto request = response_of(body);
        auto answer = co_await responses.create(request);
        auto first = answer ? summary(*answer) : summary(answer.error());
        auto second = co_await streamed(responses, request);
        both(found, name, std::move(first), std::move(second));
    }
    if (cases.value("embeddings", false)) {
        std::vector<std::string> texts = {"the sky is blue", "a blue sky", "ein Gruß"};
        augur::embedding_request request(std::move(texts));
        request.model("text-embedding-3-large").dimensions(5);
        auto answer = co_await client.embed(std::move(request));
        auto vectors = json::array();
        for (auto const& e : answer.value().embeddings) {
            auto numbers = json::array();
            for (auto const x : e.values)
                numbers.push_back(std::round(double{x} * 1e6) / 1e6);
            vectors.push_back(std::move(numbers));
        }
        found["embeddings"] = {{"vectors", vectors},
                               {"usage", {answer->usage->input_tokens, answer->usage->total_tokens}}};
    }
    if (cases.value("wrong_deployments", false)) {
        azure_openai::response_request request("nobody", "x");
        auto const answer = co_await responses.create(std::move(request));
        found["response_wrong_deployment"] = summary(answer.error());
        augur::embedding_request texts("x");
        texts.model("nobody");
        auto const vectors = co_await client.embed(std::move(texts));
        found["embeddings_wrong_deployment"] = summary(vectors.error());
    }
    if (cases.contains("tool_result")) {
        auto request = chat_of(cases["tool_result"]);
        auto const first = co_await client.chat(request);
        request.add(first.value().choices.at(0).message).tool_result(first->tool_calls().at(0).id, "21 degrees");
        auto const second = co_await client.chat(request);
        found["tool_result"] = summary(second.value());
    }
    co_return found;
}

azure_openai::client client_for(asio::any_io_executor executor, json const& ready, bool azure, std::string api_version,
                                std::string key)
{
    azure_openai::client_config config;
    config.api_version = std::move(api_version);
    config.key = augur::secret(std::move(key));
    config.service = azure ? azure_openai::service::azure : azure_openai::service::plain;
    config.client.tls.ca_file = ready.at("ca").get<std::string>();
    config.client.proxy.emplace();
    config.client.max_attempts = 1;
    return azure_openai::client(executor, ready.at(azure ? "url" : "openai_url").get<std::string>(), std::move(config));
}

/// As boto3 tells it.
asio::awaitable<json> raw_stream(augur::sagemaker::runtime_client client, json asked)
{
    augur::sagemaker::invoke_endpoint_request request(asked.at("endpoint").get<std::string>(),
                                                      augur::body(asked.at("body").dump()));
    request.content_type("application/json");
    std::string bytes;
    int parts = 0;
    json out = json::object();
    auto stream = co_await client.invoke_endpoint_with_response_stream(std::move(request));
    if (!stream)
        out["error"] = stream.error().provider_code();
    else
        out["content_type"] = stream->head().content_type;
    while (stream) {
        auto const part = co_await stream->next();
        if (!part)
            out["error"] = part.error().provider_code();
        if (!part || !*part)
            break;
        ++parts;
        bytes += (*part)->bytes;
    }
    out["parts"] = parts;
    out["bytes"] = bytes;
    co_return out;
}

template <class Config>
Config sagemaker_config(json const& ready)
{
    Config config;
    config.region = ready.at("region").get<std::string>();
    config.endpoint_url = ready.at("url").get<std::string>();
    config.credentials = augur::auth::aws::static_credentials(ready.at("access_key").get<std::string>(),
                                                              augur::secret(ready.at("secret_key").get<std::string>()));
    config.client.tls.ca_file = ready.at("ca").get<std::string>();
    config.client.proxy.emplace();
    config.client.max_attempts = 1;
    return config;
}

augur::sagemaker::chat_endpoint endpoint_for(asio::any_io_executor executor, json const& ready, std::string name,
                                             augur::sagemaker::chat_form form)
{
    auto config = sagemaker_config<augur::sagemaker::chat_config>(ready);
    config.form = form;
    return augur::sagemaker::chat_endpoint(executor, std::move(name), std::move(config));
}

asio::awaitable<json> everything(json ready, json cases)
{
    auto const executor = co_await asio::this_coro::executor;
    auto const plain_key = ready.at("openai_key").get<std::string>();
    auto const azure_key = ready.at("azure_openai_key").get<std::string>();
    json found;
    auto plain = client_for(executor, ready, false, "", plain_key);
    auto plain_wrong = client_for(executor, ready, false, "", "wrong");
    found["openai"] = co_await all(plain, plain_wrong, cases);
    auto v1 = client_for(executor, ready, true, "", azure_key);
    auto v1_wrong = client_for(executor, ready, true, "", "wrong");
    found["azure_v1"] = co_await all(v1, v1_wrong, cases);
    auto dated = client_for(executor, ready, true, "2025-04-01-preview", azure_key);
    auto dated_wrong = client_for(executor, ready, true, "2025-04-01-preview", "wrong");
    found["azure"] = co_await all(dated, dated_wrong, cases);
    if (cases.value("sagemaker", false)) {
        json sky = {{"model", ""}};
        sky["messages"] = json::array({json{{"role", "user"}, {"content", "Why is the sky blue?"}}});
        auto chat = endpoint_for(executor, ready, "chat-endpoint", augur::sagemaker::chat_form::messages);
        auto first = co_await whole(chat, sky);
        auto second = co_await streamed(chat, sky);
        both(found["sagemaker"], "chat", std::move(first), std::move(second));
        auto openai = endpoint_for(executor, ready, "chat-endpoint", augur::sagemaker::chat_form::openai);
        found["sagemaker"]["openai"]["whole"] = co_await whole(openai, sky);
        found["sagemaker"]["openai"]["streamed"] = co_await streamed(openai, sky);
        sky["max_completion_tokens"] = 9;
        for (std::string const name : {"lmi", "lmi-outputs", "tgi"}) {
            auto inputs = endpoint_for(executor, ready, name + "-endpoint", augur::sagemaker::chat_form::inputs);
            found["sagemaker"][name] = co_await streamed(inputs, sky);
        }
    }
    augur::sagemaker::runtime_client runtime(executor, sagemaker_config<augur::sagemaker::runtime_config>(ready));
    for (auto const& [name, asked] : cases["raw"].items())
        found["raw"][name] = co_await raw_stream(runtime, asked);
    co_return found;
}

} // namespace

int main(int argc, char** argv)
{
    if (argc != 3) {
        std::fputs("usage: augur_openai READY_FILE CASES_FILE\n", stderr);
        return 2;
    }
    try {
        std::ifstream ready(argv[1]), cases(argv[2]);
        auto const found = augur::run(everything(json::parse(ready), json::parse(cases)));
        std::cout << found.dump(1) << '\n';
        return 0;
    }
    catch (std::exception const& e) {
        std::fprintf(stderr, "augur_openai: %s\n", e.what());
        return 1;
    }
}

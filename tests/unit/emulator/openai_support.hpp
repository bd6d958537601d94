#pragma once

// Asking the emulator's OpenAI service without a network, and reading what it streams.

#include "support.hpp"

#include <augur/emulator/llm/ngram.hpp>
#include <augur/emulator/openai_service.hpp>

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace emulator_test {

using nlohmann::json;

inline std::shared_ptr<emulator::llm::ngram_model const> ngrams()
{
    static auto const one = std::make_shared<emulator::llm::ngram_model>(emulator::llm::embedded_prose());
    return one;
}

inline emulator::openai_options openai_test_options()
{
    emulator::openai_options o;
    o.azure_keys = {"azure-one", "azure-two"};
    o.keys = {"sk-one"};
    using kind = emulator::openai_deployment::kind;
    o.deployments.resize(4);
    o.deployments[0].name = "chat";
    o.deployments[1].name = "thinker";
    o.deployments[1].reasons = true;
    o.deployments[2].name = "embedder";
    o.deployments[2].does = kind::embedding;
    o.deployments[3].name = "small";
    o.deployments[3].context_window = 40;
    return o;
}

/// A service, and short ways to ask it.
class openai_bench
{
public:
    explicit openai_bench(emulator::openai_options options = openai_test_options())
        : service(std::move(options), ngrams())
    {
    }

    emulator::openai_service service;

    emulator::response send(std::string method, std::string target, json const& body = nullptr)
    {
        emulator::request r;
        r.method = std::move(method);
        r.target = std::move(target);
        r.headers.add("host", "localhost:1");
        if (r.target.starts_with("/v1"))
            r.headers.add("authorization", "Bearer sk-one");
        else
            r.headers.add("api-key", "azure-one");
        if (!body.is_null())
            r.body = body.dump();
        return ask(service, r);
    }
    emulator::response chat(json const& body, std::string const& base = "/v1")
    {
        return send("POST", base + "/chat/completions", body);
    }
    json chat_json(json const& body, std::string const& base = "/v1")
    {
        auto const r = chat(body, base);
        return json::parse(r.body);
    }
};

inline json user(std::string text)
{
    return json::array({{{"role", "user"}, {"content", std::move(text)}}});
}

inline json question(std::string text, std::string model = "chat")
{
    return {{"model", std::move(model)}, {"messages", user(std::move(text))}, {"seed", 1}};
}

/// The data of every event. Knows one line per event, which is what the service writes without quirks.
inline std::vector<std::string> events_of(emulator::response const& r)
{
    std::vector<std::string> events;
    for (auto const& p : r.pieces) {
        auto const at = p.bytes.find("data: ");
        auto const end = p.bytes.find_first_of("\r\n", at);
        events.push_back(at == p.bytes.npos ? std::string() : p.bytes.substr(at + 6, end - at - 6));
    }
    return events;
}

/// The JSON of every event but `[DONE]`.
inline std::vector<json> chunks_of(emulator::response const& r)
{
    std::vector<json> chunks;
    for (auto const& e : events_of(r))
        if (e != "[DONE]")
            chunks.push_back(json::parse(e));
    return chunks;
}

} // namespace emulator_test

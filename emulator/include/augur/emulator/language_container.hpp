#pragma once

#include <augur/emulator/container.hpp>

#include <cstdint>
#include <memory>
#include <mutex>
#include <random>

namespace augur::emulator {

namespace llm {
class ngram_model;
}

/// A container with a language model, in the dialects that people meet on SageMaker.
class language_container : public container
{
public:
    enum class dialect
    {
        messages, ///< OpenAI's chat completions; with `stream` server-sent events
        tgi,      ///< `{"inputs","parameters","stream"}`; streams server-sent events with a token each
        lmi,      ///< the same request; streams JSON lines `{"token":{"text":...}}`
        outputs,  ///< the same request; streams JSON lines `{"outputs":[" text"]}`
    };

    language_container(std::shared_ptr<llm::ngram_model const> model, dialect speaks, std::uint64_t seed = 1936)
        : model_(std::move(model)), speaks_(speaks), random_(seed)
    {
    }

    /// The whole work. `seed` is used when the request has none.
    container_reply answer(container_call const& call, std::uint64_t seed) const;
    awaitable<container_reply> invoke(container_call call) override;

    /// The name that requests may use for the model; none and "" are right, too.
    static constexpr std::string_view model_name = "augur-ngram-1";

private:
    container_reply chat(container_call const& call, std::uint64_t seed) const;
    container_reply generate(container_call const& call, std::uint64_t seed) const;

    std::shared_ptr<llm::ngram_model const> model_;
    dialect speaks_;
    std::mutex mutex_;
    std::mt19937_64 random_;
};

} // namespace augur::emulator

#pragma once

#include <augur/emulator/service.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

namespace llm {
class ngram_model;
}

class token_book;

/// A deployment of Azure OpenAI, and a model of that name on the paths of OpenAI.
struct openai_deployment
{
    enum class kind
    {
        chat,
        embedding,
    };

    std::string name;
    kind does = kind::chat;
    std::string model = "augur-ngram-1"; ///< what answers say
    std::size_t context_window = 8192;   ///< tokens of prompt and answer together
    std::size_t dimensions = 1536;       ///< of embeddings, at most
    bool reasons = false; ///< thinks first, counts reasoning tokens, refuses `max_tokens`
    std::optional<response> fault = {}; ///< what it always answers
};

/// What servers of this dialect do differently; none of it is an error. The first two are how Azure answers and do
/// nothing on the paths of OpenAI.
struct openai_quirks
{
    bool prompt_filter_chunk = true; ///< streams begin with a chunk without choices, with prompt_filter_results
    bool filter_annotations = true;  ///< content_filter_results in choices and chunks
    bool prompt_annotations = false; ///< prompt_filter_results has its older name, `prompt_annotations`
    bool null_usage = true;          ///< with `include_usage`, every chunk before the last has `usage: null`
    bool asynchronous_filter = false; ///< chunks without delta, with content_filter_offsets, come between the others
    bool obfuscation = false;         ///< padding in every chunk, even when nobody asked for it
    bool no_done = false;             ///< streams end without `data: [DONE]`
    bool crlf = false;                ///< lines of events end with CR LF
    bool comments = false;            ///< `: keep-alive` before every event
    bool byte_order_mark = false;     ///< before the first event
    bool done_on_responses = false; ///< streams of the Responses API end with `data: [DONE]`, too
    bool reasoning_content = false;   ///< chat answers carry the thoughts, as vLLM and DeepSeek send them
    std::optional<std::size_t> error_after = {}; ///< after so many chunks an error comes in place of the rest
    std::chrono::milliseconds pace{0};           ///< between two events
};

struct openai_options
{
    std::vector<std::string> azure_keys; ///< for /openai/...: `api-key`; under /openai/v1 a bearer token, too
    std::vector<std::string> keys;       ///< for /v1/...: a bearer token
    /// Whose tokens for cognitiveservices.azure.com or ai.azure.com open /openai/..., too; may be null.
    std::shared_ptr<token_book const> tokens;
    std::vector<openai_deployment> deployments;
    std::string region = "Sweden Central";
    std::uint64_t seed = 1936; ///< of what is asked without a seed
    std::size_t most_stored_bytes = 256u << 20; ///< of responses that are kept, roughly; a thousand at most
};

/// Chat completions, Responses, embeddings and models in the dialect of OpenAI, answered by an n-gram model:
///
///     /openai/v1/...                                     Azure, current
///     /openai/deployments/{name}/...?api-version=...     Azure, dated: chat completions and embeddings
///     /openai/responses..., /openai/models?api-version=  Azure, dated: everything else
///     /v1/...                                            OpenAI and all who copied it
///
/// On the host names of Azure and OpenAI everything is for this service; elsewhere these paths are.
class openai_service : public service
{
public:
    openai_service(openai_options options, std::shared_ptr<llm::ngram_model const> model);
    ~openai_service() override;

    std::string_view name() const noexcept override { return "openai"; }
    /// Of the paths of OpenAI; those of Azure begin at the origin.
    std::string_view base_path() const noexcept override { return "/v1"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    /// Also forgets stored responses and sets the quirks back.
    void reset() override;

    /// From the next request on. Any thread.
    void set_quirks(openai_quirks quirks);

private:
    struct route;
    struct store;

    response respond(request const& r, context const& c);
    response dispatch(request const& r, context const& c, route const& where);
    std::optional<response> refuse(request const& r, context const& c, route const& where) const;
    std::optional<response> refuse_token(std::string_view token, context const& c) const;
    response chat(request const& r, context const& c, route const& where);
    response embeddings(request const& r, route const& where);
    response models(route const& where, context const& c) const;
    response responses(request const& r, context const& c, route const& where);
    response create_response(request const& r, context const& c, route const& where, bool only_count);
    openai_deployment const* find(std::string_view name) const;
    openai_deployment const* choose(route const& where, std::optional<std::string> const& named,
                                    openai_deployment::kind does, response& answer) const;
    void add_limits(response& answer);
    std::uint64_t next_seed();

    openai_options const options_;
    std::shared_ptr<llm::ngram_model const> const model_;
    mutable std::mutex mutex_;
    std::mt19937_64 random_;
    std::size_t served_ = 0;
    openai_quirks quirks_;
    std::unique_ptr<store> stored_;
};

} // namespace augur::emulator

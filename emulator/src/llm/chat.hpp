#pragma once

#include "dialect.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace augur::emulator::llm {

/// A request for a chat completion, read and checked.
struct chat_call
{
    turn_input input;
    std::string model;
    std::size_t choices = 1;
    bool has_seed = false;
    bool stream = false;
    bool include_usage = false;
    bool obfuscate = false;
    bool logprobs = false;
};

/// What every operation of a deployment needs to know of it.
struct model_traits
{
    std::size_t context_window = 8192;
    bool reasons = false;
};

chat_call read_chat(json const& body, model_traits const& traits, problem& p);

/// A completion with one answer for each choice.
struct chat_answer
{
    std::string id;
    std::int64_t created = 0;
    std::string model;
    std::vector<turn_output> choices;
    completion thoughts; ///< of a model that reasons
    std::size_t prompt_tokens = 0;
};

/// Asks the model for every choice. `seed` is used when the call has none.
chat_answer complete(ngram_model const& model, chat_call const& call, bool reasons, std::uint64_t seed, problem& p);

struct chat_style
{
    bool azure = false;
    openai_quirks quirks;
};

/// The answer as one JSON document, or as a stream when the call wants one.
response render_chat(chat_answer const& answer, chat_call const& call, chat_style const& style);

json chat_usage(chat_answer const& answer);
json logprobs_of(completion const& text);

} // namespace augur::emulator::llm

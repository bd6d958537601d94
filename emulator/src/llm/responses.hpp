#pragma once

#include "chat.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace augur::emulator::llm {

/// What a later request may refer to.
struct conversation
{
    std::vector<std::string> turns;
    std::map<std::string, std::string> open_calls; ///< ids that wait for their output, and the type it must have
    std::size_t tokens = 0;
};

/// A request for a response, read and checked.
struct response_call
{
    turn_input input;
    std::string model;
    json echo;        ///< the members of the request that the answer repeats
    json input_items; ///< with ids
    bool has_seed = false;
    bool stream = false;
    bool background = false;
    bool store = true;
    bool obfuscate = false;
    bool summarize = false;  ///< the thoughts
    bool logprobs = false;
    bool encrypted = false;  ///< thoughts to carry on without storing
    conversation so_far;     ///< with this request's input
};

/// `before` is the conversation of `previous_response_id`, or empty.
response_call read_response_call(json const& body, model_traits const& traits, conversation before, problem& p);

/// A response with the events that tell of it.
struct made_response
{
    json queued, running, whole; ///< the object in its three states
    std::vector<std::pair<std::string, json>> events; ///< type and data, numbered from 0
    conversation talk; ///< with the answer
};

made_response make_response(ngram_model const& model, response_call const& call, bool reasons, std::uint64_t seed,
                            std::int64_t now, std::string const& model_name, problem& p);

/// The events from `from` on.
response render_events(made_response const& made, std::size_t from, openai_quirks const& quirks);

} // namespace augur::emulator::llm

namespace augur::emulator {

struct openai_service::store
{
    struct entry
    {
        llm::made_response made;
        json input_items;
        bool background = false;
        bool streamed = false;
        bool cancelled = false;
        std::size_t size = 0; ///< in memory, roughly
        int polls = 0; ///< a background response runs at the first poll and is done at the second
        bool done() const noexcept { return !background || streamed || polls >= 2; }
        json const& state() const noexcept
        {
            return cancelled || done() ? made.whole : polls == 0 ? made.queued : made.running;
        }
    };

    static constexpr std::size_t most = 1000;
    std::map<std::string, entry, std::less<>> entries;
    std::deque<std::string> order; ///< oldest first
    std::size_t bytes = 0;         ///< of all entries

    /// At the expense of the oldest, if all would be more than so many bytes.
    void add(std::string const& id, entry e, std::size_t most_bytes);
    void remove(std::string_view id);
    entry* find(std::string_view id);
};

} // namespace augur::emulator

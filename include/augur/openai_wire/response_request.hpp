#pragma once

#include <augur/core/result.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/openai_wire/response.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

struct response_request_data
{
    std::string model;
    std::string text; ///< the input, if it is one text
    std::vector<response_item> items;
    std::string instructions, previous_response_id, conversation;
    std::optional<bool> background, store, stream, include_obfuscation, parallel_tool_calls;
    std::vector<tool> tools;
    std::optional<augur::tool_choice> tool_choice;
    std::optional<std::int64_t> max_tool_calls, max_output_tokens, top_log_probabilities;
    std::optional<double> temperature, top_p;
    std::string reasoning_effort, reasoning_summary, verbosity, truncation;
    std::optional<answer_format> format;
    std::vector<std::string> include;
    augur::detail::text_pairs metadata;
    std::string service_tier, prompt_cache_key, safety_identifier, user;
    std::string extra;
    augur::detail::text_pairs headers;
};

} // namespace detail

/// What the Responses API is asked. What is not set is left to the service.
///
///     response_request("gpt-5-mini", "Why is the sky blue?").previous_response_id(last.id)
class response_request
{
public:
    explicit response_request(std::string model) { data_.model = std::move(model); }
    response_request(std::string model, std::string text)
    {
        data_.model = std::move(model);
        data_.text = std::move(text);
    }
    /// The same question as a neutral request. `errc::unsupported`, naming the option, for what this API has no
    /// word for: several choices, stop texts, seed, penalties, biases, predictions, audio; of a message a name, extra
    /// members unless the message is the model's, and anything but text in the result of a tool.
    static result<response_request> from(chat_request const& request);

    /// One more item of the input; a text that was given before becomes a message of the user.
    response_request& add(response_item item);
    response_request& add(tool one) { return data_.tools.push_back(std::move(one)), *this; }
    response_request& choose(tool_choice choice) { return data_.tool_choice = std::move(choice), *this; }
    response_request& format(answer_format form) { return data_.format = std::move(form), *this; }
    response_request& instructions(std::string text) { return data_.instructions = std::move(text), *this; }
    /// Goes on where a stored response ended.
    response_request& previous_response_id(std::string id) { return data_.previous_response_id = std::move(id), *this; }
    response_request& conversation(std::string id) { return data_.conversation = std::move(id), *this; }
    /// Answers at once with a response that is still in the making; needs `store`, which is on by default.
    response_request& background(bool on = true) { return data_.background = on, *this; }
    response_request& store(bool on) { return data_.store = on, *this; }
    response_request& parallel_tool_calls(bool on) { return data_.parallel_tool_calls = on, *this; }
    response_request& max_tool_calls(std::int64_t n) { return data_.max_tool_calls = n, *this; }
    response_request& max_output_tokens(std::int64_t n) { return data_.max_output_tokens = n, *this; }
    response_request& temperature(double v) { return data_.temperature = v, *this; }
    response_request& top_p(double v) { return data_.top_p = v, *this; }
    response_request& top_log_probabilities(std::int64_t n) { return data_.top_log_probabilities = n, *this; }
    response_request& reasoning_effort(std::string level) { return data_.reasoning_effort = std::move(level), *this; }
    /// "auto", "concise", "detailed".
    response_request& reasoning_summary(std::string kind) { return data_.reasoning_summary = std::move(kind), *this; }
    response_request& verbosity(std::string level) { return data_.verbosity = std::move(level), *this; }
    /// "auto" lets the service drop what does not fit; "disabled" makes that an error.
    response_request& truncation(std::string rule) { return data_.truncation = std::move(rule), *this; }
    /// Such as "reasoning.encrypted_content".
    response_request& include(std::string what) { return data_.include.push_back(std::move(what)), *this; }
    response_request& metadata(std::string key, std::string value)
    {
        return data_.metadata.emplace_back(std::move(key), std::move(value)), *this;
    }
    response_request& service_tier(std::string tier) { return data_.service_tier = std::move(tier), *this; }
    response_request& prompt_cache_key(std::string key) { return data_.prompt_cache_key = std::move(key), *this; }
    response_request& safety_identifier(std::string id) { return data_.safety_identifier = std::move(id), *this; }
    response_request& user_name(std::string id) { return data_.user = std::move(id), *this; }
    /// Members for the service that have no setter, as a JSON object; they win over setters.
    response_request& extra_body(std::string object) { return data_.extra = std::move(object), *this; }
    response_request& extra_header(std::string name, std::string value)
    {
        return data_.headers.emplace_back(std::move(name), std::move(value)), *this;
    }

    std::string const& model() const noexcept { return data_.model; }
    std::vector<response_item> const& items() const noexcept { return data_.items; }
    augur::detail::text_pairs const& extra_headers() const noexcept { return data_.headers; }

private:
    friend struct augur::detail::fields_of;
    detail::response_request_data data_;
};

/// The query of a stored response's address: "stream=true&starting_after=6", percent-encoded; empty if nothing is
/// wanted. `starting_after` is the number of the last event that was received.
std::string response_query(std::optional<std::int64_t> starting_after, std::vector<std::string> const& include = {},
                           bool stream = false);

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/response_request.ipp>
#endif

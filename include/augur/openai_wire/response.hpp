#pragma once

#include <augur/core/meta.hpp>
#include <augur/model/chat_response.hpp>
#include <augur/model/usage.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What the Responses API answers. Each `extra` is a JSON object of what else the service sent; empty if nothing.
namespace augur::inline AUGUR_ABI::openai_wire {

/// A piece of a message or of a summary.
class response_part
{
public:
    response_part() {} // no aggregate: safe in every form inside a co_await expression
    response_part(std::string part_type, std::string words) : type(std::move(part_type)), text(std::move(words)) {}

    std::string type; ///< "output_text", "refusal", "input_text", "input_image", "input_file", "summary_text", ...
    std::string text; ///< also of a refusal
    std::string annotations; ///< a JSON array: what the text cites
    std::vector<token_probability> log_probabilities;
    std::string image_url, detail;
    std::string file_id, filename, file_data, file_url;
    std::string extra;
    friend bool operator==(response_part const&, response_part const&) = default;
};

/// One thing that was said, thought, called or answered; of input and output alike.
class response_item
{
public:
    response_item() {}
    /// Something that `role` says.
    static response_item message(std::string role, std::string words);
    static response_item message(std::string role, std::vector<response_part> parts);
    /// The answer to a function call, by its `call_id`.
    static response_item function_output(std::string call_id, std::string output);
    /// An item that the service has kept.
    static response_item reference(std::string id);
    /// Any other item, as the service wants it.
    static response_item json(std::string object);

    std::string id, type; ///< "message", "function_call", "function_call_output", "reasoning", ...
    std::string status, role, name;
    std::string call_id;   ///< answer a call with this, not with `id`
    std::string arguments; ///< of a function: a JSON text as the model wrote it, which need not be valid
    std::string input;     ///< of a custom tool
    std::string output;    ///< what a call gave, if it is one text
    std::string code;      ///< of the code interpreter
    std::string text;      ///< of a message whose content is one text
    bool has_text = false; ///< `text` is meant, even if it is empty
    std::vector<response_part> content;
    std::vector<response_part> summary; ///< of reasoning
    std::string encrypted_content;      ///< of reasoning, to be sent back where nothing is kept
    std::string extra;
    friend bool operator==(response_item const&, response_item const&) = default;
};

/// An answer, finished or in the making.
class response
{
public:
    std::string id, model;
    std::string status; ///< "queued", "in_progress", "completed", "failed", "incomplete", "cancelled"
    std::int64_t created_at = 0, completed_at = 0; ///< seconds since 1970
    std::string error_code, error_message; ///< of a failed one
    std::string incomplete_reason; ///< "max_output_tokens", "content_filter"
    std::vector<response_item> output;
    std::optional<augur::usage> usage;
    std::string previous_response_id, service_tier;
    std::optional<bool> background, store;
    std::vector<std::pair<std::string, std::string>> metadata;
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The texts of all messages, joined.
    std::string text() const;
    std::string refusal() const;
    /// The summary of what the model thought, or the thoughts themselves where a server shows them.
    std::string reasoning() const;
    /// The calls of functions and custom tools, with `call_id` as `id`.
    std::vector<tool_call> tool_calls() const;
    /// Nothing more will come of it.
    bool ended() const noexcept { return status != "queued" && status != "in_progress"; }
    /// The whole answer as the service sent it, a JSON text; empty if it came in an event.
    std::string const& raw() const noexcept { return source; }
};

/// A page of items.
struct item_list
{
    std::vector<response_item> items;
    std::string first_id, last_id;
    std::optional<bool> has_more; ///< ask again with `after` set to `last_id`
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

/// How long a request is for its model.
struct input_token_count
{
    std::int64_t input_tokens = 0; ///< tools, images and earlier responses included
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;

    /// The whole answer as the service sent it, a JSON text; empty if it did not come through a client.
    std::string const& raw() const noexcept { return source; }
};

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/response.ipp>
#endif

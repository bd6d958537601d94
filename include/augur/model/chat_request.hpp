#pragma once

#include <augur/model/message.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

namespace detail {

struct answer_format_data
{
    std::string type; ///< "text", "json_object", "json_schema"; empty: all is in `extra`
    std::string name, description, schema;
    std::optional<bool> strict;
    std::string extra;

    friend bool operator==(answer_format_data const&, answer_format_data const&) = default;
};

} // namespace detail

/// What form the answer must have.
class answer_format
{
public:
    static answer_format text() { return answer_format({"text", {}, {}, {}, {}, {}}); }
    /// Some JSON object; the prompt must say so, too.
    static answer_format json_object() { return answer_format({"json_object", {}, {}, {}, {}, {}}); }
    /// JSON of this schema. Strict: every object must forbid additional properties and require all of its own.
    static answer_format json_schema(std::string name, std::string schema, bool strict = true)
    {
        return answer_format({"json_schema", std::move(name), {}, std::move(schema), strict, {}});
    }
    /// Any other form, as the service wants it.
    static answer_format json(std::string object) { return answer_format({{}, {}, {}, {}, {}, std::move(object)}); }

    answer_format& description(std::string v) { return data_.description = std::move(v), *this; }
    friend bool operator==(answer_format const&, answer_format const&) = default;

private:
    friend struct detail::fields_of;
    explicit answer_format(detail::answer_format_data data) : data_(std::move(data)) {}
    detail::answer_format_data data_;
};

namespace detail {

using text_pairs = std::vector<std::pair<std::string, std::string>>;

struct chat_request_data
{
    std::string model;
    std::vector<message> messages;
    std::vector<tool> tools;
    std::optional<augur::tool_choice> tool_choice;
    std::optional<bool> parallel_tool_calls;
    std::optional<augur::answer_format> answer_format;
    std::optional<double> temperature, top_p, frequency_penalty, presence_penalty;
    std::optional<std::int64_t> max_tokens, old_max_tokens, choices, seed, top_log_probabilities;
    std::optional<bool> log_probabilities, store, stream, include_usage, include_obfuscation;
    std::vector<std::string> stop;
    bool one_stop_text = false; ///< written as a text and not as a list of one
    std::string reasoning_effort, verbosity, service_tier, prediction, user, safety_identifier, prompt_cache_key;
    std::vector<std::string> modalities;
    std::string voice, audio_format;
    text_pairs metadata;
    std::string logit_bias; ///< JSON text
    std::string extra;
    text_pairs headers;

    friend bool operator==(chat_request_data const&, chat_request_data const&) = default;
};

} // namespace detail

/// What a language model is asked, the same for every service. What is not set is left to the service.
///
///     chat_request("gpt-4o").system("Answer briefly.").user("Why is the sky blue?").temperature(0.2)
///
/// Setters change the object; move it when it holds pictures or long texts. What a service cannot express is
/// `errc::unsupported` when the request is written, before anything is sent.
class chat_request
{
public:
    chat_request();
    explicit chat_request(std::string model);
    // Defined once in the library.
    chat_request(chat_request const& other);
    chat_request(chat_request&& other) noexcept;
    chat_request& operator=(chat_request const& other);
    chat_request& operator=(chat_request&& other) noexcept;
    ~chat_request();

    chat_request& model(std::string name);
    chat_request& system(std::string words);
    /// What `system` is called by reasoning models.
    chat_request& developer(std::string words);
    chat_request& user(std::string words);
    chat_request& user(std::vector<content_part> parts);
    chat_request& assistant(std::string words);
    chat_request& tool_result(std::string call_id, std::string content);
    /// One more turn, also the message of an answer. Its tool calls lose the `index` that they had in a stream.
    chat_request& add(message one);

    chat_request& add(tool one);
    chat_request& choose(tool_choice choice);
    /// Several tool calls in one answer.
    chat_request& parallel_tool_calls(bool on);
    chat_request& format(answer_format form);

    chat_request& temperature(double v);
    chat_request& top_p(double v);
    chat_request& frequency_penalty(double v);
    chat_request& presence_penalty(double v);
    /// Of the answer, reasoning included.
    chat_request& max_tokens(std::int64_t n);
    /// The same by its old name `max_tokens`, which reasoning models refuse and old servers want.
    chat_request& old_max_tokens(std::int64_t n);
    /// How many answers to make.
    chat_request& choices(std::int64_t n);
    chat_request& stop(std::string text);
    chat_request& seed(std::int64_t v);
    /// With `top` further candidates per token.
    chat_request& log_probabilities(std::int64_t top = 0);
    /// A JSON object of token numbers and their biases.
    chat_request& logit_bias(std::string object);

    /// "none", "minimal", "low", "medium", "high" and more, by model.
    chat_request& reasoning_effort(std::string level);
    /// "low", "medium", "high".
    chat_request& verbosity(std::string level);
    chat_request& service_tier(std::string tier);
    /// Text that the answer will mostly repeat.
    chat_request& prediction(std::string text);
    chat_request& modality(std::string name);
    /// Speaks the answer, too, for which services want `modality("text").modality("audio")`.
    chat_request& speak(std::string voice, std::string format);

    /// Keeps the answer at the service.
    chat_request& store(bool on = true);
    chat_request& metadata(std::string key, std::string value);
    chat_request& user_name(std::string id);
    chat_request& safety_identifier(std::string id);
    chat_request& prompt_cache_key(std::string key);

    /// Usage in the last event of a stream; on unless switched off here. Says nothing where the answer is whole.
    chat_request& include_usage(bool on);
    /// Members for the service that have no setter, as a JSON object. They win over what the setters said;
    /// objects are merged.
    chat_request& extra_body(std::string object);
    chat_request& extra_header(std::string name, std::string value);

    std::string const& model() const noexcept { return data_.model; }
    std::vector<message> const& messages() const noexcept { return data_.messages; }
    std::vector<tool> const& tools() const noexcept { return data_.tools; }
    detail::text_pairs const& extra_headers() const noexcept { return data_.headers; }
    std::string const& extra_body() const noexcept { return data_.extra; }
    friend bool operator==(chat_request const&, chat_request const&) = default;

private:
    friend struct detail::fields_of;
    detail::chat_request_data data_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/chat_request.ipp>
#endif

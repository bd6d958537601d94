#pragma once

#include <augur/core/meta.hpp>
#include <augur/model/message.hpp>
#include <augur/model/usage.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// Why an answer ended.
enum class finish : std::uint8_t
{
    none,           ///< it has not: the service gave no reason
    stop,           ///< the model was done
    length,         ///< the limit on tokens was reached: the text is cut
    tool_calls,     ///< tools are to be called
    content_filter, ///< a filter cut the text, perhaps all of it
    other,          ///< the service's own word, see `finish_reason`
};
std::string_view to_string(finish f) noexcept;
/// "stop", "length", "tool_calls" (or "function_call"), "content_filter"; nothing is `none`.
finish finish_of(std::string_view word) noexcept;

/// One token, with what else might have stood in its place.
struct token_probability
{
    std::string token;
    double log_probability = 0; ///< natural logarithm
    std::string bytes; ///< UTF-8, perhaps a part of a character; empty if the service gave none
    std::vector<token_probability> alternatives;
    std::string extra; ///< here and below: a JSON object of what else the service sent; empty if nothing

    friend bool operator==(token_probability const&, token_probability const&) = default;
};

/// What a content filter found of one kind.
struct content_filter
{
    std::string category; ///< "hate", "sexual", "violence", "self_harm", "jailbreak", "custom_blocklists", ...
    std::optional<bool> filtered; ///< text was held back because of it
    std::optional<bool> detected;
    std::string severity; ///< "safe", "low", "medium", "high"; empty where there are no degrees
    std::string extra;

    friend bool operator==(content_filter const&, content_filter const&) = default;
};

/// All that the filters found in one text.
struct content_filters
{
    std::vector<content_filter> categories;
    std::string error_code, error_message; ///< the filter itself failed, and nothing was filtered
    std::string extra;

    content_filter const* find(std::string_view category) const noexcept;
    bool filtered() const noexcept;
    bool empty() const noexcept { return categories.empty() && error_code.empty() && error_message.empty(); }
    friend bool operator==(content_filters const&, content_filters const&) = default;
};

/// What the filters found in one part of the prompt.
struct prompt_filter
{
    std::int64_t prompt_index = 0;
    content_filters filters;
    std::string extra;

    friend bool operator==(prompt_filter const&, prompt_filter const&) = default;
};

/// One of the answers.
struct chat_choice
{
    std::int64_t index = 0;
    augur::message message{"assistant", std::vector<content_part>()};
    std::string finish_reason; ///< the service's word; empty if it gave none
    std::vector<token_probability> log_probabilities;
    std::vector<token_probability> refusal_log_probabilities;
    content_filters filters;
    std::string extra;

    finish finished() const noexcept { return finish_of(finish_reason); }
    friend bool operator==(chat_choice const&, chat_choice const&) = default;
};

/// What a language model answered. Views live as long as the response.
class chat_response
{
public:
    chat_response();
    // Defined once in the library.
    chat_response(chat_response const& other);
    chat_response(chat_response&& other) noexcept;
    chat_response& operator=(chat_response const& other);
    chat_response& operator=(chat_response&& other) noexcept;
    ~chat_response();

    // Of the first choice; nothing if there is none.
    std::string text() const;
    std::string_view reasoning() const noexcept;
    std::string_view refusal() const noexcept;
    std::vector<tool_call> const& tool_calls() const noexcept;
    finish finished() const noexcept;

    /// The whole answer as the service sent it, a JSON text; empty if it was put together from a stream.
    std::string const& raw() const noexcept { return source; }

    std::string id, model; ///< the model that answered
    std::int64_t created = 0; ///< seconds since 1970
    std::string service_tier, system_fingerprint;
    std::vector<chat_choice> choices;
    std::optional<augur::usage> usage;
    std::vector<prompt_filter> prompt_filters;
    std::string extra;
    std::string source; ///< what `raw` gives
    augur::meta meta;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/chat_response.ipp>
#endif

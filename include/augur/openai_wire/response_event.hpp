#pragma once

#include <augur/core/result.hpp>
#include <augur/model/chat_event.hpp>
#include <augur/openai_wire/response.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire {

/// What an event is about: its `type` without "response." and with "_" for ".". In the order of the alphabet.
enum class event_kind : std::uint8_t
{
    unknown, ///< of a type that this library does not know: see `type`, `extra` and `raw`
    error,
    audio_delta,
    audio_done,
    audio_transcript_delta,
    audio_transcript_done,
    code_interpreter_call_completed,
    code_interpreter_call_in_progress,
    code_interpreter_call_interpreting,
    code_interpreter_call_code_delta,
    code_interpreter_call_code_done,
    compaction_compacting,
    completed,
    content_part_added,
    content_part_done,
    created,
    custom_tool_call_input_delta,
    custom_tool_call_input_done,
    failed,
    file_search_call_completed,
    file_search_call_in_progress,
    file_search_call_searching,
    function_call_arguments_delta,
    function_call_arguments_done,
    image_generation_call_completed,
    image_generation_call_generating,
    image_generation_call_in_progress,
    image_generation_call_partial_image,
    in_progress,
    incomplete,
    mcp_call_completed,
    mcp_call_failed,
    mcp_call_in_progress,
    mcp_call_arguments_delta,
    mcp_call_arguments_done,
    mcp_list_tools_completed,
    mcp_list_tools_failed,
    mcp_list_tools_in_progress,
    output_item_added,
    output_item_done,
    output_text_annotation_added,
    output_text_delta,
    output_text_done,
    queued,
    reasoning_summary_part_added,
    reasoning_summary_part_done,
    reasoning_summary_text_delta,
    reasoning_summary_text_done,
    reasoning_text_delta,
    reasoning_text_done,
    refusal_delta,
    refusal_done,
    shell_call_command_added,
    shell_call_command_delta,
    shell_call_command_done,
    shell_call_output_content_delta,
    shell_call_output_content_done,
    web_search_call_completed,
    web_search_call_in_progress,
    web_search_call_searching,
};

/// "response.output_text.delta"; empty for `unknown`.
std::string_view to_string(event_kind kind) noexcept;
event_kind event_kind_of(std::string_view type) noexcept;

/// One event of a streamed response. What an event does not have is empty.
class response_event
{
public:
    event_kind kind = event_kind::unknown;
    std::string type; ///< as the service wrote it
    /// Counts from 0 within a response; where to go on after a break.
    std::optional<std::int64_t> sequence_number;
    std::string item_id, response_id;
    std::optional<std::int64_t> output_index, content_index, summary_index, annotation_index, command_index;
    std::string delta; ///< a piece: of text, refusal, arguments, input, code, reasoning, a command, audio
    /// The whole, at its end: text, refusal, arguments, input, code or command, whichever the event is about.
    std::string text;
    std::string name, status;
    std::vector<token_probability> log_probabilities;
    std::optional<openai_wire::response> response; ///< created, queued, in_progress, completed, failed, incomplete
    std::optional<response_item> item;
    std::optional<response_part> part;
    std::string json; ///< a JSON text: an annotation, or what a shell gave
    std::string partial_image; ///< base64
    std::optional<std::int64_t> partial_image_index;
    std::string image_background, image_format, image_quality, image_size;
    std::string error_code, error_message, error_param; ///< of `error`
    bool has_error_envelope = false; ///< they stand in an object `error`, as some servers write them
    std::string extra;  ///< a JSON object of what else the service sent; empty if nothing
    std::string source; ///< what `raw` gives

    /// No event comes after it: completed, failed, incomplete or error.
    bool is_terminal() const noexcept;
    /// What a failed response or an error is for the caller: typed, outcome `partial`.
    std::optional<error> failure() const;
    /// The event as the service sent it, a JSON text.
    std::string const& raw() const noexcept { return source; }
};

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/response_event.ipp>
#endif

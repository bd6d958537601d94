#pragma once

#include <augur/openai_wire/impl/fault.hpp>
#include <augur/openai_wire/response_event.hpp>

#include <algorithm>
#include <array>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

/// In the order of event_kind, which is that of the alphabet.
inline constexpr std::array<std::string_view, 60> event_types{
    "",
    "error",
    "response.audio.delta",
    "response.audio.done",
    "response.audio.transcript.delta",
    "response.audio.transcript.done",
    "response.code_interpreter_call.completed",
    "response.code_interpreter_call.in_progress",
    "response.code_interpreter_call.interpreting",
    "response.code_interpreter_call_code.delta",
    "response.code_interpreter_call_code.done",
    "response.compaction.compacting",
    "response.completed",
    "response.content_part.added",
    "response.content_part.done",
    "response.created",
    "response.custom_tool_call_input.delta",
    "response.custom_tool_call_input.done",
    "response.failed",
    "response.file_search_call.completed",
    "response.file_search_call.in_progress",
    "response.file_search_call.searching",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.image_generation_call.completed",
    "response.image_generation_call.generating",
    "response.image_generation_call.in_progress",
    "response.image_generation_call.partial_image",
    "response.in_progress",
    "response.incomplete",
    "response.mcp_call.completed",
    "response.mcp_call.failed",
    "response.mcp_call.in_progress",
    "response.mcp_call_arguments.delta",
    "response.mcp_call_arguments.done",
    "response.mcp_list_tools.completed",
    "response.mcp_list_tools.failed",
    "response.mcp_list_tools.in_progress",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_text.annotation.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.queued",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_part.done",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_text.delta",
    "response.reasoning_text.done",
    "response.refusal.delta",
    "response.refusal.done",
    "response.shell_call_command.added",
    "response.shell_call_command.delta",
    "response.shell_call_command.done",
    "response.shell_call_output_content.delta",
    "response.shell_call_output_content.done",
    "response.web_search_call.completed",
    "response.web_search_call.in_progress",
    "response.web_search_call.searching",
};
static_assert(std::ranges::is_sorted(event_types));

} // namespace detail

AUGUR_INLINE std::string_view to_string(event_kind kind) noexcept
{
    auto const index = static_cast<std::size_t>(kind);
    return index < detail::event_types.size() ? detail::event_types[index] : std::string_view();
}

AUGUR_INLINE event_kind event_kind_of(std::string_view type) noexcept
{
    auto const& all = detail::event_types;
    auto const found = std::ranges::lower_bound(all, type);
    return found == all.end() || *found != type ? event_kind::unknown : static_cast<event_kind>(found - all.begin());
}

AUGUR_INLINE bool response_event::is_terminal() const noexcept
{
    return kind == event_kind::completed || kind == event_kind::failed || kind == event_kind::incomplete ||
           kind == event_kind::error;
}

AUGUR_INLINE std::optional<error> response_event::failure() const
{
    detail::fault f;
    if (kind == event_kind::error) {
        if (auto const document = codec::json::parse(source)) // has its type and its filters, too
            if (auto said = detail::stream_error_in(document->root()))
                return said;
        f.code = sanitise(error_code, 128);
        f.message = sanitise(error_message);
        f.param = sanitise(error_param, 256);
        return detail::stream_error(f, errc::stream_error);
    }
    if (kind != event_kind::failed)
        return std::nullopt;
    if (response) {
        f.code = sanitise(response->error_code, 128);
        f.message = sanitise(response->error_message);
    }
    return detail::stream_error(f, errc::response_failed);
}

} // namespace augur::inline AUGUR_ABI::openai_wire

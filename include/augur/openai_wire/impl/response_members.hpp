#pragma once

#include <augur/openai_wire/impl/request_members.hpp>
#include <augur/openai_wire/response_event.hpp>
#include <augur/openai_wire/response_request.hpp>

/// The types of the Responses API, each described once for reading and writing.
namespace augur::inline AUGUR_ABI::openai_wire::detail {

/// The counts of the Responses API have other names than those of chat completions.
template <class Io, of<usage> T>
void response_usage(Io& io, T& u)
{
    io.integer("input_tokens", u.input_tokens);
    io.integer("output_tokens", u.output_tokens);
    io.integer("total_tokens", u.total_tokens);
    io.object("input_tokens_details", [&u](auto& in) {
        in.integer("cached_tokens", u.cached_tokens);
        in.integer("cache_write_tokens", u.cache_write_tokens);
    });
    io.object("output_tokens_details", [&u](auto& in) { in.integer("reasoning_tokens", u.reasoning_tokens); });
}

template <class Io, of<response_part> T>
void members(Io& io, T& p)
{
    io.text("type", p.type);
    io.essential_text(p.type == "refusal" ? "refusal" : "text", p.text);
    io.any("annotations", p.annotations);
    io.list("logprobs", p.log_probabilities);
    io.text("image_url", p.image_url);
    io.text("detail", p.detail);
    io.text("file_id", p.file_id);
    io.text("filename", p.filename);
    io.text("file_data", p.file_data);
    io.text("file_url", p.file_url);
}

template <class Io, of<response_item> T>
void members(Io& io, T& i)
{
    io.text("id", i.id);
    io.text("type", i.type);
    io.text("status", i.status);
    io.text("role", i.role);
    io.text("name", i.name);
    io.text("call_id", i.call_id);
    io.essential_text("arguments", i.arguments);
    io.text("input", i.input);
    io.text("output", i.output);
    io.text("code", i.code);
    if constexpr (Io::reading) {
        io.once("content");
        if (auto const v = io.object().find("content"); v && v->kind() == json::kind::string) {
            i.text = *v->as_string();
            i.has_text = true;
            io.take("content");
        }
        else if (v && v->is_array())
            io.essential_list("content", i.content);
    }
    else if (!i.content.empty())
        io.list("content", i.content);
    else if (i.has_text && io.is_free("content"))
        io.at("content").string(i.text);
    io.list("summary", i.summary);
    io.text("encrypted_content", i.encrypted_content);
}

template <class Io, of<response> T>
void members(Io& io, T& r)
{
    io.text("id", r.id);
    io.essential_text("status", r.status);
    io.text("model", r.model);
    io.integer("created_at", r.created_at);
    io.integer("completed_at", r.completed_at);
    io.object("error", [&r](auto& in) {
        in.text("code", r.error_code);
        in.text("message", r.error_message);
    });
    io.object("incomplete_details", [&r](auto& in) { in.text("reason", r.incomplete_reason); });
    io.essential_list("output", r.output);
    io.record("usage", r.usage, [](auto& in, auto& u) { response_usage(in, u); });
    io.text("previous_response_id", r.previous_response_id);
    io.text("service_tier", r.service_tier);
    io.boolean("background", r.background);
    io.boolean("store", r.store);
    io.pairs("metadata", r.metadata);
}

template <class Io, of<input_token_count> T>
void members(Io& io, T& c)
{
    io.position("input_tokens", c.input_tokens);
}

template <class Io, of<item_list> T>
void members(Io& io, T& l)
{
    io.essential_list("data", l.items);
    io.text("first_id", l.first_id);
    io.text("last_id", l.last_id);
    io.boolean("has_more", l.has_more);
}

/// Tools, the choice among them and the form of the answer have no envelope here.
template <class Io, of<augur::detail::tool_data> T>
void flat_tool(Io& io, T& t)
{
    using augur::detail::tool_kind;
    if constexpr (Io::reading)
        t.kind = tool_kind::other;
    io.word("type", t.kind, tool_names);
    if (t.kind == tool_kind::other)
        return;
    bool const custom = t.kind == tool_kind::custom;
    io.text("name", t.name);
    io.text("description", t.description);
    io.any(custom ? "format" : "parameters", t.schema);
    if (!custom)
        io.boolean("strict", t.strict);
}

template <class Io, of<augur::detail::answer_format_data> T>
void flat_format(Io& io, T& f)
{
    if (format_type(io, f))
        schema_members(io, f);
}

template <class Io, of<response_request_data> T>
void members(Io& io, T& r)
{
    io.text("model", r.model);
    if constexpr (Io::reading) {
        io.text("input", r.text);
        io.list("input", r.items);
    }
    else if (r.items.empty())
        io.text("input", r.text);
    else
        io.list("input", r.items);
    io.text("instructions", r.instructions);
    io.text("previous_response_id", r.previous_response_id);
    io.text("conversation", r.conversation);
    io.boolean("background", r.background);
    io.boolean("store", r.store);
    io.boolean("stream", r.stream);
    io.object("stream_options", [&r](auto& in) { in.boolean("include_obfuscation", r.include_obfuscation); });
    io.list("tools", r.tools, [](auto& in, auto& t) { flat_tool(in, t); });
    tool_choice_member(io, r.tool_choice, [](auto& in, auto& c) { in.text("name", c.name); });
    io.boolean("parallel_tool_calls", r.parallel_tool_calls);
    io.integer("max_tool_calls", r.max_tool_calls);
    io.integer("max_output_tokens", r.max_output_tokens);
    io.integer("top_logprobs", r.top_log_probabilities);
    io.number("temperature", r.temperature);
    io.number("top_p", r.top_p);
    io.object("reasoning", [&r](auto& in) {
        in.text("effort", r.reasoning_effort);
        in.text("summary", r.reasoning_summary);
    });
    io.object("text", [&r](auto& in) {
        in.record("format", r.format, [](auto& form, auto& f) { flat_format(form, f); });
        in.text("verbosity", r.verbosity);
    });
    io.text("truncation", r.truncation);
    io.texts("include", r.include);
    io.pairs("metadata", r.metadata);
    io.text("service_tier", r.service_tier);
    io.text("prompt_cache_key", r.prompt_cache_key);
    io.text("safety_identifier", r.safety_identifier);
    io.text("user", r.user);
}

/// What the member that holds the whole at the end is called in this event.
inline std::string_view whole_name(event_kind kind) noexcept
{
    switch (kind) {
    case event_kind::refusal_done: return "refusal";
    case event_kind::function_call_arguments_done:
    case event_kind::mcp_call_arguments_done: return "arguments";
    case event_kind::custom_tool_call_input_done: return "input";
    case event_kind::code_interpreter_call_code_done: return "code";
    case event_kind::shell_call_command_added:
    case event_kind::shell_call_command_done: return "command";
    default: return "text";
    }
}

/// What the member that holds JSON is called in this event; empty if it has none.
inline std::string_view json_name(event_kind kind) noexcept
{
    switch (kind) {
    case event_kind::output_text_annotation_added: return "annotation";
    case event_kind::shell_call_output_content_delta: return "delta";
    case event_kind::shell_call_output_content_done: return "output";
    default: return {};
    }
}

template <class Io, class T>
void error_members(Io& io, T& e)
{
    io.text("code", e.error_code);
    io.text("message", e.error_message);
    io.text("param", e.error_param);
}

template <class Io, of<response_event> T>
void members(Io& io, T& e)
{
    io.text("type", e.type);
    if constexpr (Io::reading)
        e.kind = event_kind_of(e.type);
    io.integer("sequence_number", e.sequence_number);
    if (e.kind == event_kind::unknown)
        return; // its members may mean anything
    io.text("item_id", e.item_id);
    io.text("response_id", e.response_id);
    io.integer("output_index", e.output_index);
    io.integer("content_index", e.content_index);
    io.integer("summary_index", e.summary_index);
    io.integer("annotation_index", e.annotation_index);
    io.integer("command_index", e.command_index);
    auto const json_member = json_name(e.kind);
    if (!json_member.empty())
        io.any(json_member, e.json);
    if (json_member != "delta")
        io.essential_text("delta", e.delta);
    io.essential_text(whole_name(e.kind), e.text);
    io.text("name", e.name);
    io.text("status", e.status);
    io.list("logprobs", e.log_probabilities);
    io.record("response", e.response);
    io.record("item", e.item);
    io.record("part", e.part);
    io.text("partial_image_b64", e.partial_image);
    io.integer("partial_image_index", e.partial_image_index);
    io.text("background", e.image_background);
    io.text("output_format", e.image_format);
    io.text("quality", e.image_quality);
    io.text("size", e.image_size);
    if (e.kind != event_kind::error)
        return;
    if constexpr (Io::reading)
        e.has_error_envelope = io.find("error", json::kind::object).has_value();
    if (e.has_error_envelope)
        io.object("error", [&e](auto& in) { error_members(in, e); });
    else
        error_members(io, e);
}

} // namespace augur::inline AUGUR_ABI::openai_wire::detail

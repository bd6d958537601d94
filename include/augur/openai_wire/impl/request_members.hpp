#pragma once

#include <augur/openai_wire/impl/chat_members.hpp>

/// What a chat completion request holds, described once for reading and writing.
namespace augur::inline AUGUR_ABI::openai_wire::detail {

inline constexpr std::array<enum_name, 2> tool_names{{
    {static_cast<int>(augur::detail::tool_kind::function), "function"},
    {static_cast<int>(augur::detail::tool_kind::custom), "custom"},
}};

template <class Io, of<augur::detail::tool_data> T>
void members(Io& io, T& t)
{
    using augur::detail::tool_kind;
    if constexpr (Io::reading)
        t.kind = tool_kind::other;
    io.word("type", t.kind, tool_names);
    if (t.kind == tool_kind::other)
        return;
    bool const custom = t.kind == tool_kind::custom;
    io.object(custom ? "custom" : "function", [&t, custom](auto& in) {
        in.text("name", t.name);
        in.text("description", t.description);
        in.any(custom ? "format" : "parameters", t.schema);
        if (!custom)
            in.boolean("strict", t.strict);
    });
}

/// A word, or an object that names one tool in `describe`'s way.
template <class Io, class T, class Describe>
void tool_choice_member(Io& io, T& choice, Describe describe)
{
    constexpr std::string_view key = "tool_choice";
    // These stand for objects: as words they are not ours to understand and stay in `extra`.
    auto const is_object = [](std::string_view mode) { return mode.empty() || mode == "function" || mode == "custom"; };
    auto const object = [describe](auto& in, auto& c) {
        if constexpr (Io::reading) {
            auto const type = in.object().find_string("type").value_or("");
            if (type == "function" || type == "custom")
                c.mode = type;
        }
        if (c.mode.empty())
            return;
        in.constant("type", c.mode);
        describe(in, c);
    };
    if constexpr (Io::reading) {
        auto const v = io.find(key, json::kind::string);
        if (v && !is_object(*v->as_string())) {
            fields(choice.emplace(tool_choice::json({}))).mode = *v->as_string();
            io.take(key);
        }
        else if (!v)
            io.record(key, choice, object);
    }
    else if (choice) {
        auto const& data = fields(*choice);
        if (is_object(data.mode))
            io.record(key, choice, object);
        else if (io.is_free(key))
            io.at(key).string(data.mode);
    }
}

template <class Io, class T>
void schema_members(Io& io, T& f)
{
    io.text("name", f.name);
    io.text("description", f.description);
    io.any("schema", f.schema);
    io.boolean("strict", f.strict);
}

/// False if the form is not one of ours, so that all of it is in `extra`.
template <class Io, class T>
bool format_type(Io& io, T& f)
{
    if constexpr (Io::reading) {
        auto const type = io.object().find_string("type").value_or("");
        if (type == "text" || type == "json_object" || type == "json_schema")
            f.type = type;
    }
    if (f.type.empty())
        return false;
    io.constant("type", f.type);
    return true;
}

template <class Io, of<augur::detail::answer_format_data> T>
void members(Io& io, T& f)
{
    if (format_type(io, f) && f.type == "json_schema")
        io.object("json_schema", [&f](auto& in) { schema_members(in, f); });
}

template <class Io, class T>
void prediction_member(Io& io, T& prediction)
{
    if constexpr (Io::reading) {
        // Also a list of parts, which stays in `extra`.
        auto const v = io.find("prediction", json::kind::object);
        if (!v || v->find_string("type") != "content" || v->find_string("content").value_or("").empty())
            return;
    }
    else if (prediction.empty())
        return;
    io.object("prediction", [&prediction](auto& in) {
        in.constant("type", "content");
        in.text("content", prediction);
    });
}

template <class Io, of<augur::detail::chat_request_data> T>
void members(Io& io, T& r)
{
    io.text("model", r.model);
    io.list("messages", r.messages);
    io.list("tools", r.tools);
    tool_choice_member(io, r.tool_choice,
                       [](auto& in, auto& c) { in.object(c.mode, [&c](auto& one) { one.text("name", c.name); }); });
    io.boolean("parallel_tool_calls", r.parallel_tool_calls);
    io.record("response_format", r.answer_format);
    io.number("temperature", r.temperature);
    io.number("top_p", r.top_p);
    io.number("frequency_penalty", r.frequency_penalty);
    io.number("presence_penalty", r.presence_penalty);
    io.integer("max_completion_tokens", r.max_tokens);
    io.integer("max_tokens", r.old_max_tokens);
    io.integer("n", r.choices);
    io.text_or_texts("stop", r.stop, r.one_stop_text);
    io.integer("seed", r.seed);
    io.boolean("logprobs", r.log_probabilities);
    io.integer("top_logprobs", r.top_log_probabilities);
    io.any("logit_bias", r.logit_bias);
    io.text("reasoning_effort", r.reasoning_effort);
    io.text("verbosity", r.verbosity);
    io.text("service_tier", r.service_tier);
    prediction_member(io, r.prediction);
    io.texts("modalities", r.modalities);
    io.object("audio", [&r](auto& in) {
        in.text("voice", r.voice);
        in.text("format", r.audio_format);
    });
    io.boolean("store", r.store);
    io.pairs("metadata", r.metadata);
    io.text("user", r.user);
    io.text("safety_identifier", r.safety_identifier);
    io.text("prompt_cache_key", r.prompt_cache_key);
    io.boolean("stream", r.stream);
    // Services refuse them without a stream. Where somebody sends them all the same they stay in `extra`.
    if (r.stream.value_or(false))
        io.object("stream_options", [&r](auto& in) {
            in.boolean("include_usage", r.include_usage);
            in.boolean("include_obfuscation", r.include_obfuscation);
        });
}

} // namespace augur::inline AUGUR_ABI::openai_wire::detail

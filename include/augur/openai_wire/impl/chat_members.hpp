#pragma once

#include <augur/model/chat_event.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/openai_wire/impl/object_reader.hpp>
#include <augur/openai_wire/impl/object_writer.hpp>

#include <array>

/// The dialect's chat types, each described once for reading and writing.
namespace augur::inline AUGUR_ABI::openai_wire::detail {

template <class Io, of<usage> T>
void members(Io& io, T& u)
{
    io.integer("prompt_tokens", u.input_tokens);
    io.integer("completion_tokens", u.output_tokens);
    io.integer("total_tokens", u.total_tokens);
    io.object("prompt_tokens_details", [&u](auto& in) {
        in.integer("cached_tokens", u.cached_tokens);
        in.integer("cache_write_tokens", u.cache_write_tokens);
        in.integer("audio_tokens", u.input_audio_tokens);
    });
    io.object("completion_tokens_details", [&u](auto& in) {
        in.integer("reasoning_tokens", u.reasoning_tokens);
        in.integer("audio_tokens", u.output_audio_tokens);
        in.integer("accepted_prediction_tokens", u.accepted_prediction_tokens);
        in.integer("rejected_prediction_tokens", u.rejected_prediction_tokens);
    });
}

/// Numbers from 0 to 255.
inline std::string bytes_of(json::value list)
{
    std::string out;
    for (json::value const element : list.elements()) {
        bool const is_number = element.kind() == json::kind::number;
        auto const byte = is_number ? json::detail::to_whole<std::uint8_t>(element.raw()) : std::nullopt;
        if (!byte)
            return {};
        out += static_cast<char>(*byte);
    }
    return out;
}

template <class Io, of<token_probability> T>
void members(Io& io, T& t)
{
    io.text("token", t.token);
    io.number("logprob", t.log_probability);
    if constexpr (Io::reading) {
        if (auto const v = io.find("bytes", json::kind::array))
            t.bytes = bytes_of(*v);
        if (!t.bytes.empty())
            io.take("bytes");
    }
    else if (!t.bytes.empty()) {
        auto& out = io.at("bytes").begin_array();
        for (char const c : t.bytes)
            out.number(static_cast<std::int64_t>(static_cast<unsigned char>(c)));
        out.end_array();
    }
    io.list("top_logprobs", t.alternatives);
}

template <class Io, class Choice>
void log_probabilities(Io& io, Choice& c)
{
    io.object("logprobs", [&c](auto& in) {
        in.list("content", c.log_probabilities);
        in.list("refusal", c.refusal_log_probabilities);
    });
}

template <class Io, of<content_filter> T>
void members(Io& io, T& f)
{
    io.boolean("filtered", f.filtered);
    io.boolean("detected", f.detected);
    io.text("severity", f.severity);
}

/// What is more than anybody's categories stays in `extra`, as a whole.
inline constexpr std::size_t most_categories = 64;

/// The categories are the names of the members.
template <class Io, of<content_filters> T>
void members(Io& io, T& all)
{
    io.object("error", [&all](auto& in) {
        in.text("code", all.error_code);
        in.text("message", all.error_message);
    });
    if constexpr (Io::reading) {
        if (io.object().size() > most_categories)
            return;
        for (auto const [key, value] : io.object().members()) {
            if (key == "error" || !value.is_object() || value.size() == 0)
                continue;
            auto& found = all.categories.emplace_back();
            found.category = key;
            io.read(value, found);
            io.take(key);
        }
    }
    else {
        for (auto const& found : all.categories) {
            io.at(found.category);
            object_writer::write(io.state(), found);
        }
    }
}

template <class Io, of<prompt_filter> T>
void members(Io& io, T& p)
{
    io.position("prompt_index", p.prompt_index);
    io.record("content_filter_results", p.filters);
}

template <class Io, of<tool_call> T>
void members(Io& io, T& c)
{
    if constexpr (!Io::reading)
        io.blanks_yield();
    io.integer("index", c.index);
    io.text("id", c.id);
    if constexpr (Io::reading)
        c.custom = io.find("custom", json::kind::object) || io.object().find_string("type") == "custom";
    // The later pieces of a streamed call have no type.
    if (!c.index || !c.id.empty())
        io.constant("type", c.custom ? "custom" : "function");
    io.essential_object(c.custom ? "custom" : "function", [&c](auto& in) {
        in.text("name", c.name);
        in.essential_text(c.custom ? "input" : "arguments", c.arguments);
    });
}

inline constexpr std::array<enum_name, 5> part_names{{
    {static_cast<int>(part_kind::text), "text"},
    {static_cast<int>(part_kind::image), "image_url"},
    {static_cast<int>(part_kind::audio), "input_audio"},
    {static_cast<int>(part_kind::file), "file"},
    {static_cast<int>(part_kind::refusal), "refusal"},
}};

template <class Io, of<augur::detail::part_data> T>
void members(Io& io, T& p)
{
    if constexpr (Io::reading)
        p.kind = part_kind::other;
    io.word("type", p.kind, part_names);
    switch (p.kind) {
    case part_kind::text: io.essential_text("text", p.text); break;
    case part_kind::refusal: io.essential_text("refusal", p.text); break;
    case part_kind::image:
        io.object("image_url", [&p](auto& in) {
            in.text("url", p.url);
            in.text("detail", p.detail);
        });
        break;
    case part_kind::audio:
        io.object("input_audio", [&p](auto& in) {
            in.text("data", p.data);
            in.text("format", p.format);
        });
        break;
    case part_kind::file:
        io.object("file", [&p](auto& in) {
            in.text("file_id", p.file_id);
            in.text("filename", p.filename);
            in.text("file_data", p.data);
        });
        break;
    case part_kind::other: break;
    }
}

/// What a model thought has two names.
template <class Io, class Said>
void reasoning(Io& io, Said& said)
{
    if constexpr (Io::reading) {
        io.text("reasoning_content", said.reasoning);
        said.short_reasoning_name = said.reasoning.empty();
        if (said.short_reasoning_name)
            io.text("reasoning", said.reasoning);
        said.short_reasoning_name = said.short_reasoning_name && !said.reasoning.empty();
    }
    else
        io.text(said.short_reasoning_name ? "reasoning" : "reasoning_content", said.reasoning);
}

template <class Io, of<augur::detail::message_data> T>
void members(Io& io, T& m)
{
    io.text("role", m.role);
    io.text("name", m.name);
    if constexpr (Io::reading) {
        io.once("content");
        if (auto const v = io.object().find("content"); v && v->kind() == json::kind::string) {
            m.content = *v->as_string();
            m.has_content = true;
            io.take("content");
        }
        else if (v && v->is_array())
            io.essential_list("content", m.parts);
        else if (v && !v->is_null())
            io.fail(*v, json::kind::string);
    }
    else if (!m.parts.empty())
        io.list("content", m.parts);
    else if (m.has_content && io.is_free("content"))
        io.at("content").string(m.content);
    io.essential_text("refusal", m.refusal);
    reasoning(io, m);
    io.essential_list("tool_calls", m.tool_calls);
    io.text("tool_call_id", m.tool_call_id);
}

template <class Io, of<chat_choice> T>
void members(Io& io, T& c)
{
    if constexpr (Io::reading)
        c.message = make<message>(); // nobody's words, unless somebody says so
    io.position("index", c.index);
    io.essential_record("message", c.message);
    io.essential_text("finish_reason", c.finish_reason);
    log_probabilities(io, c);
    io.record("content_filter_results", c.filters);
}

template <class Io, of<chat_delta> T>
void members(Io& io, T& d)
{
    io.position("index", d.index);
    io.essential_object("delta", [&d](auto& in) {
        in.text("role", d.role);
        in.essential_text("content", d.content);
        in.essential_text("refusal", d.refusal);
        reasoning(in, d);
        in.essential_list("tool_calls", d.tool_calls);
    });
    io.essential_text("finish_reason", d.finish_reason);
    log_probabilities(io, d);
    io.record("content_filter_results", d.filters);
    io.object("content_filter_offsets", [&d](auto& in) {
        in.integer("check_offset", d.filter_check_offset);
        in.integer("start_offset", d.filter_start_offset);
        in.integer("end_offset", d.filter_end_offset);
    });
}

template <class Io, class T>
    requires of<T, chat_response> || of<T, augur::detail::chat_event_data>
void members(Io& io, T& r)
{
    io.text("id", r.id);

    io.integer("created", r.created);
    io.text("model", r.model);
    io.text("service_tier", r.service_tier);
    io.text("system_fingerprint", r.system_fingerprint);
    io.essential_list("choices", r.choices);
    io.record("usage", r.usage);
    io.list("prompt_filter_results", r.prompt_filters);
}

} // namespace augur::inline AUGUR_ABI::openai_wire::detail

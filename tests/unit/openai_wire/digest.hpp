// One line per typed value: what the table tests compare, so that a field that was only passed through as raw
// text shows.
#pragma once

#include <augur/codec/hex.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/model/chat_event.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/chat_response.hpp>
#include <augur/model/embedding.hpp>
#include <augur/openai_wire/models.hpp>
#include <augur/openai_wire/response_event.hpp>
#include <augur/openai_wire/response_request.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace digest {

/// " name=value" for what is there.
class line
{
public:
    line& add(std::string_view name, std::string_view value)
    {
        if (!value.empty())
            out_.append(out_.empty() ? "" : " ").append(name).append("=").append(value);
        return *this;
    }
    line& add(std::string_view name, std::int64_t value)
    {
        return value == 0 ? *this : add(name, std::to_string(value));
    }
    line& add(std::string_view name, std::optional<std::int64_t> value)
    {
        return value ? add(name, std::to_string(*value)) : *this;
    }
    line& add(std::string_view name, std::optional<bool> value)
    {
        return value ? add(name, std::string_view(*value ? "yes" : "no")) : *this;
    }
    line& add(std::string_view name, std::optional<double> value)
    {
        if (!value)
            return *this;
        auto text = std::to_string(*value);
        text.erase(text.find_last_not_of('0') + 1);
        return add(name, text.ends_with('.') ? text + "0" : text);
    }
    std::string const& text() const noexcept { return out_; }

private:
    std::string out_;
};

// All of them, because a template finds only what stands before it.
inline std::string of(augur::usage const& u);
inline std::string of(augur::content_filter const& f);
inline std::string of(augur::content_filters const& f);
inline std::string of(augur::prompt_filter const& p);
inline std::string of(augur::token_probability const& t);
inline std::string of(augur::tool_call const& c);
inline std::string of(augur::content_part const& p);
inline std::string of(augur::message const& m);
inline std::string of(augur::chat_choice const& c);
inline std::string of(augur::chat_delta const& d);
inline std::string of(augur::tool const& t);
inline std::string of(augur::embedding const& e);
inline std::string of(augur::openai_wire::model_info const& m);
inline std::string of(augur::openai_wire::response_part const& p);
inline std::string of(augur::openai_wire::response_item const& i);
inline std::string of(float number);
inline std::string of(std::int64_t number);
inline std::string of(std::string const& text)
{
    return text;
}
inline std::string of(std::pair<std::string, std::string> const& p)
{
    return p.first + ":" + p.second;
}

template <class List>
std::string of(List const& list)
{
    std::string out;
    for (auto const& item : list)
        out.append(out.empty() ? "" : "; ").append(of(item));
    return out.empty() ? out : "[" + out + "]";
}

inline std::string of(augur::usage const& u)
{
    return line()
        .add("in", u.input_tokens)
        .add("out", u.output_tokens)
        .add("total", u.total_tokens)
        .add("cached", u.cached_tokens)
        .add("cache_write", u.cache_write_tokens)
        .add("reasoning", u.reasoning_tokens)
        .add("audio_in", u.input_audio_tokens)
        .add("audio_out", u.output_audio_tokens)
        .add("accepted", u.accepted_prediction_tokens)
        .add("rejected", u.rejected_prediction_tokens)
        .add("extra", u.extra)
        .text();
}

inline std::string of(augur::content_filter const& f)
{
    return line()
        .add("kind", f.category)
        .add("filtered", f.filtered)
        .add("detected", f.detected)
        .add("severity", f.severity)
        .add("extra", f.extra)
        .text();
}

inline std::string of(augur::content_filters const& f)
{
    return line()
        .add("found", of(f.categories))
        .add("code", f.error_code)
        .add("message", f.error_message)
        .add("extra", f.extra)
        .text();
}

inline std::string of(augur::prompt_filter const& p)
{
    return line().add("prompt", p.prompt_index).add("filters", of(p.filters)).add("extra", p.extra).text();
}

inline std::string of(augur::token_probability const& t)
{
    return line()
        .add("token", t.token)
        .add("log", std::optional(t.log_probability))
        .add("bytes", augur::codec::hex_encode(t.bytes))
        .add("or", of(t.alternatives))
        .add("extra", t.extra)
        .text();
}

inline std::string of(augur::tool_call const& c)
{
    return line()
        .add("at", c.index)
        .add("id", c.id)
        .add(c.custom ? "custom" : "function", c.name)
        .add("arguments", c.arguments)
        .add("extra", c.extra)
        .text();
}

inline std::string of(augur::content_part const& p)
{
    auto const& d = augur::detail::fields_of::get(p);
    constexpr std::string_view kinds[] = {"text", "image", "audio", "file", "refusal", "other"};
    return line()
        .add("part", kinds[static_cast<int>(d.kind)])
        .add("text", d.text)
        .add("url", d.url)
        .add("detail", d.detail)
        .add("data", d.data)
        .add("format", d.format)
        .add("file_id", d.file_id)
        .add("filename", d.filename)
        .add("extra", d.extra)
        .text();
}

inline std::string of(augur::message const& m)
{
    return line()
        .add("role", m.role())
        .add("name", m.name())
        .add("content", m.content())
        .add("parts", of(m.parts()))
        .add("reasoning", m.reasoning())
        .add("refusal", m.refusal())
        .add("calls", of(m.tool_calls()))
        .add("answers", m.tool_call_id())
        .add("extra", m.extra())
        .text();
}

template <class Choice>
std::string ending_of(Choice const& c)
{
    return line()
        .add("finish", c.finish_reason)
        .add("logprobs", of(c.log_probabilities))
        .add("refusal_logprobs", of(c.refusal_log_probabilities))
        .add("filters", of(c.filters))
        .add("extra", c.extra)
        .text();
}

inline std::string of(augur::chat_choice const& c)
{
    return line().add("n", c.index).add("said", of(c.message)).add("end", ending_of(c)).text();
}

inline std::string of(augur::chat_delta const& d)
{
    return line()
        .add("n", d.index)
        .add("role", d.role)
        .add("content", d.content)
        .add("reasoning", d.reasoning)
        .add("refusal", d.refusal)
        .add("calls", of(d.tool_calls))
        .add("end", ending_of(d))
        .add("check", d.filter_check_offset)
        .add("from", d.filter_start_offset)
        .add("to", d.filter_end_offset)
        .text();
}

template <class Data>
std::string answer_of(Data const& r)
{
    return line()
        .add("id", r.id)
        .add("model", r.model)
        .add("created", r.created)
        .add("tier", r.service_tier)
        .add("fp", r.system_fingerprint)
        .add("choices", of(r.choices))
        .add("usage", r.usage ? "{" + of(*r.usage) + "}" : "")
        .add("prompts", of(r.prompt_filters))
        .add("extra", r.extra)
        .text();
}

inline std::string of(augur::chat_response const& r)
{
    return answer_of(r);
}
inline std::string of(augur::chat_event const& e)
{
    return answer_of(augur::detail::fields_of::get(e));
}

inline std::string of(augur::tool const& t)
{
    auto const& d = augur::detail::fields_of::get(t);
    constexpr std::string_view kinds[] = {"function", "custom", "other"};
    return line()
        .add("tool", kinds[static_cast<int>(d.kind)])
        .add("name", d.name)
        .add("description", d.description)
        .add("schema", d.schema)
        .add("strict", d.strict)
        .add("extra", d.extra)
        .text();
}

inline std::string of(std::optional<augur::tool_choice> const& choice)
{
    if (!choice)
        return {};
    auto const& c = augur::detail::fields_of::get(*choice);
    return line().add("mode", c.mode).add("name", c.name).add("extra", c.extra).text();
}

inline std::string of(std::optional<augur::answer_format> const& format)
{
    if (!format)
        return {};
    auto const& f = augur::detail::fields_of::get(*format);
    return line()
        .add("type", f.type)
        .add("name", f.name)
        .add("description", f.description)
        .add("schema", f.schema)
        .add("strict", f.strict)
        .add("extra", f.extra)
        .text();
}

inline std::string of(augur::chat_request const& r)
{
    auto const& d = augur::detail::fields_of::get(r);
    return line()
        .add("model", d.model)
        .add("messages", of(d.messages))
        .add("tools", of(d.tools))
        .add("choice", of(d.tool_choice))
        .add("parallel", d.parallel_tool_calls)
        .add("format", of(d.answer_format))
        .add("temperature", d.temperature)
        .add("top_p", d.top_p)
        .add("frequency", d.frequency_penalty)
        .add("presence", d.presence_penalty)
        .add("max", d.max_tokens)
        .add("old_max", d.old_max_tokens)
        .add("n", d.choices)
        .add("seed", d.seed)
        .add("stop", of(d.stop))
        .add("logprobs", d.log_probabilities)
        .add("top_logprobs", d.top_log_probabilities)
        .add("bias", d.logit_bias)
        .add("effort", d.reasoning_effort)
        .add("verbosity", d.verbosity)
        .add("tier", d.service_tier)
        .add("prediction", d.prediction)
        .add("modalities", of(d.modalities))
        .add("voice", d.voice)
        .add("audio", d.audio_format)
        .add("store", d.store)
        .add("metadata", of(d.metadata))
        .add("user", d.user)
        .add("safety", d.safety_identifier)
        .add("cache", d.prompt_cache_key)
        .add("stream", d.stream)
        .add("usage", d.include_usage)
        .add("obfuscation", d.include_obfuscation)
        .add("extra", d.extra)
        .text();
}

inline std::string of(float number)
{
    std::string out;
    augur::codec::append_number(out, number);
    return out;
}
inline std::string of(std::int64_t number)
{
    return std::to_string(number);
}

inline std::string of(augur::embedding const& e)
{
    return line()
        .add("n", e.index)
        .add("values", of(e.values))
        .add("base64", std::optional(e.base64))
        .add("extra", e.extra)
        .text();
}

inline std::string of(augur::embedding_response const& r)
{
    return line()
        .add("vectors", of(r.embeddings))
        .add("model", r.model)
        .add("usage", r.usage ? "{" + of(*r.usage) + "}" : "")
        .add("extra", r.extra)
        .text();
}

inline std::string of(augur::embedding_request const& r)
{
    auto const& d = augur::detail::fields_of::get(r);
    constexpr std::string_view encodings[] = {"base64", "float", ""};
    return line()
        .add("model", d.model)
        .add("texts", of(d.texts))
        .add("tokens", of(d.tokens))
        .add("as", encodings[static_cast<int>(d.encoding)])
        .add("dimensions", d.dimensions)
        .add("type", d.input_type)
        .add("user", d.user)
        .add("extra", d.extra)
        .text();
}

inline std::string of(augur::openai_wire::model_info const& m)
{
    return line().add("id", m.id).add("created", m.created).add("owner", m.owned_by).add("extra", m.extra).text();
}

inline std::string of(augur::openai_wire::model_list const& l)
{
    return line().add("models", of(l.models)).add("more", l.has_more).add("extra", l.extra).text();
}

inline std::string of(augur::openai_wire::deletion const& d)
{
    return line().add("id", d.id).add("deleted", d.deleted).add("extra", d.extra).text();
}

inline std::string of(augur::openai_wire::response_part const& p)
{
    return line()
        .add("part", p.type)
        .add("text", p.text)
        .add("cites", p.annotations)
        .add("logprobs", of(p.log_probabilities))
        .add("image", p.image_url)
        .add("detail", p.detail)
        .add("file_id", p.file_id)
        .add("filename", p.filename)
        .add("data", p.file_data)
        .add("url", p.file_url)
        .add("extra", p.extra)
        .text();
}

inline std::string of(augur::openai_wire::response_item const& i)
{
    return line()
        .add("item", i.type)
        .add("id", i.id)
        .add("status", i.status)
        .add("role", i.role)
        .add("name", i.name)
        .add("call", i.call_id)
        .add("arguments", i.arguments)
        .add("input", i.input)
        .add("output", i.output)
        .add("code", i.code)
        .add("says", i.text)
        .add("content", of(i.content))
        .add("summary", of(i.summary))
        .add("encrypted", i.encrypted_content)
        .add("extra", i.extra)
        .text();
}

inline std::string of(augur::openai_wire::response const& r)
{
    return line()
        .add("id", r.id)
        .add("status", r.status)
        .add("model", r.model)
        .add("created", r.created_at)
        .add("completed", r.completed_at)
        .add("error", r.error_code)
        .add("message", r.error_message)
        .add("incomplete", r.incomplete_reason)
        .add("output", of(r.output))
        .add("usage", r.usage ? "{" + of(*r.usage) + "}" : "")
        .add("after", r.previous_response_id)
        .add("tier", r.service_tier)
        .add("background", r.background)
        .add("store", r.store)
        .add("metadata", of(r.metadata))
        .add("extra", r.extra)
        .text();
}

inline std::string of(augur::openai_wire::item_list const& l)
{
    return line()
        .add("items", of(l.items))
        .add("first", l.first_id)
        .add("last", l.last_id)
        .add("more", l.has_more)
        .add("extra", l.extra)
        .text();
}

inline std::string of(augur::openai_wire::input_token_count const& c)
{
    return line().add("in", c.input_tokens).add("extra", c.extra).text();
}

inline std::string of(augur::openai_wire::response_event const& e)
{
    return line()
        .add("event", e.kind == augur::openai_wire::event_kind::unknown ? "?" + e.type : e.type)
        .add("seq", e.sequence_number)
        .add("item_id", e.item_id)
        .add("response_id", e.response_id)
        .add("output", e.output_index)
        .add("content", e.content_index)
        .add("summary", e.summary_index)
        .add("annotation", e.annotation_index)
        .add("command", e.command_index)
        .add("delta", e.delta)
        .add("text", e.text)
        .add("name", e.name)
        .add("status", e.status)
        .add("logprobs", of(e.log_probabilities))
        .add("response", e.response ? "{" + of(*e.response) + "}" : "")
        .add("item", e.item ? "{" + of(*e.item) + "}" : "")
        .add("part", e.part ? "{" + of(*e.part) + "}" : "")
        .add("json", e.json)
        .add("image", e.partial_image)
        .add("image_n", e.partial_image_index)
        .add("background", e.image_background)
        .add("format", e.image_format)
        .add("quality", e.image_quality)
        .add("size", e.image_size)
        .add("code", e.error_code)
        .add("message", e.error_message)
        .add("param", e.error_param)
        .add("extra", e.extra)
        .text();
}

inline std::string of(augur::openai_wire::response_request const& r)
{
    auto const& d = augur::detail::fields_of::get(r);
    return line()
        .add("model", d.model)
        .add("text", d.text)
        .add("items", of(d.items))
        .add("instructions", d.instructions)
        .add("after", d.previous_response_id)
        .add("conversation", d.conversation)
        .add("background", d.background)
        .add("store", d.store)
        .add("stream", d.stream)
        .add("obfuscation", d.include_obfuscation)
        .add("tools", of(d.tools))
        .add("choice", of(d.tool_choice))
        .add("parallel", d.parallel_tool_calls)
        .add("max_calls", d.max_tool_calls)
        .add("max", d.max_output_tokens)
        .add("top_logprobs", d.top_log_probabilities)
        .add("temperature", d.temperature)
        .add("top_p", d.top_p)
        .add("effort", d.reasoning_effort)
        .add("thoughts", d.reasoning_summary)
        .add("format", of(d.format))
        .add("verbosity", d.verbosity)
        .add("truncation", d.truncation)
        .add("include", of(d.include))
        .add("metadata", of(d.metadata))
        .add("tier", d.service_tier)
        .add("cache", d.prompt_cache_key)
        .add("safety", d.safety_identifier)
        .add("user", d.user)
        .add("extra", d.extra)
        .text();
}

} // namespace digest

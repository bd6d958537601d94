#pragma once

#include <augur/codec/json.hpp>
#include <augur/codec/json_writer.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/sagemaker/chat_wire.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker::wire {

namespace detail {

inline error not_in_this_form(std::string_view what)
{
    return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                      "a model that is asked with \"inputs\" cannot be given " + std::string(what));
}

/// The name of something that `inputs` has no place for; empty if there is nothing.
inline std::string_view misfit_of(augur::detail::chat_request_data const& r)
{
    if (!r.tools.empty() || r.tool_choice || r.parallel_tool_calls)
        return "tools";
    if (r.answer_format)
        return "an answer format: put a grammar into extra_body";
    if (r.choices.value_or(1) != 1)
        return "a number of choices";
    if (r.presence_penalty)
        return "a presence penalty";
    if (r.log_probabilities.value_or(false) || r.top_log_probabilities)
        return "log probabilities: see `details` and extra_body";
    if (!r.logit_bias.empty() || !r.prediction.empty() || !r.reasoning_effort.empty() || !r.verbosity.empty() ||
        !r.modalities.empty() || !r.voice.empty() || !r.service_tier.empty() || r.store.has_value() ||
        !r.metadata.empty())
        return "an option of chat completions";
    return {};
}

inline result<std::string> plain_prompt(std::vector<message> const& messages)
{
    std::string out;
    bool asked = false;
    for (auto const& m : messages) {
        bool const is_user = m.role() == "user";
        if (asked || (!is_user && m.role() != "system" && m.role() != "developer"))
            return not_in_this_form("a conversation: set `chat_config::prompt` to the model's chat template");
        for (auto const& part : m.parts())
            if (part.kind() != part_kind::text)
                return not_in_this_form("anything but text");
        asked = is_user;
        out.append(out.empty() ? "" : "\n\n").append(m.text());
    }
    return out;
}

/// The members of `object`, which win over ours of the same name.
inline result<std::optional<codec::json::document>> read_extra(std::string const& object)
{
    if (object.empty())
        return std::optional<codec::json::document>();
    auto read = codec::json::parse(object);
    if (!read || !read->root().is_object())
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "extra_body is no JSON object");
    return std::optional(std::move(*read));
}

inline void write_parameters(codec::json::writer& to, augur::detail::chat_request_data const& r,
                             std::optional<codec::json::value> const& extra)
{
    auto const is_free = [&extra](std::string_view name) { return !extra || !extra->find(name); };
    auto const number = [&](std::string_view name, auto const& value) {
        if (value && is_free(name))
            to.key(name).number(*value);
    };
    to.begin_object();
    number("max_new_tokens", r.max_tokens ? r.max_tokens : r.old_max_tokens);
    number("temperature", r.temperature);
    number("top_p", r.top_p);
    number("frequency_penalty", r.frequency_penalty);
    number("seed", r.seed);
    // Without it these containers take the likeliest token each time, whatever the temperature.
    if ((r.temperature.value_or(0) > 0 || r.top_p || r.seed) && is_free("do_sample"))
        to.key("do_sample").boolean(true);
    if (!r.stop.empty() && is_free("stop")) {
        to.key("stop").begin_array();
        for (auto const& s : r.stop)
            to.string(s);
        to.end_array();
    }
    if (extra && extra->is_object())
        for (auto const [name, value] : extra->members())
            to.key(name).raw(value.raw());
    to.end_object();
}

inline result<std::string> write_inputs(chat_request const& request, bool stream, prompt_function const& prompt)
{
    auto const& r = augur::detail::fields_of::get(request);
    if (auto const misfit = misfit_of(r); !misfit.empty())
        return not_in_this_form(misfit);
    auto const text = prompt ? prompt(r.messages) : plain_prompt(r.messages);
    if (!text)
        return text.error();
    auto const extra = read_extra(r.extra);
    if (!extra)
        return extra.error();
    std::optional<codec::json::value> root, parameters;
    if (*extra) {
        root = (*extra)->root();
        parameters = root->find("parameters");
    }
    codec::json::writer out(text->size() + 256);
    out.begin_object();
    if (!root || !root->find("inputs"))
        out.key("inputs").string(*text);
    out.key("parameters");
    write_parameters(out, r, parameters);
    if (stream)
        out.key("stream").boolean(true);
    if (root)
        for (auto const [name, value] : root->members())
            if (name != "parameters" && name != "stream")
                out.key(name).raw(value.raw());
    out.end_object();
    return std::move(out).finish();
}

} // namespace detail

AUGUR_INLINE result<std::string> write_chat(chat_request const& request, chat_form form, bool stream,
                                            prompt_function const& prompt)
{
    if (!request.extra_headers().empty())
        return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                          "SageMaker passes no further headers on to a model");
    if (form == chat_form::inputs)
        return detail::write_inputs(request, stream, prompt);
    return stream ? openai_wire::write_chat_stream_request(request) : openai_wire::write_chat_request(request);
}

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

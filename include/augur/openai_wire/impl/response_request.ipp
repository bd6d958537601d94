#pragma once

#include <augur/codec/percent.hpp>
#include <augur/core/errc.hpp>
#include <augur/openai_wire/response_request.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

/// The option that the Responses API has no word for, or nothing.
inline char const* unsupported_option(augur::detail::chat_request_data const& r) noexcept
{
    struct check
    {
        bool is_set;
        char const* name;
    };
    for (auto const& option :
         {check{r.choices.value_or(1) != 1, "choices"}, check{!r.stop.empty(), "stop"},
          check{r.seed.has_value(), "seed"}, check{r.frequency_penalty.has_value(), "frequency_penalty"},
          check{r.presence_penalty.has_value(), "presence_penalty"}, check{!r.logit_bias.empty(), "logit_bias"},
          check{!r.prediction.empty(), "prediction"}, check{!r.modalities.empty(), "modality"},
          check{!r.voice.empty(), "speak"}})
        if (option.is_set)
            return option.name;
    return nullptr;
}

inline result<response_part> part_of(content_part const& part, bool of_assistant)
{
    auto const& from = augur::detail::fields_of::get(part);
    response_part out(of_assistant ? "output_text" : "input_text", from.text);
    out.extra = from.extra;
    switch (from.kind) {
    case part_kind::text: break;
    case part_kind::refusal: out.type = "refusal"; break;
    case part_kind::image:
        out.type = "input_image";
        out.image_url = from.url;
        out.detail = from.detail;
        break;
    case part_kind::file:
        out.type = "input_file";
        out.file_id = from.file_id;
        out.filename = from.filename;
        out.file_data = from.data;
        break;
    case part_kind::other: out.type.clear(); break;
    case part_kind::audio:
        return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                          "the Responses API takes no audio in messages");
    }
    return out;
}

inline error unsupported_in_message(char const* what)
{
    return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                      std::string("the Responses API has no word for ") + what + " of a message");
}

inline result<void> append_result(message const& said, std::vector<response_item>& to)
{
    for (auto const& part : said.parts())
        if (part.kind() != part_kind::text)
            return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                              "the result of a tool can only be text");
    auto item = response_item::function_output(said.tool_call_id(), said.text());
    for (auto const& before : to)
        if (before.type == "custom_tool_call" && before.call_id == item.call_id)
            item.type = "custom_tool_call_output";
    to.push_back(std::move(item));
    return {};
}

/// A message of the neutral kind is up to one message and some calls here.
inline result<void> append_items(message const& said, std::vector<response_item>& to)
{
    if (!said.name().empty())
        return unsupported_in_message("the name");
    // What a service has added to its answer is not what the caller wants to say.
    if (!said.extra().empty() && said.role() != "assistant")
        return unsupported_in_message("the extra members");
    if (said.role() == "tool")
        return append_result(said, to);
    std::vector<response_part> parts;
    for (auto const& part : said.parts()) {
        auto converted = part_of(part, said.role() == "assistant");
        if (!converted)
            return converted.error();
        parts.push_back(std::move(*converted));
    }
    if (!said.refusal().empty()) {
        if (!said.content().empty())
            parts.emplace_back("output_text", said.content());
        parts.emplace_back("refusal", said.refusal());
    }
    if (!parts.empty())
        to.push_back(response_item::message(said.role(), std::move(parts)));
    else if (!said.content().empty() || said.tool_calls().empty())
        to.push_back(response_item::message(said.role(), said.content()));
    for (auto const& call : said.tool_calls()) {
        auto& item = to.emplace_back();
        item.type = call.custom ? "custom_tool_call" : "function_call";
        item.call_id = call.id;
        item.name = call.name;
        (call.custom ? item.input : item.arguments) = call.arguments;
    }
    return {};
}

} // namespace detail

AUGUR_INLINE response_request& response_request::add(response_item item)
{
    if (!data_.text.empty())
        data_.items.push_back(response_item::message("user", std::exchange(data_.text, {})));
    data_.items.push_back(std::move(item));
    return *this;
}

AUGUR_INLINE result<response_request> response_request::from(chat_request const& request)
{
    auto const& from = augur::detail::fields_of::get(request);
    if (auto const* option = detail::unsupported_option(from))
        return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                          std::string("the Responses API has no word for the option ") + option);
    response_request out(from.model);
    auto& to = out.data_;
    for (auto const& said : from.messages)
        if (auto done = detail::append_items(said, to.items); !done)
            return done.error();
    to.tools = from.tools;
    to.tool_choice = from.tool_choice;
    to.parallel_tool_calls = from.parallel_tool_calls;
    to.format = from.answer_format;
    to.temperature = from.temperature;
    to.top_p = from.top_p;
    to.max_output_tokens = from.max_tokens ? from.max_tokens : from.old_max_tokens;
    to.top_log_probabilities = from.top_log_probabilities;
    if (from.log_probabilities.value_or(false))
        to.include.emplace_back("message.output_text.logprobs");
    to.reasoning_effort = from.reasoning_effort;
    to.verbosity = from.verbosity;
    to.service_tier = from.service_tier;
    to.store = from.store;
    to.metadata = from.metadata;
    to.user = from.user;
    to.safety_identifier = from.safety_identifier;
    to.prompt_cache_key = from.prompt_cache_key;
    to.include_obfuscation = from.include_obfuscation;
    to.extra = from.extra;
    to.headers = from.headers;
    return out;
}

AUGUR_INLINE std::string response_query(std::optional<std::int64_t> starting_after,
                                        std::vector<std::string> const& include, bool stream)
{
    std::string out;
    auto const add = [&out](std::string_view name, std::string_view value) {
        out.append(out.empty() ? "" : "&").append(name).append("=").append(value);
    };
    for (auto const& what : include)
        add("include%5B%5D", codec::percent_encode(what));
    if (stream || starting_after)
        add("stream", "true");
    if (starting_after)
        add("starting_after", std::to_string(*starting_after));
    return out;
}

} // namespace augur::inline AUGUR_ABI::openai_wire

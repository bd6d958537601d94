#pragma once

#include <augur/openai_wire/response.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

AUGUR_INLINE response_item response_item::message(std::string role, std::string words)
{
    response_item out;
    out.role = std::move(role);
    out.text = std::move(words);
    out.has_text = true;
    return out;
}

AUGUR_INLINE response_item response_item::message(std::string role, std::vector<response_part> parts)
{
    response_item out;
    out.role = std::move(role);
    out.content = std::move(parts);
    return out;
}

AUGUR_INLINE response_item response_item::function_output(std::string call_id, std::string output)
{
    response_item out;
    out.type = "function_call_output";
    out.call_id = std::move(call_id);
    out.output = std::move(output);
    return out;
}

AUGUR_INLINE response_item response_item::reference(std::string id)
{
    response_item out;
    out.type = "item_reference";
    out.id = std::move(id);
    return out;
}

AUGUR_INLINE response_item response_item::json(std::string object)
{
    response_item out;
    out.extra = std::move(object);
    return out;
}

namespace detail {

inline std::string joined(std::vector<response_part> const& parts, std::string_view type)
{
    std::string out;
    for (auto const& part : parts)
        if (part.type == type)
            out += part.text;
    return out;
}

} // namespace detail

AUGUR_INLINE std::string response::text() const
{
    std::string out;
    for (auto const& item : output)
        if (item.type == "message")
            out += item.text + detail::joined(item.content, "output_text");
    return out;
}

AUGUR_INLINE std::string response::refusal() const
{
    std::string out;
    for (auto const& item : output)
        out += detail::joined(item.content, "refusal");
    return out;
}

AUGUR_INLINE std::string response::reasoning() const
{
    std::string out;
    for (auto const& item : output) {
        if (item.type != "reasoning")
            continue;
        auto const thoughts = detail::joined(item.content, "reasoning_text");
        out += thoughts.empty() ? detail::joined(item.summary, "summary_text") : thoughts;
    }
    return out;
}

AUGUR_INLINE std::vector<tool_call> response::tool_calls() const
{
    std::vector<tool_call> out;
    for (auto const& item : output) {
        bool const custom = item.type == "custom_tool_call";
        if (custom || item.type == "function_call") {
            auto& call = out.emplace_back();
            call.id = item.call_id;
            call.name = item.name;
            call.arguments = custom ? item.input : item.arguments;
            call.custom = custom;
        }
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::openai_wire

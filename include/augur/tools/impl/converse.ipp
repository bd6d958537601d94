#pragma once

#include <augur/core/error_details.hpp>
#include <augur/tools/converse.hpp>
#include <augur/tools/impl/unusable.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::detail {

AUGUR_INLINE void offer(toolbox const& tools, chat_request& request)
{
    for (auto const& one : tools.tools())
        if (std::ranges::find(request.tools(), one.name(), &tool::name) == request.tools().end())
            request.add(one);
}

AUGUR_INLINE void stop_demanding_calls(chat_request& request)
{
    auto& choice = fields_of::get(request).tool_choice;
    if (!choice)
        return;
    auto const& mode = fields_of::get(*choice).mode;
    if (mode == "required" || mode == "function" || mode == "custom")
        choice = tool_choice::automatic();
}

AUGUR_INLINE error too_many_steps(int steps, chat_response const& last)
{
    auto const& calls = last.tool_calls();
    std::string words = "the model still wants tools after " + std::to_string(steps) + " steps";
    if (!calls.empty())
        words += ", at last \"" + sanitise(calls.front().name, 64) + "\"";
    return unusable(answer_errc::step_limit, words + ": allow more with max_steps, or say in the prompt when to stop",
                    {}, last);
}

AUGUR_INLINE std::optional<error> unusable_calls(chat_response const& answer)
{
    if (answer.finished() == finish::length)
        return unusable(answer_errc::cut_short,
                        "a tool call was cut at the limit on tokens: allow more with max_tokens", {}, answer);
    if (answer.finished() == finish::content_filter)
        return unusable(answer_errc::filtered, "a content filter stopped the answer in a tool call", {}, answer);
    return std::nullopt;
}

inline std::string told(std::string const& what)
{
    codec::json::writer out;
    out.begin_object().key("error").string(what).end_object();
    auto text = std::move(out).finish();
    return text ? std::move(*text) : std::string(R"({"error":"failed"})");
}

AUGUR_INLINE std::string told_failure(error const& why)
{
    auto const message = why.message();
    return told(sanitise(message.empty() ? why.code().message() : std::string(message), 1024));
}

AUGUR_INLINE std::string told_unknown_tool(std::string_view name, toolbox const& tools)
{
    std::string words = "there is no tool " + sanitise(name, 64) + "; there are:";
    for (auto const& one : tools.tools())
        words.append(" ").append(one.name());
    return told(sanitise(words, 1024));
}

} // namespace augur::inline AUGUR_ABI::detail

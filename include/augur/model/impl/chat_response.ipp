#pragma once

#include <augur/model/chat_response.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE std::string_view to_string(finish f) noexcept
{
    switch (f) {
    case finish::none: return "none";
    case finish::stop: return "stop";
    case finish::length: return "length";
    case finish::tool_calls: return "tool_calls";
    case finish::content_filter: return "content_filter";
    case finish::other: return "other";
    }
    return "unknown";
}

AUGUR_INLINE finish finish_of(std::string_view word) noexcept
{
    if (word.empty())
        return finish::none;
    for (auto const f : {finish::stop, finish::length, finish::tool_calls, finish::content_filter})
        if (word == to_string(f))
            return f;
    return word == "function_call" ? finish::tool_calls : finish::other;
}

AUGUR_INLINE content_filter const* content_filters::find(std::string_view category) const noexcept
{
    auto const found = std::ranges::find(categories, category, &content_filter::category);
    return found == categories.end() ? nullptr : &*found;
}

AUGUR_INLINE bool content_filters::filtered() const noexcept
{
    return std::ranges::any_of(categories, [](content_filter const& f) { return f.filtered.value_or(false); });
}

AUGUR_INLINE chat_response::chat_response() = default;
AUGUR_INLINE chat_response::chat_response(chat_response const&) = default;
AUGUR_INLINE chat_response::chat_response(chat_response&&) noexcept = default;
AUGUR_INLINE chat_response& chat_response::operator=(chat_response const&) = default;
AUGUR_INLINE chat_response& chat_response::operator=(chat_response&&) noexcept = default;
AUGUR_INLINE chat_response::~chat_response() = default;

AUGUR_INLINE std::string chat_response::text() const
{
    return choices.empty() ? std::string() : choices.front().message.text();
}

AUGUR_INLINE std::string_view chat_response::reasoning() const noexcept
{
    return choices.empty() ? std::string_view() : choices.front().message.reasoning();
}

AUGUR_INLINE std::string_view chat_response::refusal() const noexcept
{
    return choices.empty() ? std::string_view() : choices.front().message.refusal();
}

AUGUR_INLINE std::vector<tool_call> const& chat_response::tool_calls() const noexcept
{
    static std::vector<tool_call> const none;
    return choices.empty() ? none : choices.front().message.tool_calls();
}

AUGUR_INLINE finish chat_response::finished() const noexcept
{
    return choices.empty() ? finish::none : choices.front().finished();
}

} // namespace augur::inline AUGUR_ABI

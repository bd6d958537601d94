#pragma once

#include <augur/model/chat_event.hpp>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline std::optional<std::string_view> piece(chat_delta const* delta, std::string chat_delta::* member) noexcept
{
    if (!delta || (delta->*member).empty())
        return std::nullopt;
    return std::string_view(delta->*member);
}

} // namespace detail

AUGUR_INLINE chat_event::chat_event() = default;
AUGUR_INLINE chat_event::chat_event(chat_event const&) = default;
AUGUR_INLINE chat_event::chat_event(chat_event&&) noexcept = default;
AUGUR_INLINE chat_event& chat_event::operator=(chat_event const&) = default;
AUGUR_INLINE chat_event& chat_event::operator=(chat_event&&) noexcept = default;
AUGUR_INLINE chat_event::~chat_event() = default;

AUGUR_INLINE chat_delta const* chat_event::find(std::int64_t choice) const noexcept
{
    for (auto const& delta : data_.choices)
        if (delta.index == choice)
            return &delta;
    return nullptr;
}

AUGUR_INLINE std::optional<std::string_view> chat_event::text(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::content);
}

AUGUR_INLINE std::optional<std::string_view> chat_event::reasoning(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::reasoning);
}

AUGUR_INLINE std::optional<std::string_view> chat_event::refusal(std::int64_t choice) const noexcept
{
    return detail::piece(find(choice), &chat_delta::refusal);
}

AUGUR_INLINE std::vector<tool_call> const& chat_event::tool_calls(std::int64_t choice) const noexcept
{
    static std::vector<tool_call> const none;
    auto const* delta = find(choice);
    return delta ? delta->tool_calls : none;
}

AUGUR_INLINE finish chat_event::finished(std::int64_t choice) const noexcept
{
    auto const* delta = find(choice);
    return delta ? finish_of(delta->finish_reason) : finish::none;
}

} // namespace augur::inline AUGUR_ABI

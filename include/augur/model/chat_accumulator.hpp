#pragma once

#include <augur/core/result.hpp>
#include <augur/model/chat_event.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace augur::inline AUGUR_ABI {

/// Puts the events of one stream together to the answer they are pieces of. Does no I/O.
///
/// An answer is complete when every choice that was asked for, and every other that appeared, has its finish
/// reason; whether the service said `[DONE]` does not matter. Members that only `extra` holds stay with their
/// events. Linear in the events; never throws on what they hold.
class chat_accumulator
{
public:
    static constexpr std::size_t default_max_size = 64 * 1024 * 1024;
    static constexpr std::size_t max_choices = 128;
    static constexpr std::size_t max_tool_calls = 1024;
    static constexpr std::size_t max_categories = 64; ///< of a choice's content filters

    /// `choices`: how many answers were asked for. `max_size`: bytes that are kept at most, of text,
    /// log probabilities and what filters found.
    explicit chat_accumulator(std::int64_t choices = 1, std::size_t max_size = default_max_size);

    /// Errors: `errc::body_limit`, outcome `partial`, for more text, choices, tool calls or filters than the
    /// limits.
    result<void> add(chat_event const& event);
    /// As add() of an event that repeats one which was added, but for its text, and adds nothing else.
    result<void> add_text(std::int64_t choice, std::string_view text);

    bool complete() const noexcept;
    /// What has come so far, also after an error. Arguments of tool calls grow here while they arrive.
    chat_response const& response() const noexcept { return response_; }
    /// The answer, or `errc::truncated`, outcome `partial`, if the stream ended before it was complete.
    result<chat_response> finish() &&;

private:
    chat_choice* choice_at(std::int64_t index);
    bool add_tool_call(chat_choice& to, tool_call const& piece);
    bool add_filters(content_filters& to, content_filters const& from);
    bool take_room(std::size_t size);
    bool add_choice(chat_delta const& delta);

    chat_response response_;
    std::int64_t wanted_;
    std::size_t room_;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/chat_accumulator.ipp>
#endif

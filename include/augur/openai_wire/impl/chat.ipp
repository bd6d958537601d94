#pragma once

#include <augur/codec/impl/json_scanner.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/chat_chunk.hpp>
#include <augur/openai_wire/impl/object_text.hpp>
#include <augur/openai_wire/impl/request_members.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

inline constexpr std::size_t most_choices = 128; // what the dialect's `n` allows

template <class Choices>
bool has_too_many(Choices const& choices) noexcept
{
    return choices.size() > most_choices;
}

inline error too_many_choices()
{
    return make_error(augur::errc::decode_error, phase::decode, outcome::complete, "$.choices: more than 128");
}

} // namespace detail

AUGUR_INLINE result<std::string> write_chat_request(chat_request const& request)
{
    return detail::write_text(request);
}

AUGUR_INLINE result<std::string> write_chat_stream_request(chat_request const& request)
{
    auto streamed = request;
    auto& data = detail::fields(streamed);
    data.stream = true;
    if (data.include_usage.value_or(true))
        data.include_usage = true;
    else
        data.include_usage.reset(); // servers that know no such option refuse it also as false
    return detail::write_text(streamed);
}

AUGUR_INLINE result<chat_request> parse_chat_request(std::string_view text)
{
    return detail::read_text<chat_request>(text, "a chat completion request");
}

AUGUR_INLINE result<chat_response> parse_chat_response(std::string text)
{
    auto out = detail::read_answer<chat_response>(text, "a chat completion", "choices");
    if (!out)
        return out;
    if (detail::has_too_many(out->choices))
        return detail::too_many_choices();
    out->source = std::move(text);
    return out;
}

AUGUR_INLINE result<std::string> write_chat_response(chat_response const& response)
{
    return detail::write_text(response);
}

/// Most events of a stream are the one before with another text.
struct chat_event_reader::state
{
    codec::json::reader reader;
    detail::chunk_frame frame; ///< of `last`
    augur::detail::chat_event_data last; ///< without its text and its source
    std::uint64_t likeness = 0; ///< of the events that are like `last`; another whenever that changes
    std::size_t padding_at = 0, padding_size = 0; ///< in its `extra`
    bool last_is_text = false; ///< which adds nothing but its text
    bool only_text_is_new = false;
    augur::detail::chat_event_maker events;

    result<chat_event> read(std::string_view data)
    {
        only_text_is_new = false;
        if (auto const same = frame.compare(data))
            return like_last(data, *same);
        auto const document = reader.read(data);
        if (!document)
            return error(document.error()).with(outcome::partial);
        auto const root = document->root();
        if (auto fault = detail::stream_error_in(root))
            return std::move(*fault);
        auto read = detail::read_object<augur::detail::chat_event_data>(root, "a chat completion chunk");
        if (!read)
            return error(read.error()).with(outcome::partial);
        if (detail::has_too_many(read->choices))
            return detail::too_many_choices().with(outcome::partial);
        learn(data, *read);
        auto out = events.make();
        auto& made = augur::detail::fields_of::get(out);
        made = std::move(*read);
        made.source = data;
        return out;
    }

    chat_event like_last(std::string_view data, detail::chunk_frame::texts const& with)
    {
        auto out = events.make();
        bool const is_alike = events.likeness(out) == likeness;
        auto& made = augur::detail::fields_of::get(out);
        if (!is_alike)
            made = last;
        auto& content = made.choices.front().content;
        if (with.has_escapes) {
            content.clear();
            codec::json::detail::scanner::unescape(with.content, content);
        }
        else
            content = with.content;
        if (with.is_padded)
            made.extra.replace(padding_at, made.extra.size() - (last.extra.size() - padding_size), with.padding);
        made.source = data;
        events.set_likeness(out, likeness);
        only_text_is_new = last_is_text;
        return out;
    }

    void learn(std::string_view data, augur::detail::chat_event_data const& event)
    {
        frame.forget();
        if (event.choices.size() != 1 || event.choices.front().content.empty())
            return;
        auto const only = detail::chunk_frame::texts_of(data);
        if (!only)
            return;
        if (only->is_padded) {
            constexpr std::string_view member = "\"obfuscation\":\"";
            auto const at = event.extra.find(member);
            if (at == event.extra.npos || event.extra.find(member, at + 1) != event.extra.npos ||
                !std::string_view(event.extra)
                     .substr(at + member.size())
                     .starts_with(std::string(only->padding) + "\""))
                return;
            padding_at = at + member.size();
            padding_size = only->padding.size();
        }
        ++likeness;
        last = event;
        auto& delta = last.choices.front();
        delta.content.clear();
        last_is_text = !last.usage && last.prompt_filters.empty() && delta.log_probabilities.empty() &&
                       delta.refusal_log_probabilities.empty() && delta.filters.empty() && delta.reasoning.empty() &&
                       delta.refusal.empty() && delta.tool_calls.empty() && delta.finish_reason.empty();
        frame.learn(data, *only);
    }
};

AUGUR_INLINE chat_event_reader::chat_event_reader() : state_(std::make_unique<state>()) {}
AUGUR_INLINE chat_event_reader::chat_event_reader(chat_event_reader&&) noexcept = default;
AUGUR_INLINE chat_event_reader& chat_event_reader::operator=(chat_event_reader&&) noexcept = default;
AUGUR_INLINE chat_event_reader::~chat_event_reader() = default;

AUGUR_INLINE result<chat_event> chat_event_reader::read(std::string_view data)
{
    return state_->read(data);
}

AUGUR_INLINE bool chat_event_reader::only_text_is_new() const noexcept
{
    return state_->only_text_is_new;
}

AUGUR_INLINE bool is_end_mark(std::string_view data) noexcept
{
    while (!data.empty() && (data.front() == ' ' || data.front() == '\t'))
        data.remove_prefix(1);
    while (!data.empty() && (data.back() == ' ' || data.back() == '\t' || data.back() == '\r' || data.back() == '\n'))
        data.remove_suffix(1);
    return data == "[DONE]";
}

AUGUR_INLINE result<std::string> write_chat_event(chat_event const& event)
{
    return detail::write_text(augur::detail::fields_of::get(event));
}

} // namespace augur::inline AUGUR_ABI::openai_wire

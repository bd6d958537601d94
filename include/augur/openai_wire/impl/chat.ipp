#pragma once

#include <augur/openai_wire/chat.hpp>
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
    data.include_usage = data.include_usage.value_or(true);
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

struct chat_event_reader::state
{
    codec::json::reader reader;
};

AUGUR_INLINE chat_event_reader::chat_event_reader() : state_(std::make_unique<state>()) {}
AUGUR_INLINE chat_event_reader::chat_event_reader(chat_event_reader&&) noexcept = default;
AUGUR_INLINE chat_event_reader& chat_event_reader::operator=(chat_event_reader&&) noexcept = default;
AUGUR_INLINE chat_event_reader::~chat_event_reader() = default;

AUGUR_INLINE result<chat_event> chat_event_reader::read(std::string_view data)
{
    auto const document = state_->reader.read(data);
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
    read->source = data;
    chat_event out;
    augur::detail::fields_of::get(out) = std::move(*read);
    return out;
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

#pragma once

#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/impl/fault.hpp>
#include <augur/openai_wire/impl/request_members.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::openai_wire {

namespace detail {

template <class T>
result<std::string> write_text(T const& value)
{
    json::writer out;
    write_state state{out, std::nullopt};
    object_writer::write(state, value);
    if (state.failure)
        return *state.failure;
    return std::move(out).finish();
}

/// Reads an object of the dialect. `what` names it in the error.
template <class T>
result<T> read_object(json::value root, std::string_view what)
{
    if (!root.is_object())
        return root.make_decode_error(std::string("wanted ") + std::string(what) + ", found " +
                                      std::string(to_string(root.kind())));
    T out = make<T>();
    read_state state;
    object_reader reader(root, state);
    auto& data = fields(out);
    members(reader, data);
    reader.finish(data.extra);
    if (state.failure)
        return *state.failure;
    return out;
}

inline constexpr std::size_t most_choices = 128; // what the dialect's `n` allows

template <class Choices>
bool has_too_many(Choices const& choices) noexcept
{
    return choices.size() > most_choices;
}

inline error too_many_choices(json::value root)
{
    return root.make_decode_error("more than 128 choices");
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
    auto const document = codec::json::parse(text);
    if (!document)
        return document.error();
    return detail::read_object<chat_request>(document->root(), "a chat completion request");
}

AUGUR_INLINE result<chat_response> parse_chat_response(std::string text)
{
    auto const document = codec::json::parse(text);
    if (!document)
        return document.error();
    auto const root = document->root();
    if (auto fault = detail::stream_error_in(root))
        return std::move(fault->with(outcome::complete).at(phase::decode));
    if (auto const choices = root.at("choices"); root.is_object() && !choices)
        return choices.error();
    auto out = detail::read_object<chat_response>(root, "a chat completion");
    if (!out)
        return out.error();
    if (detail::has_too_many(out->choices))
        return detail::too_many_choices(root);
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
        return detail::too_many_choices(root).with(outcome::partial);
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

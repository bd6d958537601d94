#pragma once

#include <augur/model/impl/chat_content.hpp>
#include <augur/openai_wire/impl/fault.hpp>
#include <augur/openai_wire/stream.hpp>
#include <augur/openai_wire/wire.hpp>

namespace augur::inline AUGUR_ABI::openai_wire {

AUGUR_INLINE void chat_stream_decoder::feed(std::string_view piece)
{
    if (!ended_ && !failure_)
        events_.feed(piece);
}

AUGUR_INLINE void chat_stream_decoder::finish() noexcept
{
    finished_ = true;
    events_.finish();
}

AUGUR_INLINE error chat_stream_decoder::fail(error why)
{
    return failure_.emplace(std::move(why));
}

AUGUR_INLINE result<std::optional<chat_event>> chat_stream_decoder::at_end()
{
    if (all_.complete())
        return std::optional<chat_event>();
    return fail(chat_accumulator(all_).finish().error());
}

AUGUR_INLINE result<std::optional<chat_event>> chat_stream_decoder::next()
{
    if (failure_)
        return *failure_;
    if (ended_)
        return at_end();
    auto event = events_.next();
    while (event && *event && (*event)->data.empty()) // a keep-alive
        event = events_.next();
    // The body was whole, so an event without its blank line takes nothing from an answer that is complete.
    if (!event && event.error() == augur::errc::truncated)
        return at_end();
    if (!event)
        return fail(event.error());
    if (!*event)
        return finished_ ? at_end() : std::optional<chat_event>();
    auto const data = (*event)->data;
    if (!data.starts_with('{') && is_end_mark(data)) {
        ended_ = true;
        return at_end();
    }
    if ((*event)->type == "error")
        if (auto told = detail::error_event(data, "choices"))
            return fail(std::move(*told));
    return read(data);
}

AUGUR_INLINE result<std::optional<chat_event>> chat_stream_decoder::read(std::string_view data)
{
    auto event = reader_.read(data);
    if (!event)
        return fail(event.error());
    bool const is_text = reader_.only_text_is_new();
    auto const& choices = event->choices();
    auto const added = is_text ? all_.add_text(choices.front().index, choices.front().content) : all_.add(*event);
    if (!added)
        return fail(added.error());
    has_content_ = is_text || augur::detail::has_content(*event);
    return std::optional(std::move(*event));
}

AUGUR_INLINE result<chat_response> chat_stream_decoder::take() &&
{
    if (failure_)
        return *failure_;
    return std::move(all_).finish();
}

AUGUR_INLINE void response_stream_decoder::feed(std::string_view piece)
{
    if (!all_.complete() && !failure_)
        events_.feed(piece);
}

AUGUR_INLINE void response_stream_decoder::finish() noexcept
{
    finished_ = true;
    events_.finish();
}

AUGUR_INLINE error response_stream_decoder::fail(error why)
{
    return failure_.emplace(std::move(why));
}

AUGUR_INLINE result<std::optional<response_event>> response_stream_decoder::next()
{
    while (!failure_ && !all_.complete()) {
        auto const event = events_.next();
        bool const cut = !event && event.error() == augur::errc::truncated;
        if (!event && !cut)
            return fail(event.error());
        bool const is_last = cut || (!*event && finished_) || (*event && is_end_mark((*event)->data));
        if (is_last)
            return fail(response_accumulator(all_).finish().error());
        if (!*event)
            return std::optional<response_event>();
        if ((*event)->data.empty()) // a keep-alive
            continue;
        if ((*event)->type == "error")
            if (auto told = detail::error_event((*event)->data, "type"))
                return fail(std::move(*told));
        auto read = reader_.read((*event)->data);
        if (!read)
            return fail(read.error());
        auto const is_new = all_.add(*read);
        if (!is_new)
            return fail(is_new.error());
        if (*is_new) {
            has_content_ = read->type != "keepalive" && read->type != "ping";
            return std::optional(std::move(*read));
        }
    }
    if (failure_)
        return *failure_;
    return std::optional<response_event>(); // nothing comes after the event that ended it
}

AUGUR_INLINE result<response> response_stream_decoder::take() &&
{
    if (failure_)
        return *failure_;
    return std::move(all_).finish();
}

} // namespace augur::inline AUGUR_ABI::openai_wire

#pragma once

#include <augur/model/chat_accumulator.hpp>

#include <algorithm>
#include <string>

namespace augur::inline AUGUR_ABI {

namespace detail {

inline void set_once(std::string& to, std::string const& from)
{
    if (to.empty() && !from.empty())
        to = from;
}

/// Most pieces are empty.
inline void append(std::string& to, std::string const& piece)
{
    if (!piece.empty())
        to += piece;
}

inline void append_all(std::vector<token_probability>& to, std::vector<token_probability> const& from)
{
    if (!from.empty())
        to.insert(to.end(), from.begin(), from.end());
}

// What is kept of it, in bytes: three on the wire may be a hundred here.
inline std::size_t kept_size(std::vector<token_probability> const& tokens) noexcept
{
    std::size_t size = 0;
    for (auto const& token : tokens)
        size += sizeof token + token.token.size() + token.bytes.size() + token.extra.size() +
                kept_size(token.alternatives);
    return size;
}

inline std::size_t kept_size(content_filter const& found) noexcept
{
    return sizeof found + found.category.size() + found.severity.size() + found.extra.size();
}

inline std::size_t kept_size(prompt_filter const& prompt) noexcept
{
    auto const& filters = prompt.filters;
    auto size = sizeof prompt + prompt.extra.size() + filters.extra.size() + filters.error_code.size() +
                filters.error_message.size();
    for (auto const& found : filters.categories)
        size += kept_size(found);
    return size;
}

inline error too_much_in_stream()
{
    return make_error(errc::body_limit, phase::body, outcome::partial,
                      "the stream holds more text, choices, tool calls or filters than one answer may have");
}

/// Without the findings of filters, of which later ones replace earlier ones.
inline std::size_t kept_size(chat_delta const& delta) noexcept
{
    auto size = delta.role.size() + delta.content.size() + delta.reasoning.size() + delta.refusal.size() +
                delta.finish_reason.size() + kept_size(delta.log_probabilities) +
                kept_size(delta.refusal_log_probabilities);
    for (auto const& call : delta.tool_calls)
        size += call.arguments.size() + call.name.size() + call.id.size() + call.extra.size();
    return size;
}

} // namespace detail

AUGUR_INLINE chat_accumulator::chat_accumulator(std::int64_t choices, std::size_t max_size)
    : wanted_(choices), room_(max_size)
{
}

AUGUR_INLINE chat_choice* chat_accumulator::choice_at(std::int64_t index)
{
    auto& all = response_.choices;
    if (all.size() == 1 && all.front().index == index)
        return &all.front();
    auto const place = std::ranges::lower_bound(all, index, {}, &chat_choice::index);
    if (place != all.end() && place->index == index)
        return &*place;
    if (all.size() == max_choices)
        return nullptr;
    chat_choice made;
    made.index = index;
    return &*all.insert(place, std::move(made));
}

AUGUR_INLINE bool chat_accumulator::add_tool_call(chat_choice& to, tool_call const& piece)
{
    auto& calls = detail::fields_of::get(to.message).tool_calls;
    // The newest call of this index; without an index the newest one of this id, or simply the newest.
    auto const found = std::find_if(calls.rbegin(), calls.rend(), [&piece](tool_call const& known) {
        return piece.index ? known.index == piece.index : piece.id.empty() || known.id == piece.id;
    });
    // Some servers give all parallel calls the index 0, but each its own id.
    bool const another = found == calls.rend() || (!piece.id.empty() && !found->id.empty() && found->id != piece.id);
    if (!another) {
        detail::set_once(found->id, piece.id);
        detail::set_once(found->name, piece.name);
        detail::set_once(found->extra, piece.extra);
        found->custom = found->custom || piece.custom;
        found->arguments += piece.arguments;
        return true;
    }
    if (calls.size() == max_tool_calls)
        return false;
    calls.push_back(piece);
    return true;
}

AUGUR_INLINE bool chat_accumulator::take_room(std::size_t size)
{
    if (size > room_)
        return false;
    room_ -= size;
    return true;
}

/// A later finding about the same category replaces the earlier one, but never a "filtered".
AUGUR_INLINE bool chat_accumulator::add_filters(content_filters& to, content_filters const& from)
{
    if (from.empty())
        return true;
    if (to.error_code.empty() && to.error_message.empty() &&
        !take_room(from.error_code.size() + from.error_message.size()))
        return false;
    detail::set_once(to.error_code, from.error_code);
    detail::set_once(to.error_message, from.error_message);
    for (auto const& found : from.categories) {
        auto const known = std::ranges::find(to.categories, found.category, &content_filter::category);
        auto const size = detail::kept_size(found);
        if (known == to.categories.end()) {
            if (to.categories.size() == max_categories || !take_room(size))
                return false;
            to.categories.push_back(found);
        }
        else if (!known->filtered.value_or(false) && *known != found) {
            if (!take_room(size - std::min(size, detail::kept_size(*known))))
                return false;
            *known = found;
        }
    }
    return true;
}

AUGUR_INLINE bool chat_accumulator::add_choice(chat_delta const& delta)
{
    auto* const choice = choice_at(delta.index);
    if (!choice || !take_room(detail::kept_size(delta)))
        return false;
    auto& said = detail::fields_of::get(choice->message);
    if (!delta.role.empty())
        said.role = delta.role;
    detail::append(said.content, delta.content);
    said.has_content = said.has_content || !delta.content.empty();
    detail::append(said.reasoning, delta.reasoning);
    detail::append(said.refusal, delta.refusal);
    said.short_reasoning_name = said.short_reasoning_name || delta.short_reasoning_name;
    detail::set_once(choice->finish_reason, delta.finish_reason);
    detail::append_all(choice->log_probabilities, delta.log_probabilities);
    detail::append_all(choice->refusal_log_probabilities, delta.refusal_log_probabilities);
    return add_filters(choice->filters, delta.filters) &&
           std::ranges::all_of(delta.tool_calls, [&](tool_call const& piece) { return add_tool_call(*choice, piece); });
}

AUGUR_INLINE result<void> chat_accumulator::add(chat_event const& event)
{
    detail::set_once(response_.id, event.id());
    detail::set_once(response_.model, event.model());
    detail::set_once(response_.service_tier, event.service_tier());
    detail::set_once(response_.system_fingerprint, event.system_fingerprint());
    if (response_.created == 0)
        response_.created = event.created();
    if (auto const* counted = event.usage())
        response_.usage = *counted;
    auto& prompts = response_.prompt_filters;
    bool fits = true;
    for (auto const& prompt : event.prompt_filters()) {
        fits = fits && prompts.size() < max_choices && take_room(detail::kept_size(prompt));
        if (fits)
            prompts.push_back(prompt);
    }
    for (auto const& delta : event.choices())
        fits = fits && add_choice(delta);
    if (!fits)
        return detail::too_much_in_stream();
    return {};
}

AUGUR_INLINE result<void> chat_accumulator::add_text(std::int64_t choice, std::string_view text)
{
    auto* const to = choice_at(choice);
    if (!to || !take_room(text.size()))
        return detail::too_much_in_stream();
    detail::fields_of::get(to->message).content += text;
    return {};
}

AUGUR_INLINE bool chat_accumulator::complete() const noexcept
{
    auto const& all = response_.choices;
    return !all.empty() && static_cast<std::int64_t>(all.size()) >= wanted_ &&
           std::ranges::none_of(all, [](chat_choice const& c) { return c.finish_reason.empty(); });
}

AUGUR_INLINE result<chat_response> chat_accumulator::finish() &&
{
    if (complete())
        return std::move(response_);
    std::size_t finished = 0;
    std::size_t text = 0;
    for (auto const& choice : response_.choices) {
        finished += choice.finish_reason.empty() ? 0U : 1U;
        text += choice.message.content().size();
    }
    return make_error(errc::truncated, phase::body, outcome::partial,
                      "the stream ended before the answer did: " + std::to_string(finished) + " of " +
                          std::to_string(std::max(wanted_, static_cast<std::int64_t>(response_.choices.size()))) +
                          " choices were finished, " + std::to_string(text) + " bytes of text had come");
}

} // namespace augur::inline AUGUR_ABI

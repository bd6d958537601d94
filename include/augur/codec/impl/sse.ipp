#pragma once

#include <augur/codec/sse.hpp>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace augur::inline AUGUR_ABI::codec::sse {

namespace detail {

inline constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

inline void kept_text::set(std::string_view text, bool stays)
{
    if (stays)
        view_ = text;
    else if (text.data() != kept_.data())
        kept_.assign(text);
    is_kept_ = !stays;
}

inline void kept_text::add_line(std::string_view text)
{
    keep();
    kept_.append(1, '\n').append(text);
}

/// Only digits count; a number beyond all reason is as good as the largest.
inline std::optional<std::chrono::milliseconds> to_retry(std::string_view text) noexcept
{
    if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }))
        return std::nullopt;
    std::int64_t number = 0;
    if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc{})
        return std::chrono::milliseconds::max();
    return std::chrono::milliseconds(number);
}

/// The place of `c` in the input, or its end. Searches only when the last answer lies behind.
inline char const* find_once(std::string_view input, char c, char const* last) noexcept
{
    if (last && last >= input.data())
        return last;
    auto const* const found = static_cast<char const*>(std::memchr(input.data(), c, input.size()));
    return found ? found : input.data() + input.size();
}

} // namespace detail

AUGUR_INLINE std::size_t decoder::find_line_end() noexcept
{
    next_lf_ = detail::find_once(input_, '\n', next_lf_);
    next_cr_ = detail::find_once(input_, '\r', next_cr_);
    auto const* const first = std::min(next_lf_, next_cr_);
    auto const at = static_cast<std::size_t>(first - input_.data());
    return at == input_.size() ? input_.npos : at;
}

AUGUR_INLINE std::string_view decoder::without_mark(std::string_view line, bool is_complete) const noexcept
{
    if (!is_first_line_)
        return line;
    auto const& mark = detail::byte_order_mark;
    bool const may_become_mark = !is_complete && mark.starts_with(line);
    return line.substr(line.starts_with(mark) || may_become_mark ? std::min(line.size(), mark.size()) : 0);
}

AUGUR_INLINE void decoder::start_event() noexcept
{
    data_.clear();
    type_.clear();
    event_size_ = 0;
    has_data_ = false;
    is_delivered_ = false;
}

AUGUR_INLINE void decoder::take_data(std::string_view value, bool stays)
{
    if (value.starts_with(' '))
        value.remove_prefix(1);
    if (has_data_)
        data_.add_line(value);
    else
        data_.set(value, stays);
    has_data_ = true;
}

AUGUR_INLINE void decoder::take_field(std::string_view name, std::string_view value, bool stays)
{
    if (name == "data") // without a colon
        take_data(value, stays);
    else if (name == "event")
        type_.set(value, stays);
    else if (name == "id") {
        if (value.find('\0') == value.npos)
            id_.assign(value);
    }
    else if (name == "retry") {
        if (auto const time = detail::to_retry(value))
            retry_ = time;
    }
}

AUGUR_INLINE bool decoder::take_plain_event() noexcept
{
    constexpr std::string_view name = "data:";
    if (has_data_ || event_size_ != 0 || !cut_.empty() || is_first_line_ || !input_.starts_with(name))
        return false;
    auto const end = find_line_end();
    if (end == input_.npos || end > max_event_size_ || end + 1 >= input_.size() || input_[end] != '\n' ||
        input_[end + 1] != '\n')
        return false;
    auto const from = name.size() + (input_[name.size()] == ' ' ? 1 : 0);
    data_.refer(input_.substr(from, end - from));
    consume(end + 2);
    has_data_ = is_delivered_ = true;
    return true;
}

AUGUR_INLINE bool decoder::take_line(std::string_view line, bool stays)
{
    if (line.empty()) {
        if (!has_data_)
            start_event();
        return has_data_;
    }
    if (line.front() == ':')
        return false;
    event_size_ += line.size();
    constexpr std::string_view data = "data:"; // which most lines are
    if (line.starts_with(data)) {
        take_data(line.substr(data.size()), stays);
        return false;
    }
    auto const colon = line.find(':');
    auto const name = line.substr(0, colon);
    auto value = colon == line.npos ? std::string_view() : line.substr(colon + 1);
    if (value.starts_with(' '))
        value.remove_prefix(1);
    take_field(name, value, stays);
    return false;
}

AUGUR_INLINE void decoder::consume(std::size_t size) noexcept
{
    input_.remove_prefix(size);
    if (input_.empty())
        next_lf_ = next_cr_ = nullptr;
}

AUGUR_INLINE result<std::optional<event>> decoder::at_end_of_chunk()
{
    data_.keep();
    type_.keep();
    auto const rest = without_mark(cut_, false);
    bool const inside = event_size_ != 0 || (!rest.empty() && rest.front() != ':');
    if (finished_ && inside)
        return fail(errc::truncated, phase::body, "the event stream ended inside an event");
    return std::optional<event>();
}

AUGUR_INLINE result<std::optional<event>> decoder::next()
{
    if (failure_)
        return *failure_;
    if (is_delivered_)
        start_event();
    for (;;) {
        if (skip_lf_ && !input_.empty()) {
            skip_lf_ = false;
            if (input_.front() == '\n')
                consume(1);
        }
        if (input_.empty())
            return at_end_of_chunk();
        if (take_plain_event())
            return std::optional(event{type_.view(), data_.view(), id_});
        // The line that ends most events: nothing of it has to be searched or kept.
        if (input_.front() == '\n' && has_data_ && cut_.empty()) {
            consume(1);
            is_delivered_ = true;
            return std::optional(event{type_.view(), data_.view(), id_});
        }
        auto const end = find_line_end();
        bool const is_complete = end != input_.npos;
        auto line = input_.substr(0, end);
        if (is_complete)
            skip_lf_ = input_[end] == '\r';
        consume(is_complete ? end + 1 : line.size());
        bool const stays = is_complete && cut_.empty();
        if (!stays)
            line = cut_.append(line);
        if (is_first_line_)
            line = without_mark(line, is_complete);
        if (event_size_ + line.size() > max_event_size_)
            return fail(errc::event_limit, phase::decode,
                        "an event is larger than the limit of " + std::to_string(max_event_size_) + " bytes");
        if (!is_complete)
            continue;
        is_first_line_ = false;
        is_delivered_ = take_line(line, stays);
        if (!stays)
            cut_.clear();
        if (is_delivered_)
            return std::optional(event{type_.view(), data_.view(), id_});
    }
}

} // namespace augur::inline AUGUR_ABI::codec::sse

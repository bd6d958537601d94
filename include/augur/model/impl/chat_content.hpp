#pragma once

#include <augur/model/chat_event.hpp>

#include <algorithm>
#include <string_view>

namespace augur::inline AUGUR_ABI::detail {

/// Whether JSON says more than nulls, falses, empty strings and what holds nothing else. An empty delta is kept, too,
/// as what we have no member for.
inline bool says_something(std::string_view json) noexcept
{
    for (std::size_t at = 0; at < json.size(); ++at) {
        char const c = json[at];
        if (c == 't' || c == '-' || (c >= '0' && c <= '9'))
            return true;
        if (c != '"')
            continue;
        auto const begin = ++at;
        while (at < json.size() && json[at] != '"')
            at += json[at] == '\\' ? 2 : 1;
        bool const is_empty = at == begin;
        auto const next = json.find_first_not_of(" \t\r\n", at + 1);
        bool const is_key = next != json.npos && json[next] == ':';
        if (!is_key && !is_empty)
            return true;
    }
    return false;
}

/// Whether an event adds to an answer. The others are no more than a sign of life: some servers and proxies send
/// `{"choices":[]}` or empty deltas so that a connection stays open.
inline bool has_content(chat_event const& event) noexcept
{
    auto const adds = [](chat_delta const& d) {
        return !d.content.empty() || !d.reasoning.empty() || !d.refusal.empty() || !d.tool_calls.empty() ||
               !d.finish_reason.empty() || !d.log_probabilities.empty() || !d.refusal_log_probabilities.empty() ||
               !d.filters.empty() || says_something(d.extra);
    };
    return event.usage() != nullptr || std::any_of(event.choices().begin(), event.choices().end(), adds);
}

} // namespace augur::inline AUGUR_ABI::detail

#pragma once

#include <augur/codec/ndjson.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::codec::ndjson {

namespace detail {

inline bool is_blank(std::string_view line) noexcept
{
    return std::ranges::all_of(line, [](char c) { return c == ' ' || c == '\t' || c == '\r'; });
}

inline std::string_view without_return(std::string_view line) noexcept
{
    return line.ends_with('\r') ? line.substr(0, line.size() - 1) : line;
}

} // namespace detail

AUGUR_INLINE result<std::optional<std::string_view>> decoder::next()
{
    if (failure_)
        return *failure_;
    if (std::exchange(cut_is_delivered_, false))
        cut_.clear();
    while (!input_.empty()) {
        auto const end = input_.find('\n');
        bool const complete = end != input_.npos;
        auto line = input_.substr(0, end);
        // A return at the end of what is there may still turn out to belong to the line end.
        auto const size = cut_.size() + line.size();
        if (size - ((line.empty() ? cut_ : line).ends_with('\r') ? 1 : 0) > max_line_size_)
            return fail(errc::event_limit, phase::decode,
                        "a line is longer than the limit of " + std::to_string(max_line_size_) + " bytes");
        input_.remove_prefix(complete ? end + 1 : line.size());
        bool const was_cut = !complete || !cut_.empty();
        if (was_cut)
            line = cut_.append(line);
        if (!complete)
            break;
        line = detail::without_return(line);
        if (detail::is_blank(line)) {
            cut_.clear();
            continue;
        }
        cut_is_delivered_ = was_cut;
        return std::optional(line);
    }
    if (!finished_ || detail::is_blank(cut_))
        return std::optional<std::string_view>();
    cut_is_delivered_ = true;
    return std::optional(detail::without_return(cut_));
}

} // namespace augur::inline AUGUR_ABI::codec::ndjson

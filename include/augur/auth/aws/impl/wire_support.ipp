#pragma once

#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/codec/json_limits.hpp>

#include <algorithm>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws::wire::detail {

using aws::detail::bad_answer;

/// Keys and tokens go into headers: what cannot stand there came from nobody we know.
inline bool is_clean(std::string_view text) noexcept
{
    return text.size() <= 16 * 1024 &&
           std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

inline codec::json::limits small() noexcept
{
    codec::json::limits out;
    out.max_depth = 16;
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::aws::wire::detail

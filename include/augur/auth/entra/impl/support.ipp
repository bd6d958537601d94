#pragma once

#include <augur/auth/impl/source_support.ipp>

#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

using auth::detail::bad_answer;
using auth::detail::bad_setting;
using auth::detail::configured_but_absent;
using auth::detail::is_nothing_here;
using auth::detail::nothing_here;

inline bool is_letter_or_digit(char c) noexcept
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail

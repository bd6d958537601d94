#pragma once

#include <augur/auth/impl/source_support.ipp>

#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

using auth::detail::bad_answer;
using auth::detail::bad_setting;
using auth::detail::configured_but_absent;
using auth::detail::is_nothing_here;
using auth::detail::nothing_here;

inline std::string profile_label(std::string_view name)
{
    return "profile " + sanitise(name, 64);
}

/// Half a set of keys is a mistake to tell, not a reason to look elsewhere.
inline error incomplete(std::string where, std::string_view has, std::string_view lacks)
{
    return bad_setting(std::move(where) + " has " + std::string(has) + " but no " + std::string(lacks));
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

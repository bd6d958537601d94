#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/token.hpp>

namespace augur::inline AUGUR_ABI::auth::entra::detail {

/// What a source said when it was asked.
inline source_report report_of(token_source const& from, result<access_token> const& got)
{
    source_report out;
    out.name = from.name();
    out.won = got.has_value();
    out.said = got ? "found" : got.error().to_string();
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth::entra::detail

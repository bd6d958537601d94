#pragma once

#include <augur/auth/source_report.hpp>

namespace augur::inline AUGUR_ABI::auth {

AUGUR_INLINE std::string to_string(std::vector<source_report> const& reports)
{
    std::string out;
    for (auto const& r : reports) {
        out.append(r.won ? "+ " : r.failed ? "! " : "- ").append(r.name).append(": ").append(r.said).append("\n");
    }
    return out;
}

} // namespace augur::inline AUGUR_ABI::auth

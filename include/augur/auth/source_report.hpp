#pragma once

#include <augur/config.hpp>

#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::auth {

/// What one source of a chain said when it was asked last: the answer to "why am I unauthenticated?".
/// Holds no secret.
struct source_report
{
    std::string name;
    std::string said;    ///< "found", or why not
    bool won = false;    ///< its credentials are the chain's
    bool failed = false; ///< it was configured and did not work, which ended the search
};

/// One line per source, for people.
std::string to_string(std::vector<source_report> const& reports);

} // namespace augur::inline AUGUR_ABI::auth

#if AUGUR_HEADER_ONLY
#include <augur/auth/impl/source_report.ipp>
#endif

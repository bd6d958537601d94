#pragma once

#include <augur/openai_wire/errc.hpp>

namespace augur::inline AUGUR_ABI::azure_openai {

/// What the service answered. The codes are those of everybody who speaks this dialect, so that one program can
/// compare them whoever the server is; Azure's own names, such as DeploymentNotFound, are among them.
using openai_wire::errc;

} // namespace augur::inline AUGUR_ABI::azure_openai

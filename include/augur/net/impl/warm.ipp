#pragma once

#include <augur/net/warm.hpp>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE warm_handle::keeper::~keeper() = default;

} // namespace augur::inline AUGUR_ABI::net

#pragma once

#include <augur/net/stream.hpp>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE stream::~stream() = default;

} // namespace augur::inline AUGUR_ABI::net

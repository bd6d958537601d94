#pragma once

#include <augur/call/observer.hpp>

namespace augur::inline AUGUR_ABI::call {

AUGUR_INLINE observer::~observer() = default;
AUGUR_INLINE void observer::on_attempt_start(attempt_start const&) noexcept {}
AUGUR_INLINE void observer::on_attempt_end(attempt_end const&) noexcept {}
AUGUR_INLINE void observer::on_call_end(call_end const&) noexcept {}

} // namespace augur::inline AUGUR_ABI::call

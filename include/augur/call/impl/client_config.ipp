#pragma once

#include <augur/call/client_config.hpp>

namespace augur::inline AUGUR_ABI::call {

AUGUR_INLINE client_config::client_config() = default;
AUGUR_INLINE client_config::client_config(client_config const& other) = default;
AUGUR_INLINE client_config::client_config(client_config&& other) noexcept = default;
AUGUR_INLINE client_config& client_config::operator=(client_config const& other) = default;
AUGUR_INLINE client_config& client_config::operator=(client_config&& other) noexcept = default;
AUGUR_INLINE client_config::~client_config() = default;

} // namespace augur::inline AUGUR_ABI::call

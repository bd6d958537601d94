#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::call {
struct core;
struct environment;
} // namespace augur::inline AUGUR_ABI::call

namespace augur::inline AUGUR_ABI::auth::entra {

/// How a client of Azure proves who it is when it was given no key: with tokens of `source`, or of the default chain
/// if that is null. `scope`: of another audience than `what`'s in `where`; empty: that one. Reads and sends nothing.
std::shared_ptr<call::authenticator> client_tokens(std::shared_ptr<token_source> source, std::string const& scope,
                                                   audience what, cloud where, call::environment const& e,
                                                   call::core const& client);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/client_tokens.ipp>
#endif

#pragma once

#include <augur/auth/entra/token.hpp>
#include <augur/fwd.hpp>

#include <memory>

namespace augur::inline AUGUR_ABI::auth::entra {

class access_token_cache;
class token_store;

/// `Authorization: Bearer TOKEN` with tokens of a source: fetched at the first call, refreshed in the background
/// before they end, and fetched again when they are refused, with the claims that a 401 demands if it demands any.
///
///     config.client.auth = entra::bearer(source, entra::token_request(entra::scope_for(audience::storage)));
///
/// For one client: it is used on that client's executor and does not lock. Clients that are the same identity
/// share a `token_store` instead.
std::shared_ptr<call::authenticator> bearer(std::shared_ptr<token_source> source, token_request what);
/// The same with tokens that others use, too.
std::shared_ptr<call::authenticator> bearer(std::shared_ptr<token_store> shared, token_request what);
std::shared_ptr<call::authenticator> bearer(std::shared_ptr<access_token_cache> shared);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/bearer.ipp>
#endif

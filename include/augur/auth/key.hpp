#pragma once

#include <augur/core/secret.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::auth {

/// `Authorization: Bearer KEY`: Azure ML keys and tokens, OpenAI and its relatives. At the first call an
/// empty key is `errc::credentials_unavailable`, and one with a character that cannot stand in a header
/// `errc::invalid_argument`; neither is repeated.
std::shared_ptr<call::authenticator> bearer(secret key);

/// `api-key: KEY`: Azure OpenAI and Azure AI services.
std::shared_ptr<call::authenticator> api_key(secret key);

/// Any header. It is bound to the client's origin like every other secret.
std::shared_ptr<call::authenticator> header(std::string name, secret value);

} // namespace augur::inline AUGUR_ABI::auth

#if AUGUR_HEADER_ONLY
#include <augur/auth/impl/key.ipp>
#endif

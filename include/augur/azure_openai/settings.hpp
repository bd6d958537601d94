#pragma once

#include <augur/auth/entra/cloud.hpp>
#include <augur/azure_openai/config.hpp>
#include <augur/call/environment.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::azure_openai {

/// What a client works with, once its configuration and the environment have been read together.
struct settings
{
    resolved_host host;
    std::string deployment; ///< used when a request names none; may be empty
    secret key;             ///< empty if the configuration brings an authenticator, or `uses_tokens`
    bool uses_tokens = false; ///< of Entra
    auth::entra::audience audience = auth::entra::audience::cognitive_services; ///< of theirs; `config.scope` wins
    std::string key_source; ///< where the key came from, for error messages; empty without one
};

/// Pure. `endpoint`: as given to the client; empty: AZURE_OPENAI_ENDPOINT, else OPENAI_BASE_URL.
///
/// A key from the environment goes only to the kind of service that its variable names: AZURE_OPENAI_API_KEY to
/// Azure's addresses, OPENAI_API_KEY to others, and to the address in OPENAI_BASE_URL whatever its kind.
///
/// Without a key, tokens of Entra are used: of `config.credentials` everywhere, of the default chain at addresses of
/// Azure's own only, because nobody else is to see them.
///
/// Errors: those of `resolve_host`; `errc::credentials_unavailable` without a key where no tokens are used;
/// `errc::invalid_argument` for more than one of key, `credentials` and authenticator, and for a deployment that is
/// no name.
result<settings> settle(std::string const& endpoint, client_config const& config, call::environment const& e);

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/settings.ipp>
#endif

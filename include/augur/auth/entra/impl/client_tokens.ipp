#pragma once

#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/client_tokens.hpp>
#include <augur/call/core.hpp>

namespace augur::inline AUGUR_ABI::auth::entra {

AUGUR_INLINE std::shared_ptr<call::authenticator> client_tokens(std::shared_ptr<token_source> source,
                                                                std::string const& scope, audience what, cloud where,
                                                                call::environment const& e, call::core const& client)
{
    if (!source) {
        source_options options(call::environment_for(client.config, e));
        options.cloud(where).tls(client.config.tls).random(client.random);
        source = default_chain(std::move(options));
    }
    return bearer(std::move(source), token_request(scope.empty() ? scope_for(what, where) : scope));
}

} // namespace augur::inline AUGUR_ABI::auth::entra

#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/client_tokens.hpp>
#include <augur/auth/entra/proven_call.hpp>
#include <augur/auth/entra/token_client.hpp>
#include <augur/auth/entra/tool_sources.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/app_sources.ipp>
#include <augur/auth/entra/impl/chain.ipp>
#include <augur/auth/entra/impl/client_tokens.ipp>
#include <augur/auth/entra/impl/proven_call.ipp>
#include <augur/auth/entra/impl/token_client.ipp>
#include <augur/auth/entra/impl/tool_sources.ipp>
#endif

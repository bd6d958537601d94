#include <augur/auth/entra/app_sources.hpp>
#include <augur/auth/entra/chain.hpp>
#include <augur/auth/entra/tool_sources.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/app_sources.ipp>
#include <augur/auth/entra/impl/chain.ipp>
#include <augur/auth/entra/impl/tool_sources.ipp>
#endif

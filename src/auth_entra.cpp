#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/cloud.hpp>
#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/auth/entra/wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/bearer.ipp>
#include <augur/auth/entra/impl/cloud.ipp>
#include <augur/auth/entra/impl/errc.ipp>
#include <augur/auth/entra/impl/source_http.ipp>
#include <augur/auth/entra/impl/source_options.ipp>
#include <augur/auth/entra/impl/token.ipp>
#include <augur/auth/entra/impl/token_store.ipp>
#include <augur/auth/entra/impl/wire.ipp>
#endif

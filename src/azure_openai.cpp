#include <augur/azure_openai/config.hpp>
#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/hosts.hpp>
#include <augur/azure_openai/settings.hpp>
#include <augur/azure_openai/wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/config.ipp>
#include <augur/azure_openai/impl/hosts.ipp>
#include <augur/azure_openai/impl/settings.ipp>
#include <augur/azure_openai/impl/wire.ipp>
#endif

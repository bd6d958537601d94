#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/hosts.hpp>
#include <augur/azure_ml/wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/errc.ipp>
#include <augur/azure_ml/impl/hosts.ipp>
#include <augur/azure_ml/impl/request.ipp>
#include <augur/azure_ml/impl/wire.ipp>
#endif

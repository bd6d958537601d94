#include <augur/azure_ml/endpoint.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/endpoint.ipp>
#endif

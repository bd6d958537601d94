#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/endpoint.ipp>
#include <augur/azure_ml/impl/endpoint_tokens.ipp>
#endif

#include <augur/azure_openai/client.hpp>
#include <augur/azure_openai/responses_client.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/client.ipp>
#include <augur/azure_openai/impl/request.ipp>
#include <augur/azure_openai/impl/response_stream.ipp>
#include <augur/azure_openai/impl/responses_client.ipp>
#endif

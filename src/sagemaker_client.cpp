#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/endpoint.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/chat_endpoint.ipp>
#include <augur/sagemaker/impl/endpoint.ipp>
#include <augur/sagemaker/impl/runtime_client.ipp>
#endif

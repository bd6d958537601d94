#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/hosts.hpp>
#include <augur/sagemaker/wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/errc.ipp>
#include <augur/sagemaker/impl/hosts.ipp>
#include <augur/sagemaker/impl/stream_wire.ipp>
#include <augur/sagemaker/impl/wire.ipp>
#endif

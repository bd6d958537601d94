#include <augur/sagemaker/chat_wire.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/chat_wire.ipp>
#endif

#include <augur/codec/service_error.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/codec/impl/service_error.ipp>
#endif

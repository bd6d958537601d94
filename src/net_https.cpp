#include <augur/net/https_transport.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/net/impl/https_transport.ipp>
#endif

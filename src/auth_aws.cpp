#include <augur/auth/aws/sources.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/sources.ipp>
#endif

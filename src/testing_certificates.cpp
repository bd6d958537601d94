#include <augur/testing/certificates.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/testing/impl/certificates.ipp>
#endif

#include <augur/augur.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/impl/run.ipp>
#endif

#include <augur/auth/aws/client_settings.hpp>
#include <augur/auth/aws/sources.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/client_settings.ipp>
#include <augur/auth/aws/impl/sources.ipp>
#endif

#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/key.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/credentials.ipp>
#include <augur/auth/aws/impl/profile.ipp>
#include <augur/auth/aws/impl/sigv4.ipp>
#include <augur/auth/impl/key.ipp>
#endif

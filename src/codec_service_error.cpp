#include <augur/codec/auth_challenge.hpp>
#include <augur/codec/service_error.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/codec/impl/auth_challenge.ipp>
#include <augur/codec/impl/service_error.ipp>
#endif

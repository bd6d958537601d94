#include <augur/auth/entra/managed_identity.hpp>
#include <augur/auth/entra/managed_identity_plan.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/managed_identity.ipp>
#include <augur/auth/entra/impl/managed_identity_plan.ipp>
#endif

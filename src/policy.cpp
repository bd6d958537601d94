#include <augur/policy/auth_recovery.hpp>
#include <augur/policy/backoff.hpp>
#include <augur/policy/retry.hpp>
#include <augur/policy/token_schedule.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/policy/impl/auth_recovery.ipp>
#include <augur/policy/impl/backoff.ipp>
#include <augur/policy/impl/retry.ipp>
#include <augur/policy/impl/token_schedule.ipp>
#endif

#include <augur/call/core.hpp>
#include <augur/call/environment.hpp>
#include <augur/call/stream.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/call/impl/authenticator.ipp>
#include <augur/call/impl/client_config.ipp>
#include <augur/call/impl/core.ipp>
#include <augur/call/impl/environment.ipp>
#include <augur/call/impl/observer.ipp>
#include <augur/call/impl/stream.ipp>
#include <augur/call/impl/warm.ipp>
#endif

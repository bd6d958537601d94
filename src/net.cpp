#include <augur/net/dialer.hpp>
#include <augur/net/proxy.hpp>
#include <augur/net/stream.hpp>
#include <augur/net/timer_service.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/net/impl/dialer.ipp>
#include <augur/net/impl/frame_arena.ipp>
#include <augur/net/impl/operation.ipp>
#include <augur/net/impl/proxy.ipp>
#include <augur/net/impl/resolver.ipp>
#include <augur/net/impl/stream.ipp>
#include <augur/net/impl/timer_service.ipp>
#include <augur/net/impl/transport.ipp>
#include <augur/net/impl/warm.ipp>
#endif

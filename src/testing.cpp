#include <augur/testing/manual_time.hpp>
#include <augur/testing/memory_stream.hpp>
#include <augur/testing/transports.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/testing/impl/manual_time.ipp>
#include <augur/testing/impl/memory_stream.ipp>
#include <augur/testing/impl/transports.ipp>
#endif

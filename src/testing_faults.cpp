#include <augur/testing/fault_network.hpp>
#include <augur/testing/fault_server.hpp>

#if !AUGUR_HEADER_ONLY
#include <augur/testing/impl/fault_network.ipp>
#include <augur/testing/impl/fault_server.ipp>
#endif

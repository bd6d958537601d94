#pragma once

#include <augur/config.hpp>

/// @file
/// Names for headers that only hold pointers. Include the real header to use what is behind one.

namespace augur::inline AUGUR_ABI {

class clock;
class random_source;
class log_sink;

namespace net {
template <class T>
class task; // augur/net/task.hpp
class operation;
class transport;
class resolver;
class timer_service;
} // namespace net

namespace call {
class authenticator; // augur/call/authenticator.hpp
class observer;      // augur/call/observer.hpp
} // namespace call

namespace sagemaker {
class runtime_client; // augur/sagemaker/runtime_client.hpp
} // namespace sagemaker

namespace auth::aws {
class credential_source; // augur/auth/aws/credentials.hpp
} // namespace auth::aws

namespace auth::entra {
class token_source; // augur/auth/entra/token.hpp
class token_store;  // augur/auth/entra/token_store.hpp
} // namespace auth::entra

} // namespace augur::inline AUGUR_ABI

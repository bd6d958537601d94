#pragma once

#include <augur/auth/entra/source_options.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::auth::entra {

/// One request without a body on the way to a token, such as that to ARM for a token of an endpoint. `proof`: fetches
/// its own token when it has none. Sent again after 429, 5xx and broken connections, and once with another proof after
/// a 401, whose claims challenge is answered. Every status is a success. Ends by `until`; errors are of phase `auth`.
net::task<result<http_response>> proven_call(net::operation& op, steady_time until,
                                             std::shared_ptr<call::authenticator> proof, std::string method, url to,
                                             std::shared_ptr<source_options const> settings);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/proven_call.ipp>
#endif

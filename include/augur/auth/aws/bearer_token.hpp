#pragma once

#include <augur/auth/aws/credential_cache.hpp>
#include <augur/fwd.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::auth::aws {

/// A bearer token that is made from credentials, without asking anybody.
struct made_token
{
    secret text;
    wall_time expires; ///< not after the credentials
};

/// The token that SageMaker's OpenAI-compatible paths want: `sagemaker-api-key-` and, in base64, a presigned POST for
/// `CallWithBearerToken`. Good for `service` in `region`, for `life`, 1 second to 12 hours, from `now` on.
///
/// Errors: `errc::invalid_argument` for another life, for a region or an access key that is no plain word;
/// `errc::credentials_unavailable` when the credentials have ended.
/// Source: "Invoke models with the OpenAI-compatible API" of the SageMaker AI developer guide, and the token generator
/// of its Python SDK. Of a service called S the token begins with `S-api-key-` and is for `S.amazonaws.com`.
result<made_token> make_bearer_token(credentials const& from, std::string_view region, std::string_view service,
                                     std::chrono::seconds life, wall_time now);

/// `Authorization: Bearer` with such tokens. One is used for half of its life, an hour, and not after its
/// credentials were exchanged; a clock that was found wrong makes a new one.
std::shared_ptr<call::authenticator> made_bearer(std::shared_ptr<credential_cache> shared, std::string region,
                                                 std::string service);

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/bearer_token.ipp>
#endif

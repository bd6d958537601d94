#pragma once

#include <augur/auth/aws/credential_cache.hpp>
#include <augur/auth/aws/credentials.hpp>
#include <augur/codec/sigv4_request.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::auth::aws {

struct sigv4_options
{
    codec::path_encoding encoding = codec::path_encoding::twice; ///< S3: once
    codec::path_normalisation normalisation = codec::path_normalisation::on; ///< S3: off
    bool sign_payload = true;         ///< false: UNSIGNED-PAYLOAD, where the service allows it
    bool send_payload_hash = false;   ///< add x-amz-content-sha256; S3 demands it
};

/// AWS Signature Version 4 in the Authorization header, with credentials from `source`: fetched at the first
/// call, refreshed in the background before they end, and fetched again when they are refused.
///
/// For one client: it is used on that client's executor and does not lock. Clients on other executors share a
/// `credential_cache` instead.
///
/// One set of credentials is used as a whole: id, secret and token always belong together. Keeps the
/// derived key of the day; a warmed signature allocates nothing of its own.
std::shared_ptr<call::authenticator> sigv4(std::shared_ptr<credential_source> source, std::string region,
                                           std::string service, sigv4_options options = {});

/// The same with credentials that others use, too.
std::shared_ptr<call::authenticator> sigv4(std::shared_ptr<credential_cache> shared, std::string region,
                                           std::string service, sigv4_options options = {});

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/sigv4.ipp>
#endif

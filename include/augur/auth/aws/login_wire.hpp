#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/core/result.hpp>

#include <string>
#include <string_view>

/// What `aws login` keeps in its cache and says to the sign-in service.
namespace augur::inline AUGUR_ABI::auth::aws::wire {

/// The file of a login session, as the AWS CLI writes it.
struct login_token
{
    credentials keys; ///< with their end
    secret refresh_token;
    secret dpop_key;  ///< an EC P-256 key as PEM
    std::string client_id;
    std::string token_type;
    std::string id_token;
};
result<login_token> parse_login_token(std::string_view json);
/// The body of CreateOAuth2Token with grant type refresh_token.
result<std::string> login_refresh_body(login_token const& token);
/// The answer to it, put into a copy of the old token.
result<login_token> parse_login_refreshed(std::string_view json, login_token const& old, wall_time now);
/// The file's new content.
result<std::string> write_login_token(login_token const& token);

/// A proof that one has the key (RFC 9449): a JWT signed with ES256 that names one request.
/// `errc::invalid_argument`: the key is no PEM of an EC P-256 private key.
result<std::string> dpop_proof(secret const& key_pem, std::string_view method, std::string_view target_url,
                               wall_time now, std::string_view id);

} // namespace augur::inline AUGUR_ABI::auth::aws::wire

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/login_wire.ipp>
#endif

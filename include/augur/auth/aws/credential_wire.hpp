#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/core/error.hpp>
#include <augur/core/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

/// What credential services say and want to hear, as text. Pure: bytes in, values out; any bytes are an answer
/// or an error that does not hold them.
namespace augur::inline AUGUR_ABI::auth::aws::wire {

/// RFC 3339: "2021-09-21T23:54:24Z", with a fraction or an offset. Dates beyond the clock's range are its ends.
std::optional<wall_time> parse_time(std::string_view text) noexcept;

/// Who wrote a JSON set of credentials: they name its members differently.
enum class credential_form : std::uint8_t
{
    container, ///< ECS and EKS: AccessKeyId, SecretAccessKey, Token, Expiration, AccountId
    metadata,  ///< IMDS: the same with a Code that must be Success
    process,   ///< credential_process: Version 1, SessionToken; no Expiration means for ever
    sso,       ///< roleCredentials with an expiration in milliseconds
};
/// `errc::decode_error` for what is no such set; `errc::credentials_unavailable` with the service's own code
/// and words where it says why there is none.
result<credentials> parse_credentials(std::string_view json, credential_form form);

/// The file of an SSO session or of `aws login`, as the AWS CLI writes it.
struct sso_token
{
    secret access_token;
    wall_time expires{};
    secret refresh_token;
    std::string client_id;
    secret client_secret;
    std::optional<wall_time> registration_expires;
    std::string region;
    std::string start_url;
};
result<sso_token> parse_sso_token(std::string_view json);
/// The body of CreateToken with grant type refresh_token.
result<std::string> refresh_body(sso_token const& token);
/// The answer to it, put into a copy of the old token.
result<sso_token> parse_refreshed(std::string_view json, sso_token const& old, wall_time now);
/// The file's new content.
result<std::string> write_sso_token(sso_token const& token);

/// One AssumeRole or AssumeRoleWithWebIdentity.
struct role_request
{
    std::string role_arn;
    std::string session_name;
    std::string external_id;             ///< empty: none
    std::optional<std::chrono::seconds> duration;
    secret web_identity_token;           ///< not empty: AssumeRoleWithWebIdentity
};
/// The form that is posted to STS.
secret role_form(role_request const& request);
result<credentials> parse_role_answer(std::string_view xml);

/// Who the caller is, as STS knows him.
struct caller_identity
{
    std::string account;
    std::string arn;
    std::string user_id;
};
result<caller_identity> parse_caller_identity(std::string_view xml);

/// What a service that refused said of it: its code and message, from JSON or XML. `source_errc` for what a later
/// attempt may mend, else `errc::credentials_unavailable`. Outcome `not_sent` and phase `auth`: of the call that needed
/// the credentials, nothing was sent.
error refusal(std::string_view who, int status, std::string_view content);

} // namespace augur::inline AUGUR_ABI::auth::aws::wire

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/credential_wire.ipp>
#endif

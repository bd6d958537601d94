#pragma once

#include <augur/emulator/http.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace augur::emulator {

/// An access key the emulator knows.
struct aws_credential
{
    std::string access_key;
    std::string secret_key;
    std::string session_token; ///< empty: a long-term key, which must come without a token
    std::optional<std::chrono::system_clock::time_point> expires;
    std::string account = "123456789012";
    bool may_invoke = true; ///< false: signed rightly, yet AccessDeniedException
};

struct sigv4_policy
{
    std::string service = "sagemaker";
    std::vector<std::string> regions = {"us-east-1"}; ///< empty: any
    /// S3 signs the path as it is on the wire; every other service normalises it and encodes it once more.
    bool normalise_path = true;
    bool double_encode = true;
    std::chrono::seconds window = std::chrono::minutes(5);
    /// Accept the signature in the query (a presigned URL).
    bool allow_query = false;
    std::chrono::seconds longest_query = std::chrono::hours(7 * 24); ///< X-Amz-Expires, at most
};

/// A refusal, in the services' words.
struct sigv4_failure
{
    int status = 403;
    std::string code;
    std::string message;
};

struct sigv4_verdict
{
    std::optional<sigv4_failure> failure;
    aws_credential const* credential = nullptr; ///< known once the key was found, even if the rest failed
    std::string region;
    std::string canonical_request; ///< empty when it never came that far
    std::string string_to_sign;
};

/// Checks Signature Version 4 from the received bytes. Shares with the signer only SHA-256, HMAC and the
/// encodings; how a request becomes canonical is written here a second time, on purpose.
///
/// Order of the checks: is there a signature, is it complete, is the key known, does the token belong to it, is
/// the scope right, is the date inside the window, are host and every x-amz-* header signed, does the payload
/// have its hash, does the signature match.
sigv4_verdict verify_sigv4(request const& r, std::vector<aws_credential> const& credentials, sigv4_policy const& policy,
                           std::chrono::system_clock::time_point now);

} // namespace augur::emulator

#include "sagemaker_paths.hpp"

#include <augur/codec/base64.hpp>

namespace augur::emulator {

namespace {

constexpr std::string_view openai_path = "/openai/v1/chat/completions";
constexpr std::string_view token_prefix = "sagemaker-api-key-";
constexpr std::string_view token_host = "sagemaker.amazonaws.com";

sigv4_verdict refused(std::string message)
{
    sigv4_verdict v;
    v.failure = sigv4_failure{403, "AccessDeniedException", std::move(message)};
    return v;
}

} // namespace

std::optional<sagemaker_target> sagemaker_target_of(std::string_view path)
{
    constexpr std::string_view front = "/endpoints/";
    if (!path.starts_with(front))
        return std::nullopt;
    path.remove_prefix(front.size());
    auto const slash = path.find('/');
    if (slash == 0 || slash == path.npos)
        return std::nullopt;
    sagemaker_target t;
    t.endpoint = path.substr(0, slash);
    auto rest = path.substr(slash);
    if (rest == "/invocations")
        return t;
    if (rest == "/invocations-response-stream") {
        t.operation = sagemaker_operation::invoke_with_stream;
        return t;
    }
    constexpr std::string_view components = "/inference-components/";
    t.operation = sagemaker_operation::chat;
    if (rest.starts_with(components)) {
        rest.remove_prefix(components.size());
        auto const end = rest.find('/');
        if (end == 0 || end == rest.npos)
            return std::nullopt;
        t.component = rest.substr(0, end);
        rest.remove_prefix(end);
    }
    return rest == openai_path ? std::optional(t) : std::nullopt;
}

sigv4_verdict verify_sagemaker_token(request const& r, std::vector<aws_credential> const& credentials,
                                     std::vector<std::string> const& regions, std::chrono::system_clock::time_point now)
{
    auto token = r.headers.get("authorization");
    if (token.size() <= 7 || !same_name(token.substr(0, 7), "Bearer "))
        return refused("This path needs a bearer token; a signature in the headers is not accepted.");
    token.remove_prefix(7);
    if (!token.starts_with(token_prefix))
        return refused("The bearer token does not begin with sagemaker-api-key-.");
    auto const decoded = codec::base64_decode(token.substr(token_prefix.size()));
    if (!decoded)
        return refused("The bearer token is not base64.");
    std::string url = *decoded;
    constexpr std::string_view version = "&Version=1"; // added after signing
    auto const at = url.find('/');
    if (url.substr(0, at) != token_host || at == url.npos || !url.ends_with(version))
        return refused("The bearer token is not a presigned URL of sagemaker.amazonaws.com with Version=1.");
    url.resize(url.size() - version.size());
    request presigned;
    presigned.method = "POST";
    presigned.target = url.substr(at);
    presigned.headers.add("host", std::string(token_host));
    if (presigned.query().find("Action=CallWithBearerToken") == presigned.query().npos)
        return refused("The bearer token is for another action.");
    sigv4_policy policy;
    policy.regions = regions;
    policy.allow_query = true;
    policy.longest_query = std::chrono::hours(12);
    return verify_sigv4(presigned, credentials, policy, now);
}

} // namespace augur::emulator

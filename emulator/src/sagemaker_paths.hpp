#pragma once

#include <augur/emulator/http.hpp>
#include <augur/emulator/sigv4_verifier.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

enum class sagemaker_operation
{
    invoke,
    invoke_with_stream,
    chat, ///< the path of OpenAI, with a bearer token
};

struct sagemaker_target
{
    sagemaker_operation operation = sagemaker_operation::invoke;
    std::string endpoint;
    std::string component; ///< of the chat path
};

/// `/endpoints/{name}/invocations`, `.../invocations-response-stream`, `.../openai/v1/chat/completions` and
/// `.../inference-components/{name}/openai/v1/chat/completions`.
std::optional<sagemaker_target> sagemaker_target_of(std::string_view path);

/// The token of the chat path: `sagemaker-api-key-` and the base64 of a presigned URL for CallWithBearerToken.
sigv4_verdict verify_sagemaker_token(request const& r, std::vector<aws_credential> const& credentials,
                                     std::vector<std::string> const& regions,
                                     std::chrono::system_clock::time_point now);

} // namespace augur::emulator

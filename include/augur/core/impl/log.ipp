#pragma once

#include <augur/core/log.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE log_sink::~log_sink() = default;

namespace detail {

inline constexpr std::string_view harmless_headers[] = {
    "accept",
    "age",
    "apim-request-id",
    "azureml-model-deployment",
    "cache-control",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "host",
    "keep-alive",
    "ms-azureml-model-error-statuscode",
    "retry-after",
    "retry-after-ms",
    "server",
    "transfer-encoding",
    "user-agent",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-retry-after",
    "x-amzn-errortype",
    "x-amzn-invoked-production-variant",
    "x-amzn-requestid",
    "x-amzn-sagemaker-inference-component",
    "x-amzn-sagemaker-inference-id",
    "x-amzn-sagemaker-target-model",
    "x-amzn-sagemaker-target-variant",
    "x-ms-client-request-id",
    "x-ms-request-id",
    "x-ms-retry-after-ms",
    "x-request-id",
};

} // namespace detail

AUGUR_INLINE std::string redact(std::string_view header_name, std::string_view value)
{
    bool const harmless = std::any_of(std::begin(detail::harmless_headers), std::end(detail::harmless_headers),
                                      [&](std::string_view known) { return equal_ignoring_case(known, header_name); });
    return harmless ? sanitise(value, 256) : "(" + std::to_string(value.size()) + " bytes)";
}

} // namespace augur::inline AUGUR_ABI

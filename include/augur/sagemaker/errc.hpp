#pragma once

#include <augur/core/errc.hpp>

#include <string>
#include <type_traits>

namespace augur::inline AUGUR_ABI::sagemaker {

/// What the SageMaker runtime answered. Portable questions: `error == augur::condition::throttled`.
///
/// A failure whose name is not known here keeps its HTTP status as its value, such as `errc{502}`.
enum class errc : int
{
    endpoint_not_found = 1, ///< a 400 ValidationError that says so in its text
    validation_error,
    payload_too_large,
    model_error,            ///< 424: the container failed; see the attributes OriginalStatusCode and OriginalMessage
    model_not_ready,        ///< 429: still loading
    throttling,
    internal_failure,
    service_unavailable,
    internal_dependency,    ///< 530; AWS does not count it among the transient ones
    request_timeout,        ///< the service did not receive the whole request in time
    access_denied,
    invalid_signature,
    incomplete_signature,
    expired_token,
    request_time_too_skewed,
    unrecognized_client,
    missing_authentication,
    model_stream_error,      ///< in a stream: the model stopped
    internal_stream_failure, ///< in a stream: the service failed
};

AUGUR_DECL boost::system::error_category const& category() noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), category()};
}

/// "model_error"; "bad_gateway" for a bare 502, "http_418" for a status that few people know.
std::string to_string(errc e);

} // namespace augur::inline AUGUR_ABI::sagemaker

namespace boost::system {
template <>
struct is_error_code_enum<augur::sagemaker::errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/errc.ipp>
#endif

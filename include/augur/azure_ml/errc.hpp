#pragma once

#include <augur/core/errc.hpp>

#include <string>
#include <type_traits>

namespace augur::inline AUGUR_ABI::azure_ml {

/// What an Azure ML online endpoint answered. The value is the HTTP status, also of statuses that
/// have no name here, such as `errc{418}`; only what was unfolded from a 424 has its own numbers.
enum class errc : int
{
    model_throttled = 1,  ///< 424 around the container's own 429
    model_overloaded = 2, ///< 424 around the container's own 503

    bad_request = 400,
    unauthorized = 401, ///< wrong key, or a token that expired or is for another audience
    forbidden = 403,
    not_found = 404,         ///< no deployment takes traffic, or none has the name that was asked for
    model_timeout = 408,     ///< the model ran longer than the deployment's request time-out
    conflict = 409,          ///< Kubernetes: another operation on the endpoint is running
    payload_too_large = 413,
    model_error = 424,       ///< the container failed; see the attribute ms-azureml-model-error-statuscode
    throttled = 429,
    header_too_large = 431,  ///< a request id over 100 characters
    internal_error = 500,
    bad_gateway = 502,
    unavailable = 503,
    gateway_timeout = 504,
};

AUGUR_DECL boost::system::error_category const& category() noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), category()};
}

/// "model_error"; "http_418" for a status without a name.
std::string to_string(errc e);

} // namespace augur::inline AUGUR_ABI::azure_ml

namespace boost::system {
template <>
struct is_error_code_enum<augur::azure_ml::errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/errc.ipp>
#endif

#pragma once

#include <augur/core/errc.hpp>

#include <string>
#include <type_traits>

namespace augur::inline AUGUR_ABI::openai_wire {

/// What a service that speaks the OpenAI dialect answered. Failures whose name is not known have their HTTP
/// status as value, such as `errc{418}`.
enum class errc : int
{
    content_filter = 1,      ///< a filter stopped the prompt, or all of the answer; the attributes say why
    deployment_not_found,    ///< Azure: no deployment of that name, or it is younger than five minutes
    model_not_found,         ///< no such model, or none that this key may use
    response_not_found,      ///< a stored response that was named is not there
    context_length_exceeded, ///< the prompt and the wanted answer do not fit the model
    rate_limited,            ///< too many requests or tokens a minute
    insufficient_quota,      ///< the money is spent; waiting does not help
    permission_denied,       ///< the key or token is genuine but may not do this
    invalid_prompt,          ///< refused by a rule of the model's provider
    operation_not_supported, ///< the model or deployment cannot do this
    unsupported_api_version, ///< Azure: no such `api-version`
    overloaded,              ///< no capacity now
    server_error,            ///< the service failed
    response_failed,         ///< a stored response ended in failure without a name that is known here
    stream_error,            ///< an error in a stream without a name that is known here
};

AUGUR_DECL boost::system::error_category const& category() noexcept;

inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), category()};
}

/// "content_filter"; "unauthorized" for a bare 401, "http_418" for a status that few people know.
std::string to_string(errc e);

} // namespace augur::inline AUGUR_ABI::openai_wire

namespace boost::system {
template <>
struct is_error_code_enum<augur::openai_wire::errc> : std::true_type
{
};
} // namespace boost::system

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/errc.ipp>
#endif

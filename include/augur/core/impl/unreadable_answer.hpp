#pragma once

#include <augur/core/error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/core/meta.hpp>

#include <string_view>

namespace augur::inline AUGUR_ABI::detail {

/// Gives an error that has none the id by which the service knows the call. Allocates.
inline error with_request_id(error failure, std::string_view id)
{
    if (id.empty() || !failure.request_id().empty())
        return failure;
    auto details = failure.details();
    details.request_id = id;
    error out(failure.code(), failure.phase(), failure.outcome(), std::move(details));
    out.with_http_status(failure.http_status()).with_attempts(failure.attempts());
    return out;
}

/// The service did its work and its answer cannot be read: who wants to know why needs the id of the call.
inline error unreadable_answer(error failure, meta const& known)
{
    failure = with_request_id(std::move(failure), known.request_id);
    failure.at(phase::decode).with(outcome::complete).with_http_status(200).with_attempts(known.attempts);
    return failure;
}

} // namespace augur::inline AUGUR_ABI::detail

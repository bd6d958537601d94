#pragma once

#include <augur/core/error_details.hpp>
#include <augur/model/chat_response.hpp>
#include <augur/tools/errc.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::detail {

/// A whole answer that is of no use.
inline error unusable(answer_errc code, std::string message, std::string_view words, chat_response const& answer)
{
    error_details details;
    details.message = std::move(message);
    details.service_message = sanitise(words);
    details.request_id = answer.meta.request_id;
    error out(make_error_code(code), phase::decode, outcome::complete, std::move(details));
    out.with_http_status(200).with_attempts(answer.meta.attempts);
    return out;
}

} // namespace augur::inline AUGUR_ABI::detail

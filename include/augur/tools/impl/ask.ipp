#pragma once

#include <augur/core/error_details.hpp>
#include <augur/tools/ask.hpp>
#include <augur/tools/impl/unusable.hpp>

namespace augur::inline AUGUR_ABI::detail {

AUGUR_INLINE result<std::string> usable_text(chat_response const& answer)
{
    if (!answer.refusal().empty())
        return unusable(answer_errc::refused, "the model refuses to answer", answer.refusal(), answer);
    switch (answer.finished()) {
    case finish::content_filter:
        return unusable(answer_errc::filtered, "a content filter stopped the answer", answer.text(), answer);
    case finish::length:
        return unusable(answer_errc::cut_short,
                        "the answer was cut at the limit on tokens: allow more with max_tokens, or ask for less",
                        answer.text(), answer);
    default: break;
    }
    auto text = answer.text();
    if (text.empty())
        return unusable(answer_errc::no_answer,
                        answer.choices.empty() ? "the service sent no answer" : "the answer has no text", {}, answer);
    return text;
}

AUGUR_INLINE error does_not_fit(error why, chat_response const& answer)
{
    auto details = why.details();
    details.message = "the answer does not fit the type that was asked for: " + details.message;
    details.service_message = sanitise(answer.text(), 512);
    details.request_id = answer.meta.request_id;
    error out(why.code(), phase::decode, outcome::complete, std::move(details));
    out.with_http_status(200).with_attempts(answer.meta.attempts);
    return out;
}

} // namespace augur::inline AUGUR_ABI::detail

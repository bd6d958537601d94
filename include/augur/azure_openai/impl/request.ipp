#pragma once

#include <augur/azure_openai/request.hpp>
#include <augur/openai_wire/responses.hpp>

namespace augur::inline AUGUR_ABI::azure_openai {

AUGUR_INLINE resume_request::resume_request(openai_wire::response_accumulator const& progress)
    : id_(progress.id()),
      after_(progress.last_sequence_number()),
      progress_(std::make_shared<openai_wire::response_accumulator const>(progress))
{
}

AUGUR_INLINE resume_request::resume_request(std::string id, std::optional<std::int64_t> after)
    : id_(std::move(id)), after_(after)
{
}

AUGUR_INLINE openai_wire::response_accumulator resume_request::progress() const
{
    return progress_ ? *progress_ : openai_wire::response_accumulator();
}

} // namespace augur::inline AUGUR_ABI::azure_openai

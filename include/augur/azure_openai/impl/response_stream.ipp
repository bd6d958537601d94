#pragma once

#include <augur/azure_openai/response_stream.hpp>

namespace augur::inline AUGUR_ABI::azure_openai {

AUGUR_INLINE result<openai_wire::response> response_stream::take() const
{
    auto whole = openai_wire::response_accumulator(progress()).finish();
    if (whole)
        whole->meta = meta();
    return whole;
}

} // namespace augur::inline AUGUR_ABI::azure_openai

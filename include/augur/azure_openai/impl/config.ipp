#pragma once

#include <augur/azure_openai/config.hpp>

#include <chrono>

namespace augur::inline AUGUR_ABI::azure_openai {

AUGUR_INLINE call::client_config default_client()
{
    call::client_config out;
    out.limits.first_byte = std::chrono::minutes(10);
    out.limits.first_event = std::chrono::minutes(10);
    out.limits.idle = std::chrono::minutes(5);
    return out;
}

} // namespace augur::inline AUGUR_ABI::azure_openai

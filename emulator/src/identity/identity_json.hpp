#pragma once

// Shapes that several hosts of managed identities share.

#include "../json.hpp"

#include <augur/emulator/identity/managed_identities.hpp>

#include <chrono>
#include <string>

namespace augur::emulator {

inline long long unix_time(std::chrono::system_clock::time_point at)
{
    return std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
}

/// As IMDS and its relatives write it: every number is a text.
inline json identity_answer(bearer_grant const& g, managed_identity const& whose,
                            std::chrono::system_clock::time_point now)
{
    auto const left = std::to_string(unix_time(g.expires) - unix_time(now));
    return json{{"access_token", g.token}, {"client_id", whose.client_id},
                {"expires_in", left},      {"expires_on", std::to_string(unix_time(g.expires))},
                {"ext_expires_in", left},  {"not_before", std::to_string(unix_time(now))},
                {"resource", g.audience},  {"token_type", "Bearer"}};
}

inline response oauth_error(int status, std::string_view code, std::string_view why)
{
    json body;
    body["error"] = std::string(code);
    body["error_description"] = std::string(why);
    return json_response(status, dump(body));
}

} // namespace augur::emulator

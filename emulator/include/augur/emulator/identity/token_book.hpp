#pragma once

#include <augur/emulator/http.hpp>

#include <chrono>
#include <deque>
#include <initializer_list>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// A bearer token that one of the emulator's services gave.
struct bearer_grant
{
    std::string token; ///< made by `token_book::issue`
    std::string audience;
    std::string client_id; ///< whose it is
    std::string giver;     ///< "entra", "imds", "app_service", ...
    std::string claims;    ///< that were asked for: JSON, or empty
    std::chrono::system_clock::time_point expires;
    bool revoked = false;
};

enum class token_state
{
    good,
    missing,
    unknown,
    wrong_audience,
    expired,
    revoked, ///< ask again, with the claims of the challenge
};

/// The bearer tokens of Azure that are about, which all services here look up. Any thread.
class token_book
{
public:
    /// Makes the token. At most the last 4096 are remembered.
    bearer_grant issue(bearer_grant grant);
    /// A slash at an audience's end does not matter.
    token_state check(std::string_view token, std::initializer_list<std::string_view> audiences,
                      std::chrono::system_clock::time_point now) const;
    std::optional<bearer_grant> find(std::string_view token) const;
    std::vector<bearer_grant> issued() const;
    /// What is about now counts no more; a service answers it with a claims challenge.
    void revoke_all();
    void reset();

private:
    mutable std::mutex mutex_;
    std::deque<bearer_grant> grants_;
};

/// The header `WWW-Authenticate` of a revoked token's refusal.
std::string claims_challenge(std::chrono::system_clock::time_point now);

} // namespace augur::emulator

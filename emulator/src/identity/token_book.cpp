#include <augur/emulator/identity/token_book.hpp>

#include <augur/codec/base64.hpp>
#include <augur/codec/sha256.hpp>

#include "../random.hpp"
#include "text.hpp"

namespace augur::emulator {

namespace {

constexpr std::size_t most_grants = 4096;

} // namespace

bearer_grant token_book::issue(bearer_grant grant)
{
    grant.token = "emulator." + random_text(120);
    std::scoped_lock const lock(mutex_);
    grants_.push_back(grant);
    if (grants_.size() > most_grants)
        grants_.pop_front();
    return grant;
}

std::optional<bearer_grant> token_book::find(std::string_view token) const
{
    std::scoped_lock const lock(mutex_);
    for (auto const& g : grants_)
        if (codec::equal_in_constant_time(g.token, token))
            return g;
    return std::nullopt;
}

token_state token_book::check(std::string_view token, std::initializer_list<std::string_view> audiences,
                              std::chrono::system_clock::time_point now) const
{
    if (token.empty())
        return token_state::missing;
    auto const known = find(token);
    if (!known)
        return token_state::unknown;
    if (known->expires <= now)
        return token_state::expired;
    if (known->revoked)
        return token_state::revoked;
    for (auto const a : audiences)
        if (without_slash(a) == without_slash(known->audience))
            return token_state::good;
    return token_state::wrong_audience;
}

std::vector<bearer_grant> token_book::issued() const
{
    std::scoped_lock const lock(mutex_);
    return {grants_.begin(), grants_.end()};
}

void token_book::revoke_all()
{
    std::scoped_lock const lock(mutex_);
    for (auto& g : grants_)
        g.revoked = true;
}

void token_book::reset()
{
    std::scoped_lock const lock(mutex_);
    grants_.clear();
}

std::string claims_challenge(std::chrono::system_clock::time_point now)
{
    auto const since = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    auto const claims = R"({"access_token":{"nbf":{"essential":true,"value":")" + std::to_string(since) + "\"}}}";
    return R"(Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize", )"
           R"(error="insufficient_claims", claims=")" +
           codec::base64_encode(claims) + '"';
}

} // namespace augur::emulator

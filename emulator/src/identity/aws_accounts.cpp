#include <augur/emulator/identity/aws_accounts.hpp>

#include "../random.hpp"

namespace augur::emulator {

namespace {

constexpr std::size_t most_issued = 4096;

} // namespace

aws_accounts::aws_accounts(std::vector<aws_principal> founders) : founders_(std::move(founders)) {}

aws_principal aws_accounts::issue(std::string arn, std::string user_id, std::string account,
                                  std::chrono::system_clock::time_point expires)
{
    aws_principal p;
    p.key.access_key = "ASIA" + random_text(16);
    p.key.secret_key = random_text(40);
    p.key.session_token = random_text(120);
    p.key.expires = expires;
    p.key.account = std::move(account);
    p.arn = std::move(arn);
    p.user_id = std::move(user_id);
    std::scoped_lock const lock(mutex_);
    issued_.push_back(p);
    if (issued_.size() > most_issued)
        issued_.pop_front();
    return p;
}

std::vector<aws_credential> aws_accounts::issued() const
{
    std::scoped_lock const lock(mutex_);
    std::vector<aws_credential> keys;
    keys.reserve(issued_.size());
    for (auto const& p : issued_)
        keys.push_back(p.key);
    return keys;
}

std::vector<aws_credential> aws_accounts::credentials() const
{
    auto keys = issued();
    for (auto const& p : founders_)
        keys.push_back(p.key);
    return keys;
}

std::optional<aws_principal> aws_accounts::find(std::string_view access_key) const
{
    for (auto const& p : founders_)
        if (p.key.access_key == access_key)
            return p;
    std::scoped_lock const lock(mutex_);
    for (auto const& p : issued_)
        if (p.key.access_key == access_key)
            return p;
    return std::nullopt;
}

void aws_accounts::reset()
{
    std::scoped_lock const lock(mutex_);
    issued_.clear();
}

} // namespace augur::emulator

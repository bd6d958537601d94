#pragma once

#include <augur/emulator/sigv4_verifier.hpp>

#include <chrono>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// Somebody with an access key, as STS names him.
struct aws_principal
{
    aws_credential key;
    std::string arn;
    std::string user_id;
};

/// The access keys of the emulator's accounts: those it began with, and those its services hand out, which all of
/// its services accept until they end. Any thread.
class aws_accounts
{
public:
    explicit aws_accounts(std::vector<aws_principal> founders);

    /// A fresh key with a session token.
    aws_principal issue(std::string arn, std::string user_id, std::string account,
                        std::chrono::system_clock::time_point expires);
    /// All keys, for `verify_sigv4`.
    std::vector<aws_credential> credentials() const;
    /// Those handed out since the start or the last reset; at most the last 4096 are remembered.
    std::vector<aws_credential> issued() const;
    std::optional<aws_principal> find(std::string_view access_key) const;
    void reset();

private:
    std::vector<aws_principal> const founders_;
    mutable std::mutex mutex_;
    std::deque<aws_principal> issued_;
};

} // namespace augur::emulator

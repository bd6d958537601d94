#pragma once

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace augur::emulator {

/// Somebody who has logged in: what the AWS CLI writes into its cache.
struct sso_login
{
    std::string access_token;
    std::string refresh_token;
    std::string client_id;
    std::string client_secret;
    std::chrono::system_clock::time_point expires;
};

struct sso_options
{
    std::string account = "123456789012";
    std::string role = "emulator-permission-set";
    std::chrono::seconds session = std::chrono::hours(8); ///< of access tokens
    std::chrono::seconds lifetime = std::chrono::hours(1); ///< of credentials
};

/// The portal of IAM Identity Center, `GET /federation/credentials`, and its OIDC service, `POST /token` with a
/// refresh token, which is good once.
class sso_service : public service
{
public:
    sso_service(sso_options options, std::shared_ptr<aws_accounts> accounts);

    std::string_view name() const noexcept override { return "sso"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    /// A new login whose access token ends then. Any thread.
    sso_login log_in(std::chrono::system_clock::time_point expires);
    sso_options const& options() const noexcept { return options_; }

private:
    response portal(request const& r, context const& c);
    response refresh(request const& r, context const& c);

    sso_options const options_;
    std::shared_ptr<aws_accounts> const accounts_;
    std::mutex mutex_;
    std::map<std::string, std::chrono::system_clock::time_point, std::less<>> sessions_; ///< by access token
    std::map<std::string, sso_login, std::less<>> refreshable_;                          ///< by refresh token
};

} // namespace augur::emulator

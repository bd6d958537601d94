#pragma once

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace augur::emulator {

/// The agent that gives containers their credentials: `/v2/credentials/{id}` as on ECS and `/v1/credentials` as EKS
/// Pod Identity has it. The authorization token is asked for on both and may be changed while it runs.
class container_credentials_service : public service
{
public:
    container_credentials_service(std::shared_ptr<aws_accounts> accounts, std::string token)
        : accounts_(std::move(accounts)), first_token_(token), token_(std::move(token))
    {
    }

    std::string_view name() const noexcept override { return "container"; }
    std::string_view base_path() const noexcept override { return "/v1/credentials"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    /// The whole value of the authorization header. Any thread.
    std::string token() const;
    void set_token(std::string token);
    /// Of what is given from now on; negative: over when it is given. Any thread.
    void set_lifetime(std::chrono::seconds lifetime);

private:
    response respond(request const& r, context const& c);

    std::shared_ptr<aws_accounts> const accounts_;
    std::string const first_token_;
    mutable std::mutex mutex_;
    std::string token_;
    std::chrono::seconds lifetime_ = std::chrono::hours(6);
};

} // namespace augur::emulator

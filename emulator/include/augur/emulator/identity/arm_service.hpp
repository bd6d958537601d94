#pragma once

#include <augur/emulator/identity/token_book.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace augur::emulator {

struct arm_options
{
    std::string subscription = "00000000-1111-4222-8333-444444444444";
    std::string resource_group = "emulator";
    std::string workspace = "emulator";
    std::string endpoint = "iris";
};

/// The part of Azure Resource Manager that gives an online endpoint's own token:
/// `POST .../workspaces/{w}/onlineEndpoints/{e}/token`, for a token for https://management.azure.com.
class arm_service : public service
{
public:
    arm_service(arm_options options, std::shared_ptr<token_book> tokens)
        : options_(std::move(options)), tokens_(std::move(tokens))
    {
    }

    std::string_view name() const noexcept override { return "arm"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    arm_options const& options() const noexcept { return options_; }
    /// The target's path.
    std::string token_path() const;
    /// Of the tokens it gives from now on, and after which time they should be renewed. Any thread.
    void set_lifetime(std::chrono::seconds lifetime, std::chrono::seconds refresh_after);

private:
    response respond(request const& r, context const& c);

    arm_options const options_;
    std::shared_ptr<token_book> const tokens_;
    std::mutex mutex_;
    std::chrono::seconds lifetime_ = std::chrono::hours(12);
    std::chrono::seconds refresh_after_ = std::chrono::hours(11);
};

/// What an endpoint's own token is for, in the token book.
std::string endpoint_token_audience(std::string_view endpoint);

} // namespace augur::emulator

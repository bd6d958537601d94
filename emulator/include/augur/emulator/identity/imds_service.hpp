#pragma once

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace augur::emulator {

/// How an instance's metadata service is set up, or out of order.
struct imds_setup
{
    std::string role = "emulator-instance-role"; ///< empty: the instance has none
    bool enabled = true;                         ///< false: every request is 403
    bool version_1 = false;                      ///< requests without a session token are answered, too
    bool beyond_hop_limit = false;               ///< the answer to the PUT never arrives, as behind one hop too many
    std::chrono::seconds lifetime = std::chrono::hours(6); ///< of credentials; negative: over when they are given
    std::string code = "Success";                          ///< anything else comes without keys
};

/// Version 2 of the instance metadata service of EC2: session tokens by PUT, then the role's name and credentials.
/// Over plain HTTP at the origin: `/latest/api/token`, `/latest/meta-data/iam/security-credentials/`.
/// Credentials stay the same until a quarter of their life is left.
class imds_service : public service
{
public:
    explicit imds_service(std::shared_ptr<aws_accounts> accounts) : accounts_(std::move(accounts)) {}

    std::string_view name() const noexcept override { return "imds"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    /// From the next request on; forgets credentials and session tokens. Any thread.
    void set_up(imds_setup setup);
    /// Every session token is refused from now on. Any thread.
    void forget_tokens();

private:
    response respond(request const& r, context const& c);
    response token(request const& r, context const& c);
    response credentials(context const& c);

    std::shared_ptr<aws_accounts> const accounts_;
    std::mutex mutex_;
    imds_setup setup_;
    std::map<std::string, std::chrono::system_clock::time_point, std::less<>> tokens_;
    std::optional<aws_principal> current_;
    std::chrono::system_clock::time_point issued_at_;
};

} // namespace augur::emulator

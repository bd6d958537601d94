#pragma once

#include <memory>
#include <vector>

namespace augur::emulator {

struct server_options;
struct test_credentials;
class service;
class aws_accounts;
class imds_service;
class container_credentials_service;
class sts_service;
class sso_service;
class token_book;
class entra_service;
class managed_identities;
class azure_imds_service;
class app_service_identity;
class service_fabric_identity;
class machine_learning_identity;
class cloud_shell_identity;
class arc_identity;
class arm_service;

/// Where credentials come from: the identity services of both clouds, and what they share. What they hand out is
/// accepted by the other services of the same emulator.
class identity_cloud
{
public:
    identity_cloud(server_options const& options, test_credentials const& credentials);
    ~identity_cloud();

    aws_accounts& accounts() const noexcept { return *accounts_; }
    std::shared_ptr<aws_accounts const> shared_accounts() const noexcept { return accounts_; }
    imds_service& imds() const noexcept { return *imds_; }
    container_credentials_service& container() const noexcept { return *container_; }
    sts_service& sts() const noexcept { return *sts_; }
    sso_service& sso() const noexcept { return *sso_; }

    token_book& tokens() const noexcept { return *tokens_; }
    std::shared_ptr<token_book const> shared_tokens() const noexcept { return tokens_; }
    entra_service& entra() const noexcept { return *entra_; }
    managed_identities& identities() const noexcept { return *identities_; }
    azure_imds_service& azure_imds() const noexcept { return *azure_imds_; }
    app_service_identity& app_service() const noexcept { return *app_service_; }
    service_fabric_identity& service_fabric() const noexcept { return *service_fabric_; }
    machine_learning_identity& machine_learning() const noexcept { return *machine_learning_; }
    cloud_shell_identity& cloud_shell() const noexcept { return *cloud_shell_; }
    arc_identity& arc() const noexcept { return *arc_; }
    arm_service& arm() const noexcept { return *arm_; }

    std::vector<std::shared_ptr<service>> services() const;
    void reset();

private:
    std::shared_ptr<aws_accounts> accounts_;
    std::shared_ptr<imds_service> imds_;
    std::shared_ptr<container_credentials_service> container_;
    std::shared_ptr<sts_service> sts_;
    std::shared_ptr<sso_service> sso_;
    std::shared_ptr<token_book> tokens_;
    std::shared_ptr<entra_service> entra_;
    std::shared_ptr<managed_identities> identities_;
    std::shared_ptr<azure_imds_service> azure_imds_;
    std::shared_ptr<app_service_identity> app_service_;
    std::shared_ptr<service_fabric_identity> service_fabric_;
    std::shared_ptr<machine_learning_identity> machine_learning_;
    std::shared_ptr<cloud_shell_identity> cloud_shell_;
    std::shared_ptr<arc_identity> arc_;
    std::shared_ptr<arm_service> arm_;
};

} // namespace augur::emulator

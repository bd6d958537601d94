#include <augur/emulator/identity/identity_cloud.hpp>

#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/identity/container_credentials_service.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/imds_service.hpp>
#include <augur/emulator/identity/managed_identity_hosts.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/identity/sts_service.hpp>
#include <augur/emulator/server.hpp>

#include "../random.hpp"

namespace augur::emulator {

namespace {

std::vector<aws_principal> founders(test_credentials const& c)
{
    auto const person = [](aws_credential const& key, std::string const& name) {
        return aws_principal{key, "arn:aws:iam::" + key.account + ":user/" + name, "AIDAEMULATOR" + name};
    };
    return {person(c.main, "emulator"), person(c.temporary, "temporary"), person(c.expired, "expired"),
            person(c.forbidden, "forbidden")};
}

} // namespace

identity_cloud::identity_cloud(server_options const& options, test_credentials const& credentials)
    : accounts_(std::make_shared<aws_accounts>(founders(credentials))),
      imds_(std::make_shared<imds_service>(accounts_)),
      container_(std::make_shared<container_credentials_service>(accounts_, credentials.container_token)),
      sso_(std::make_shared<sso_service>(sso_options(), accounts_)),
      tokens_(std::make_shared<token_book>())
{
    sts_options s;
    s.regions = options.regions;
    s.identities.emplace_back().token = credentials.web_identity_token;
    sts_ = std::make_shared<sts_service>(std::move(s), accounts_);

    entra_options e;
    e.client_secret = credentials.entra_client_secret;
    identities_ = std::make_shared<managed_identities>(tokens_, e.resources);
    entra_ = std::make_shared<entra_service>(std::move(e), tokens_);
    azure_imds_ = std::make_shared<azure_imds_service>(identities_);
    app_service_ = std::make_shared<app_service_identity>(identities_, random_text(32));
    service_fabric_ = std::make_shared<service_fabric_identity>(identities_, random_text(32));
    machine_learning_ = std::make_shared<machine_learning_identity>(identities_, random_text(32));
    cloud_shell_ = std::make_shared<cloud_shell_identity>(identities_);
    arc_ = std::make_shared<arc_identity>(identities_);
    arc_->set_folder(options.arc_folder);
    arm_ = std::make_shared<arm_service>(arm_options(), tokens_);
}

identity_cloud::~identity_cloud() = default;

std::vector<std::shared_ptr<service>> identity_cloud::services() const
{
    return {imds_,           container_,        sts_,         sso_, entra_, azure_imds_, app_service_,
            service_fabric_, machine_learning_, cloud_shell_, arc_, arm_};
}

void identity_cloud::reset()
{
    accounts_->reset();
    tokens_->reset();
    identities_->reset();
}

} // namespace augur::emulator

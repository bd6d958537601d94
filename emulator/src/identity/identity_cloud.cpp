#include <augur/emulator/identity/identity_cloud.hpp>

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/identity/container_credentials_service.hpp>
#include <augur/emulator/identity/imds_service.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/identity/sts_service.hpp>
#include <augur/emulator/server.hpp>

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
      sso_(std::make_shared<sso_service>(sso_options(), accounts_))
{
    sts_options s;
    s.regions = options.regions;
    s.identities.emplace_back().token = credentials.web_identity_token;
    sts_ = std::make_shared<sts_service>(std::move(s), accounts_);
}

identity_cloud::~identity_cloud() = default;

std::vector<std::shared_ptr<service>> identity_cloud::services() const
{
    return {imds_, container_, sts_, sso_};
}

void identity_cloud::reset()
{
    accounts_->reset();
}

} // namespace augur::emulator

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

    std::vector<std::shared_ptr<service>> services() const;
    void reset();

private:
    std::shared_ptr<aws_accounts> accounts_;
    std::shared_ptr<imds_service> imds_;
    std::shared_ptr<container_credentials_service> container_;
    std::shared_ptr<sts_service> sts_;
    std::shared_ptr<sso_service> sso_;
};

} // namespace augur::emulator

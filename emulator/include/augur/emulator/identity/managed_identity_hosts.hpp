#pragma once

#include <augur/emulator/identity/managed_identities.hpp>
#include <augur/emulator/service.hpp>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace augur::emulator {

/// What the hosts of managed identities have in common.
class managed_identity_host : public service
{
public:
    explicit managed_identity_host(std::shared_ptr<managed_identities> identities) : identities_(std::move(identities))
    {
    }
    bool matches(request const& r) const override { return r.path() == base_path(); }
    awaitable<response> handle(request const& r, context const& c) override;

protected:
    virtual response respond(request const& r, context const& c) = 0;
    managed_identities& identities() const noexcept { return *identities_; }

private:
    std::shared_ptr<managed_identities> const identities_;
};

/// Azure's instance metadata service: `GET` with the header Metadata, numbers as texts, errors in OAuth's form.
class azure_imds_service : public managed_identity_host
{
public:
    using managed_identity_host::managed_identity_host;
    std::string_view name() const noexcept override { return "azure_imds"; }
    std::string_view base_path() const noexcept override { return "/metadata/identity/oauth2/token"; }

private:
    response respond(request const& r, context const& c) override;
};

/// App Service, Functions and Container Apps: IDENTITY_ENDPOINT and IDENTITY_HEADER.
class app_service_identity : public managed_identity_host
{
public:
    app_service_identity(std::shared_ptr<managed_identities> identities, std::string header)
        : managed_identity_host(std::move(identities)), header_(std::move(header))
    {
    }
    std::string_view name() const noexcept override { return "app_service"; }
    std::string_view base_path() const noexcept override { return "/msi/token"; }
    std::string const& header() const noexcept { return header_; }

private:
    response respond(request const& r, context const& c) override;
    std::string const header_;
};

/// Service Fabric: over TLS, known to its clients by the thumbprint of `server::certificate_sha1`. One identity.
class service_fabric_identity : public managed_identity_host
{
public:
    service_fabric_identity(std::shared_ptr<managed_identities> identities, std::string header)
        : managed_identity_host(std::move(identities)), header_(std::move(header))
    {
    }
    std::string_view name() const noexcept override { return "service_fabric"; }
    std::string_view base_path() const noexcept override { return "/service-fabric/identity/oauth2/token"; }
    std::string const& header() const noexcept { return header_; }

private:
    response respond(request const& r, context const& c) override;
    std::string const header_;
};

/// Azure ML compute and the old App Service: MSI_ENDPOINT and MSI_SECRET.
class machine_learning_identity : public managed_identity_host
{
public:
    machine_learning_identity(std::shared_ptr<managed_identities> identities, std::string secret)
        : managed_identity_host(std::move(identities)), secret_(std::move(secret))
    {
    }
    std::string_view name() const noexcept override { return "machine_learning"; }
    std::string_view base_path() const noexcept override { return "/machine-learning/msi/token"; }
    std::string const& secret() const noexcept { return secret_; }

private:
    response respond(request const& r, context const& c) override;
    std::string const secret_;
};

/// Cloud Shell: MSI_ENDPOINT alone, and a form that is posted. Its tokens are the person's.
class cloud_shell_identity : public managed_identity_host
{
public:
    using managed_identity_host::managed_identity_host;
    std::string_view name() const noexcept override { return "cloud_shell"; }
    std::string_view base_path() const noexcept override { return "/cloud-shell/oauth2/token"; }

private:
    response respond(request const& r, context const& c) override;
};

/// The agent of Azure Arc, which first writes a file that only its friends can read. Files of challenges that were
/// answered are removed, the others with the service.
class arc_identity : public managed_identity_host
{
public:
    using managed_identity_host::managed_identity_host;
    ~arc_identity() override;
    std::string_view name() const noexcept override { return "arc"; }
    std::string_view base_path() const noexcept override { return "/arc/metadata/identity/oauth2/token"; }
    void reset() override;

    /// Where challenges go; without a folder there are none, and every request is 500. Any thread.
    void set_folder(std::string folder);
    /// In place of a challenge's real path, after "Basic realm=". Any thread; until a reset.
    void challenge_with(std::string path);
    /// An agent that knows the system's identity only, whatever it is asked for. Any thread; until a reset.
    void forget_user_assigned(bool yes = true);

private:
    response respond(request const& r, context const& c) override;
    response challenge();
    void remove_files();

    std::mutex mutex_;
    std::string folder_;
    std::string instead_;
    bool system_only_ = false;
    std::set<std::pair<std::string, std::string>> open_; ///< content and path of challenges
};

} // namespace augur::emulator

#include "ready.hpp"

#include <augur/emulator/identity/arm_service.hpp>
#include <augur/emulator/identity/entra_service.hpp>
#include <augur/emulator/identity/identity_cloud.hpp>
#include <augur/emulator/identity/managed_identity_hosts.hpp>
#include <augur/emulator/identity/sso_service.hpp>
#include <augur/emulator/server.hpp>

#include "text.hpp"

namespace augur::emulator {

json describe_identity(server& s)
{
    auto& cloud = s.identity();
    auto const now = std::chrono::system_clock::now();
    json out;
    out["http_url"] = s.http_url();
    for (auto const* name : {"container", "azure_imds", "app_service", "machine_learning", "cloud_shell", "arc"})
        out["urls"][name] = s.http_url(name);
    out["container_token"] = s.credentials().container_token;
    out["web_identity_token"] = s.credentials().web_identity_token;

    out["sso"] = {{"account", cloud.sso().options().account}, {"role", cloud.sso().options().role}};
    for (int i = 0; i < 2; ++i) { // one for each client: to be refreshed at once, which works once
        auto const login = cloud.sso().log_in(now + std::chrono::minutes(1));
        out["sso"]["logins"].push_back({{"accessToken", login.access_token},
                                        {"refreshToken", login.refresh_token},
                                        {"clientId", login.client_id},
                                        {"clientSecret", login.client_secret},
                                        {"expiresAt", iso_time(login.expires)}});
    }

    auto const& entra = cloud.entra().options();
    out["entra"] = {{"tenant", entra.tenant},
                    {"client_id", entra.client_id},
                    {"client_secret", entra.client_secret},
                    {"certificate", cloud.entra().certificate_pem()},
                    {"key", cloud.entra().key_pem()},
                    {"public_client_id", entra.public_client_id},
                    {"federated_token", cloud.entra().federated_token(now + std::chrono::hours(1))}};
    for (auto const& [name, id] :
         {std::pair{"system", cloud.identities().system()}, std::pair{"user", cloud.identities().user()}})
        out["identities"][name] = {
            {"client_id", id.client_id}, {"object_id", id.object_id}, {"resource_id", id.resource_id}};
    out["app_service_header"] = cloud.app_service().header();
    out["urls"]["service_fabric"] = s.https_url("service_fabric"); // it is known by its certificate
    out["service_fabric_header"] = cloud.service_fabric().header();
    out["certificate_sha1"] = s.certificate_sha1();
    out["machine_learning_secret"] = cloud.machine_learning().secret();
    out["endpoint_token_path"] = cloud.arm().token_path();
    return out;
}

} // namespace augur::emulator

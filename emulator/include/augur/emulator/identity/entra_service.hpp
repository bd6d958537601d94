#pragma once

#include <augur/emulator/identity/token_book.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

class form;
class signing_key;

/// An identity provider that an application trusts, and for whom.
struct federated_credential
{
    std::string issuer = "https://oidc.emulator.test";
    std::string subject = "system:serviceaccount:default:emulator";
    std::string audience = "api://AzureADTokenExchange";
};

struct entra_options
{
    std::string tenant = "11111111-2222-4333-8444-555555555555";
    std::string domain = "contoso.emulator.test"; ///< the same tenant's name
    std::string client_id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
    std::string client_secret;
    std::string public_client_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46"; ///< for device codes; has no secret
    federated_credential federation;
    /// What tokens can be had for; a slash at the end does not matter.
    std::vector<std::string> resources = {"https://management.azure.com",        "https://ml.azure.com",
                                          "https://cognitiveservices.azure.com", "https://ai.azure.com",
                                          "https://storage.azure.com",           "https://vault.azure.net",
                                          "api://AzureADTokenExchange"};
};

/// How long tokens last, and what a person who was shown a device code does.
struct entra_setup
{
    enum class device
    {
        accepts,
        declines,
        waits, ///< for ever; the code ends
    };

    std::chrono::seconds lifetime = std::chrono::seconds(3599);
    std::chrono::seconds refresh_in{0}; ///< 0: not told
    device person = device::accepts;
    int pending = 1;   ///< so many polls are told to go on first
    int slow_down = 0; ///< and so many before those to ask less often
    std::chrono::seconds interval = std::chrono::seconds(1);
    std::chrono::seconds code_lifetime = std::chrono::minutes(15);
};

/// Microsoft Entra ID for one tenant: the token endpoint with client secret, certificate, federated assertion, device
/// code and refresh token, and the two documents that clients look up first. Every proof is verified: signature,
/// audience, times, and that no assertion comes twice.
class entra_service : public service
{
public:
    entra_service(entra_options options, std::shared_ptr<token_book> tokens);
    ~entra_service() override;

    std::string_view name() const noexcept override { return "entra"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    entra_options const& options() const noexcept { return options_; }
    /// From the next request on. Any thread.
    void set_up(entra_setup setup);
    /// The certificate that the application is registered with, and its private key; made when first asked for.
    std::string certificate_pem();
    std::string key_pem();
    /// A token of the trusted identity provider, as a projected service account has it.
    std::string federated_token(federated_credential const& claims, std::chrono::system_clock::time_point expires);
    std::string federated_token(std::chrono::system_clock::time_point expires)
    {
        return federated_token(options_.federation, expires);
    }

private:
    struct device_code
    {
        std::string scope;
        std::chrono::system_clock::time_point expires;
        int polls = 0;
    };
    struct proof; ///< of an application's identity: what is wrong with it, or nothing

    response discovery(request const& r, std::string_view tenant) const;
    response start_device_code(form const& f, context const& c);
    response token(request const& r, form const& f, std::string_view tenant, context const& c);
    response device_token(form const& f, context const& c);
    response refreshed_token(form const& f, context const& c);
    proof check_client(request const& r, form const& f, context const& c);
    proof check_assertion(request const& r, std::string_view assertion, context const& c);
    proof check_federated(std::string_view assertion, context const& c);
    response grant(std::string_view client_id, std::string resource, form const& f, bool delegated, context const& c);
    bool is_tenant(std::string_view tenant) const;
    signing_key& client_key();
    signing_key& provider_key();

    entra_options const options_;
    std::shared_ptr<token_book> const tokens_;
    std::mutex mutex_;
    std::mutex key_mutex_;
    entra_setup setup_;
    std::map<std::string, device_code, std::less<>> device_codes_;
    std::map<std::string, std::string, std::less<>> refresh_tokens_; ///< to the scope
    std::set<std::string, std::less<>> seen_;                        ///< jti of assertions
    std::unique_ptr<signing_key> client_key_, provider_key_;
};

} // namespace augur::emulator

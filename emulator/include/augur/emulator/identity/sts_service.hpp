#pragma once

#include <augur/emulator/identity/aws_accounts.hpp>
#include <augur/emulator/service.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

/// A role that STS may be asked for.
struct sts_role
{
    std::string arn = "arn:aws:iam::123456789012:role/emulator-role";
    std::string external_id;                               ///< empty: none is asked for
    std::chrono::seconds longest = std::chrono::hours(1);  ///< at most this for DurationSeconds
    bool by_web_identity = true;                           ///< its trust policy names the identity provider
};

/// A token of an OpenID provider that roles trust.
struct web_identity
{
    std::string token;
    std::string subject = "system:serviceaccount:default:emulator";
    std::string audience = "sts.amazonaws.com";
    std::string provider = "https://oidc.emulator.test";
    std::chrono::system_clock::time_point expires = std::chrono::system_clock::time_point::max();
};

struct sts_options
{
    std::vector<std::string> regions = {"us-east-1"};
    std::vector<sts_role> roles = {sts_role()};
    std::vector<web_identity> identities;
};

/// The Security Token Service in its query form: `POST /` with AssumeRole, AssumeRoleWithWebIdentity or
/// GetCallerIdentity, answers and errors in XML. All but the second must be signed.
class sts_service : public service
{
public:
    sts_service(sts_options options, std::shared_ptr<aws_accounts> accounts);

    std::string_view name() const noexcept override { return "sts"; }
    bool matches(request const& r) const override;
    awaitable<response> handle(request const& r, context const& c) override;
    void reset() override;

    /// Any thread; until a reset.
    void trust(web_identity identity);
    void add(sts_role role);

private:
    response respond(request const& r, context const& c);
    class form_fields;
    response assume_role(form_fields const& f, aws_principal const& caller, context const& c);
    response with_web_identity(form_fields const& f, context const& c);
    response hand_out(form_fields const& f, sts_role const& role, std::string_view operation, std::string_view more,
                      context const& c);
    sts_role const* find(std::string_view arn) const;

    sts_options const options_;
    std::shared_ptr<aws_accounts> const accounts_;
    std::mutex mutex_;
    std::vector<sts_role> roles_;
    std::vector<web_identity> identities_;
};

} // namespace augur::emulator

#pragma once

#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>

/// @file
/// Tokens of a person: those who signed in with a tool, or who sign in now on another device.
///
/// The tools are started without a shell and looked for in the absolute folders of PATH only. Scope, tenant and
/// subscription are checked before they become arguments. A tool has ten seconds and 64 KiB; what it prints is never
/// told. A tool that is not there, or with which nobody is signed in, is not configured. Not on Windows:
/// `errc::unsupported`.

namespace augur::inline AUGUR_ABI::auth::entra {

/// What a tool is told.
class tool_options
{
public:
    /// Empty: the tool's own.
    tool_options& tenant(std::string id) { return tenant_ = std::move(id), *this; }
    /// An id or a name without blanks; Azure CLI only.
    tool_options& subscription(std::string id) { return subscription_ = std::move(id), *this; }
    tool_options& timeout(std::chrono::nanoseconds t) noexcept { return timeout_ = t, *this; }

    std::string const& tenant() const noexcept { return tenant_; }
    std::string const& subscription() const noexcept { return subscription_; }
    std::chrono::nanoseconds timeout() const noexcept { return timeout_; }

private:
    std::string tenant_;
    std::string subscription_;
    std::chrono::nanoseconds timeout_ = std::chrono::seconds(10);
};

/// `az account get-access-token`. Claims cannot be passed to it: `errc::interaction` with the command to run.
std::shared_ptr<token_source> azure_cli(source_options options, tool_options tool = {});
/// `azd auth token`.
std::shared_ptr<token_source> azure_developer_cli(source_options options, tool_options tool = {});
/// `Get-AzAccessToken` of Az.Accounts 2.2 or later, run by pwsh. Claims as for Azure CLI.
std::shared_ptr<token_source> azure_powershell(source_options options, tool_options tool = {});

/// What a person is to be told (RFC 8628).
struct device_prompt
{
    std::string message;          ///< the service's own sentence, which holds the two below
    std::string verification_uri;
    std::string user_code;
    wall_time expires{};          ///< of the code
};

/// Signs a person in on another device: `prompt` is called, on the executor of the call, when a code has been
/// issued, and the source waits until it was typed in, at most as long as the code is good (a quarter of an hour).
/// The refresh token is kept in memory, per tenant, and asked first later. `client_id` is a public client's.
/// `tenant`: also "organizations", "common" or "consumers".
///
/// A call that needs such a token waits for the person as long as its own deadline lets it; the code stays good for
/// the next one.
std::shared_ptr<token_source> device_code(std::string tenant, std::string client_id,
                                          std::function<void(device_prompt const&)> prompt, source_options options);

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/tool_sources.ipp>
#endif

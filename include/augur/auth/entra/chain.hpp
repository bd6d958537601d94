#pragma once

#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra {

/// One place of a chain.
class chain_link
{
public:
    template <class Source>
        requires std::is_convertible_v<std::shared_ptr<Source>, std::shared_ptr<token_source>>
    chain_link(std::shared_ptr<Source> source) : source_(std::move(source)) // NOLINT(google-explicit-constructor)
    {
    }
    /// Whatever goes wrong with it, the next one is asked: for tools of developers, which may be left over.
    chain_link& always_moves_on(bool yes = true) noexcept { return moves_on_ = yes, *this; }

    std::shared_ptr<token_source> const& source() const noexcept { return source_; }
    bool moves_on() const noexcept { return moves_on_; }

private:
    std::shared_ptr<token_source> source_;
    bool moves_on_ = false;
};

/// Asks each source in order. One that is not configured is passed over; any other failure ends the search. The one
/// that gave a token is asked alone from then on, so that a machine does not turn into somebody else.
std::shared_ptr<token_source> chain(std::vector<chain_link> links);

/// The places of the default chain, in its order.
enum class link_kind : std::uint8_t
{
    environment,         ///< EnvironmentCredential
    workload_identity,   ///< WorkloadIdentityCredential
    managed_identity,    ///< ManagedIdentityCredential
    azure_cli,           ///< AzureCliCredential
    azure_powershell,    ///< AzurePowerShellCredential
    azure_developer_cli, ///< AzureDeveloperCliCredential
};

/// What AZURE_TOKEN_CREDENTIALS chooses, in any case: nothing or blanks: all; "prod": the first three; "dev": the
/// others; one name: that one. Anything else is `errc::invalid_argument`, and a name of another SDK's source that
/// does not exist here `errc::unsupported`.
result<std::vector<link_kind>> choose_links(std::string_view setting);

/// The environment, workload identity, managed identity, Azure CLI, Azure PowerShell, Azure Developer CLI, or those of
/// them that AZURE_TOKEN_CREDENTIALS chooses. The tools move on whatever goes wrong, unless one is named alone.
/// `managed`: takes the third place; null: the machine's identity, or that of AZURE_CLIENT_ID, which is knocked at
/// before it is waited for unless it is named alone.
std::shared_ptr<token_source> default_chain(source_options options, std::shared_ptr<token_source> managed = {});

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/chain.ipp>
#endif

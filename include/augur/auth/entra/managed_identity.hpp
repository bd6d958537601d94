#pragma once

#include <augur/auth/entra/managed_identity_id.hpp>
#include <augur/auth/entra/source_options.hpp>
#include <augur/auth/entra/token.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra {

/// How to look for the host of managed identities.
class managed_identity_options
{
public:
    managed_identity_options() = default;
    managed_identity_options(managed_identity_id which) : which_(std::move(which)) {}

    /// One source among several: a machine without managed identities is "not configured" then, and instance
    /// metadata is knocked at before it is waited for; nobody connects within a second on other machines. Once it has
    /// answered as only it does, its tokens get the usual patience and its silence is an error. Whoever else answers
    /// there has two seconds in all, and then the next source is asked.
    managed_identity_options& in_chain(bool yes = true) noexcept { return in_chain_ = yes, *this; }
    /// Where the agent of Azure Arc puts its keys, if not at its usual place.
    managed_identity_options& arc_folder(std::string path) { return arc_folder_ = std::move(path), *this; }

    managed_identity_id const& which() const noexcept { return which_; }
    bool is_in_chain() const noexcept { return in_chain_; }
    std::string const& arc_folder() const noexcept { return arc_folder_; }

private:
    managed_identity_id which_;
    bool in_chain_ = false;
    std::string arc_folder_;
};

/// Tokens of the identity that Azure gave to this machine. Who gives them is told by the environment, in this order:
/// Service Fabric, App Service and its relatives, Azure ML compute, Cloud Shell, the agent of Azure Arc, instance
/// metadata. Requests never go through a proxy and follow no redirect.
///
/// Instance metadata is asked again after 404, 408, 429 and 5xx, three times, and after 410, which means that it is
/// being updated, seven times at ten seconds' distance; the other hosts after 404, 408, 429 and 5xx, three times.
///
/// None of these hosts can be told what a service's challenge claims: after one they are asked again, and while they
/// give the same token, the service's 401 is the caller's.
///
/// Errors: `errc::credentials_unavailable`, in a chain: there are no managed identities here, or none is assigned;
/// `errc::invalid_argument`: the environment is wrong, the identity cannot be chosen like that on this host, or the
/// agent of Arc named a key that is not its own; `entra::errc`: the host refused.
std::shared_ptr<token_source> managed_identity(source_options options, managed_identity_options how = {});

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/managed_identity.ipp>
#endif

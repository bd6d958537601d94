#pragma once

#include <augur/auth/entra/impl/source_http.ipp>
#include <augur/auth/entra/source_options.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::auth::entra {

AUGUR_INLINE std::string source_options::authority() const
{
    if (!authority_.empty())
        return authority_;
    return environment_.azure_authority_host.empty() ? std::string(authority_host(cloud_))
                                                     : environment_.azure_authority_host;
}

AUGUR_INLINE result<std::string> source_options::tenant_for(std::string const& asked, std::string const& own) const
{
    if (asked.empty() || asked == own)
        return own;
    auto const allowed = [&asked](std::string const& t) { return t == "*" || t == asked; };
    if (!is_tenant(asked) || own == "adfs" || std::none_of(tenants_.begin(), tenants_.end(), allowed))
        return detail::bad_setting("a token was asked for in the tenant \"" + sanitise(asked, 80) +
                                   "\", which `allow_tenant` does not name");
    return asked;
}

} // namespace augur::inline AUGUR_ABI::auth::entra

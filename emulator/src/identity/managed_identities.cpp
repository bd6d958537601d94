#include <augur/emulator/identity/managed_identities.hpp>

#include "../random.hpp"
#include "text.hpp"

#include <algorithm>

namespace augur::emulator {

namespace {

managed_identity made(std::string const& name)
{
    return {random_uuid(), random_uuid(),
            "/subscriptions/00000000-1111-4222-8333-444444444444/resourceGroups/emulator/providers/"
            "Microsoft.ManagedIdentity/userAssignedIdentities/" +
                name};
}

} // namespace

managed_identities::managed_identities(std::shared_ptr<token_book> tokens, std::vector<std::string> resources)
    : tokens_(std::move(tokens)), resources_(std::move(resources)), system_(made("system")), user_(made("worker"))
{
}

void managed_identities::set_up(managed_identity_setup setup)
{
    std::scoped_lock const lock(mutex_);
    setup_ = setup;
}

managed_identity_setup managed_identities::setup() const
{
    std::scoped_lock const lock(mutex_);
    return setup_;
}

void managed_identities::reset()
{
    set_up({});
}

std::optional<managed_identity> managed_identities::choose(form const& query, spelling names) const
{
    auto const is = setup();
    // A name that belongs to another host is a parameter like any other that this one does not know: no error.
    struct selector
    {
        std::string_view name, user, system;
    };
    for (auto const& s : {selector{names.client_id, user_.client_id, system_.client_id},
                          selector{names.object_id, user_.object_id, system_.object_id},
                          selector{names.resource_id, user_.resource_id, system_.resource_id}}) {
        auto const wanted = s.name.empty() ? std::nullopt : query.find(s.name);
        if (!wanted)
            continue;
        if (is.user_assigned && *wanted == s.user)
            return user_;
        if (is.system_assigned && *wanted == s.system)
            return system_;
        return std::nullopt;
    }
    if (is.system_assigned)
        return system_;
    return std::nullopt;
}

bool managed_identities::is_resource(std::string_view resource) const
{
    if (resource.ends_with('/'))
        resource.remove_suffix(1);
    return std::find(resources_.begin(), resources_.end(), resource) != resources_.end();
}

bearer_grant managed_identities::issue(managed_identity const& whose, std::string_view resource, std::string giver,
                                       std::chrono::system_clock::time_point now)
{
    bearer_grant g;
    g.audience = resource;
    g.client_id = whose.client_id;
    g.giver = std::move(giver);
    g.expires = std::chrono::floor<std::chrono::seconds>(now) + setup().lifetime;
    return tokens_->issue(std::move(g));
}

} // namespace augur::emulator

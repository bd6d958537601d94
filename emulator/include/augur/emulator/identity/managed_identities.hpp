#pragma once

#include <augur/emulator/identity/token_book.hpp>

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator {

class form;

struct managed_identity
{
    std::string client_id;
    std::string object_id;
    std::string resource_id;
};

/// What is assigned to the machine, and how its tokens look.
struct managed_identity_setup
{
    bool system_assigned = true;
    bool user_assigned = true;
    std::chrono::seconds lifetime = std::chrono::seconds(86399);
    bool dates = false; ///< ends as a date, where the old App Service gave one
};

/// The identities that all emulated hosts of managed identities share. Any thread.
class managed_identities
{
public:
    managed_identities(std::shared_ptr<token_book> tokens, std::vector<std::string> resources);

    managed_identity const& system() const noexcept { return system_; }
    managed_identity const& user() const noexcept { return user_; }
    void set_up(managed_identity_setup setup);
    managed_identity_setup setup() const;
    void reset();

    /// The parameters by which a host is told the identity, in its own spelling; empty: it has none.
    struct spelling
    {
        std::string_view client_id, object_id, resource_id;
    };
    /// The one that is asked for; without a parameter of that host's the system's. Nothing: there is no such.
    std::optional<managed_identity> choose(form const& query, spelling names) const;
    bool is_resource(std::string_view resource) const;
    bearer_grant issue(managed_identity const& whose, std::string_view resource, std::string giver,
                       std::chrono::system_clock::time_point now);

private:
    std::shared_ptr<token_book> const tokens_;
    std::vector<std::string> const resources_;
    managed_identity const system_, user_;
    mutable std::mutex mutex_;
    managed_identity_setup setup_;
};

} // namespace augur::emulator

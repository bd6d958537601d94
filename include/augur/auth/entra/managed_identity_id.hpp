#pragma once

#include <augur/config.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra {

/// Which of a machine's identities: the system's own, or one that users assigned.
class managed_identity_id
{
public:
    enum class kind : std::uint8_t
    {
        system,
        client,
        object,
        resource,
    };

    managed_identity_id() = default;
    /// Every host knows these.
    static managed_identity_id client(std::string id) { return {kind::client, std::move(id)}; }
    /// Of the service principal.
    static managed_identity_id object(std::string id) { return {kind::object, std::move(id)}; }
    /// "/subscriptions/.../userAssignedIdentities/NAME".
    static managed_identity_id resource(std::string id) { return {kind::resource, std::move(id)}; }

    kind by() const noexcept { return by_; }
    std::string const& text() const noexcept { return text_; }

private:
    managed_identity_id(kind by, std::string text) : by_(by), text_(std::move(text)) {}

    kind by_ = kind::system;
    std::string text_;
};

} // namespace augur::inline AUGUR_ABI::auth::entra

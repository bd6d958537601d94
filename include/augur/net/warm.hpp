#pragma once

#include <augur/core/error.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

/// A floor of live connections, kept by the transport that made it while the handle lives.
///
/// Once a second the transport looks whether as many connections to the origin are alive, idle or busy, as
/// were asked for, and opens the missing ones, one after another. It replaces one before the server's
/// Keep-Alive or our own limits end it. While opening fails it tries again after 1, 2, 4, ... 30 s.
/// Destroying the handle ends all that at once; the connections stay, as idle ones. So a handle that is
/// not kept is a single warming-up.
///
/// A living handle is outstanding work: `io_context::run()` does not return. It keeps the connections
/// alive when the client is gone. Like a client it is used on its executor only, and must go away there,
/// or after the executor has stopped, and before its context.
class warm_handle
{
public:
    /// What a transport puts behind a handle; destroying it gives the floor up.
    class AUGUR_DECL keeper
    {
    public:
        virtual ~keeper();
        virtual std::size_t live() const noexcept = 0;
        virtual std::optional<error> trouble() const = 0;
    };

    warm_handle() noexcept = default; ///< keeps nothing
    explicit warm_handle(std::unique_ptr<keeper> behind) noexcept : keeper_(std::move(behind)) {}

    /// Connections to the origin, idle or busy; those that are being opened count, too.
    std::size_t live() const noexcept { return keeper_ ? keeper_->live() : 0; }
    /// Why the floor could not be kept when it was last looked at; nothing: it could.
    std::optional<error> trouble() const { return keeper_ ? keeper_->trouble() : std::nullopt; }
    void release() noexcept { keeper_.reset(); }

private:
    std::unique_ptr<keeper> keeper_;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/warm.ipp>
#endif

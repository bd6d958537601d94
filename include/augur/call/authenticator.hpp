#pragma once

#include <augur/core/clock.hpp>
#include <augur/core/http.hpp>
#include <augur/net/task.hpp>

#include <cstdint>

namespace augur::inline AUGUR_ABI::call {

/// Proves to a service who is calling. Decides and does apart:
///
/// `sign` is the hot path: pure, synchronous, once per attempt on a fresh copy of the head. Without
/// usable credentials it answers `errc::credentials_needed`. `refresh` is rare: it fetches
/// credentials, and may suspend.
///
/// Used on the executor of the client that owns it; an implementation that is shared between
/// executors locks for itself, and never across a suspension.
class AUGUR_DECL authenticator
{
public:
    virtual ~authenticator();

    virtual result<void> sign(request_head& head, body const& payload, wall_time now) = 0;
    /// Ends by `until` at the latest, with an error of phase `auth`.
    virtual net::task<result<void>> refresh(net::operation& op, steady_time until) = 0;
    /// The service refused what was signed with the credentials of `generation`, and said so in these fields; before
    /// `invalidate`. The default needs none of it.
    virtual void challenged(std::uint64_t generation, headers const& fields);
    /// The service refused what was signed with the credentials of `generation`.
    virtual void invalidate(std::uint64_t generation) noexcept;
    /// Whether `refresh` may give something else after a refusal. A static key cannot.
    virtual bool is_refreshable() const noexcept;
    /// Changes with every new set of credentials, so that a late refusal of an old set is known.
    virtual std::uint64_t generation() const noexcept;
};

/// Sends requests as they are: for servers that ask for nothing.
std::shared_ptr<authenticator> no_authentication();

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/authenticator.ipp>
#endif

#pragma once

#include <augur/auth/aws/credentials.hpp>
#include <augur/auth/token_cache.hpp>
#include <augur/fwd.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws {

/// The credentials of one source, fetched once for everybody and refreshed before they end: see `token_cache`.
///
/// Threads: any. One cache may serve clients on several executors if its source can be asked on each of them, as
/// all sources of this library can.
class credential_cache
{
public:
    explicit credential_cache(std::shared_ptr<credential_source> from, policy::token_timing timing = {},
                              std::shared_ptr<random_source> random = {});

    /// Credentials that may be used at `now`; their `value` is a `credentials const`.
    token_snapshot look(wall_time now) const { return cache_.look(now); }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now);
    void invalidate(std::uint64_t generation) noexcept { cache_.invalidate(generation); }
    std::uint64_t generation() const noexcept { return cache_.generation(); }
    std::uint64_t version() const noexcept { return cache_.version(); }
    bool can_change() const noexcept { return source_->can_change(); }
    /// Which sources were asked in the last fetch, what each said, and which one won.
    std::vector<source_report> explain() const { return source_->explain(); }

private:
    std::shared_ptr<credential_source> source_;
    token_cache cache_;
};

} // namespace augur::inline AUGUR_ABI::auth::aws

#if AUGUR_HEADER_ONLY
#include <augur/auth/aws/impl/credential_cache.ipp>
#endif

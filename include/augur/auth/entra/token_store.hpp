#pragma once

#include <augur/auth/entra/token.hpp>
#include <augur/auth/token_cache.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {
class token_fetch;
}

/// As `policy::token_timing`, but after a refresh that failed the next one waits for half a minute at least: Entra
/// throttles whoever asks more often.
policy::token_timing entra_timing() noexcept;

/// The token of one source for one request, fetched once for everybody and refreshed before it ends: see
/// `auth::token_cache`.
///
/// Threads: any. May serve clients on several executors.
class access_token_cache
{
public:
    access_token_cache(std::shared_ptr<token_source> from, token_request what,
                       policy::token_timing timing = entra_timing(), std::shared_ptr<random_source> random = {});

    /// A token that may be used at `now`; its `value` is an `access_token const`.
    token_snapshot look(wall_time now) const { return cache_.look(now); }
    /// The one that came last, whether or not it may be used.
    token_snapshot current() const { return cache_.current(); }
    net::task<result<void>> refresh(net::operation& op, steady_time until, wall_time now);
    void invalidate(std::uint64_t generation) noexcept { cache_.invalidate(generation); }
    /// A service refused the token of that generation and wants one with these claims: the next fetch asks for
    /// them, until one has succeeded. To be followed by `invalidate`.
    void demand(std::uint64_t generation, std::string claims);
    std::uint64_t generation() const noexcept { return cache_.generation(); }
    std::uint64_t version() const noexcept { return cache_.version(); }
    bool can_change() const noexcept { return source_->can_change(); }
    /// Which sources were asked in the last fetch, what each said, and which one won; of a source that is no chain,
    /// what it said itself. Nothing before the first fetch.
    std::vector<source_report> explain() const { return source_->explain(); }

private:
    std::shared_ptr<token_source> source_;
    std::shared_ptr<detail::token_fetch> fetch_;
    token_cache cache_;
};

/// The tokens of one identity, in memory: one `access_token_cache` per request, so that neither scopes nor tenants nor
/// claims are ever mixed up. Share one among all clients that are the same identity.
///
/// Threads: any.
class token_store
{
public:
    explicit token_store(std::shared_ptr<token_source> from, policy::token_timing timing = entra_timing(),
                         std::shared_ptr<random_source> random = {});

    /// The same one for equal requests. Keeps at most 256; then those that nobody else holds are dropped first.
    std::shared_ptr<access_token_cache> get(token_request const& what);
    std::shared_ptr<token_source> const& source() const noexcept { return source_; }
    /// Of the last fetch for whatever request; see `access_token_cache`.
    std::vector<source_report> explain() const { return explained_->explain(); }

private:
    std::shared_ptr<token_source> source_;
    std::shared_ptr<token_source> explained_; ///< the same, and what it said
    policy::token_timing timing_;
    std::shared_ptr<random_source> random_;
    std::mutex mutex_;
    std::map<token_request, std::shared_ptr<access_token_cache>> known_;
};

} // namespace augur::inline AUGUR_ABI::auth::entra

#if AUGUR_HEADER_ONLY
#include <augur/auth/entra/impl/token_store.ipp>
#endif

#pragma once

#include <augur/auth/aws/credential_cache.hpp>
#include <augur/net/task.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

class credential_fetcher final : public token_fetcher
{
public:
    explicit credential_fetcher(std::shared_ptr<credential_source> from) noexcept : from_(std::move(from)) {}

    net::task<result<fetched_token>> fetch(net::operation& op, steady_time until) override
    {
        auto got = co_await from_->fetch(op, until);
        if (!got)
            co_return got.error();
        fetched_token out;
        out.life.expires = got->expires;
        out.life.outlives_its_end = got->outlives_its_end;
        out.value = std::make_shared<credentials const>(std::move(*got));
        co_return out;
    }

private:
    std::shared_ptr<credential_source> from_;
};

/// The loop signs with a corrected clock when a service has shown that ours is wrong, by minutes at least.
/// `signed_at`: the last time that it gave; nothing yet if that is the beginning of time.
inline wall_time time_of_signer(net::operation& op, wall_time signed_at)
{
    auto const now = op.timers().clock().wall_now();
    auto const difference = signed_at > now ? signed_at - now : now - signed_at;
    return signed_at != wall_time() && difference > std::chrono::minutes(2) ? signed_at : now;
}

} // namespace detail

AUGUR_INLINE credential_cache::credential_cache(std::shared_ptr<credential_source> from, policy::token_timing timing,
                                                std::shared_ptr<random_source> random)
    : source_(std::move(from)), cache_(std::make_shared<detail::credential_fetcher>(source_), timing, std::move(random))
{
}

AUGUR_INLINE net::task<result<void>> credential_cache::refresh(net::operation& op, steady_time until, wall_time now)
{
    return cache_.refresh(op, until, now);
}

} // namespace augur::inline AUGUR_ABI::auth::aws

#pragma once

#include <augur/auth/entra/impl/report.ipp>
#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

/// A chain tells whom it asked; for a lone source its last answer is kept here.
class explained_source final : public token_source
{
public:
    explicit explained_source(std::shared_ptr<token_source> from) noexcept : from_(std::move(from)) {}

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        auto got = co_await from_->fetch(op, until, std::move(what));
        auto report = report_of(*from_, got);
        report.failed = !got && !is_nothing_here(got.error());
        std::lock_guard const lock(mutex_);
        last_ = std::move(report);
        co_return got;
    }
    bool can_change() const noexcept override { return from_->can_change(); }
    std::chrono::nanoseconds longest_fetch() const noexcept override { return from_->longest_fetch(); }
    std::string name() const override { return from_->name(); }
    std::vector<source_report> explain() const override
    {
        auto out = from_->explain();
        std::lock_guard const lock(mutex_);
        if (out.empty() && last_)
            out.push_back(*last_);
        return out;
    }

private:
    std::shared_ptr<token_source> from_;
    std::mutex mutable mutex_; ///< over what follows: it may serve several executors
    std::optional<source_report> last_;
};

class token_fetch final : public token_fetcher
{
public:
    token_fetch(std::shared_ptr<token_source> from, token_request what) noexcept
        : from_(std::move(from)), what_(std::move(what))
    {
    }

    net::task<result<fetched_token>> fetch(net::operation& op, steady_time until) override
    {
        auto what = what_;
        auto const demanded = current_demand();
        if (!demanded.empty())
            what.claims(demanded);
        auto got = co_await from_->fetch(op, until, std::move(what));
        if (!got)
            co_return got.error();
        met(demanded);
        fetched_token out;
        out.life.expires = got->expires;
        out.life.refresh_at = got->refresh_at;
        out.value = std::make_shared<access_token const>(std::move(*got));
        co_return out;
    }

    void demand(std::string claims)
    {
        std::lock_guard const lock(mutex_);
        demanded_ = std::move(claims);
    }

private:
    std::string current_demand() const
    {
        std::lock_guard const lock(mutex_);
        return demanded_;
    }
    void met(std::string const& demanded)
    {
        std::lock_guard const lock(mutex_);
        if (demanded_ == demanded)
            demanded_.clear();
    }

    std::shared_ptr<token_source> from_;
    token_request what_;
    std::mutex mutable mutex_; ///< over what follows
    std::string demanded_;
};

inline policy::token_timing patient(policy::token_timing timing, token_source const& from) noexcept
{
    timing.fetch_limit = std::max(timing.fetch_limit, from.longest_fetch());
    return timing;
}

} // namespace detail

AUGUR_INLINE policy::token_timing entra_timing() noexcept
{
    policy::token_timing out;
    out.retry_base = std::chrono::minutes(1); // of which chance takes half at most
    out.retry_cap = std::chrono::minutes(2);
    return out;
}

AUGUR_INLINE access_token_cache::access_token_cache(std::shared_ptr<token_source> from, token_request what,
                                                    policy::token_timing timing, std::shared_ptr<random_source> random)
    : source_(std::make_shared<detail::explained_source>(std::move(from))),
      fetch_(std::make_shared<detail::token_fetch>(source_, std::move(what))),
      cache_(fetch_, detail::patient(timing, *source_), std::move(random))
{
}

AUGUR_INLINE net::task<result<void>> access_token_cache::refresh(net::operation& op, steady_time until, wall_time now)
{
    return cache_.refresh(op, until, now);
}

AUGUR_INLINE void access_token_cache::demand(std::uint64_t generation, std::string claims)
{
    if (generation == cache_.generation()) // else a newer token is here, and nobody refused it
        fetch_->demand(std::move(claims));
}

AUGUR_INLINE token_store::token_store(std::shared_ptr<token_source> from, policy::token_timing timing,
                                      std::shared_ptr<random_source> random)
    : source_(std::move(from)),
      explained_(std::make_shared<detail::explained_source>(source_)),
      timing_(timing),
      random_(std::move(random))
{
}

AUGUR_INLINE std::shared_ptr<access_token_cache> token_store::get(token_request const& what)
{
    std::lock_guard const lock(mutex_);
    if (auto const found = known_.find(what); found != known_.end())
        return found->second;
    if (known_.size() >= 256)
        std::erase_if(known_, [](auto const& one) { return one.second.use_count() == 1; });
    auto made = std::make_shared<access_token_cache>(explained_, what, timing_, random_);
    if (known_.size() < 256)
        known_.emplace(what, made);
    return made;
}

} // namespace augur::inline AUGUR_ABI::auth::entra

#pragma once

#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/auth/entra/wire.hpp>
#include <augur/call/authenticator.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

class bearer_authenticator final : public call::authenticator
{
public:
    explicit bearer_authenticator(std::shared_ptr<access_token_cache> cache) noexcept : cache_(std::move(cache)) {}

    result<void> sign(request_head& head, body const&, wall_time now) override
    {
        bool const fresh = !value_.empty() && version_ == cache_->version() && (!ask_again_ || now < *ask_again_);
        if (!fresh && !take_fresh(now))
            return error(make_error_code(augur::errc::credentials_needed), phase::auth);
        if (head.find("authorization")) // two proofs: nobody knows which one counts
            return make_error(augur::errc::invalid_argument, phase::auth, outcome::not_sent,
                              "header \"authorization\" holds the token and is set by nobody else");
        return head.add("authorization", value_.reveal());
    }

    /// A token's end is counted by our own clock: how wrong that is makes no difference.
    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        return cache_->refresh(op, until, op.timers().clock().wall_now());
    }

    void challenged(std::uint64_t generation, headers const& fields) override
    {
        if (auto claims = wire::demanded_claims(fields))
            cache_->demand(generation, std::move(*claims));
    }
    void invalidate(std::uint64_t generation) noexcept override { cache_->invalidate(generation); }
    bool is_refreshable() const noexcept override { return cache_->can_change(); }
    std::uint64_t generation() const noexcept override { return cache_->generation(); }

private:
    bool take_fresh(wall_time now)
    {
        auto const found = cache_->look(now);
        if (!found.value)
            return false;
        std::string text = "Bearer ";
        auto const token = static_cast<access_token const*>(found.value.get())->text.reveal();
        text.reserve(text.size() + token.size());
        text.append(token);
        value_ = secret(std::move(text));
        version_ = found.version;
        ask_again_ = found.ask_again;
        return true;
    }

    std::shared_ptr<access_token_cache> cache_;
    secret value_; ///< of the header
    std::uint64_t version_ = 0;
    std::optional<wall_time> ask_again_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<call::authenticator> bearer(std::shared_ptr<access_token_cache> shared)
{
    return std::make_shared<detail::bearer_authenticator>(std::move(shared));
}

AUGUR_INLINE std::shared_ptr<call::authenticator> bearer(std::shared_ptr<token_store> shared, token_request what)
{
    return bearer(shared->get(what));
}

AUGUR_INLINE std::shared_ptr<call::authenticator> bearer(std::shared_ptr<token_source> source, token_request what)
{
    return bearer(std::make_shared<access_token_cache>(std::move(source), std::move(what)));
}

} // namespace augur::inline AUGUR_ABI::auth::entra

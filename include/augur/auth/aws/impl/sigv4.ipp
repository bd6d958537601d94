#pragma once

#include <augur/auth/aws/impl/credential_cache.ipp>
#include <augur/auth/aws/sigv4.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/codec/sigv4.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

class sigv4_authenticator final : public call::authenticator
{
public:
    sigv4_authenticator(std::shared_ptr<credential_cache> cache, std::string region, std::string service,
                        sigv4_options options)
        : cache_(std::move(cache)), region_(std::move(region)), service_(std::move(service)), options_(options)
    {
    }

    result<void> sign(request_head& head, body const& payload, wall_time now) override
    {
        signed_at_ = now;
        if (!is_fresh_at(now) && !take_fresh(now))
            return error(make_error_code(errc::credentials_needed), phase::auth);
        bool const like_last = std::exchange(can_repeat_, false) && head.text() == last_head_;
        if (!like_last)
            last_head_ = head.text();
        constexpr std::string_view added_here[] = {"authorization", "x-amz-date", "x-amz-security-token"};
        for (auto const ours : added_here)
            if (head.find(ours)) // sent twice, it would be refused as a wrong signature
                return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                                  "header \"" + std::string(ours) + "\" is set by the signer and by nobody else");
        if (!current_->session_token.empty())
            if (auto added = head.add("x-amz-security-token", current_->session_token.reveal()); !added)
                return added;
        auto const hash = options_.sign_payload ? hash_of(payload) : codec::unsigned_payload;
        if (options_.send_payload_hash)
            if (auto added = head.add("x-amz-content-sha256", hash); !added)
                return added;
        if (!key_ || key_->scope().day() != std::chrono::floor<std::chrono::days>(now)) {
            auto found = keys_.get(current_->secret_access_key.reveal(), now, region_, service_);
            if (!found)
                return found.error();
            key_ = std::move(*found);
        }
        if (!like_last || !codec::sign_again(current_->access_key_id, hash, *key_, now, signature_))
            if (auto made = sign_anew(head, hash, now); !made)
                return made;
        can_repeat_ = true;
        if (auto added = head.add("x-amz-date", signature_.amz_date()); !added)
            return added;
        return head.add("authorization", signature_.authorization());
    }

    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        return cache_->refresh(op, until, time_of_signer(op, signed_at_));
    }

    void invalidate(std::uint64_t generation) noexcept override { cache_->invalidate(generation); }
    bool is_refreshable() const noexcept override { return cache_->can_change(); }
    std::uint64_t generation() const noexcept override { return cache_->generation(); }

private:
    bool is_fresh_at(wall_time now) const noexcept
    {
        return current_ != nullptr && version_ == cache_->version() && (!ask_again_ || now < *ask_again_);
    }

    /// Takes what the cache has over, if it may be used.
    bool take_fresh(wall_time now)
    {
        auto found = cache_->look(now);
        if (!found.value)
            return false;
        version_ = found.version;
        ask_again_ = found.ask_again;
        auto next = std::static_pointer_cast<credentials const>(std::move(found.value));
        if (next == current_)
            return true;
        keys_.clear();
        key_.reset();
        can_repeat_ = false; // what was signed has the old session token
        current_ = std::move(next);
        return true;
    }

    result<void> sign_anew(request_head const& head, std::string_view hash, wall_time now)
    {
        auto request = codec::sigv4_request(head.method(), head.target(), fields_.assign(head), hash);
        request.encoding(options_.encoding).normalisation(options_.normalisation);
        return codec::sign_headers(request, current_->access_key_id, *key_, now, signature_);
    }

    /// A large payload is hashed once per call, however often it is sent.
    static std::string_view hash_of(body const& payload) noexcept
    {
        if (payload.remembered_sha256() == nullptr)
            payload.remember_sha256(codec::sha256_hex(payload.bytes()));
        auto const& hex = *payload.remembered_sha256();
        return {hex.data(), hex.size()};
    }

    std::shared_ptr<credential_cache> cache_;
    std::string region_;
    std::string service_;
    sigv4_options options_;
    std::shared_ptr<credentials const> current_;
    std::uint64_t version_ = 0; ///< of the cache when they were taken from it
    std::optional<wall_time> ask_again_; ///< then
    wall_time signed_at_{}; ///< by the caller's clock, perhaps corrected
    codec::signing_key_cache keys_;
    std::shared_ptr<codec::signing_key const> key_; ///< of today, so that the cache need not be searched
    codec::signable_headers fields_;
    codec::sigv4_signature signature_;
    std::string last_head_; ///< before we added anything to it
    bool can_repeat_ = false; ///< `signature_` is of that head
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<call::authenticator> sigv4(std::shared_ptr<credential_source> source, std::string region,
                                                        std::string service, sigv4_options options)
{
    return sigv4(std::make_shared<credential_cache>(std::move(source)), std::move(region), std::move(service), options);
}

AUGUR_INLINE std::shared_ptr<call::authenticator> sigv4(std::shared_ptr<credential_cache> shared, std::string region,
                                                        std::string service, sigv4_options options)
{
    return std::make_shared<detail::sigv4_authenticator>(std::move(shared), std::move(region), std::move(service),
                                                         options);
}

} // namespace augur::inline AUGUR_ABI::auth::aws

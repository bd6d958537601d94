#pragma once

#include <augur/auth/aws/bearer_token.hpp>
#include <augur/auth/aws/impl/credential_cache.ipp>
#include <augur/call/authenticator.hpp>
#include <augur/codec/base64.hpp>
#include <augur/codec/sigv4.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI::auth::aws {

namespace detail {

class made_bearer_authenticator final : public call::authenticator
{
public:
    made_bearer_authenticator(std::shared_ptr<credential_cache> cache, std::string region, std::string service)
        : cache_(std::move(cache)), region_(std::move(region)), service_(std::move(service))
    {
    }

    result<void> sign(request_head& head, body const&, wall_time now) override
    {
        signed_at_ = now;
        bool const is_good = token_ && version_ == cache_->version() && now >= made_at_ && now < make_again_;
        if (!is_good)
            if (auto made = make(now); !made)
                return made;
        return head.add("authorization", token_->reveal());
    }

    net::task<result<void>> refresh(net::operation& op, steady_time until) override
    {
        return cache_->refresh(op, until, time_of_signer(op, signed_at_));
    }

    void invalidate(std::uint64_t generation) noexcept override { cache_->invalidate(generation); }
    bool is_refreshable() const noexcept override { return cache_->can_change(); }
    std::uint64_t generation() const noexcept override { return cache_->generation(); }

private:
    result<void> make(wall_time now)
    {
        auto const found = cache_->look(now);
        if (!found.value)
            return error(make_error_code(errc::credentials_needed), phase::auth);
        auto const& from = *static_cast<credentials const*>(found.value.get());
        auto made = make_bearer_token(from, region_, service_, std::chrono::hours(1), now);
        if (!made)
            return made.error();
        std::string text = "Bearer ";
        text.reserve(text.size() + made->text.reveal().size());
        text.append(made->text.reveal());
        token_ = secret(std::move(text));
        version_ = found.version;
        made_at_ = now;
        make_again_ = now + (made->expires - now) / 2;
        if (found.ask_again)
            make_again_ = std::min(make_again_, *found.ask_again);
        return {};
    }

    std::shared_ptr<credential_cache> cache_;
    std::string region_;
    std::string service_;
    std::optional<secret> token_;
    std::uint64_t version_ = 0; ///< of the cache when it was made
    wall_time made_at_{};
    wall_time make_again_{};
    wall_time signed_at_{}; ///< by the caller's clock, perhaps corrected
};

} // namespace detail

AUGUR_INLINE result<made_token> make_bearer_token(credentials const& from, std::string_view region,
                                                  std::string_view service, std::chrono::seconds life, wall_time now)
{
    auto const refuse = [](errc code, std::string_view why) {
        return make_error(code, phase::auth, outcome::not_sent, std::string(why));
    };
    if (life < std::chrono::seconds(1) || life > std::chrono::hours(12))
        return refuse(errc::invalid_argument, "a bearer token lives from 1 second to 12 hours");
    if (from.expires && *from.expires <= now)
        return refuse(errc::credentials_unavailable, "the credentials for a bearer token have ended");
    auto const key = codec::derive_signing_key(from.secret_access_key.reveal(), now, region, service);
    if (!key)
        return key.error();
    std::string const host = std::string(service) + ".amazonaws.com";
    std::array<headers::field, 1> const fields{{{"host", host}}};
    codec::sigv4_request const request("POST", "/?Action=CallWithBearerToken", fields, codec::empty_payload_hash);
    codec::presign_options options(life);
    options.session_token(from.session_token.reveal());
    codec::sigv4_signature signature;
    if (auto made = codec::presign(request, from.access_key_id, *key, now, options, signature); !made)
        return made.error();
    constexpr std::string_view version = "&Version=1";
    constexpr std::string_view mark = "-api-key-";
    std::string url; // neither text moves: that would leave a copy behind
    url.reserve(host.size() + signature.target().size() + version.size());
    url.append(host).append(signature.target()).append(version);
    std::string text;
    text.reserve(service.size() + mark.size() + codec::base64_size(url.size()));
    text.append(service).append(mark);
    auto const start = text.size();
    text.resize(start + codec::base64_size(url.size()));
    codec::base64_encode_to(url, text.data() + start);
    cleanse(url.data(), url.size());
    made_token out;
    out.text = secret(std::move(text));
    out.expires = now + life;
    if (from.expires)
        out.expires = std::min(out.expires, *from.expires);
    return out;
}

AUGUR_INLINE std::shared_ptr<call::authenticator> made_bearer(std::shared_ptr<credential_cache> shared,
                                                              std::string region, std::string service)
{
    return std::make_shared<detail::made_bearer_authenticator>(std::move(shared), std::move(region),
                                                               std::move(service));
}

} // namespace augur::inline AUGUR_ABI::auth::aws

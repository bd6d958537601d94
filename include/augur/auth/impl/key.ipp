#pragma once

#include <augur/auth/key.hpp>
#include <augur/call/authenticator.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::auth {

namespace detail {

class header_authenticator final : public call::authenticator
{
public:
    header_authenticator(std::string name, secret value) noexcept : name_(std::move(name)), value_(std::move(value)) {}

    result<void> sign(request_head& head, body const&, wall_time) override
    {
        if (value_.empty())
            return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent, "the key is empty");
        if (head.find(name_)) // two keys: nobody knows which one counts
            return make_error(errc::invalid_argument, phase::auth, outcome::not_sent,
                              "header \"" + sanitise(name_, 64) + "\" holds the key and is set by nobody else");
        return head.add(name_, value_.reveal());
    }

    net::task<result<void>> refresh(net::operation&, steady_time) override
    {
        co_return make_error(errc::credentials_unavailable, phase::auth, outcome::not_sent,
                             "a key cannot be fetched anew");
    }

private:
    std::string name_;
    secret value_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<call::authenticator> bearer(secret key)
{
    if (key.empty())
        return header("authorization", secret());
    std::string value = "Bearer ";
    value.append(key.reveal());
    return header("authorization", secret(std::move(value)));
}

AUGUR_INLINE std::shared_ptr<call::authenticator> api_key(secret key)
{
    return header("api-key", std::move(key));
}

AUGUR_INLINE std::shared_ptr<call::authenticator> header(std::string name, secret value)
{
    return std::make_shared<detail::header_authenticator>(std::move(name), std::move(value));
}

} // namespace augur::inline AUGUR_ABI::auth

#pragma once

#include <augur/auth/entra/impl/support.ipp>
#include <augur/auth/entra/token.hpp>
#include <augur/core/headers.hpp>
#include <augur/net/task.hpp>

namespace augur::inline AUGUR_ABI::auth::entra {

AUGUR_INLINE token_source::~token_source() = default;
AUGUR_INLINE bool token_source::can_change() const noexcept
{
    return true;
}
AUGUR_INLINE std::chrono::nanoseconds token_source::longest_fetch() const noexcept
{
    return std::chrono::nanoseconds(0);
}
AUGUR_INLINE std::vector<source_report> token_source::explain() const
{
    return {};
}

namespace detail {

class fixed_token_source final : public token_source
{
public:
    explicit fixed_token_source(secret text) noexcept : text_(std::move(text)) {}
    net::task<result<access_token>> fetch(net::operation&, steady_time, token_request) override
    {
        access_token out;
        if (text_.empty())
            co_return nothing_here("the token given in code is empty");
        if (!is_field_value(text_.reveal()))
            co_return bad_setting("the token given in code cannot stand in a header");
        out.text = text_;
        out.source = name();
        co_return out;
    }
    bool can_change() const noexcept override { return false; }
    std::string name() const override { return "a token given in code"; }

private:
    secret text_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<token_source> fixed_token(secret text)
{
    return std::make_shared<detail::fixed_token_source>(std::move(text));
}

} // namespace augur::inline AUGUR_ABI::auth::entra

#pragma once

#include <augur/call/authenticator.hpp>

namespace augur::inline AUGUR_ABI::call {

AUGUR_INLINE authenticator::~authenticator() = default;
AUGUR_INLINE void authenticator::challenged(std::uint64_t, headers const&) {}
AUGUR_INLINE void authenticator::invalidate(std::uint64_t) noexcept {}
AUGUR_INLINE bool authenticator::is_refreshable() const noexcept
{
    return false;
}
AUGUR_INLINE std::uint64_t authenticator::generation() const noexcept
{
    return 0;
}

namespace detail {

class anonymous final : public authenticator
{
public:
    result<void> sign(request_head&, body const&, wall_time) override { return {}; }
    net::task<result<void>> refresh(net::operation&, steady_time) override { co_return result<void>(); }
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<authenticator> no_authentication()
{
    return std::make_shared<detail::anonymous>();
}

} // namespace augur::inline AUGUR_ABI::call

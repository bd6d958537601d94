#pragma once

#include <augur/config.hpp>

namespace augur::inline AUGUR_ABI::policy {

/// What retries may cost a client, all its calls together: a service that fails for everybody is
/// not hit three times as hard by everybody.
///
/// A retry takes its cost, a success gives back what that call took last, or 1 when it needed no
/// retry. Failures give nothing back. One per client; used on the client's executor only. Source:
/// AWS standard retry mode.
class retry_quota
{
public:
    static constexpr int default_capacity = 500;

    explicit retry_quota(int capacity = default_capacity) noexcept
        : capacity_(capacity > 0 ? capacity : 0), available_(capacity_)
    {
    }

    /// Takes `cost`, or takes nothing and answers false.
    [[nodiscard]] bool try_take(int cost) noexcept
    {
        if (cost > available_)
            return false;
        available_ -= cost > 0 ? cost : 0;
        return true;
    }

    /// What was taken for a retry that was not made after all, because its call was cancelled for instance.
    void returned(int cost) noexcept
    {
        int const amount = cost > 0 ? cost : 0;
        available_ = amount >= capacity_ - available_ ? capacity_ : available_ + amount;
    }

    /// A call ended well. `last_cost`: what its last retry took (`retry_decision::cost()`), 0 if it
    /// needed none.
    void succeeded(int last_cost) noexcept { returned(last_cost > 1 ? last_cost : 1); }

    int available() const noexcept { return available_; }
    int capacity() const noexcept { return capacity_; }

private:
    int capacity_;
    int available_;
};

} // namespace augur::inline AUGUR_ABI::policy

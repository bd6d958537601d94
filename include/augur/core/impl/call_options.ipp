#pragma once

#include <augur/core/call_options.hpp>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE call_options::call_options() noexcept = default;
AUGUR_INLINE call_options::call_options(call_options const&) = default;
AUGUR_INLINE call_options::call_options(call_options&&) noexcept = default;
AUGUR_INLINE call_options& call_options::operator=(call_options const&) = default;
AUGUR_INLINE call_options& call_options::operator=(call_options&&) noexcept = default;
AUGUR_INLINE call_options::~call_options() = default;

/// Zero or less means "at once", so that the least of all may stand for "not set".
AUGUR_INLINE call_options::duration call_options::given(duration d) noexcept
{
    return d == unset ? duration::zero() : d;
}

AUGUR_INLINE call_options& call_options::header(std::string name, std::string value)
{
    headers_.emplace_back(std::move(name), std::move(value));
    return *this;
}

AUGUR_INLINE std::optional<augur::replay> call_options::replay() const noexcept
{
    return has_replay_ ? std::optional(replay_) : std::nullopt;
}

AUGUR_INLINE phase_limits call_options::limits(phase_limits base) const noexcept
{
    auto const set = [](duration& to, duration from) { to = from == unset ? to : from; };
    set(base.total, total_);
    set(base.auth, auth_);
    set(base.pool_wait, pool_wait_);
    set(base.resolve, resolve_);
    set(base.connect, connect_);
    set(base.proxy, proxy_);
    set(base.tls, tls_);
    set(base.write, write_);
    set(base.first_byte, first_byte_);
    set(base.first_event, first_event_);
    set(base.idle, idle_);
    return base;
}

AUGUR_INLINE call_options deadline(call_options::duration d)
{
    call_options out;
    out.deadline(d);
    return out;
}

} // namespace augur::inline AUGUR_ABI

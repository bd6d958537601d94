#pragma once

#include <augur/config.hpp>
#include <augur/core/chrono.hpp>

namespace augur::inline AUGUR_ABI::policy {

/// The wait before retry number `retry` (1 is the first): full jitter over an exponential ceiling,
/// `unit * min(base * 2^(retry - 1), cap)`.
///
/// `unit` is uniform in [0, 1] and comes from the caller; a value outside is taken as the nearer end.
/// Never negative, never above `cap`, whatever the number of the retry. Source: the AWS retry
/// behaviour, both versions.
std::chrono::nanoseconds backoff_delay(int retry, std::chrono::nanoseconds base, std::chrono::nanoseconds cap,
                                       double unit) noexcept;

} // namespace augur::inline AUGUR_ABI::policy

#if AUGUR_HEADER_ONLY
#include <augur/policy/impl/backoff.ipp>
#endif

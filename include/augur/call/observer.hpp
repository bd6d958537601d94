#pragma once

#include <augur/core/meta.hpp>
#include <augur/net/transport.hpp>
#include <augur/policy/retry.hpp>

#include <string_view>

namespace augur::inline AUGUR_ABI::call {

/// An attempt that is about to leave. Views live during the hook only.
struct attempt_start
{
    std::string_view method;
    std::string_view target;
    net::origin const& to;
    int attempt; ///< 1 for the first
};

/// An attempt that ended, well or badly.
struct attempt_end
{
    int attempt;
    int http_status;        ///< 0: no response
    error const* failure;   ///< null: success
    net::exchange_report const& report;
    /// What happens next; null when the attempt succeeded.
    policy::retry_decision const* decision;
};

/// A call that ended.
struct call_end
{
    augur::meta const& meta;
    error const* failure; ///< null: success
};

/// Watches calls. Hooks run on the client's executor in the middle of a call: be quick, do not throw.
/// They see no header value, no body and no secret.
class AUGUR_DECL observer
{
public:
    virtual ~observer();
    virtual void on_attempt_start(attempt_start const&) noexcept;
    virtual void on_attempt_end(attempt_end const&) noexcept;
    virtual void on_call_end(call_end const&) noexcept;
};

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/observer.ipp>
#endif

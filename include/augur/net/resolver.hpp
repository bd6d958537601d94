#pragma once

#include <augur/net/endpoint.hpp>
#include <augur/net/task.hpp>

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::net {

/// Turns a host name into addresses, the preferred first.
class AUGUR_DECL resolver
{
public:
    virtual ~resolver();
    /// Fails with `errc::resolve_failed` (there is no such name: not repeated), `resolve_unavailable` (nobody
    /// can say now: repeated), `resource_exhausted`, `resolve_timeout`, or what `op.interrupted` says. Asked for
    /// every new connection: a cache, if there is to be one, is the resolver's.
    virtual task<result<std::vector<address>>> resolve(operation& op, std::string host, steady_time until) = 0;
};

/// The address in `text`, if it is one.
std::optional<address> parse_address(std::string_view text) noexcept;
std::string to_string(address const& a);

/// The operating system's `getaddrinfo`.
///
/// It blocks and cannot be interrupted, so it runs on threads of its own, the only ones that Augur
/// ever starts: at most four per process-wide context, each ending when the queue is empty. A lookup that
/// hangs keeps its thread, never its caller: the caller goes on at its limit, and the client may be
/// destroyed meanwhile without waiting. Who asks for a name that is being looked up shares that lookup,
/// so a name that hangs keeps one thread. The threads take no signals. Addresses written as numbers and
/// localhost start no thread. Keeps no answers, good or bad: the system's own cache and name servers do.
std::shared_ptr<resolver> system_resolver(boost::asio::any_io_executor executor);

/// Fixed answers, exact host names in lower-case; other names fail. No thread, no lookup.
std::shared_ptr<resolver> pinned_resolver(std::vector<std::pair<std::string, std::vector<address>>> hosts);

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/resolver.ipp>
#endif

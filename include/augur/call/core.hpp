#pragma once

#include <augur/call/authenticator.hpp>
#include <augur/call/client_config.hpp>
#include <augur/call/environment.hpp>
#include <augur/call/observer.hpp>
#include <augur/core/clock.hpp>
#include <augur/core/log.hpp>
#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/task.hpp>
#include <augur/policy/auth_recovery.hpp>
#include <augur/policy/retry.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::call {

/// Keeps objects for the sake of their memory, so that a warm call allocates none.
template <class T>
class shelf
{
public:
    T take()
    {
        if (kept_.empty()) {
            kept_.reserve(64); // so that `put` needs no memory
            return T();
        }
        T out = std::move(kept_.back());
        kept_.pop_back();
        return out;
    }
    void put(T used) noexcept
    {
        if (kept_.size() < kept_.capacity())
            kept_.push_back(std::move(used));
    }

private:
    std::vector<T> kept_;
};

/// What all calls of one client share. A client's copies share it; pending calls keep it alive.
struct core
{
    core(boost::asio::any_io_executor executor, client_config config);

    boost::asio::any_io_executor executor;
    client_config config;
    net::arena_handle arena;
    std::shared_ptr<net::timer_service> timers;
    std::shared_ptr<random_source> random;
    std::shared_ptr<net::transport> transport; ///< null until the first call
    std::shared_ptr<authenticator> auth;       ///< null until the first call
    policy::retry_policy retry;
    policy::retry_quota quota;
    std::string user_agent;
    shelf<request_head> heads; ///< of requests that ended
    shelf<headers> fields;     ///< of responses that were read
    /// What is added to our wall clock before signing, learned from refused requests.
    std::chrono::nanoseconds clock_correction{};
    /// A forked child shares its parent's sockets: it must not use them.
    std::int64_t process = process_id();
};

/// Makes the HTTPS transport of a client that was given none. `ca_file`: for a configuration that
/// names no authorities itself.
void ensure_transport(core& shared, environment const& e, std::string const& ca_file);

/// For what talks to others on the client's behalf, such as sources of credentials: `e`, and in place of its proxy the
/// one that the client was told of in code, if it was.
environment environment_for(client_config const& config, environment e);

std::shared_ptr<net::origin const> origin_of(url const& base);

/// Puts what the loop knows (attempts, times, reuse) into a meta that has what the response said
/// (ids, variant, rate limits).
void merge_meta(augur::meta& into, augur::meta const& from) noexcept;

/// Headers that count attempts, added to each attempt after it was signed: they are not part of the proof.
using decorate_function = result<void> (*)(request_head& head, std::string_view call_id, int attempt, int max_attempts);
/// A provider's reading of a response that is not 2xx.
using parse_error_function = error (*)(http_response const& response, wall_time now);

/// A provider's reading of a streamed success: what its head says of the call.
using read_meta_function = void (*)(augur::meta& into, headers const& fields);

/// One call: what to send, where, and how to understand a refusal.
class plan
{
public:
    plan(std::shared_ptr<net::origin const> to, http_request request, parse_error_function read_error) noexcept
        : to_(std::move(to)), request_(std::move(request)), parse_error_(read_error)
    {
    }
    plan(net::origin to, http_request request, parse_error_function read_error)
        : plan(std::make_shared<net::origin const>(std::move(to)), std::move(request), read_error)
    {
    }
    plan& decorate(decorate_function f) noexcept { return decorate_ = f, *this; }
    /// Of a stream; see `call::open`.
    plan& read_meta(read_meta_function f) noexcept { return read_meta_ = f, *this; }

    net::origin const& to() const noexcept { return *to_; }
    http_request const& request() const noexcept { return request_; }
    parse_error_function parse_error() const noexcept { return parse_error_; }
    decorate_function decorate() const noexcept { return decorate_; }
    read_meta_function read_meta() const noexcept { return read_meta_; }
    http_request& request() noexcept { return request_; }

private:
    std::shared_ptr<net::origin const> to_;
    http_request request_;
    parse_error_function parse_error_;
    decorate_function decorate_ = nullptr;
    read_meta_function read_meta_ = nullptr;
};

/// A 2xx response and what was learned on the way to it.
struct answer
{
    http_response response;
    augur::meta meta;
    wall_time received_at{}; ///< of the response
};

/// The one loop: sign, send, understand, decide, wait, again.
///
/// Repeats what the retry policy allows, and once each a request whose proof of identity was refused with
/// fresh credentials and with a corrected clock: these two at once and without a price, but counted as
/// attempts like any other. The error of a failed call is that of its last attempt, with the number of
/// attempts; its outcome is `unknown` if an earlier one that was repeated may have acted.
///
/// Plan, options and `into` must live until the task has ended. The plan is used up: its head is taken. `into` is set
/// only on success.
net::task<result<void>> perform(net::operation& op, core& shared, plan& what, call_options const& options,
                                answer& into);

/// The limits that a call of this client with these options obeys.
phase_limits limits_of(core const& shared, call_options const& options) noexcept;

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/core.ipp>
#endif

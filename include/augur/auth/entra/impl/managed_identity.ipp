#pragma once

#include <augur/auth/entra/impl/arc_key.ipp>
#include <augur/auth/entra/impl/managed_identity_plan.ipp>
#include <augur/auth/entra/impl/source_http.ipp>
#include <augur/auth/entra/managed_identity.hpp>
#include <augur/codec/service_error.hpp>

#include <atomic>
#include <filesystem>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

using wire::identity_host;
using wire::identity_request;

/// The rule for one host, as `service_call` takes it.
template <identity_host Host>
inline std::optional<std::chrono::nanoseconds> repeat_identity_call(int attempt, result<http_response> const& got,
                                                                    wall_time now)
{
    if (!got && !auth::detail::worth_repeating(got))
        return std::nullopt;
    std::optional<std::chrono::nanoseconds> asked;
    if (got)
        asked = codec::asked_wait_of(got->fields, now).wait;
    return wire::identity_pause(Host, attempt, got ? got->status : 0, asked);
}

/// The same for a call that goes on where one attempt ended.
inline std::optional<std::chrono::nanoseconds> repeat_behind_first(int attempt, result<http_response> const& got,
                                                                   wall_time now)
{
    return repeat_identity_call<identity_host::imds>(attempt + 1, got, now);
}

inline auth::detail::repeat_rule rule_of(identity_host host) noexcept
{
    if (host == identity_host::imds)
        return &repeat_identity_call<identity_host::imds>;
    return &repeat_identity_call<identity_host::app_service>; // all others alike
}

inline std::shared_ptr<service_call> call_of(identity_request const& r)
{
    auto call = std::make_shared<service_call>("managed identity of " + std::string(wire::to_string(r.host)), r.to);
    call->method(r.method).target(r.target).repeat(rule_of(r.host)).direct();
    for (auto const& [name, value] : r.fields)
        call->field(name, value);
    if (!r.content.empty())
        call->content(secret(r.content));
    return call;
}

inline bool has_arc_agent()
{
#if defined(_WIN32)
    return false; // its installer sets the variables
#else
    std::error_code ignored;
    return std::filesystem::exists("/opt/azcmagent/bin/himds", ignored);
#endif
}

class managed_identity_source final : public token_source
{
public:
    managed_identity_source(source_options options, managed_identity_options how)
        : settings_(std::make_shared<source_options const>(std::move(options))), how_(std::move(how))
    {
    }

    net::task<result<access_token>> fetch(net::operation& op, steady_time, token_request what) override
    {
        auto const& e = settings_->environment();
        auto const host = wire::host_of(e, has_arc_agent());
        auto request = wire::plan_identity(e, host, how_.which(), what);
        if (!request)
            co_return request.error();
        bool const may_be_absent = how_.is_in_chain() && host == identity_host::imds;
        bool const by_header = host == identity_host::app_service || host == identity_host::service_fabric;
        secret proof = by_header ? e.identity_header : e.msi_secret;
        result<http_response> got = error();
        if (may_be_absent && !is_there_.load(std::memory_order_relaxed)) {
            got = co_await ask_stranger(op, *request);
        }
        else {
            auto settings = host == identity_host::service_fabric ? pinned(*settings_) : settings_;
            got = co_await call_service(op, std::move(settings), call_of(*request));
        }
        if (got && host == identity_host::arc) {
            auto key = read_key(*got);
            if (!key)
                co_return key.error();
            proof = std::move(*key);
            auto const proven = wire::answer_challenge(std::move(*request), proof);
            got = co_await call_service(op, settings_, call_of(proven));
        }
        if (!got) {
            // Who is there and is slow or broken is no reason to become somebody else.
            if (!may_be_absent || is_there_.load(std::memory_order_relaxed) || is_over(op))
                co_return got.error();
            co_return nothing_here(std::string(got.error().message()));
        }
        auto const now = op.timers().clock().wall_now();
        auto out = wire::read_identity(host, how_.which(), *got, now, how_.is_in_chain(), proof.reveal());
        cleanse(got->content.data(), got->content.size());
        if (out)
            is_there_.store(true, std::memory_order_relaxed);
        co_return out;
    }
    /// Instance metadata that is being updated wants more patience than a cache has by itself.
    std::chrono::nanoseconds longest_fetch() const noexcept override
    {
        bool const is_imds = wire::host_of(settings_->environment()) == identity_host::imds;
        return is_imds ? std::chrono::minutes(2) : std::chrono::minutes(0);
    }
    std::string name() const override { return "managed identity"; }

private:
    static constexpr auto longest_in_chain = std::chrono::milliseconds(1900); ///< others want to be asked, too

    static bool is_over(net::operation& op) noexcept
    {
        return op.stopped() != net::stop_reason::none || op.now() >= op.deadline();
    }

    /// Service Fabric vouches for itself: its certificate is the one that the environment names.
    static source_settings pinned(source_options const& from)
    {
        auto const& e = from.environment();
        net::tls_config tls;
        tls.pinned_sha1 = e.identity_server_thumbprint;
        source_options out(e);
        out.tls(std::move(tls)).transport(from.transport());
        return std::make_shared<source_options const>(std::move(out));
    }

    /// On a machine without managed identities nobody answers at that address, and nobody refuses either; or somebody
    /// else does. So it is knocked at first. Who answers that as instance metadata does gets all the patience: a first
    /// token may take seconds. Anybody else has two seconds in all for his first answer; a status, such as 410, then
    /// proves that he is no stranger.
    net::task<result<http_response>> ask_stranger(net::operation& op, identity_request request)
    {
        auto const end = op.until(longest_in_chain);
        bool is_known = false;
        result<http_response> got = error();
        {
            net::earlier_deadline const limit(op, end);
            auto knock = call_of(wire::probe_of(request));
            knock->limit(std::chrono::seconds(1)).repeat(nullptr).attempts(1);
            got = co_await call_service(op, settings_, std::move(knock));
            if (!got) {
                auto failure = got.error();
                co_return failure.with_message(std::string(failure.message()) + " (no virtual machine of Azure)");
            }
            is_known = wire::is_instance_metadata(*got);
            if (!is_known) {
                auto first = call_of(request);
                first->repeat(nullptr).attempts(1);
                got = co_await call_service(op, settings_, std::move(first));
            }
        }
        if (is_known) {
            is_there_.store(true, std::memory_order_relaxed);
            auto whole = call_of(request);
            got = co_await call_service(op, settings_, std::move(whole));
            co_return got;
        }
        if (!got && got.error() == augur::errc::deadline_exceeded) // ours, unless the call is over, too
            co_return got.error().with_message(
                "managed identity of instance metadata: it answered a probe and then gave "
                "no whole answer within two seconds");
        auto const pause = repeat_identity_call<identity_host::imds>(1, got, op.timers().clock().wall_now());
        if (!got || !pause)
            co_return got;
        auto const wait = op.until(*pause);
        auto const woken = co_await net::sleep_until(op, wait);
        if (woken == net::wake::stopped)
            co_return op.interrupted(phase::auth, outcome::not_sent, augur::errc::auth_timeout);
        auto again = call_of(request);
        again->repeat(&repeat_behind_first);
        got = co_await call_service(op, settings_, std::move(again));
        co_return got;
    }

    result<secret> read_key(http_response const& challenge) const
    {
        auto const& folder = how_.arc_folder();
        auto const path = wire::arc_key_path(challenge, folder.empty() ? wire::arc_key_folder() : folder);
        if (!path)
            return path.error();
        return read_arc_key(*path);
    }

    source_settings settings_;
    managed_identity_options how_;
    std::atomic<bool> is_there_{false}; ///< it gave a token once, or answered a probe as nobody else does
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<token_source> managed_identity(source_options options, managed_identity_options how)
{
    return std::make_shared<detail::managed_identity_source>(std::move(options), std::move(how));
}

} // namespace augur::inline AUGUR_ABI::auth::entra

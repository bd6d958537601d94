#pragma once

#include <augur/auth/impl/small_file.ipp>
#include <augur/auth/impl/source_support.ipp>
#include <augur/call/authenticator.hpp>
#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// @file
/// How the sources of credentials and tokens talk to a service.

namespace augur::inline AUGUR_ABI::auth::detail {

inline bool worth_repeating(result<http_response> const& got) noexcept
{
    if (got)
        return got->status >= 500 || got->status == 429;
    return got.error() == condition::transient && got.error() != errc::deadline_exceeded;
}

/// The pause before the attempt behind `attempt`, which ended so; nothing: there is none.
using repeat_rule =
    std::function<std::optional<std::chrono::nanoseconds>(int attempt, result<http_response> const& got, wall_time)>;

/// A request to a credential service, and how patient to be.
class service_call
{
public:
    service_call(std::string who, url to) : who_(std::move(who)), to_(std::move(to)), target_(to_.path())
    {
        if (!to_.query().empty())
            target_ += "?" + to_.query();
        limits_.connect = std::chrono::seconds(3);
        limits_.first_byte = std::chrono::seconds(10);
        limits_.idle = std::chrono::seconds(5);
        limits_.write = std::chrono::seconds(5);
    }
    service_call& target(std::string t) { return target_ = std::move(t), *this; }
    service_call& method(std::string m) { return method_ = std::move(m), *this; }
    service_call& field(std::string name, secret value)
    {
        secret_fields_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    service_call& field(std::string name, std::string value)
    {
        plain_fields_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    service_call& content(secret const& text) { return content_ = body(std::string(text.reveal())), *this; }
    /// Each of connecting, waiting and reading.
    service_call& limit(std::chrono::nanoseconds each) noexcept
    {
        limits_.connect = limits_.first_byte = limits_.idle = limits_.write = each;
        return *this;
    }
    service_call& attempts(int n) noexcept { return attempts_ = n, *this; }
    service_call& attempts(int n, std::chrono::nanoseconds pause) noexcept
    {
        pause_ = pause;
        return attempts(n);
    }
    /// Through no proxy: what it asks is on this machine or beside it.
    service_call& direct() noexcept { return is_direct_ = true, *this; }
    /// Another rule for repeating than `attempts`.
    service_call& repeat(repeat_rule r) { return repeat_ = std::move(r), *this; }

    std::string const& who() const noexcept { return who_; }
    url const& to() const noexcept { return to_; }
    phase_limits const& limits() const noexcept { return limits_; }
    bool is_direct() const noexcept { return is_direct_; }
    body const& payload() const noexcept { return content_; }
    /// The pause before the next attempt, if there is one.
    std::optional<std::chrono::nanoseconds> after(int attempt, result<http_response> const& got, wall_time now) const
    {
        if (repeat_)
            return repeat_(attempt, got, now);
        if (attempt >= attempts_ || !worth_repeating(got))
            return std::nullopt;
        return pause_ * attempt;
    }

    result<request_head> head() const
    {
        auto out = request_head::make(method_, target_, to_.authority());
        auto const put = [this, &out](std::string const& name, std::string_view value) -> result<void> {
            if (out->add(name, value))
                return {};
            return bad_setting(who_ + ": what should go into the header " + name + " cannot stand there");
        };
        if (!out)
            return out;
        for (auto const& [name, value] : plain_fields_)
            if (auto added = put(name, value); !added)
                return added.error();
        for (auto const& [name, value] : secret_fields_)
            if (auto added = put(name, value.reveal()); !added)
                return added.error();
        return out;
    }

private:
    std::string who_;
    url to_;
    std::string target_;
    std::string method_ = "GET";
    std::vector<std::pair<std::string, std::string>> plain_fields_;
    std::vector<std::pair<std::string, secret>> secret_fields_;
    body content_;
    phase_limits limits_;
    int attempts_ = 3;
    std::chrono::nanoseconds pause_ = std::chrono::milliseconds(200);
    repeat_rule repeat_;
    bool is_direct_ = false;
};

/// Ours for one fetch only: no connection outlives it, and it runs wherever the fetch runs.
inline result<std::shared_ptr<net::transport>> transport_for(net::operation& op, net::https_config config)
{
    if (op.executor() == nullptr)
        return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                          "credentials that come over the network need a call that knows its executor");
    config.sizes.response_body = 256 * 1024;
    return std::shared_ptr<net::transport>(std::make_shared<net::https_transport>(*op.executor(), std::move(config)));
}

/// Sends it, again if that may help; every status is a success. `signer`: null, or who proves it.
inline net::task<result<http_response>> send_call(net::operation& op, std::shared_ptr<net::transport> transport,
                                                  std::shared_ptr<service_call const> what,
                                                  std::shared_ptr<call::authenticator> signer)
{
    net::origin to;
    to.host = what->to().host();
    to.port = what->to().port();
    to.is_https = what->to().is_https();
    for (int attempt = 1;; ++attempt) {
        auto head = what->head();
        if (!head)
            co_return head.error();
        if (signer) {
            auto proved = signer->sign(*head, what->payload(), op.timers().clock().wall_now());
            if (!proved)
                co_return proved.error();
        }
        net::exchange x(to, *head, what->payload(), what->limits());
        auto got = co_await transport->send(op, x);
        auto const pause = what->after(attempt, got, op.timers().clock().wall_now());
        if (!pause || op.stopped() != net::stop_reason::none || op.now() >= op.deadline()) {
            if (!got) {
                auto failure = got.error();
                failure.with_message(what->who() + ": " + std::string(failure.message()));
                co_return failure.at(phase::auth).with(outcome::not_sent);
            }
            co_return got;
        }
        auto const wait = op.until(*pause);
        auto const woken = co_await net::sleep_until(op, wait);
        if (woken == net::wake::stopped)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
    }
}

} // namespace augur::inline AUGUR_ABI::auth::detail

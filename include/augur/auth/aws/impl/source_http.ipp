#pragma once

#include <augur/auth/aws/credential_wire.hpp>
#include <augur/auth/aws/impl/source_support.ipp>
#include <augur/auth/aws/partition.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/core/url.hpp>
#include <augur/net/https_transport.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI::auth::aws::detail {

using source_settings = std::shared_ptr<source_options const>;

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
        fields_.emplace_back(std::move(name), std::move(value));
        return *this;
    }
    service_call& content(secret const& text) { return content_ = body(std::string(text.reveal())), *this; }
    /// Each of connecting, waiting and reading.
    service_call& limit(std::chrono::nanoseconds each) noexcept
    {
        limits_.connect = limits_.first_byte = limits_.idle = limits_.write = each;
        return *this;
    }
    service_call& attempts(int n, std::chrono::nanoseconds pause) noexcept
    {
        attempts_ = n;
        pause_ = pause;
        return *this;
    }

    std::string const& who() const noexcept { return who_; }
    url const& to() const noexcept { return to_; }
    phase_limits const& limits() const noexcept { return limits_; }
    body const& payload() const noexcept { return content_; }
    int attempts() const noexcept { return attempts_; }
    std::chrono::nanoseconds pause() const noexcept { return pause_; }

    result<request_head> head() const
    {
        auto out = request_head::make(method_, target_, to_.authority());
        for (auto const& [name, value] : fields_)
            if (out)
                if (auto added = out->add(name, value.reveal()); !added)
                    return bad_setting(who_ + ": what should go into the header " + name + " cannot stand there");
        return out;
    }

private:
    std::string who_;
    url to_;
    std::string target_;
    std::string method_ = "GET";
    std::vector<std::pair<std::string, secret>> fields_;
    body content_;
    phase_limits limits_;
    int attempts_ = 3;
    std::chrono::nanoseconds pause_ = std::chrono::milliseconds(200);
};

/// Ours for this fetch only: no connection outlives it, and it runs wherever the fetch runs.
inline result<std::shared_ptr<net::transport>> transport_of(net::operation& op, source_options const& settings)
{
    if (settings.transport())
        return settings.transport();
    if (op.executor() == nullptr)
        return make_error(errc::unsupported, phase::auth, outcome::not_sent,
                          "credentials that come over the network need a call that knows its executor");
    auto const& e = settings.environment();
    net::https_config config;
    config.tls = settings.tls();
    if (config.tls.ca_file.empty() && config.tls.ca_directory.empty() && config.tls.ca_pem.empty())
        config.tls.ca_file = call::aws_ca_file_of(e);
    config.sizes.response_body = 256 * 1024;
    config.proxy = net::proxy_config{e.https_proxy, e.no_proxy}; // for https: plain http always goes directly
    return std::shared_ptr<net::transport>(std::make_shared<net::https_transport>(*op.executor(), std::move(config)));
}

inline bool worth_repeating(result<http_response> const& got) noexcept
{
    if (got)
        return got->status >= 500 || got->status == 429;
    return got.error() == condition::transient && got.error() != errc::deadline_exceeded;
}

/// Sends it, again if that may help; every status is a success. `signer`: null, or who proves it.
inline net::task<result<http_response>> call_service(net::operation& op, source_settings settings,
                                                     std::shared_ptr<service_call const> what,
                                                     std::shared_ptr<call::authenticator> signer)
{
    auto transport = transport_of(op, *settings);
    if (!transport)
        co_return transport.error();
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
        auto got = co_await (*transport)->send(op, x);
        if (attempt >= what->attempts() || !worth_repeating(got) || op.stopped() != net::stop_reason::none ||
            op.now() >= op.deadline()) {
            if (!got) {
                auto failure = got.error();
                failure.with_message(what->who() + ": " + std::string(failure.message()));
                co_return failure.at(phase::auth).with(outcome::not_sent);
            }
            co_return got;
        }
        auto const wait = op.until(what->pause() * attempt);
        auto const woken = co_await net::sleep_until(op, wait);
        if (woken == net::wake::stopped)
            co_return op.interrupted(phase::auth, outcome::not_sent, errc::auth_timeout);
    }
}

/// A small file that holds one token. Its name is told, its content never.
inline result<secret> read_token_file(std::string const& path)
{
    constexpr std::size_t cap = 64 * 1024;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return bad_setting("the token file \"" + sanitise(path, 200) + "\" cannot be read");
    std::string text(cap + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    auto const size = static_cast<std::size_t>(file.gcount());
    bool const too_large = size > cap;
    text.resize(too_large ? 0 : size);
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r' || text.back() == ' '))
        text.pop_back(); // editors and echo leave one
    secret out(std::move(text));
    if (too_large)
        return bad_setting("the token file \"" + sanitise(path, 200) + "\" is over 64 KiB");
    if (out.empty())
        return bad_setting("the token file \"" + sanitise(path, 200) + "\" is empty");
    if (!is_field_value(out.reveal()))
        return bad_setting("the token file \"" + sanitise(path, 200) +
                           "\" holds a line break or another character that cannot stand in a header");
    return out;
}

/// One property of the selected profile, read anew. Errors of the files count as "not set": whoever needs the
/// profile for its credentials tells them.
inline std::string profile_value(source_options const& settings, std::string_view key)
{
    auto const& e = settings.environment();
    auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file);
    if (!profiles)
        return {};
    std::string out;
    if (auto const found = profiles->find(settings.profile()); found != profiles->end())
        if (auto const value = found->second.find(key); value != found->second.end())
            out = value->second;
    forget_profiles(*profiles);
    return out;
}

/// The endpoint that somebody configured for one service; empty: nobody did.
inline std::string configured_endpoint(source_options const& settings, std::string_view service,
                                       std::string const& own_variable)
{
    auto const& e = settings.environment();
    if (e.aws_ignore_configured_endpoint_urls)
        return {};
    if (!own_variable.empty())
        return own_variable;
    std::string of_service;
    std::string of_profile;
    if (auto profiles = load_profiles(e.aws_config_file, e.aws_credentials_file)) {
        if (auto const found = profiles->find(settings.profile()); found != profiles->end()) {
            auto const value = [&found](std::string_view key) {
                auto const at = found->second.find(key);
                return at == found->second.end() ? std::string() : at->second;
            };
            of_profile = value("endpoint_url");
            auto const section = profiles->find("services " + value("services"));
            if (section != profiles->end())
                if (auto const at = section->second.find(service); at != section->second.end())
                    of_service = sub_property(at->second, "endpoint_url");
        }
        forget_profiles(*profiles);
    }
    if (!of_service.empty())
        return of_service;
    return e.aws_endpoint_url.empty() ? of_profile : e.aws_endpoint_url;
}

inline std::string region_of(source_options const& settings)
{
    auto const& e = settings.environment();
    if (!settings.region().empty())
        return settings.region();
    if (!e.aws_region.empty())
        return e.aws_region;
    if (!e.aws_default_region.empty())
        return e.aws_default_region;
    auto const own = profile_value(settings, "region");
    return own.empty() ? "us-east-1" : own;
}

/// Where a credential service of AWS is. `prefix`: "sts", "portal.sso", "oidc".
inline result<url> service_url(source_options const& settings, std::string_view prefix, std::string_view region,
                               std::string const& configured)
{
    if (!configured.empty()) {
        auto parsed = url::parse(configured);
        if (!parsed)
            return bad_setting("a configured endpoint URL: " + std::string(parsed.error().message()));
        if (!parsed->is_https() && !parsed->is_loopback() && !settings.allow_plain_http())
            return bad_setting("the endpoint URL \"" + parsed->to_string() + "\" has no TLS");
        return parsed;
    }
    if (!is_host_label(region))
        return bad_setting("the region \"" + sanitise(region, 80) + "\" is not a host label");
    auto const& partition = partition_for(region);
    auto const& e = settings.environment();
    auto const set = [&settings](bool flag, std::string_view key) {
        return flag || equal_ignoring_case(profile_value(settings, key), "true");
    };
    bool const dual = set(e.aws_use_dualstack_endpoint, "use_dualstack_endpoint");
    bool const fips = set(e.aws_use_fips_endpoint, "use_fips_endpoint") && partition.id != "aws-us-gov";
    std::string text = "https://";
    text.append(prefix).append(fips ? "-fips." : ".").append(region).append(".");
    text.append(dual ? partition.dual_stack_suffix : partition.suffix);
    return url::parse(text);
}

} // namespace augur::inline AUGUR_ABI::auth::aws::detail

#pragma once

#include <augur/auth/entra/errc.hpp>
#include <augur/auth/entra/impl/token_call.ipp>
#include <augur/auth/entra/impl/wire_support.ipp>
#include <augur/auth/entra/tool_sources.hpp>

#include <map>
#include <mutex>

namespace augur::inline AUGUR_ABI::auth::entra {

namespace detail {

/// What the device endpoint answers.
struct device_grant
{
    secret code;
    device_prompt prompt;
    std::chrono::seconds interval{5};
};

inline result<device_grant> parse_device_grant(std::string_view json, wall_time now)
{
    auto const document = codec::json::parse(json, auth::detail::small());
    if (!document || !document->root().is_object())
        return bad_answer("the answer with the device code is no JSON object");
    auto const root = document->root();
    auto const number = [&root](std::string_view name, double otherwise) {
        auto const member = root.find(name);
        return member ? wire::detail::number_of(*member).value_or(otherwise) : otherwise;
    };
    device_grant out;
    out.code = secret(root.find_string("device_code").value_or(""));
    out.prompt.user_code = sanitise(root.find_string("user_code").value_or(""), 64);
    out.prompt.verification_uri = sanitise(root.find_string("verification_uri").value_or(""), 300);
    out.prompt.message = sanitise(root.find_string("message").value_or(""), 500);
    if (out.code.empty() || out.prompt.user_code.empty() || out.prompt.verification_uri.empty())
        return bad_answer("the answer has no device_code, user_code or verification_uri");
    if (out.prompt.message.empty())
        out.prompt.message = "Open " + out.prompt.verification_uri + " and enter " + out.prompt.user_code;
    out.prompt.expires = now +
                         std::chrono::seconds(static_cast<int>(std::clamp(number("expires_in", 900), 1.0, 900.0)));
    out.interval = std::chrono::seconds(static_cast<int>(std::clamp(number("interval", 5), 1.0, 60.0)));
    return out;
}

inline secret refresh_token_of(std::string_view json)
{
    auto const document = codec::json::parse(json, auth::detail::small());
    return secret(document ? document->root().find_string("refresh_token").value_or("") : std::string_view());
}

class device_source final : public token_source
{
public:
    device_source(std::string tenant, std::string client_id, std::function<void(device_prompt const&)> prompt,
                  source_settings settings) noexcept
        : tenant_(std::move(tenant)),
          client_id_(std::move(client_id)),
          prompt_(std::move(prompt)),
          settings_(std::move(settings))
    {
    }

    net::task<result<access_token>> fetch(net::operation& op, steady_time until, token_request what) override
    {
        auto const tenant = settings_->tenant_for(what.tenant(), tenant_);
        if (!tenant)
            co_return tenant.error();
        if (!is_client_id(client_id_) || *tenant == "adfs")
            co_return bad_setting("a device code needs the id of a public client, and Entra itself");
        auto const to = token_endpoint(settings_->authority(), *tenant, settings_->allows_plain_http());
        if (!to)
            co_return to.error();
        auto const known = kept(*tenant);
        if (!known.empty()) {
            auto form = wire::begin_grant(client_id_, "refresh_token", what, *tenant);
            if (!form)
                co_return form.error();
            form->add("refresh_token", known);
            auto got = co_await post_form(op, settings_, *to, form->finish());
            if (!got)
                co_return got.error();
            auto out = understand(*got, op.timers().clock().wall_now(), known, *tenant);
            if (out || got->status != 400)
                co_return out;
            keep(*tenant, secret()); // it is over, or more is demanded: the person is asked again
        }
        auto out = co_await ask_person(op, until, std::move(what), *tenant, *to);
        co_return out;
    }
    std::string name() const override { return "a device code"; }
    std::chrono::nanoseconds longest_fetch() const noexcept override { return std::chrono::minutes(15); }

private:
    net::task<result<access_token>> ask_person(net::operation& op, steady_time until, token_request what,
                                               std::string tenant, url to)
    {
        auto begun = wire::begin_grant(client_id_, "none", what, tenant);
        if (!begun)
            co_return begun.error();
        wire::form start;
        start.add("client_id", client_id_).add("scope", what.scope() + " offline_access");
        auto text = to.to_string();
        text.replace(text.rfind('/'), text.npos, "/devicecode");
        auto const device_url = url::parse(text);
        if (!device_url)
            co_return device_url.error();
        auto issued = co_await post_form(op, settings_, *device_url, start.finish());
        if (!issued)
            co_return issued.error();
        auto const now = op.timers().clock().wall_now();
        if (issued->status != 200)
            co_return wire::parse_error("Entra", *issued, now);
        auto grant = parse_device_grant(issued->content, now);
        cleanse(issued->content.data(), issued->content.size());
        if (!grant)
            co_return grant.error();
        prompt_(grant->prompt);
        for (;;) {
            auto const next = op.until(grant->interval);
            auto const woken = co_await net::sleep_until(op, std::min(next, until));
            if (woken == net::wake::stopped || op.now() >= until)
                co_return op.interrupted(phase::auth, outcome::not_sent, augur::errc::auth_timeout);
            if (op.timers().clock().wall_now() >= grant->prompt.expires)
                co_return person_failed("expired_token", "the code was not entered in time");
            wire::form form;
            form.add("grant_type", "urn:ietf:params:oauth:grant-type:device_code");
            form.add("client_id", client_id_).add("device_code", grant->code);
            if (auto const claims = wire::claims_of(what); claims && !claims->empty())
                form.add("claims", *claims);
            auto got = co_await post_form(op, settings_, to, form.finish());
            if (!got)
                co_return got.error();
            auto out = understand(*got, op.timers().clock().wall_now(), grant->code, tenant);
            if (out)
                co_return out;
            auto const said = error_name(got->content);
            if (said == "slow_down")
                grant->interval += std::chrono::seconds(5);
            else if (said == "expired_token" || said == "bad_verification_code")
                co_return person_failed(said, "the code is not good any more");
            else if (said == "authorization_declined" || said == "access_denied")
                co_return person_failed(said, "the person declined");
            else if (said != "authorization_pending")
                co_return out;
        }
    }

    static std::string error_name(std::string_view json)
    {
        auto const document = codec::json::parse(json, auth::detail::small());
        return std::string(document ? document->root().find_string("error").value_or("") : std::string_view());
    }

    static error person_failed(std::string_view code, std::string_view why)
    {
        error_details said;
        said.message = "device code: " + std::string(why);
        said.provider_code = code;
        return error(make_error_code(errc::interaction), phase::auth, outcome::not_sent, std::move(said));
    }

    result<access_token> understand(http_response& got, wall_time now, secret const& proof, std::string const& tenant)
    {
        if (got.status == 200)
            if (auto next = refresh_token_of(got.content); !next.empty())
                keep(tenant, std::move(next));
        return read_grant(got, now, proof, name());
    }

    secret kept(std::string const& tenant) const
    {
        std::lock_guard const lock(mutex_);
        auto const found = refresh_tokens_.find(tenant);
        return found == refresh_tokens_.end() ? secret() : found->second;
    }
    void keep(std::string const& tenant, secret token)
    {
        std::lock_guard const lock(mutex_);
        refresh_tokens_[tenant] = std::move(token);
    }

    std::string tenant_;
    std::string client_id_;
    std::function<void(device_prompt const&)> prompt_;
    source_settings settings_;
    std::mutex mutable mutex_; ///< over what follows
    std::map<std::string, secret> refresh_tokens_;
};

} // namespace detail

AUGUR_INLINE std::shared_ptr<token_source> device_code(std::string tenant, std::string client_id,
                                                       std::function<void(device_prompt const&)> prompt,
                                                       source_options options)
{
    return std::make_shared<detail::device_source>(std::move(tenant), std::move(client_id), std::move(prompt),
                                                   std::make_shared<source_options const>(std::move(options)));
}

} // namespace augur::inline AUGUR_ABI::auth::entra

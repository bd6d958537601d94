#pragma once

#include <augur/auth/entra/bearer.hpp>
#include <augur/auth/entra/proven_call.hpp>
#include <augur/auth/entra/token_store.hpp>
#include <augur/azure_ml/endpoint_tokens.hpp>
#include <augur/azure_ml/errc.hpp>
#include <augur/call/authenticator.hpp>
#include <augur/codec/json.hpp>
#include <augur/codec/service_error.hpp>
#include <augur/core/error_details.hpp>
#include <augur/net/task.hpp>

#include <algorithm>
#include <chrono>
#include <initializer_list>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_ml {

namespace detail {

/// Letters, digits and "-_.()", as resource groups may have them; no dots alone, which are another place.
inline bool is_resource_name(std::string_view text) noexcept
{
    auto const ok = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               std::string_view("-_.()").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= 128 && std::all_of(text.begin(), text.end(), ok) &&
           text.find_first_not_of('.') != text.npos;
}

class endpoint_token_source final : public auth::entra::token_source
{
public:
    endpoint_token_source(endpoint_id which, std::shared_ptr<auth::entra::token_source> arm,
                          auth::entra::source_options options)
        : which_(std::move(which)),
          arm_(std::move(arm)),
          settings_(std::make_shared<auth::entra::source_options const>(std::move(options))),
          arm_tokens_(
              std::make_shared<auth::entra::access_token_cache>(arm_, auth::entra::token_request(which_.scope())))
    {
    }

    net::task<result<auth::entra::access_token>> fetch(net::operation& op, steady_time until,
                                                       auth::entra::token_request) override
    {
        auto const target = wire::token_target(which_);
        if (!target)
            co_return target.error();
        std::string_view arm = which_.management();
        arm = arm.substr(0, arm.find_last_not_of('/') + 1);
        auto const to = url::parse(std::string(arm) + *target);
        if (!to)
            co_return to.error();
        // Of this fetch alone: a proof does not lock, and others may fetch on other executors meanwhile.
        auto proof = auth::entra::bearer(arm_tokens_);
        auto got = co_await auth::entra::proven_call(op, until, std::move(proof), "POST", *to, settings_);
        if (!got)
            co_return got.error();
        auto const now = op.timers().clock().wall_now();
        if (got->status != 200)
            co_return wire::parse_management_error(*got, now);
        auto out = wire::parse_endpoint_token(got->content, now);
        cleanse(got->content.data(), got->content.size());
        if (out)
            out->source = name();
        co_return out;
    }
    std::chrono::nanoseconds longest_fetch() const noexcept override { return arm_->longest_fetch(); }
    std::string name() const override
    {
        return "endpoint " + sanitise(which_.endpoint(), 64) + " through " + arm_->name();
    }
    std::vector<auth::source_report> explain() const override { return arm_->explain(); }

private:
    endpoint_id which_;
    std::shared_ptr<auth::entra::token_source> arm_;
    std::shared_ptr<auth::entra::source_options const> settings_;
    std::shared_ptr<auth::entra::access_token_cache> arm_tokens_;
};

} // namespace detail

AUGUR_INLINE result<std::string> wire::token_target(endpoint_id const& which)
{
    for (auto const& [what, name] :
         {std::pair<char const*, std::string const&>("subscription", which.subscription()),
          std::pair<char const*, std::string const&>("resource group", which.resource_group()),
          std::pair<char const*, std::string const&>("workspace", which.workspace()),
          std::pair<char const*, std::string const&>("endpoint", which.endpoint()),
          std::pair<char const*, std::string const&>("api version", which.api_version())})
        if (!azure_ml::detail::is_resource_name(name))
            return make_error(augur::errc::invalid_argument, phase::auth, outcome::not_sent,
                              std::string("the ") + what + " \"" + sanitise(name, 80) + "\" is no name");
    return "/subscriptions/" + which.subscription() + "/resourceGroups/" + which.resource_group() +
           "/providers/Microsoft.MachineLearningServices/workspaces/" + which.workspace() + "/onlineEndpoints/" +
           which.endpoint() + "/token?api-version=" + which.api_version();
}

AUGUR_INLINE result<auth::entra::access_token> wire::parse_endpoint_token(std::string_view json, wall_time now)
{
    auto const wrong = [](std::string_view why) {
        return make_error(augur::errc::decode_error, phase::auth, outcome::not_sent,
                          "the answer of ARM " + std::string(why));
    };
    auto const document = codec::json::parse(json.substr(0, 256 * 1024));
    if (!document || !document->root().is_object())
        return wrong("is no JSON object");
    auto const root = document->root();
    auth::entra::access_token out;
    auto const text = root.find_string("accessToken").value_or("");
    if (text.empty() || text.size() > 16 * 1024 || !is_field_value(text))
        return wrong("has no accessToken that can be sent");
    auto const moment = [&](std::string_view name) -> std::optional<wall_time> {
        auto const member = root.find(name);
        auto const seconds = member ? member->as_int64() : result<std::int64_t>(0);
        if (!seconds || *seconds <= 0)
            return std::nullopt;
        auto const epoch = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
        constexpr std::int64_t month = 31 * 24 * 3600; // nothing later is believed, and nothing overflows
        return now + std::chrono::seconds(std::clamp(*seconds - epoch, -month, month));
    };
    out.text = secret(text);
    out.expires = moment("expiryTimeUtc");
    out.refresh_at = moment("refreshAfterTimeUtc");
    if (!out.expires)
        return wrong("does not say when the token ends");
    return out;
}

AUGUR_INLINE error wire::parse_management_error(http_response const& answer, wall_time now)
{
    auto const body = codec::error_body::read(answer.content);
    error_details said;
    said.message = "Azure Resource Manager answered " + std::to_string(answer.status) +
                   " when asked for a token of the endpoint";
    if (body.is_json()) { // anything else is somebody's web page
        said.provider_code = sanitise(body.code(), 64);
        said.service_message = sanitise(body.message(), 300);
    }
    said.request_id = sanitise(answer.fields["x-ms-request-id"], 64);
    said.retry_after = codec::asked_wait_of(answer.fields, now).wait;
    return error(make_error_code(static_cast<errc>(answer.status)), phase::auth, outcome::not_sent, std::move(said))
        .with_http_status(answer.status);
}

AUGUR_INLINE std::shared_ptr<auth::entra::token_source>
endpoint_tokens(endpoint_id which, std::shared_ptr<auth::entra::token_source> arm, auth::entra::source_options options)
{
    return std::make_shared<detail::endpoint_token_source>(std::move(which), std::move(arm), std::move(options));
}

} // namespace augur::inline AUGUR_ABI::azure_ml

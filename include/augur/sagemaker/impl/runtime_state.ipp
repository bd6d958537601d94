#pragma once

#include <augur/auth/aws/bearer_token.hpp>
#include <augur/auth/aws/client_settings.hpp>
#include <augur/auth/aws/sigv4.hpp>
#include <augur/auth/aws/sources.hpp>
#include <augur/auth/key.hpp>
#include <augur/call/core.hpp>
#include <augur/call/environment.hpp>
#include <augur/call/stream.hpp>
#include <augur/call/warm.hpp>
#include <augur/sagemaker/hosts.hpp>
#include <augur/sagemaker/runtime_client.hpp>
#include <augur/sagemaker/stream_wire.hpp>
#include <augur/sagemaker/wire.hpp>

#include <array>
#include <charconv>
#include <memory>
#include <optional>

namespace augur::inline AUGUR_ABI::sagemaker {

/// Shared by the copies of a client.
struct runtime_state
{
    runtime_state(boost::asio::any_io_executor executor, runtime_config c)
        : config(std::move(c)), shared(std::move(executor), config.client)
    {
    }

    runtime_config config;
    call::core shared;
    std::optional<resolved_host> host; ///< nothing until the first call has settled everything
    std::shared_ptr<net::origin const> origin;
    std::shared_ptr<auth::aws::credential_cache> credentials; ///< null when an authenticator was given
    std::unique_ptr<call::core> by_token; ///< `shared` for the paths that take bearer tokens, once one was asked
    /// The last request without its payload, and its head: the next one is mostly alike.
    std::optional<invoke_endpoint_request> last_request;
    request_head last_head;

    result<void> settle();
    /// The caller keeps the request and the options until the task has ended.
    net::task<result<invoke_endpoint_response>> invoke(net::operation& op, invoke_endpoint_request const& request,
                                                       call_options& options);
    net::task<result<net::warm_handle>> warm(net::operation& op, std::size_t connections, call_options options);
    /// `self`: this.
    static net::task<result<call::opened>> open(net::operation& op, std::shared_ptr<runtime_state> self,
                                                invoke_endpoint_request request, call_options options);
    /// After `settle`.
    call::core& token_core();

private:
    result<http_request> build(invoke_endpoint_request const& request);
};

namespace detail {

inline result<void> number_attempt(request_head& head, std::string_view call_id, int attempt, int max_attempts)
{
    if (auto added = head.add("amz-sdk-invocation-id", call_id); !added)
        return added;
    std::array<char, 64> text; // of which the longest needs 36
    std::size_t size = 0;
    auto const append = [&](std::string_view part) { size += part.copy(text.data() + size, text.size() - size); };
    auto const append_number = [&](int n) {
        char* const at = text.data() + size;
        size += static_cast<std::size_t>(std::to_chars(at, text.data() + text.size(), n).ptr - at);
    };
    append("attempt=");
    append_number(attempt);
    append("; max=");
    append_number(max_attempts);
    return head.add("amz-sdk-request", {text.data(), size});
}

} // namespace detail

/// What the constructor may not do: reads the environment and the shared files, once.
AUGUR_INLINE result<void> runtime_state::settle()
{
    if (host)
        return {};
    auto const e = call::read_environment();
    result<auth::aws::client_settings> settings = auth::aws::client_settings();
    if (config.region.empty() || config.endpoint_url.empty() || !config.client.max_attempts) // else code says it all
        settings = auth::aws::read_client_settings(e, config.profile, "sagemaker_runtime",
                                                   e.aws_endpoint_url_sagemaker_runtime);
    if (!settings)
        return settings.error();
    host_options where;
    where.region = config.region.empty() ? settings->region : config.region;
    where.endpoint_url = config.endpoint_url.empty() ? settings->endpoint_url : config.endpoint_url;
    bool const named = !config.endpoint_url.empty(); // then the profile's wishes about hosts are not meant
    where.fips = config.fips || (named ? e.aws_use_fips_endpoint : settings->fips);
    where.dual_stack = config.dual_stack || (named ? e.aws_use_dualstack_endpoint : settings->dual_stack);
    where.allow_plain_http = config.allow_plain_http;
    auto const told = [&settings](error const& why) { // a file that could not be read may hold the region
        return why == augur::errc::missing_region && settings->unread ? *settings->unread : why;
    };
    auto found = resolve_host(where);
    if (!found)
        return told(found.error());
    if (found->signing_region.empty() && !config.client.auth)
        return told(make_error(augur::errc::missing_region, phase::prepare, outcome::not_sent,
                               "an endpoint URL needs a region too, for signing: set `region` or AWS_REGION"));
    if (!config.client.max_attempts) {
        auto const attempts = call::max_attempts_of(settings->max_attempts, settings->retry_mode);
        if (!attempts)
            return attempts.error();
        if (*attempts)
            shared.retry.max_attempts(**attempts);
    }
    call::ensure_transport(shared, e, call::aws_ca_file_of(e));
    if (!shared.auth) {
        auto source = config.credentials;
        if (!source) {
            auth::aws::source_options options(call::environment_for(config.client, e));
            options.profile(config.profile).region(found->signing_region);
            options.max_attempts(config.client.max_attempts);
            source = auth::aws::default_chain(options.tls(config.client.tls).random(shared.random));
        }
        credentials = std::make_shared<auth::aws::credential_cache>(std::move(source));
        shared.auth = auth::aws::sigv4(credentials, found->signing_region, "sagemaker");
    }
    origin = call::origin_of(found->base);
    host = std::move(*found);
    return {};
}

AUGUR_INLINE call::core& runtime_state::token_core()
{
    if (by_token)
        return *by_token;
    auto made = std::make_unique<call::core>(shared.executor, config.client);
    made->process = shared.process; // whose the parts are that it shares
    made->transport = shared.transport;
    made->timers = shared.timers;
    made->arena = shared.arena;
    made->retry = shared.retry;
    made->auth = shared.auth;
    auto const given = config.credentials ? secret() : call::read_environment().aws_bearer_token_sagemaker;
    if (credentials && !given.empty())
        made->auth = auth::bearer(given);
    else if (credentials)
        made->auth = auth::aws::made_bearer(credentials, host->signing_region, "sagemaker");
    by_token = std::move(made);
    return *by_token;
}

AUGUR_INLINE result<http_request> runtime_state::build(invoke_endpoint_request const& request)
{
    if (!last_request || !last_request->has_head_of(request)) {
        auto made = wire::build_request(request, host->base, shared.heads.take());
        if (!made)
            return made;
        last_request.reset(); // memory may run out between the two, and a head belongs to its request
        last_head = made->head;
        last_request = request;
        last_request->payload(body::borrowed(request.payload().size() == 0 ? "" : "?"));
        return made;
    }
    http_request out{shared.heads.take(), request.payload()};
    out.head = last_head;
    return out;
}

AUGUR_INLINE net::task<result<invoke_endpoint_response>>
runtime_state::invoke(net::operation& op, invoke_endpoint_request const& request, call_options& options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto built = build(request);
    if (!built)
        co_return built.error();
    if (request.opens_session() && !options.replay())
        options.replay(replay::at_most_once); // a repeat may open a second session
    call::plan what(origin, std::move(*built), &wire::parse_error);
    what.decorate(&detail::number_attempt);
    call::answer answer;
    auto answered = co_await call::perform(op, shared, what, options, answer);
    if (!answered)
        co_return answered.error();
    auto response = wire::parse_response(std::move(answer.response), answer.received_at);
    if (!response)
        co_return response.error();
    shared.fields.put(std::move(answer.response.fields));
    call::merge_meta(response->meta, answer.meta);
    co_return std::move(response);
}

AUGUR_INLINE net::task<result<call::opened>> runtime_state::open(net::operation& op,
                                                                 std::shared_ptr<runtime_state> self,
                                                                 invoke_endpoint_request request, call_options options)
{
    if (auto settled = self->settle(); !settled)
        co_return settled.error();
    auto built = wire::build_stream_request(request, self->host->base, self->shared.heads.take());
    if (!built)
        co_return built.error();
    call::plan what(self->origin, std::move(*built), &wire::parse_error);
    what.decorate(&detail::number_attempt).read_meta(&wire::read_meta);
    auto shared = std::shared_ptr<call::core>(self, &self->shared);
    co_return co_await call::open(op, std::move(shared), std::move(what), std::move(options));
}

AUGUR_INLINE net::task<result<net::warm_handle>> runtime_state::warm(net::operation& op, std::size_t connections,
                                                                     call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto to = *origin;
    auto kept = co_await call::warm(op, shared, std::move(to), connections, std::move(options));
    co_return std::move(kept);
}

} // namespace augur::inline AUGUR_ABI::sagemaker

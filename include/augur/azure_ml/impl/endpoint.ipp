#pragma once

#include <augur/auth/entra/client_tokens.hpp>
#include <augur/auth/key.hpp>
#include <augur/azure_ml/endpoint.hpp>
#include <augur/azure_ml/hosts.hpp>
#include <augur/azure_ml/wire.hpp>
#include <augur/call/core.hpp>
#include <augur/call/warm.hpp>
#include <augur/core/impl/unreadable_answer.hpp>
#include <augur/model/scoring.hpp>
#include <augur/net/start.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <optional>

namespace augur::inline AUGUR_ABI::azure_ml {

/// Shared by the copies of an endpoint.
struct endpoint_state
{
    endpoint_state(boost::asio::any_io_executor executor, std::string uri, endpoint_config c)
        : config(std::move(c)), shared(std::move(executor), config.client), scoring_uri(std::move(uri))
    {
    }

    endpoint_config config;
    call::core shared;
    std::string scoring_uri;
    std::optional<resolved_host> host; ///< nothing until the first call
    std::shared_ptr<net::origin const> origin;

    result<void> settle();
    net::task<result<score_response>> score(net::operation& op, score_request request, call_options options);
    net::task<result<inference_response>> infer(net::operation& op, inference_request request, call_options options);
    net::task<result<net::warm_handle>> warm(net::operation& op, std::size_t connections, call_options options);
};

namespace detail {

/// Lets the traffic log and our error name the same call; a caller's own id wins.
inline result<void> name_call(request_head& head, std::string_view call_id, int, int)
{
    if (head.find("x-ms-client-request-id"))
        return {};
    return head.add("x-ms-client-request-id", call_id);
}

} // namespace detail

AUGUR_INLINE result<void> endpoint_state::settle()
{
    if (host)
        return {};
    host_options where;
    where.scoring_uri = scoring_uri;
    where.allow_plain_http = config.allow_plain_http;
    auto found = resolve_host(where);
    if (!found)
        return found.error();
    bool const has_key = !config.key.empty();
    if (config.credentials && (has_key || config.client.auth))
        return make_error(augur::errc::invalid_argument, phase::prepare, outcome::not_sent,
                          "`credentials` exclude a `key` and an authenticator in `client.auth`");
    // Tokens that nobody gave for this address go to Azure's own only.
    if (!shared.auth && !has_key && !config.credentials && found->cloud == cloud::other)
        return make_error(augur::errc::credentials_unavailable, phase::auth, outcome::not_sent,
                          "no key for " + found->scoring.host() +
                              ": set `key`, `credentials` for tokens of Entra, or `client.auth`");
    auto const e = call::read_environment();
    if (!shared.auth && has_key)
        shared.auth = auth::bearer(config.key);
    else if (!shared.auth)
        shared.auth = auth::entra::client_tokens(config.credentials, config.scope,
                                                 auth::entra::audience::machine_learning,
                                                 auth::entra::cloud_of_host(found->scoring.host()), e, shared);
    call::ensure_transport(shared, e, e.ssl_cert_file);
    origin = call::origin_of(found->scoring);
    host = std::move(*found);
    return {};
}

AUGUR_INLINE net::task<result<score_response>> endpoint_state::score(net::operation& op, score_request request,
                                                                     call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    if (!request.deployment() && !config.deployment.empty())
        request.deployment(config.deployment);
    auto built = wire::build_request(request, host->scoring, shared.heads.take());
    if (!built)
        co_return built.error();
    call::plan what(origin, std::move(*built), &wire::parse_error);
    what.decorate(&detail::name_call);
    call::answer answer;
    auto answered = co_await call::perform(op, shared, what, options, answer);
    if (!answered)
        co_return answered.error();
    auto response = wire::parse_response(std::move(answer.response), answer.received_at);
    if (!response)
        co_return response.error();
    shared.fields.put(std::move(answer.response.fields));
    call::merge_meta(response->meta, answer.meta);
    co_return std::move(*response);
}

AUGUR_INLINE net::task<result<inference_response>> endpoint_state::infer(net::operation& op, inference_request request,
                                                                         call_options options)
{
    auto accept = request.accept().empty() ? config.accept : request.accept();
    auto id = request.id();
    auto encoded = encode_request(std::move(request), config.format);
    if (!encoded)
        co_return encoded.error();
    score_request scoring(body(std::move(encoded->body)));
    scoring.content_type(std::move(encoded->content_type));
    if (!accept.empty())
        scoring.accept(std::move(accept));
    if (!id.empty())
        scoring.client_request_id(std::move(id));
    auto answered = co_await score(op, std::move(scoring), std::move(options));
    if (!answered)
        co_return answered.error();
    auto decoded = decode_response(answered->content_type, std::move(answered->body), config.format);
    if (!decoded)
        co_return augur::detail::unreadable_answer(decoded.error(), answered->meta);
    decoded->meta = std::move(answered->meta);
    co_return std::move(*decoded);
}

AUGUR_INLINE net::task<result<net::warm_handle>> endpoint_state::warm(net::operation& op, std::size_t connections,
                                                                      call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto to = *origin;
    auto kept = co_await call::warm(op, shared, std::move(to), connections, std::move(options));
    co_return std::move(kept);
}

namespace detail {

/// Keeps the endpoint alive while its call runs.
template <class Request, class Response>
class endpoint_call
{
public:
    using method = net::task<result<Response>> (endpoint_state::*)(net::operation&, Request, call_options);

    endpoint_call(std::shared_ptr<endpoint_state> state, method f, Request request, call_options options) noexcept
        : state_(std::move(state)), method_(f), request_(std::move(request)), options_(std::move(options))
    {
    }
    net::task<result<Response>> operator()(net::operation& op)
    {
        return ((*state_).*method_)(op, std::move(request_), std::move(options_));
    }

private:
    std::shared_ptr<endpoint_state> state_;
    method method_;
    Request request_;
    call_options options_;
};

} // namespace detail

AUGUR_INLINE endpoint::endpoint(boost::asio::any_io_executor executor, std::string scoring_uri, endpoint_config config)
    : state_(std::make_shared<endpoint_state>(std::move(executor), std::move(scoring_uri), std::move(config)))
{
}

AUGUR_INLINE void endpoint::start_infer(inference_request request, call_options options, bool here,
                                        infer_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::endpoint_call<inference_request, inference_response> call(state_, &endpoint_state::infer,
                                                                      std::move(request), std::move(options));
    net::start<inference_response>(shared.arena, shared.timers, shared.executor, total, std::move(call),
                                   std::move(handler), here);
}

AUGUR_INLINE void endpoint::start_score(score_request request, call_options options, bool here, score_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::endpoint_call<score_request, score_response> call(state_, &endpoint_state::score, std::move(request),
                                                              std::move(options));
    net::start<score_response>(shared.arena, shared.timers, shared.executor, total, std::move(call), std::move(handler),
                               here);
}

AUGUR_INLINE boost::asio::awaitable<result<inference_response>> endpoint::infer(inference_request request,
                                                                                call_options options) &
{
    return async_infer(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<score_response>> endpoint::score(score_request request,
                                                                            call_options options) &
{
    return async_score(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE void endpoint::start_warm(std::size_t connections, call_options options, warm_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::endpoint_call<std::size_t, net::warm_handle> call(state_, &endpoint_state::warm, connections,
                                                              std::move(options));
    net::start<net::warm_handle>(shared.arena, shared.timers, shared.executor, total, std::move(call),
                                 std::move(handler));
}

AUGUR_INLINE boost::asio::awaitable<result<net::warm_handle>> endpoint::warm(std::size_t connections,
                                                                             call_options options) &
{
    return async_warm(connections, std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE net::pool_statistics endpoint::statistics() const noexcept
{
    auto const& transport = state_->shared.transport; // null until the first call
    return transport ? transport->statistics() : net::pool_statistics();
}

AUGUR_INLINE boost::asio::any_io_executor endpoint::get_executor() const
{
    return state_->shared.executor;
}

static_assert(InferenceClient<endpoint>); // here and not in the header: it costs its reader time

} // namespace augur::inline AUGUR_ABI::azure_ml

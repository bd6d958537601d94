#pragma once

#include <augur/auth/key.hpp>
#include <augur/azure_openai/client.hpp>
#include <augur/azure_openai/settings.hpp>
#include <augur/azure_openai/wire.hpp>
#include <augur/call/core.hpp>
#include <augur/call/stream.hpp>
#include <augur/call/warm.hpp>
#include <augur/net/start.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai {

/// Shared by the copies of a client.
struct client_state : std::enable_shared_from_this<client_state>
{
    client_state(boost::asio::any_io_executor executor, std::string address, client_config c)
        : config(std::move(c)), shared(std::move(executor), config.client), endpoint(std::move(address))
    {
    }

    client_config config;
    call::core shared;
    std::string endpoint;
    std::optional<settings> ready; ///< nothing until the first call
    std::shared_ptr<net::origin const> origin;

    resolved_host const& host() const noexcept { return ready->host; }
    /// What the constructor may not do: reads the environment, once.
    result<void> settle();
    /// Adds what every request of this client has.
    result<call::plan> plan_for(http_request request) const;
    error explain(error failure, std::string_view deployment, std::string_view target = {},
                  phase_limits::duration patience = {}, bool streams = false) const;

    /// Sends, repeats, and says in what words it failed. `deployment`: that the request is for, or nothing.
    net::task<result<call::answer>> exchange(net::operation& op, http_request request, std::string deployment,
                                             call_options options);
    /// The same for an answer that is read as it comes. The stream keeps `self`, whose state this is.
    net::task<result<call::opened>> open(net::operation& op, std::shared_ptr<client_state> self, http_request request,
                                         std::string deployment, call_options options);
    /// Joins what the response and the loop know of a call.
    template <class T>
    result<T> finish(call::answer answered, result<T> parsed, std::string const& deployment);

    net::task<result<chat_response>> chat(net::operation& op, chat_request request, call_options options);
    net::task<result<chat_stream>> stream(net::operation& op, chat_request request, call_options options);
    net::task<result<embedding_response>> embed(net::operation& op, embedding_request request, call_options options);
    net::task<result<inference_response>> infer(net::operation& op, inference_request request, call_options options);
    net::task<result<model_list>> list_models(net::operation& op, call_options options);
    net::task<result<model_info>> get_model(net::operation& op, std::string name, call_options options);
    net::task<result<net::warm_handle>> warm(net::operation& op, std::size_t connections, call_options options);
};

template <class T>
result<T> client_state::finish(call::answer answered, result<T> parsed, std::string const& deployment)
{
    if (!parsed)
        return explain(parsed.error(), deployment).with_attempts(answered.meta.attempts);
    shared.fields.put(std::move(answered.response.fields));
    call::merge_meta(parsed->meta, answered.meta);
    if (parsed->meta.deployment.empty())
        parsed->meta.deployment = deployment;
    return parsed;
}

namespace detail {

/// Reading changes nothing at the service, so doing it twice costs nothing, unless the caller says otherwise.
inline call_options harmless(call_options options)
{
    if (!options.replay())
        options.replay(replay::replay_unknown);
    return options;
}

/// Keeps the client alive while its call runs.
template <class In, class Out>
class client_call
{
public:
    using function = net::task<result<Out>> (*)(client_state&, net::operation&, In, call_options);

    client_call(std::shared_ptr<client_state> state, function f, In in, call_options options) noexcept
        : state_(std::move(state)), function_(f), in_(std::move(in)), options_(std::move(options))
    {
    }
    net::task<result<Out>> operator()(net::operation& op)
    {
        return function_(*state_, op, std::move(in_), std::move(options_));
    }

private:
    std::shared_ptr<client_state> state_;
    function function_;
    In in_;
    call_options options_;
};

template <class In, class Out, class Handler>
void start_call(std::shared_ptr<client_state> const& state,
                net::task<result<Out>> (*f)(client_state&, net::operation&, In, call_options), In in,
                call_options options, bool here, Handler handler)
{
    auto& shared = state->shared;
    auto const total = call::limits_of(shared, options).total;
    client_call<In, Out> call(state, f, std::move(in), std::move(options));
    net::start<Out>(shared.arena, shared.timers, shared.executor, total, std::move(call), std::move(handler), here);
}

} // namespace detail

} // namespace augur::inline AUGUR_ABI::azure_openai

#pragma once

#include <augur/core/impl/unreadable_answer.hpp>
#include <augur/model/scoring.hpp>
#include <augur/sagemaker/endpoint.hpp>
#include <augur/sagemaker/impl/runtime_client.ipp>

namespace augur::inline AUGUR_ABI::sagemaker {

struct endpoint_settings
{
    std::string name;
    endpoint_config config;
};

namespace detail {

inline runtime_config runtime_config_of(endpoint_config const& from)
{
    runtime_config out;
    out.region = from.region;
    out.profile = from.profile;
    out.endpoint_url = from.endpoint_url;
    out.credentials = from.credentials;
    out.client = from.client;
    return out;
}

inline std::shared_ptr<endpoint_settings const> settings_of(std::string name, endpoint_config config)
{
    auto settings = std::make_shared<endpoint_settings>();
    settings->name = std::move(name);
    settings->config = std::move(config);
    return settings;
}

class infer_call
{
public:
    infer_call(std::shared_ptr<runtime_state> state, std::shared_ptr<endpoint_settings const> settings,
               inference_request request, call_options options) noexcept
        : state_(std::move(state)),
          settings_(std::move(settings)),
          request_(std::move(request)),
          options_(std::move(options))
    {
    }

    net::task<result<inference_response>> operator()(net::operation& op)
    {
        auto const& config = settings_->config;
        auto accept = request_.accept().empty() ? config.accept : request_.accept();
        auto id = request_.id();
        auto encoded = encode_request(std::move(request_), config.format);
        if (!encoded)
            co_return encoded.error();
        invoke_endpoint_request invoke(settings_->name, body(std::move(encoded->body)));
        invoke.content_type(std::move(encoded->content_type));
        if (!accept.empty())
            invoke.accept(std::move(accept));
        if (!id.empty())
            invoke.inference_id(std::move(id));
        if (!config.target_variant.empty())
            invoke.target_variant(config.target_variant);
        if (!config.target_model.empty())
            invoke.target_model(config.target_model);
        if (!config.inference_component.empty())
            invoke.inference_component(config.inference_component);
        auto answered = co_await state_->invoke(op, invoke, options_);
        if (!answered)
            co_return answered.error();
        auto decoded = decode_response(answered->content_type, std::move(answered->body), config.format);
        if (!decoded)
            co_return augur::detail::unreadable_answer(decoded.error(), answered->meta);
        decoded->meta = std::move(answered->meta);
        co_return std::move(*decoded);
    }

private:
    std::shared_ptr<runtime_state> state_;
    std::shared_ptr<endpoint_settings const> settings_;
    inference_request request_;
    call_options options_;
};

} // namespace detail

AUGUR_INLINE endpoint::endpoint(boost::asio::any_io_executor executor, std::string name)
    : endpoint(std::move(executor), std::move(name), endpoint_config())
{
}

AUGUR_INLINE endpoint::endpoint(runtime_client client, std::string name)
    : endpoint(std::move(client), std::move(name), endpoint_config())
{
}

AUGUR_INLINE endpoint::endpoint(boost::asio::any_io_executor executor, std::string name, endpoint_config config)
    : state_(std::make_shared<runtime_state>(std::move(executor), detail::runtime_config_of(config))),
      settings_(detail::settings_of(std::move(name), std::move(config)))
{
}

AUGUR_INLINE endpoint::endpoint(runtime_client client, std::string name, endpoint_config config)
    : state_(std::move(client.state_)), settings_(detail::settings_of(std::move(name), std::move(config)))
{
}

AUGUR_INLINE boost::asio::any_io_executor endpoint::get_executor() const
{
    return state_->shared.executor;
}

AUGUR_INLINE runtime_client endpoint::client() const
{
    return runtime_client(state_);
}

AUGUR_INLINE std::string const& endpoint::name() const noexcept
{
    return settings_->name;
}

AUGUR_INLINE void endpoint::start_infer(inference_request request, call_options options, bool here,
                                        infer_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::infer_call body(state_, settings_, std::move(request), std::move(options));
    net::start<inference_response>(shared.arena, shared.timers, shared.executor, total, std::move(body),
                                   std::move(handler), here);
}

AUGUR_INLINE boost::asio::awaitable<result<inference_response>> endpoint::infer(inference_request request,
                                                                                call_options options) &
{
    return async_infer(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE void endpoint::start_warm(std::size_t connections, call_options options, warm_handler handler)
{
    client().start_warm(connections, std::move(options), std::move(handler));
}

AUGUR_INLINE boost::asio::awaitable<result<net::warm_handle>> endpoint::warm(std::size_t connections,
                                                                             call_options options) &
{
    return async_warm(connections, std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE net::pool_statistics endpoint::statistics() const noexcept
{
    return client().statistics();
}

static_assert(InferenceClient<endpoint>); // here and not in the header: it costs its reader time

} // namespace augur::inline AUGUR_ABI::sagemaker

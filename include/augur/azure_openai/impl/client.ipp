#pragma once

#include <augur/azure_openai/impl/client_state.ipp>
#include <augur/model/chat_client.hpp>
#include <augur/model/embedding_client.hpp>

#include <boost/asio/use_awaitable.hpp>

namespace augur::inline AUGUR_ABI::azure_openai {

namespace detail {

inline net::task<result<chat_response>> chat_call(client_state& s, net::operation& op, chat_request r, call_options o)
{
    return s.chat(op, std::move(r), std::move(o));
}
inline net::task<result<chat_stream>> stream_call(client_state& s, net::operation& op, chat_request r, call_options o)
{
    return s.stream(op, std::move(r), std::move(o));
}
inline net::task<result<embedding_response>> embed_call(client_state& s, net::operation& op, embedding_request r,
                                                        call_options o)
{
    return s.embed(op, std::move(r), std::move(o));
}
inline net::task<result<inference_response>> infer_call(client_state& s, net::operation& op, inference_request r,
                                                        call_options o)
{
    return s.infer(op, std::move(r), std::move(o));
}
inline net::task<result<model_list>> list_models_call(client_state& s, net::operation& op, int, call_options o)
{
    return s.list_models(op, std::move(o));
}
inline net::task<result<model_info>> get_model_call(client_state& s, net::operation& op, std::string name,
                                                    call_options o)
{
    return s.get_model(op, std::move(name), std::move(o));
}
inline net::task<result<net::warm_handle>> warm_call(client_state& s, net::operation& op, std::size_t n, call_options o)
{
    return s.warm(op, n, std::move(o));
}

} // namespace detail

AUGUR_INLINE client::client(boost::asio::any_io_executor executor) : client(std::move(executor), std::string()) {}

AUGUR_INLINE client::client(boost::asio::any_io_executor executor, std::string endpoint)
    : client(std::move(executor), std::move(endpoint), client_config())
{
}

AUGUR_INLINE client::client(boost::asio::any_io_executor executor, std::string endpoint, client_config config)
    : state_(std::make_shared<client_state>(std::move(executor), std::move(endpoint), std::move(config)))
{
}

AUGUR_INLINE void client::start_chat(chat_request request, call_options options, bool here, handler<chat_response> h)
{
    detail::start_call(state_, &detail::chat_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_stream(chat_request request, call_options options, bool here, handler<chat_stream> h)
{
    detail::start_call(state_, &detail::stream_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_embed(embedding_request request, call_options options, bool here,
                                      handler<embedding_response> h)
{
    detail::start_call(state_, &detail::embed_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_infer(inference_request request, call_options options, bool here,
                                      handler<inference_response> h)
{
    detail::start_call(state_, &detail::infer_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_list_models(no_input, call_options options, bool here, handler<model_list> h)
{
    detail::start_call(state_, &detail::list_models_call, 0, std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_get_model(std::string name, call_options options, bool here, handler<model_info> h)
{
    detail::start_call(state_, &detail::get_model_call, std::move(name), std::move(options), here, std::move(h));
}

AUGUR_INLINE void client::start_warm(std::size_t connections, call_options options, bool here,
                                     handler<net::warm_handle> h)
{
    detail::start_call(state_, &detail::warm_call, connections, std::move(options), here, std::move(h));
}

AUGUR_INLINE boost::asio::awaitable<result<chat_response>> client::chat(chat_request request, call_options options) &
{
    return async_chat(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<chat_stream>> client::stream(chat_request request, call_options options) &
{
    return async_stream(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<embedding_response>> client::embed(embedding_request request,
                                                                              call_options options) &
{
    return async_embed(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<inference_response>> client::infer(inference_request request,
                                                                              call_options options) &
{
    return async_infer(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<model_list>> client::list_models(call_options options) &
{
    return async_list_models(std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<model_info>> client::get_model(std::string name, call_options options) &
{
    return async_get_model(std::move(name), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<net::warm_handle>> client::warm(std::size_t connections,
                                                                           call_options options) &
{
    return async_warm(connections, std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE net::pool_statistics client::statistics() const noexcept
{
    auto const& transport = state_->shared.transport; // null until the first call
    return transport ? transport->statistics() : net::pool_statistics();
}

AUGUR_INLINE boost::asio::any_io_executor client::get_executor() const
{
    return state_->shared.executor;
}

static_assert(InferenceClient<client>); // here and not in the header: it costs its reader time
static_assert(EmbeddingClient<client>);
static_assert(ChatClient<client>);

} // namespace augur::inline AUGUR_ABI::azure_openai

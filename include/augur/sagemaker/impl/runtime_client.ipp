#pragma once

#include <augur/call/impl/stream_source.hpp>
#include <augur/net/start.hpp>
#include <augur/sagemaker/impl/runtime_state.ipp>

#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <type_traits>

namespace augur::inline AUGUR_ABI::sagemaker {

namespace detail {

/// Keeps the client alive while it warms up.
class warm_call
{
public:
    warm_call(std::shared_ptr<runtime_state> state, std::size_t connections, call_options options) noexcept
        : state_(std::move(state)), connections_(connections), options_(std::move(options))
    {
    }
    net::task<result<net::warm_handle>> operator()(net::operation& op)
    {
        return state_->warm(op, connections_, std::move(options_));
    }

private:
    std::shared_ptr<runtime_state> state_;
    std::size_t connections_;
    call_options options_;
};

/// Keeps the client alive while its call runs.
class invoke_call
{
public:
    invoke_call(std::shared_ptr<runtime_state> const& state, invoke_endpoint_request&& request,
                call_options&& options) noexcept
        : state_(state), request_(std::move(request)), options_(std::move(options))
    {
    }
    net::task<result<invoke_endpoint_response>> operator()(net::operation& op)
    {
        return state_->invoke(op, request_, options_);
    }

private:
    std::shared_ptr<runtime_state> state_;
    invoke_endpoint_request request_;
    call_options options_;
};

/// A function of its own, because g++ gives no linkage to what a coroutine's lambda makes.
template <class Stream, class Decoder>
result<Stream> stream_of(call::opened from)
{
    using source = model_source<typename Stream::event_type>;
    auto const make = [](call::opened const& opened, source& to) -> result<Decoder> {
        auto head = wire::parse_stream_head(opened.fields());
        if (!head)
            return head.error();
        to.head = std::move(*head);
        if constexpr (requires { typename Decoder::decoder; })
            return Decoder(typename Decoder::decoder(opened.largest_event()));
        else
            return Decoder(); // parts are passed on as they come
    };
    return call::make_stream<Stream, source>(std::move(from), make);
}

/// Opens a stream and gives it its decoder.
template <class Stream, class Decoder>
class stream_opening
{
public:
    stream_opening(std::shared_ptr<runtime_state> state, invoke_endpoint_request request, call_options options) noexcept
        : state_(std::move(state)), request_(std::move(request)), options_(std::move(options))
    {
    }
    net::task<result<Stream>> operator()(net::operation& op)
    {
        auto opened = co_await runtime_state::open(op, state_, std::move(request_), std::move(options_));
        if (!opened)
            co_return opened.error();
        co_return stream_of<Stream, Decoder>(std::move(*opened));
    }

private:
    std::shared_ptr<runtime_state> state_;
    invoke_endpoint_request request_;
    call_options options_;
};

template <class Stream, class Decoder>
void start_stream(std::shared_ptr<runtime_state> const& state, invoke_endpoint_request request, call_options options,
                  bool here, net::completion<Stream> to)
{
    auto& shared = state->shared;
    auto const total = call::limits_of(shared, options).total;
    stream_opening<Stream, Decoder> body(state, std::move(request), std::move(options));
    net::start<Stream>(shared.arena, shared.timers, shared.executor, total, std::move(body), std::move(to), here);
}

} // namespace detail

AUGUR_INLINE runtime_client::runtime_client(boost::asio::any_io_executor executor)
    : runtime_client(std::move(executor), runtime_config())
{
}

AUGUR_INLINE runtime_client::runtime_client(boost::asio::any_io_executor executor, runtime_config config)
    : state_(std::make_shared<runtime_state>(std::move(executor), std::move(config)))
{
}

AUGUR_INLINE void runtime_client::start_invoke(invoke_endpoint_request&& request, call_options&& options, bool here,
                                               invoke_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    net::start<invoke_endpoint_response>(shared.arena, shared.timers, shared.executor, total,
                                         detail::invoke_call(state_, std::move(request), std::move(options)),
                                         std::move(handler), here);
}

AUGUR_INLINE boost::asio::awaitable<result<invoke_endpoint_response>>
runtime_client::invoke_endpoint(invoke_endpoint_request request, call_options options) &
{
    return async_invoke_endpoint(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE void runtime_client::start_stream(invoke_endpoint_request request, call_options options, bool here,
                                               stream_handler<part_stream> to)
{
    detail::start_stream<part_stream, wire::part_decoder>(state_, std::move(request), std::move(options), here,
                                                          std::move(to));
}

AUGUR_INLINE void runtime_client::start_stream(invoke_endpoint_request request, call_options options, bool here,
                                               stream_handler<line_stream> to)
{
    detail::start_stream<line_stream, wire::line_decoder>(state_, std::move(request), std::move(options), here,
                                                          std::move(to));
}

AUGUR_INLINE void runtime_client::start_stream(invoke_endpoint_request request, call_options options, bool here,
                                               stream_handler<sse_stream> to)
{
    detail::start_stream<sse_stream, wire::sse_decoder>(state_, std::move(request), std::move(options), here,
                                                        std::move(to));
}

AUGUR_INLINE boost::asio::awaitable<result<part_stream>>
runtime_client::invoke_endpoint_with_response_stream(invoke_endpoint_request request, call_options options) &
{
    return async_open_stream<part_stream>(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<line_stream>>
runtime_client::invoke_endpoint_with_response_lines(invoke_endpoint_request request, call_options options) &
{
    return async_open_stream<line_stream>(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<sse_stream>>
runtime_client::invoke_endpoint_with_response_events(invoke_endpoint_request request, call_options options) &
{
    return async_open_stream<sse_stream>(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE void runtime_client::start_warm(std::size_t connections, call_options options, warm_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::warm_call body(state_, connections, std::move(options));
    net::start<net::warm_handle>(shared.arena, shared.timers, shared.executor, total, std::move(body),
                                 std::move(handler));
}

AUGUR_INLINE boost::asio::awaitable<result<net::warm_handle>> runtime_client::warm(std::size_t connections,
                                                                                   call_options options) &
{
    return async_warm(connections, std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE net::pool_statistics runtime_client::statistics() const noexcept
{
    auto const& transport = state_->shared.transport; // null until the first call
    return transport ? transport->statistics() : net::pool_statistics();
}

AUGUR_INLINE boost::asio::any_io_executor runtime_client::get_executor() const
{
    return state_->shared.executor;
}

} // namespace augur::inline AUGUR_ABI::sagemaker

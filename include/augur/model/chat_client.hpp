#pragma once

#include <augur/core/call_options.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/chat_stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>

namespace augur::inline AUGUR_ABI {

/// Whatever can answer a `chat_request`, at once or as a stream: a deployment on any cloud, a router, a test
/// double. A handle, as every client is: copy it into coroutines.
///
///     template <augur::ChatClient Client>
///     asio::awaitable<void> tell(Client client, std::string question);
///
/// What a request has and a client cannot carry fails before anything is sent, with `errc::unsupported`.
template <class C>
concept ChatClient = std::copyable<C> && requires(C& client, chat_request request, call_options options) {
    {
        client.chat(std::move(request), std::move(options))
    } -> std::same_as<boost::asio::awaitable<result<chat_response>>>;
    {
        client.stream(std::move(request), std::move(options))
    } -> std::same_as<boost::asio::awaitable<result<chat_stream>>>;
    { client.get_executor() } -> std::same_as<boost::asio::any_io_executor>;
};

} // namespace augur::inline AUGUR_ABI

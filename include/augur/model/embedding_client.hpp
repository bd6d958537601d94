#pragma once

#include <augur/core/call_options.hpp>
#include <augur/core/result.hpp>
#include <augur/model/embedding.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>

namespace augur::inline AUGUR_ABI {

/// Whatever can turn texts into vectors: a deployment on any cloud, a router, a test double. A handle, as
/// every client is: copy it into coroutines.
template <class C>
concept EmbeddingClient = std::copyable<C> && requires(C& client, embedding_request request, call_options options) {
    {
        client.embed(std::move(request), std::move(options))
    } -> std::same_as<boost::asio::awaitable<result<embedding_response>>>;
    { client.get_executor() } -> std::same_as<boost::asio::any_io_executor>;
};

} // namespace augur::inline AUGUR_ABI

#pragma once

#include <augur/core/call_options.hpp>
#include <augur/model/inference.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <concepts>

namespace augur::inline AUGUR_ABI {

/// Whatever can answer an `inference_request`: an endpoint on any cloud, a router, a test double.
///
///     template <augur::InferenceClient Client>
///     asio::awaitable<augur::result<double>> risk(Client client, std::vector<float> features);
///
/// Clients are handles: copy them into coroutines. A kind of payload that a client cannot carry fails
/// before anything is sent, with `errc::unsupported` naming the kind.
template <class C>
concept InferenceClient = std::copyable<C> && requires(C& client, inference_request request, call_options options) {
    {
        client.infer(std::move(request), std::move(options))
    } -> std::same_as<boost::asio::awaitable<result<inference_response>>>;
    { client.get_executor() } -> std::same_as<boost::asio::any_io_executor>;
};

} // namespace augur::inline AUGUR_ABI

#pragma once

#include <augur/azure_ml/errc.hpp>
#include <augur/azure_ml/request.hpp>
#include <augur/azure_ml/response.hpp>
#include <augur/call/client_config.hpp>
#include <augur/codec/scoring_options.hpp>
#include <augur/core/secret.hpp>
#include <augur/fwd.hpp>
#include <augur/model/inference_client.hpp>
#include <augur/net/completion.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/warm.hpp>

#include <boost/asio/async_result.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace augur::inline AUGUR_ABI::azure_ml {

/// How to reach an online endpoint and how its model speaks.
struct endpoint_config
{
    /// The endpoint's primary or secondary key. Without one, and without an authenticator in `client.auth`, an
    /// address of Azure's own gets tokens of Entra.
    secret key = {};
    /// Who gives these tokens, for any address, instead of a key or an authenticator; null: `entra::default_chain`,
    /// with which nothing is looked for before the first call. For an endpoint with tokens of its own:
    /// `endpoint_tokens`.
    std::shared_ptr<auth::entra::token_source> credentials = {};
    /// What they are for; empty: https://ml.azure.com/.default, or that of the address's cloud.
    std::string scope = {};
    std::string deployment = {}; ///< bypasses the traffic split
    codec::scoring::options format = {}; ///< how rows, tensors and text become a payload
    std::string accept = {}; ///< else nothing is said
    bool allow_plain_http = false; ///< for a scoring URI without TLS that is not on this machine
    call::client_config client = {};
};

/// One Azure Machine Learning online endpoint as an `InferenceClient`.
///
/// Errors: `augur::errc` for faults on our side, `azure_ml::errc` for the service's; compare with
/// `augur::condition` for what they have in common with other clouds. A 424 is unfolded: the model's
/// own status is in the error's attributes.
/// Lifetime: a handle; copies share connections. Pending calls keep what they need. The constructor
/// does no I/O; a bad scoring URI is an error of the first call.
/// The last copy must go away on the executor or after it has stopped, and before its context.
/// Threads: an endpoint and its copies belong to their executor; on a multi-threaded context give a
/// strand. Cancellation: every type, at any time; the call completes once with `errc::cancelled`.
class endpoint
{
public:
    /// `scoring_uri` as the portal shows it: "https://NAME.REGION.inference.ml.azure.com/score".
    endpoint(boost::asio::any_io_executor executor, std::string scoring_uri, endpoint_config config);

    boost::asio::awaitable<result<inference_response>> infer(inference_request request, call_options options = {}) &;
    boost::asio::awaitable<result<inference_response>> infer(inference_request request,
                                                             call_options options = {}) && = delete;

    /// The endpoint in its own terms: any body, any route of the container.
    boost::asio::awaitable<result<score_response>> score(score_request request, call_options options = {}) &;
    boost::asio::awaitable<result<score_response>> score(score_request request, call_options options = {}) && = delete;

    template <class Token>
    auto async_infer(inference_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<inference_response>)>(
            [](auto handler, endpoint self, inference_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_infer(std::move(r), std::move(o), here, infer_handler(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }

    template <class Token>
    auto async_score(score_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<score_response>)>(
            [](auto handler, endpoint self, score_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_score(std::move(r), std::move(o), here, score_handler(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }

    /// Pays in advance what the first calls would pay: credentials, and so many connections with their
    /// lookup, TCP and TLS. The handle keeps that many alive; without it they are merely idle. Sends no
    /// request. Not repeated when it fails: the error says in which phase.
    boost::asio::awaitable<result<net::warm_handle>> warm(std::size_t connections, call_options options = {}) &;
    boost::asio::awaitable<result<net::warm_handle>> warm(std::size_t connections,
                                                          call_options options = {}) && = delete;

    template <class Token>
    auto async_warm(std::size_t connections, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<net::warm_handle>)>(
            [](auto handler, endpoint self, std::size_t n, call_options o) {
                self.start_warm(n, std::move(o), warm_handler(std::move(handler)));
            },
            token, *this, connections, std::move(options));
    }

    /// What the connections of this endpoint and its copies do and did; on the executor, like everything.
    net::pool_statistics statistics() const noexcept;

    boost::asio::any_io_executor get_executor() const;

private:
    using warm_handler = net::completion<net::warm_handle>;
    void start_warm(std::size_t connections, call_options options, warm_handler handler);
    using infer_handler = net::completion<inference_response>;
    using score_handler = net::completion<score_response>;
    void start_infer(inference_request request, call_options options, bool here, infer_handler handler);
    void start_score(score_request request, call_options options, bool here, score_handler handler);

    std::shared_ptr<struct endpoint_state> state_;
};

} // namespace augur::inline AUGUR_ABI::azure_ml

#if AUGUR_HEADER_ONLY
#include <augur/azure_ml/impl/endpoint.ipp>
#endif

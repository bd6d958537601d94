#pragma once

#include <augur/call/client_config.hpp>
#include <augur/codec/scoring_options.hpp>
#include <augur/fwd.hpp>
#include <augur/model/inference_client.hpp>
#include <augur/net/completion.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/warm.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker {

/// Where an endpoint is and how its model speaks; all of it optional.
struct endpoint_config
{
    std::string region = {};       ///< else AWS_REGION, AWS_DEFAULT_REGION, the profile's region
    std::string profile = {};      ///< else AWS_PROFILE, else "default"
    std::string endpoint_url = {}; ///< else AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME, AWS_ENDPOINT_URL, the public host
    /// How rows, tensors and text become a payload. Raw bytes always pass as they are.
    codec::scoring::options format = {};
    std::string accept = {};              ///< else no Accept header is sent
    std::string target_variant = {};      ///< overrides the traffic split
    std::string target_model = {};        ///< multi-model endpoints
    std::string inference_component = {}; ///< endpoints with inference components
    /// Null: the default chain, asked at the first call.
    std::shared_ptr<auth::aws::credential_source> credentials = {};
    call::client_config client = {};
};

/// One SageMaker endpoint as an `InferenceClient`: rows, tensors, text or bytes in, an answer out.
/// Messages are `errc::unsupported` here.
///
/// Lifetime, threads and cancellation are those of `runtime_client`.
class endpoint
{
public:
    // Two constructors each and no default argument: g++ 12 destroys an aggregate that is made in a
    // statement with a co_await twice.
    endpoint(boost::asio::any_io_executor executor, std::string name);
    endpoint(boost::asio::any_io_executor executor, std::string name, endpoint_config config);
    /// Shares the connections and credentials of `client`.
    endpoint(runtime_client client, std::string name);
    endpoint(runtime_client client, std::string name, endpoint_config config);

    boost::asio::awaitable<result<inference_response>> infer(inference_request request, call_options options = {}) &;
    boost::asio::awaitable<result<inference_response>> infer(inference_request request,
                                                             call_options options = {}) && = delete;

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

    /// See `runtime_client::warm`; the connections are the client's.
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
    net::pool_statistics statistics() const noexcept;

    boost::asio::any_io_executor get_executor() const;
    std::string const& name() const noexcept;
    /// The same service in its own terms; include augur/sagemaker/runtime_client.hpp to use it.
    runtime_client client() const;

private:
    using infer_handler = net::completion<inference_response>;
    using warm_handler = net::completion<net::warm_handle>;
    void start_infer(inference_request request, call_options options, bool here, infer_handler handler);
    void start_warm(std::size_t connections, call_options options, warm_handler handler);

    std::shared_ptr<struct runtime_state> state_;
    std::shared_ptr<struct endpoint_settings const> settings_;
};

} // namespace augur::inline AUGUR_ABI::sagemaker

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/endpoint.ipp>
#endif

#pragma once

#include <augur/call/client_config.hpp>
#include <augur/fwd.hpp>
#include <augur/model/chat_client.hpp>
#include <augur/net/completion.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/sagemaker/chat_wire.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker {

/// Where a language model is and how it wants to be asked; all of it optional.
struct chat_config
{
    std::string region = {};       ///< else AWS_REGION, AWS_DEFAULT_REGION, the profile's region
    std::string profile = {};      ///< else AWS_PROFILE, else "default"
    std::string endpoint_url = {}; ///< else AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME, AWS_ENDPOINT_URL, the public host
    bool allow_plain_http = false; ///< for an endpoint URL without TLS that is not on this machine
    chat_form form = chat_form::messages;
    prompt_function prompt = {};          ///< for chat_form::inputs: the model's chat template
    std::string target_variant = {};      ///< overrides the traffic split; not with chat_form::openai
    std::string inference_component = {}; ///< endpoints with inference components
    /// Null: the default chain, asked at the first call.
    std::shared_ptr<auth::aws::credential_source> credentials = {};
    call::client_config client = {};
};

/// A language model on a SageMaker endpoint as a `ChatClient`, asked through the endpoint's invocations or, with
/// `chat_form::openai`, over its OpenAI-compatible path. That takes a bearer token, which is made from the credentials
/// without asking anybody, and anew before it ends; or the one in AWS_BEARER_TOKEN_SAGEMAKER, if code gives no
/// credentials; or what `client.auth` says. It needs the permission `sagemaker:CallWithBearerToken`.
///
///     sagemaker::chat_endpoint llama(executor, "llama-endpoint", {.region = "us-east-1"});
///     auto stream = co_await llama.stream(augur::chat_request().user("Why is the sky blue?"));
///     while (auto event = (co_await stream->next()).value())
///         std::cout << event->text().value_or("");
///
/// Lifetime, threads and cancellation are those of `runtime_client`.
class chat_endpoint
{
public:
    // Two constructors each and no default argument: g++ 12 destroys an aggregate that is made in a
    // statement with a co_await twice.
    chat_endpoint(boost::asio::any_io_executor executor, std::string name);
    chat_endpoint(boost::asio::any_io_executor executor, std::string name, chat_config config);
    /// Shares the connections and credentials of `client`.
    chat_endpoint(runtime_client client, std::string name);
    chat_endpoint(runtime_client client, std::string name, chat_config config);

    /// One whole answer.
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) && = delete;
    /// The answer as it is made. Ends when it has begun.
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) && = delete;

    template <class Token>
    auto async_chat(chat_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<chat_response>)>(
            [](auto handler, chat_endpoint self, chat_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_chat(std::move(r), std::move(o), here, chat_handler(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }
    template <class Token>
    auto async_stream(chat_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<chat_stream>)>(
            [](auto handler, chat_endpoint self, chat_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_stream(std::move(r), std::move(o), here, stream_handler(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }

    net::pool_statistics statistics() const noexcept;
    boost::asio::any_io_executor get_executor() const;
    std::string const& name() const noexcept;
    /// The same service in its own terms; include augur/sagemaker/runtime_client.hpp to use it.
    runtime_client client() const;

private:
    using chat_handler = net::completion<chat_response>;
    using stream_handler = net::completion<chat_stream>;
    void start_chat(chat_request request, call_options options, bool here, chat_handler handler);
    void start_stream(chat_request request, call_options options, bool here, stream_handler handler);

    std::shared_ptr<struct runtime_state> state_;
    std::shared_ptr<struct chat_settings const> settings_;
};

} // namespace augur::inline AUGUR_ABI::sagemaker

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/chat_endpoint.ipp>
#endif

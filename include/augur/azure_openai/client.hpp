#pragma once

#include <augur/azure_openai/config.hpp>
#include <augur/fwd.hpp>
#include <augur/model/chat_request.hpp>
#include <augur/model/chat_response.hpp>
#include <augur/model/chat_stream.hpp>
#include <augur/model/embedding.hpp>
#include <augur/model/inference_client.hpp>
#include <augur/net/completion.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/warm.hpp>
#include <augur/openai_wire/models.hpp>

#include <boost/asio/async_result.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai {

/// One Azure OpenAI resource, or any service of that dialect: OpenAI itself, vLLM, llama.cpp and their like.
///
///     azure_openai::client llm(executor, "https://contoso.openai.azure.com", {.deployment = "gpt-4o-mini"});
///     auto answer = co_await llm.chat(augur::chat_request().user("Why is the sky blue?"));
///
/// Satisfies `ChatClient`, `EmbeddingClient` and `InferenceClient` (text or messages in, text out).
///
/// Errors: `augur::errc` for faults on our side, `azure_openai::errc` for the service's; compare with
/// `augur::condition` for what they have in common with other services. A filtered prompt is
/// `condition::content_filtered`, with what was found in the attributes "content_filter.<category>".
/// Lifetime: a handle; copies share connections. Pending calls keep what they need. The constructor does no
/// I/O and reads no environment; a bad address is an error of the first call.
/// The last copy must go away on the executor or after it has stopped, and before its context.
/// Threads: a client and its copies belong to their executor; on a multi-threaded context give a strand.
/// Cancellation: every type, at any time; the call completes once with `errc::cancelled`.
class client
{
public:
    /// The address is in AZURE_OPENAI_ENDPOINT or OPENAI_BASE_URL.
    explicit client(boost::asio::any_io_executor executor);
    /// `endpoint`: see `resolve_host` for the forms it may have.
    client(boost::asio::any_io_executor executor, std::string endpoint);
    client(boost::asio::any_io_executor executor, std::string endpoint, client_config config);

    /// Chat completions: one whole answer.
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_chat(chat_request request, call_options options, Token&& token) &
    {
        return run(&client::start_chat, std::move(request), std::move(options), token);
    }

    /// Chat completions as they are made; ends when the head of the answer is here. See `event_stream` for limits,
    /// errors and what happens when the stream is left.
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_stream(chat_request request, call_options options, Token&& token) &
    {
        return run(&client::start_stream, std::move(request), std::move(options), token);
    }

    boost::asio::awaitable<result<embedding_response>> embed(embedding_request request, call_options options = {}) &;
    boost::asio::awaitable<result<embedding_response>> embed(embedding_request request,
                                                             call_options options = {}) && = delete;
    template <class Token>
    auto async_embed(embedding_request request, call_options options, Token&& token) &
    {
        return run(&client::start_embed, std::move(request), std::move(options), token);
    }

    /// Text, which the user says, or messages in; the text of the answer out. Other payloads are
    /// `errc::unsupported`. An answer that a filter held back, or that the model refused to give, is
    /// `errc::content_filter`, outcome `complete`.
    boost::asio::awaitable<result<inference_response>> infer(inference_request request, call_options options = {}) &;
    boost::asio::awaitable<result<inference_response>> infer(inference_request request,
                                                             call_options options = {}) && = delete;
    template <class Token>
    auto async_infer(inference_request request, call_options options, Token&& token) &
    {
        return run(&client::start_infer, std::move(request), std::move(options), token);
    }

    /// What this resource or key may use. On Azure these are models, not deployments.
    boost::asio::awaitable<result<openai_wire::model_list>> list_models(call_options options = {}) &;
    boost::asio::awaitable<result<openai_wire::model_list>> list_models(call_options options = {}) && = delete;
    template <class Token>
    auto async_list_models(call_options options, Token&& token) &
    {
        return run(&client::start_list_models, no_input(), std::move(options), token);
    }
    boost::asio::awaitable<result<openai_wire::model_info>> get_model(std::string name, call_options options = {}) &;
    boost::asio::awaitable<result<openai_wire::model_info>> get_model(std::string name,
                                                                      call_options options = {}) && = delete;
    template <class Token>
    auto async_get_model(std::string name, call_options options, Token&& token) &
    {
        return run(&client::start_get_model, std::move(name), std::move(options), token);
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
        return run(&client::start_warm, connections, std::move(options), token);
    }

    /// What the connections of this client and its copies do and did; on the executor, like everything.
    net::pool_statistics statistics() const noexcept;
    boost::asio::any_io_executor get_executor() const;

private:
    friend class responses_client;
    struct no_input
    {
        no_input() {}
    };
    template <class Out>
    using handler = net::completion<Out>;

    /// `start`: what runs once the token has become a handler, of which `bool` says where it is to be called.
    template <class Out, class In, class Token>
    auto run(void (client::*start)(In, call_options, bool, handler<Out>), In in, call_options options, Token& token)
    {
        return boost::asio::async_initiate<Token, void(result<Out>)>(
            [start](auto h, client self, In i, call_options o) {
                bool const here = net::completes_on(h, self.get_executor());
                (self.*start)(std::move(i), std::move(o), here, handler<Out>(std::move(h)));
            },
            token, *this, std::move(in), std::move(options));
    }

    void start_chat(chat_request request, call_options options, bool here, handler<chat_response> h);
    void start_stream(chat_request request, call_options options, bool here, handler<chat_stream> h);
    void start_embed(embedding_request request, call_options options, bool here, handler<embedding_response> h);
    void start_infer(inference_request request, call_options options, bool here, handler<inference_response> h);
    void start_list_models(no_input, call_options options, bool here, handler<openai_wire::model_list> h);
    void start_get_model(std::string name, call_options options, bool here, handler<openai_wire::model_info> h);
    void start_warm(std::size_t connections, call_options options, bool here, handler<net::warm_handle> h);

    std::shared_ptr<struct client_state> state_;
};

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/client.ipp>
#endif

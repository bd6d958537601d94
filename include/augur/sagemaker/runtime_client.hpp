#pragma once

#include <augur/call/client_config.hpp>
#include <augur/fwd.hpp>
#include <augur/net/completion.hpp>
#include <augur/net/pool_statistics.hpp>
#include <augur/net/warm.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/request.hpp>
#include <augur/sagemaker/response.hpp>
#include <augur/sagemaker/stream.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker {

/// What a client of the SageMaker runtime can be told; all of it optional.
struct runtime_config
{
    std::string region = {};       ///< else AWS_REGION, AWS_DEFAULT_REGION, the profile's region
    std::string profile = {};      ///< else AWS_PROFILE, else "default"
    std::string endpoint_url = {}; ///< else AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME, AWS_ENDPOINT_URL, the public host
    bool fips = false;        ///< or AWS_USE_FIPS_ENDPOINT=true
    bool dual_stack = false;  ///< or AWS_USE_DUALSTACK_ENDPOINT=true
    bool allow_plain_http = false; ///< for an endpoint URL without TLS that is not on this machine
    /// Null: the default chain, asked at the first call.
    std::shared_ptr<auth::aws::credential_source> credentials = {};
    call::client_config client = {};
};

/// The SageMaker runtime of one region and account.
///
/// Errors: `augur::errc` for faults on our side, `sagemaker::errc` for the service's; compare with
/// `augur::condition` for what they have in common with other clouds.
/// Lifetime: a handle; copies share connections and credentials. Pending calls keep what they need, so a
/// client may be destroyed while they run. The constructor does no I/O and reads no environment.
/// The last copy must go away on the executor or after it has stopped, and before its context.
/// Threads: a client and its copies belong to their executor; on a multi-threaded context give a strand.
/// Cancellation: every type, at any time; the call completes once with `errc::cancelled`, its
/// connection is closed.
class runtime_client
{
public:
    explicit runtime_client(boost::asio::any_io_executor executor);
    runtime_client(boost::asio::any_io_executor executor, runtime_config config);

    /// `InvokeEndpoint`: one request, one answer.
    boost::asio::awaitable<result<invoke_endpoint_response>> invoke_endpoint(invoke_endpoint_request request,
                                                                             call_options options = {}) &;
    boost::asio::awaitable<result<invoke_endpoint_response>> invoke_endpoint(invoke_endpoint_request request,
                                                                             call_options options = {}) && = delete;

    /// The same for any completion token; the signature is `void(result<invoke_endpoint_response>)`.
    template <class Token>
    auto async_invoke_endpoint(invoke_endpoint_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<invoke_endpoint_response>)>(
            [](auto handler, runtime_client self, invoke_endpoint_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_invoke(std::move(r), std::move(o), here, invoke_handler(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }

    /// `InvokeEndpointWithResponseStream`: one request, the model's output as it is made. Ends when the answer has
    /// begun. The request may not name a target model, explanations or a new session: `errc::unsupported`.
    ///
    ///     auto const limits = augur::deadline(5min).idle(10s);
    ///     auto stream = co_await client.invoke_endpoint_with_response_stream(request, limits);
    ///     while (auto part = (co_await stream->next()).value())
    ///         std::cout << part->bytes;
    boost::asio::awaitable<result<part_stream>> invoke_endpoint_with_response_stream(invoke_endpoint_request request,
                                                                                     call_options options = {}) &;
    boost::asio::awaitable<result<part_stream>>
    invoke_endpoint_with_response_stream(invoke_endpoint_request request, call_options options = {}) && = delete;
    /// The same for a model that writes lines, of JSON for instance: each comes whole, wherever the service cut.
    boost::asio::awaitable<result<line_stream>> invoke_endpoint_with_response_lines(invoke_endpoint_request request,
                                                                                    call_options options = {}) &;
    boost::asio::awaitable<result<line_stream>>
    invoke_endpoint_with_response_lines(invoke_endpoint_request request, call_options options = {}) && = delete;
    /// The same for a model that writes server-sent events.
    boost::asio::awaitable<result<sse_stream>> invoke_endpoint_with_response_events(invoke_endpoint_request request,
                                                                                    call_options options = {}) &;
    boost::asio::awaitable<result<sse_stream>>
    invoke_endpoint_with_response_events(invoke_endpoint_request request, call_options options = {}) && = delete;

    /// Each of them for any completion token; the signature is `void(result<Stream>)`, `Stream` being part_stream,
    /// line_stream or sse_stream.
    template <class Stream, class Token>
    auto async_open_stream(invoke_endpoint_request request, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<Stream>)>(
            [](auto handler, runtime_client self, invoke_endpoint_request r, call_options o) {
                bool const here = net::completes_on(handler, self.get_executor());
                self.start_stream(std::move(r), std::move(o), here, net::completion<Stream>(std::move(handler)));
            },
            token, *this, std::move(request), std::move(options));
    }

    /// Pays in advance what the first calls would pay: credentials, signing key, and so many connections
    /// with their lookup, TCP and TLS. The handle keeps that many alive; without it they are merely idle.
    /// Sends no request. Not repeated when it fails: the error says in which phase.
    boost::asio::awaitable<result<net::warm_handle>> warm(std::size_t connections, call_options options = {}) &;
    boost::asio::awaitable<result<net::warm_handle>> warm(std::size_t connections,
                                                          call_options options = {}) && = delete;

    template <class Token>
    auto async_warm(std::size_t connections, call_options options, Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(result<net::warm_handle>)>(
            [](auto handler, runtime_client self, std::size_t n, call_options o) {
                self.start_warm(n, std::move(o), warm_handler(std::move(handler)));
            },
            token, *this, connections, std::move(options));
    }

    /// What the connections of this client and its copies do and did; on the executor, like everything.
    net::pool_statistics statistics() const noexcept;

    boost::asio::any_io_executor get_executor() const;

private:
    using invoke_handler = net::completion<invoke_endpoint_response>;
    using warm_handler = net::completion<net::warm_handle>;
    void start_warm(std::size_t connections, call_options options, warm_handler handler);
    void start_invoke(invoke_endpoint_request&& request, call_options&& options, bool here, invoke_handler handler);

    template <class Stream>
    using stream_handler = net::completion<Stream>;
    void start_stream(invoke_endpoint_request request, call_options options, bool here, stream_handler<part_stream> to);
    void start_stream(invoke_endpoint_request request, call_options options, bool here, stream_handler<line_stream> to);
    void start_stream(invoke_endpoint_request request, call_options options, bool here, stream_handler<sse_stream> to);

    friend class endpoint;
    friend class chat_endpoint;
    explicit runtime_client(std::shared_ptr<struct runtime_state> state) noexcept : state_(std::move(state)) {}

    std::shared_ptr<struct runtime_state> state_;
};

} // namespace augur::inline AUGUR_ABI::sagemaker

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/runtime_client.ipp>
#endif

#pragma once

#include <augur/azure_openai/client.hpp>
#include <augur/azure_openai/request.hpp>
#include <augur/azure_openai/response.hpp>
#include <augur/azure_openai/response_stream.hpp>

namespace augur::inline AUGUR_ABI::azure_openai {

/// The Responses API of a client: answers that the service keeps, and may still be making.
///
///     azure_openai::responses_client responses(llm);
///     auto answer = co_await responses.create(azure_openai::response_request("gpt-5-mini", "Why is the sky blue?"));
///
/// Satisfies `ChatClient`. Shares the connections of the client. A response that failed, was cancelled or is unfinished
/// is a value: ask its `status`. Errors, lifetime, threads and cancellation are those of `client`; an unknown id is
/// `condition::not_found`.
class responses_client
{
public:
    explicit responses_client(client of) noexcept : client_(std::move(of)) {}

    // The neutral vocabulary: what it cannot say in this API is `errc::unsupported`, see `response_request::from`.
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_response>> chat(chat_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_chat(chat_request request, call_options options, Token&& token) &
    {
        return run<chat_response>(&responses_client::start_chat, std::move(request), std::move(options), token);
    }
    /// Events without a counterpart come, too, with nothing in them but `raw`.
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) &;
    boost::asio::awaitable<result<chat_stream>> stream(chat_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_stream(chat_request request, call_options options, Token&& token) &
    {
        return run<chat_stream>(&responses_client::start_chat_stream, std::move(request), std::move(options), token);
    }

    /// An empty model stands for the client's deployment. With `background` it answers at once: see `wait`.
    boost::asio::awaitable<result<response>> create(response_request request, call_options options = {}) &;
    boost::asio::awaitable<result<response>> create(response_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_create(response_request request, call_options options, Token&& token) &
    {
        return run<response>(&responses_client::start_create, std::move(request), std::move(options), token);
    }

    /// The same as it is made; ends when the head of the answer is here. With `background` the stream can be resumed.
    boost::asio::awaitable<result<response_stream>> stream_response(response_request request,
                                                                    call_options options = {}) &;
    boost::asio::awaitable<result<response_stream>> stream_response(response_request request,
                                                                    call_options options = {}) && = delete;
    template <class Token>
    auto async_stream_response(response_request request, call_options options, Token&& token) &
    {
        return run<response_stream>(&responses_client::start_stream, std::move(request), std::move(options), token);
    }
    /// Goes on behind the last event that was received.
    boost::asio::awaitable<result<response_stream>> resume(resume_request request, call_options options = {}) &;
    boost::asio::awaitable<result<response_stream>> resume(resume_request request,
                                                           call_options options = {}) && = delete;
    template <class Token>
    auto async_resume(resume_request request, call_options options, Token&& token) &
    {
        return run<response_stream>(&responses_client::start_resume, std::move(request), std::move(options), token);
    }

    boost::asio::awaitable<result<response>> get(get_response_request request, call_options options = {}) &;
    boost::asio::awaitable<result<response>> get(get_response_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_get(get_response_request request, call_options options, Token&& token) &
    {
        return run<response>(&responses_client::start_get, std::move(request), std::move(options), token);
    }

    /// Looks again and again until the response is no longer in the making. The deadline of the options is that of
    /// the whole wait, ten minutes if nothing is said; when it passes, the service goes on working, and another
    /// `wait` may follow.
    boost::asio::awaitable<result<response>> wait(get_response_request request, call_options options = {}) &;
    boost::asio::awaitable<result<response>> wait(get_response_request request, call_options options = {}) && = delete;
    template <class Token>
    auto async_wait(get_response_request request, call_options options, Token&& token) &
    {
        return run<response>(&responses_client::start_wait, std::move(request), std::move(options), token);
    }

    /// Of a response in the background. Doing it again changes nothing.
    boost::asio::awaitable<result<response>> cancel(std::string id, call_options options = {}) &;
    boost::asio::awaitable<result<response>> cancel(std::string id, call_options options = {}) && = delete;
    template <class Token>
    auto async_cancel(std::string id, call_options options, Token&& token) &
    {
        return run<response>(&responses_client::start_cancel, std::move(id), std::move(options), token);
    }

    /// The service forgets the response.
    boost::asio::awaitable<result<deletion>> remove(std::string id, call_options options = {}) &;
    boost::asio::awaitable<result<deletion>> remove(std::string id, call_options options = {}) && = delete;
    template <class Token>
    auto async_remove(std::string id, call_options options, Token&& token) &
    {
        return run<deletion>(&responses_client::start_remove, std::move(id), std::move(options), token);
    }

    /// What the response was given, page by page.
    boost::asio::awaitable<result<item_list>> input_items(input_items_request request, call_options options = {}) &;
    boost::asio::awaitable<result<item_list>> input_items(input_items_request request,
                                                          call_options options = {}) && = delete;
    template <class Token>
    auto async_input_items(input_items_request request, call_options options, Token&& token) &
    {
        return run<item_list>(&responses_client::start_input_items, std::move(request), std::move(options), token);
    }

    /// How many tokens the request's input has for its model; nothing is made, and nothing billed. OpenAI has it; Azure
    /// and other servers may answer `condition::not_found`.
    boost::asio::awaitable<result<input_token_count>> count_tokens(response_request request,
                                                                   call_options options = {}) &;
    boost::asio::awaitable<result<input_token_count>> count_tokens(response_request request,
                                                                   call_options options = {}) && = delete;
    template <class Token>
    auto async_count_tokens(response_request request, call_options options, Token&& token) &
    {
        return run<input_token_count>(&responses_client::start_count_tokens, std::move(request), std::move(options),
                                      token);
    }

    boost::asio::any_io_executor get_executor() const { return client_.get_executor(); }

private:
    template <class Out>
    using handler = net::completion<Out>;

    template <class Out, class In, class Token>
    auto run(void (responses_client::*start)(In, call_options, bool, handler<Out>), In in, call_options options,
             Token& token)
    {
        return boost::asio::async_initiate<Token, void(result<Out>)>(
            [start](auto h, responses_client self, In i, call_options o) {
                bool const here = net::completes_on(h, self.get_executor());
                (self.*start)(std::move(i), std::move(o), here, handler<Out>(std::move(h)));
            },
            token, *this, std::move(in), std::move(options));
    }

    void start_chat(chat_request request, call_options options, bool here, handler<chat_response> h);
    void start_chat_stream(chat_request request, call_options options, bool here, handler<chat_stream> h);
    void start_create(response_request request, call_options options, bool here, handler<response> h);
    void start_stream(response_request request, call_options options, bool here, handler<response_stream> h);
    void start_resume(resume_request request, call_options options, bool here, handler<response_stream> h);
    void start_get(get_response_request request, call_options options, bool here, handler<response> h);
    void start_wait(get_response_request request, call_options options, bool here, handler<response> h);
    void start_cancel(std::string id, call_options options, bool here, handler<response> h);
    void start_remove(std::string id, call_options options, bool here, handler<deletion> h);
    void start_input_items(input_items_request request, call_options options, bool here, handler<item_list> h);
    void start_count_tokens(response_request request, call_options options, bool here, handler<input_token_count> h);

    client client_;
};

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/responses_client.ipp>
#endif

#pragma once

#include "support/doubles.hpp"

#include <augur/azure_openai/client.hpp>
#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/responses_client.hpp>

/// A client on a scripted transport, with a clock that is moved by hand.
namespace test {

struct openai_bench
{
    asio::io_context io{1};
    std::shared_ptr<testing::manual_time> time = std::make_shared<testing::manual_time>();
    std::shared_ptr<testing::replay_transport> transport = std::make_shared<testing::replay_transport>();
    std::string endpoint = "https://contoso.openai.azure.com";
    azure_openai::client_config config;

    openai_bench()
    {
        config.deployment = "gpt-4o-mini";
        config.key = secret("canary-key");
        config.client.transport = transport;
        config.client.timers = time;
        config.client.random = std::make_shared<half_random>();
    }

    azure_openai::client client() { return azure_openai::client(io.get_executor(), endpoint, config); }

    template <class T>
    result<T> run(asio::awaitable<result<T>> what)
    {
        return testing::run(io, *time, std::move(what));
    }
    /// For what a coroutine of Asio's cannot return, since it is never empty: starts with a callback.
    template <class T, class Start>
    result<T> start(Start with)
    {
        auto const to = std::make_shared<inbox<T>>();
        with([to](result<T> r) { to->put(std::move(r)); });
        if (!run_until(io, *time, [&] { return to->completions > 0; }))
            return make_error(errc::internal, phase::prepare, outcome::unknown, "the call can never end");
        return std::move(*to->value);
    }
    result<chat_response> chat(chat_request request, call_options options = {})
    {
        return run(go_chat(client(), std::move(request), std::move(options)));
    }
    result<inference_response> infer(inference_request request, call_options options = {})
    {
        return run(go_infer(client(), std::move(request), std::move(options)));
    }
    result<embedding_response> embed(embedding_request request) { return run(go_embed(client(), std::move(request))); }

    static asio::awaitable<result<chat_response>> go_chat(azure_openai::client c, chat_request r, call_options o)
    {
        co_return co_await c.chat(std::move(r), std::move(o));
    }
    static asio::awaitable<result<inference_response>> go_infer(azure_openai::client c, inference_request r,
                                                                call_options o)
    {
        co_return co_await c.infer(std::move(r), std::move(o));
    }
    static asio::awaitable<result<embedding_response>> go_embed(azure_openai::client c, embedding_request r)
    {
        co_return co_await c.embed(std::move(r));
    }
};

inline std::string chat_answer(std::string const& text = "Because.", std::string const& finish = "stop")
{
    return R"({"id":"chatcmpl-1","object":"chat.completion","created":1,"model":"gpt-4o-mini-2024-07-18",)"
           R"("choices":[{"index":0,"message":{"role":"assistant","content":")" +
           text + R"("},"finish_reason":")" + finish +
           R"("}],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}})";
}

} // namespace test

#pragma once

#include <augur/core/call_options.hpp>
#include <augur/model/chat_client.hpp>
#include <augur/tools/errc.hpp>
#include <augur/tools/toolbox.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// How a conversation with tools goes.
class converse_options
{
public:
    converse_options() {}

    /// Questions to the model at most, the first included; 8 when not set.
    converse_options& max_steps(int n) { return max_steps_ = n, *this; }
    /// Of each question to the model. Tools have no limit but their own.
    converse_options& each_call(call_options options) { return each_call_ = std::move(options), *this; }
    /// Streams, and hands on what the model says as it says it, also between the steps.
    converse_options& on_text(std::function<void(std::string_view)> f) { return on_text_ = std::move(f), *this; }
    /// Ends the conversation with the error of a tool. Otherwise the model is told about it and may try again.
    converse_options& stop_on_tool_error() { return stop_on_tool_error_ = true, *this; }

    int max_steps() const noexcept { return max_steps_; }
    call_options const& each_call() const noexcept { return each_call_; }
    std::function<void(std::string_view)> const& on_text() const noexcept { return on_text_; }
    bool stops_on_tool_error() const noexcept { return stop_on_tool_error_; }

private:
    int max_steps_ = 8;
    call_options each_call_;
    std::function<void(std::string_view)> on_text_;
    bool stop_on_tool_error_ = false;
};

/// What came of it.
class conversation
{
public:
    conversation() {}

    chat_response answer;          ///< the last one, which calls no tools
    chat_request request;          ///< with all that was said, the answer included: add to it and go on
    int steps = 0;                 ///< questions to the model
    std::int64_t total_tokens = 0; ///< of all steps, as far as the service told

    std::string text() const { return answer.text(); }
};

namespace detail {

/// The answer of a stream, read to its end.
template <ChatClient Client>
boost::asio::awaitable<result<chat_response>> streamed_chat(Client client, chat_request request, call_options options,
                                                            std::function<void(std::string_view)> on_text)
{
    auto stream = co_await client.stream(std::move(request), std::move(options));
    if (!stream)
        co_return stream.error();
    for (;;) {
        auto event = co_await stream->next();
        if (!event)
            co_return event.error();
        if (!*event)
            break;
        if (auto const text = (*event)->text())
            on_text(*text);
    }
    auto out = stream->response();
    out.meta = stream->meta();
    co_return std::move(out);
}

/// Offers what the request does not offer already.
void offer(toolbox const& tools, chat_request& request);
/// Leaves it to the model whether it calls a tool, if the request demanded it.
void stop_demanding_calls(chat_request& request);
error too_many_steps(int steps, chat_response const& last);
/// Tool calls whose arguments were cut, or that a filter stopped; nothing otherwise.
std::optional<error> unusable_calls(chat_response const& answer);
/// What the model is told about a call that failed.
std::string told_failure(error const& why);
std::string told_unknown_tool(std::string_view name, toolbox const& tools);

/// One tool call: its result for the model, or an error that ends the conversation.
inline boost::asio::awaitable<result<std::string>> use_tool(toolbox tools, tool_call call, bool stop_on_error)
{
    auto const* const f = tools.find(call.name);
    if (f == nullptr)
        co_return told_unknown_tool(call.name, tools);
    auto given = co_await (*f)(std::move(call.arguments));
    if (!given && !stop_on_error)
        co_return told_failure(given.error());
    co_return std::move(given);
}

} // namespace detail

/// Lets a model use tools until it has an answer: asks, calls what it wants to have called, tells it the results, asks
/// again.
///
///     auto answer = co_await augur::converse(llm, tools, chat, augur::converse_options().max_steps(8));
///     std::cout << answer->text();
///
/// Tools that the model wants at the same time run one after the other, in its order: a tool needs no lock, and its
/// effects have an order that the model can know.
/// A tool that the request offers already, by its name, is not offered again. A choice that demands a call
/// (`tool_choice::required`, `function`, `custom`) holds until the first tools were called and is automatic then, also
/// in the request that comes out: otherwise the model could never answer. One that is given as JSON stays as it is.
/// An unknown tool, arguments that do not fit, and a tool that fails are told to the model, which may then do better.
/// Errors: those of the client; `answer_errc::step_limit`, `answer_errc::cut_short` and `answer_errc::filtered` for
/// calls that cannot be made; of a tool with `stop_on_tool_error`. Cancellation: that of the client's call or the tool
/// that is running.
template <ChatClient Client>
boost::asio::awaitable<result<conversation>> converse(Client client, toolbox tools, chat_request request,
                                                      converse_options options)
{
    conversation out;
    out.request = std::move(request);
    detail::offer(tools, out.request);
    for (;;) {
        ++out.steps;
        result<chat_response> answer = error();
        if (options.on_text())
            answer = co_await detail::streamed_chat(client, out.request, options.each_call(), options.on_text());
        else
            answer = co_await client.chat(out.request, options.each_call());
        if (!answer)
            co_return answer.error();
        if (answer->usage)
            out.total_tokens += answer->usage->total_tokens;
        if (!answer->choices.empty())
            out.request.add(answer->choices.front().message);
        auto const calls = answer->tool_calls();
        if (calls.empty()) {
            out.answer = std::move(*answer);
            co_return std::move(out);
        }
        if (auto why = detail::unusable_calls(*answer))
            co_return std::move(*why);
        if (out.steps >= options.max_steps())
            co_return detail::too_many_steps(out.steps, *answer);
        for (auto const& call : calls) {
            auto given = co_await detail::use_tool(tools, call, options.stops_on_tool_error());
            if (!given)
                co_return given.error();
            out.request.tool_result(call.id, std::move(*given));
        }
        detail::stop_demanding_calls(out.request);
    }
}

template <ChatClient Client>
boost::asio::awaitable<result<conversation>> converse(Client client, toolbox tools, chat_request request)
{
    return converse(std::move(client), std::move(tools), std::move(request), converse_options());
}

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/tools/impl/converse.ipp>
#endif

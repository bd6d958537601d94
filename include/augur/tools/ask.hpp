#pragma once

#include <augur/model/chat_client.hpp>
#include <augur/tools/errc.hpp>
#include <augur/tools/from_json.hpp>

#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace detail {

/// The text of a whole answer, or why there is none to be used: refused, filtered, cut short.
result<std::string> usable_text(chat_response const& answer);
/// Adds what is known of the call to an answer that does not fit.
error does_not_fit(error why, chat_response const& answer);

} // namespace detail

/// Asks for a value of a C++ type: sends its JSON schema, strict, and reads the answer back.
///
///     struct npc_action { std::string verb; std::optional<std::string> target; int urgency; };
///     BOOST_DESCRIBE_STRUCT(npc_action, (), (verb, target, urgency))
///
///     auto action = co_await augur::ask<npc_action>(llm, "The player drew a sword.");
///
/// Errors: those of the client; `answer_errc`; `errc::decode_error` with the path of what does not fit the type,
/// outcome `complete`. Throws std::logic_error for a type without a schema. Lifetime: the client is a handle and is
/// copied. Cancellation: that of the client's call.
template <Describable T, ChatClient Client>
boost::asio::awaitable<result<T>> ask(Client client, chat_request request, call_options options)
{
    request.format(answer_format::json_schema("answer", json_schema_of<T>()));
    auto answer = co_await client.chat(std::move(request), std::move(options));
    if (!answer)
        co_return answer.error();
    auto text = detail::usable_text(*answer);
    if (!text)
        co_return text.error();
    auto value = from_json<T>(*text);
    if (!value)
        co_return detail::does_not_fit(value.error(), *answer);
    co_return std::move(*value);
}

template <Describable T, ChatClient Client>
boost::asio::awaitable<result<T>> ask(Client client, chat_request request)
{
    return ask<T>(std::move(client), std::move(request), call_options());
}

template <Describable T, ChatClient Client>
boost::asio::awaitable<result<T>> ask(Client client, std::string question, call_options options = {})
{
    chat_request request;
    request.user(std::move(question));
    return ask<T>(std::move(client), std::move(request), std::move(options));
}

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/tools/impl/ask.ipp>
#endif

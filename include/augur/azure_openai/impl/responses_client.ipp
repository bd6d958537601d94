#pragma once

#include <augur/azure_openai/impl/client_state.ipp>
#include <augur/azure_openai/responses_client.hpp>
#include <augur/codec/json.hpp>
#include <augur/core/error_details.hpp>
#include <augur/model/chat_client.hpp>

#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace augur::inline AUGUR_ABI::azure_openai {

namespace detail {

/// From an exchange to a value, for the operations whose answer is a response.
inline net::task<result<response>> fetch_response(client_state& s, net::operation& op, http_request request,
                                                  std::string deployment, call_options options)
{
    auto answered = co_await s.exchange(op, std::move(request), deployment, std::move(options));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_response(std::move(answered->response), answered->received_at);
    co_return s.finish(std::move(*answered), std::move(parsed), deployment);
}

/// At the top of a JSON object, and not in a tool somewhere in it.
inline bool has_member(std::string const& object, std::string_view key)
{
    if (object.find(key) == std::string::npos)
        return false;
    auto const document = codec::json::parse(object);
    if (!document)
        return false; // found when the request is written
    for (auto const [name, value] : document->root().members())
        if (name == key)
            return true;
    return false;
}

inline void name_deployment(client_state& s, response_request& request)
{
    auto& members = augur::detail::fields_of::get(request);
    if (members.model.empty() && !has_member(members.extra, "model"))
        members.model = s.ready->deployment;
}

/// Settles the client, names its deployment, and writes the request.
inline result<http_request> write_create(client_state& s, response_request& request, wire::delivery how)
{
    if (auto settled = s.settle(); !settled)
        return settled.error();
    name_deployment(s, request);
    return wire::build_request(request, s.host(), how, s.shared.heads.take());
}

inline net::task<result<response>> create_call(client_state& s, net::operation& op, response_request request,
                                               call_options options)
{
    auto built = write_create(s, request, wire::delivery::whole);
    if (!built)
        co_return built.error();
    auto deployment = request.model();
    co_return co_await fetch_response(s, op, std::move(*built), std::move(deployment), std::move(options));
}

inline result<response_stream> stream_of(call::opened from, openai_wire::response_accumulator progress)
{
    using decoder = typed_decoder<openai_wire::response_stream_decoder>;
    auto const make = [progress = std::move(progress)](call::opened const& head, response_source&) -> result<decoder> {
        openai_wire::response_stream_decoder inner(progress, head.largest_event());
        return decoder(std::move(inner), streamed_of(head.fields()));
    };
    return call::make_stream<response_stream, response_source>(std::move(from), make);
}

inline result<chat_stream> neutral_stream_of(call::opened from)
{
    using decoder = typed_decoder<neutral_decoder>;
    auto const make = [](call::opened const& head, chat_source&) -> result<decoder> {
        return decoder(neutral_decoder(head.largest_event()), streamed_of(head.fields()));
    };
    return call::make_stream<chat_stream, chat_source>(std::move(from), make);
}

inline net::task<result<call::opened>> open_create(client_state& s, net::operation& op, response_request request,
                                                   call_options options)
{
    auto built = write_create(s, request, wire::delivery::stream);
    if (!built)
        co_return built.error();
    auto deployment = request.model();
    auto self = s.shared_from_this();
    co_return co_await s.open(op, std::move(self), std::move(*built), std::move(deployment), std::move(options));
}

inline net::task<result<response_stream>> stream_response_call(client_state& s, net::operation& op,
                                                               response_request request, call_options options)
{
    auto opened = co_await open_create(s, op, std::move(request), std::move(options));
    if (!opened)
        co_return opened.error();
    co_return stream_of(std::move(*opened), openai_wire::response_accumulator());
}

/// What the event that ends a stream would say.
inline error failed_answer(response answer)
{
    auto const meta = std::move(answer.meta);
    openai_wire::response_event last;
    last.kind = openai_wire::event_kind::failed;
    last.response = std::move(answer);
    auto const said = *last.failure();
    auto details = said.details();
    details.request_id = meta.request_id;
    return error(said.code(), phase::decode, outcome::complete, std::move(details))
        .with_http_status(said.http_status())
        .with_attempts(meta.attempts);
}

inline net::task<result<chat_response>> neutral_chat_call(client_state& s, net::operation& op, chat_request request,
                                                          call_options options)
{
    auto asked = response_request::from(request);
    if (!asked)
        co_return asked.error();
    auto answer = co_await create_call(s, op, std::move(*asked), std::move(options));
    if (!answer)
        co_return answer.error();
    if (answer->status == "failed") {
        auto const deployment = answer->meta.deployment;
        co_return s.explain(failed_answer(std::move(*answer)), deployment);
    }
    auto out = openai_wire::to_chat_response(*answer);
    out.meta = std::move(answer->meta);
    co_return out;
}

inline net::task<result<chat_stream>> neutral_stream_call(client_state& s, net::operation& op, chat_request request,
                                                          call_options options)
{
    auto asked = response_request::from(request);
    if (!asked)
        co_return asked.error();
    auto opened = co_await open_create(s, op, std::move(*asked), std::move(options));
    if (!opened)
        co_return opened.error();
    co_return neutral_stream_of(std::move(*opened));
}

inline net::task<result<response_stream>> resume_call(client_state& s, net::operation& op, resume_request request,
                                                      call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    get_response_request const get(request.id());
    auto built = wire::build_request(get, s.host(), wire::delivery::stream, request.after(), s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto self = s.shared_from_this();
    auto again = harmless(std::move(options));
    auto opened = co_await s.open(op, std::move(self), std::move(*built), std::string(), std::move(again));
    if (!opened)
        co_return opened.error();
    co_return stream_of(std::move(*opened), request.progress());
}

inline net::task<result<response>> get_call(client_state& s, net::operation& op, get_response_request request,
                                            call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    auto built = wire::build_request(request, s.host(), wire::delivery::whole, std::nullopt, s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto again = harmless(std::move(options));
    co_return co_await fetch_response(s, op, std::move(*built), std::string(), std::move(again));
}

inline net::task<result<response>> wait_call(client_state& s, net::operation& op, get_response_request request,
                                             call_options options)
{
    auto const pause = std::max<std::chrono::milliseconds>(request.poll_every(), std::chrono::milliseconds(100));
    for (;;) {
        auto seen = co_await get_call(s, op, request, options);
        if (!seen || seen->ended())
            co_return std::move(seen);
        auto const at = op.until(pause);
        auto const woken = co_await net::sleep_until(op, at);
        if (woken == net::wake::stopped || op.now() >= op.deadline()) {
            auto failure = op.interrupted(phase::backoff, outcome::unknown, augur::errc::deadline_exceeded);
            failure.with_message("response " + sanitise(request.id(), 128) + " is " + sanitise(seen->status, 32) +
                                 " still; the service goes on, so wait again with its id, or cancel it");
            co_return failure.with_http_status(200).with_attempts(seen->meta.attempts);
        }
    }
}

inline net::task<result<response>> cancel_call(client_state& s, net::operation& op, std::string id,
                                               call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    auto built = wire::build_cancel_response(id, s.host(), s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto again = harmless(std::move(options));
    co_return co_await fetch_response(s, op, std::move(*built), std::string(), std::move(again));
}

inline net::task<result<deletion>> remove_call(client_state& s, net::operation& op, std::string id,
                                               call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    auto built = wire::build_delete_response(id, s.host(), s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto answered = co_await s.exchange(op, std::move(*built), std::string(), std::move(options));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_deletion(std::move(answered->response), answered->received_at);
    co_return s.finish(std::move(*answered), std::move(parsed), std::string());
}

inline net::task<result<item_list>> input_items_call(client_state& s, net::operation& op, input_items_request request,
                                                     call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    auto built = wire::build_request(request, s.host(), s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto again = harmless(std::move(options));
    auto answered = co_await s.exchange(op, std::move(*built), std::string(), std::move(again));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_item_list(std::move(answered->response), answered->received_at);
    co_return s.finish(std::move(*answered), std::move(parsed), std::string());
}

inline net::task<result<input_token_count>> count_tokens_call(client_state& s, net::operation& op,
                                                              response_request request, call_options options)
{
    if (auto settled = s.settle(); !settled)
        co_return settled.error();
    name_deployment(s, request);
    auto built = wire::build_count_tokens(request, s.host(), s.shared.heads.take());
    if (!built)
        co_return built.error();
    auto const deployment = request.model();
    auto again = harmless(std::move(options));
    auto answered = co_await s.exchange(op, std::move(*built), deployment, std::move(again));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_input_tokens(std::move(answered->response), answered->received_at);
    co_return s.finish(std::move(*answered), std::move(parsed), deployment);
}

} // namespace detail

AUGUR_INLINE void responses_client::start_chat(chat_request request, call_options options, bool here,
                                               handler<chat_response> h)
{
    detail::start_call(client_.state_, &detail::neutral_chat_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_chat_stream(chat_request request, call_options options, bool here,
                                                      handler<chat_stream> h)
{
    detail::start_call(client_.state_, &detail::neutral_stream_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_create(response_request request, call_options options, bool here,
                                                 handler<response> h)
{
    detail::start_call(client_.state_, &detail::create_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_stream(response_request request, call_options options, bool here,
                                                 handler<response_stream> h)
{
    detail::start_call(client_.state_, &detail::stream_response_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_resume(resume_request request, call_options options, bool here,
                                                 handler<response_stream> h)
{
    detail::start_call(client_.state_, &detail::resume_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_get(get_response_request request, call_options options, bool here,
                                              handler<response> h)
{
    detail::start_call(client_.state_, &detail::get_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void responses_client::start_wait(get_response_request request, call_options options, bool here,
                                               handler<response> h)
{
    detail::start_call(client_.state_, &detail::wait_call, std::move(request), std::move(options), here, std::move(h));
}

AUGUR_INLINE void responses_client::start_cancel(std::string id, call_options options, bool here, handler<response> h)
{
    detail::start_call(client_.state_, &detail::cancel_call, std::move(id), std::move(options), here, std::move(h));
}

AUGUR_INLINE void responses_client::start_remove(std::string id, call_options options, bool here, handler<deletion> h)
{
    detail::start_call(client_.state_, &detail::remove_call, std::move(id), std::move(options), here, std::move(h));
}

AUGUR_INLINE void responses_client::start_input_items(input_items_request request, call_options options, bool here,
                                                      handler<item_list> h)
{
    detail::start_call(client_.state_, &detail::input_items_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE void responses_client::start_count_tokens(response_request request, call_options options, bool here,
                                                       handler<input_token_count> h)
{
    detail::start_call(client_.state_, &detail::count_tokens_call, std::move(request), std::move(options), here,
                       std::move(h));
}

AUGUR_INLINE boost::asio::awaitable<result<chat_response>> responses_client::chat(chat_request request,
                                                                                  call_options options) &
{
    return async_chat(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<chat_stream>> responses_client::stream(chat_request request,
                                                                                  call_options options) &
{
    return async_stream(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response>> responses_client::create(response_request request,
                                                                               call_options options) &
{
    return async_create(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response_stream>> responses_client::stream_response(response_request request,
                                                                                               call_options options) &
{
    return async_stream_response(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response_stream>> responses_client::resume(resume_request request,
                                                                                      call_options options) &
{
    return async_resume(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response>> responses_client::get(get_response_request request,
                                                                            call_options options) &
{
    return async_get(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response>> responses_client::wait(get_response_request request,
                                                                             call_options options) &
{
    return async_wait(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<response>> responses_client::cancel(std::string id, call_options options) &
{
    return async_cancel(std::move(id), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<deletion>> responses_client::remove(std::string id, call_options options) &
{
    return async_remove(std::move(id), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<item_list>> responses_client::input_items(input_items_request request,
                                                                                     call_options options) &
{
    return async_input_items(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<input_token_count>> responses_client::count_tokens(response_request request,
                                                                                              call_options options) &
{
    return async_count_tokens(std::move(request), std::move(options), boost::asio::use_awaitable);
}

static_assert(ChatClient<responses_client>); // here and not in the header: it costs its reader time

} // namespace augur::inline AUGUR_ABI::azure_openai

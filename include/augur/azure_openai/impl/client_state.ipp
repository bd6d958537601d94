#pragma once

#include <augur/auth/entra/client_tokens.hpp>
#include <augur/azure_openai/errc.hpp>
#include <augur/azure_openai/impl/client_state.hpp>
#include <augur/azure_openai/impl/stream_decoder.hpp>
#include <augur/call/impl/stream_source.hpp>
#include <augur/core/error_details.hpp>

#include <variant>

namespace augur::inline AUGUR_ABI::azure_openai {

namespace detail {

/// Lets the service's logs and our error name the same call; a caller's own id wins.
inline result<void> name_call(request_head& head, std::string_view call_id, int, int)
{
    if (head.find("x-ms-client-request-id"))
        return {};
    return head.add("x-ms-client-request-id", call_id);
}

inline error no_answer(std::string message, std::string words, chat_response const& from)
{
    error_details details;
    details.message = std::move(message);
    details.service_message = sanitise(words);
    details.request_id = from.meta.request_id;
    error out(make_error_code(errc::content_filter), phase::decode, outcome::complete, std::move(details));
    out.with_http_status(200).with_attempts(from.meta.attempts);
    return out;
}

/// The text of the answer, or why there is none.
inline result<inference_response> text_of(chat_response answer)
{
    if (!answer.refusal().empty())
        return no_answer("the model refuses to answer", std::string(answer.refusal()), answer);
    auto text = answer.text();
    if (text.empty() && answer.finished() == finish::content_filter)
        return no_answer("a content filter held the whole answer back", {}, answer);
    inference_response out(std::move(text));
    out.with_content_type("text/plain");
    out.meta = std::move(answer.meta);
    return out;
}

inline result<chat_request> chat_of(inference_request request)
{
    auto const refuse = [](std::string what) {
        return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent, std::move(what));
    };
    if (auto const& type = request.accept(); !type.empty() && type != "text/plain")
        return refuse("a language model answers in text/plain and not in " + sanitise(type, 80));
    chat_request out;
    if (!request.id().empty())
        out.extra_header("x-ms-client-request-id", request.id());
    auto const kind = request.kind();
    if (kind == payload_kind::text)
        out.user(std::get<std::string>(std::move(request).payload()));
    else if (kind == payload_kind::messages) {
        auto said = std::get<std::vector<message>>(std::move(request).payload());
        for (auto& one : said)
            out.add(std::move(one));
    }
    else
        return refuse("a language model takes text or messages and not " + std::string(to_string(kind)));
    return out;
}

/// A function of its own, because g++ gives no linkage to what a coroutine's lambda makes.
inline result<chat_stream> chat_stream_of(call::opened from, std::int64_t choices)
{
    using decoder = typed_decoder<openai_wire::chat_stream_decoder>;
    auto const make = [choices](call::opened const& head, chat_source&) -> result<decoder> {
        openai_wire::chat_stream_decoder inner(choices, head.largest_event());
        return decoder(std::move(inner), streamed_of(head.fields()));
    };
    return call::make_stream<chat_stream, chat_source>(std::move(from), make);
}

} // namespace detail

AUGUR_INLINE result<void> client_state::settle()
{
    if (ready)
        return {};
    auto const e = call::read_environment();
    auto found = azure_openai::settle(endpoint, config, e);
    if (!found)
        return found.error();
    if (found->uses_tokens)
        shared.auth = auth::entra::client_tokens(config.credentials, config.scope, found->audience,
                                                 auth::entra::cloud_of_host(found->host.base.host()), e, shared);
    else if (!shared.auth)
        shared.auth = found->host.is_azure() ? auth::api_key(found->key) : auth::bearer(found->key);
    found->key = secret(); // the authenticator has it
    call::ensure_transport(shared, e, e.ssl_cert_file);
    origin = call::origin_of(found->host.base);
    ready = std::move(*found);
    return {};
}

AUGUR_INLINE result<call::plan> client_state::plan_for(http_request request) const
{
    for (auto const& [name, value] :
         {std::pair<std::string_view, std::string const&>("OpenAI-Organization", config.organization),
          std::pair<std::string_view, std::string const&>("OpenAI-Project", config.project)}) {
        if (value.empty() || host().is_azure())
            continue;
        if (auto added = request.head.add(name, value); !added)
            return added.error();
    }
    call::plan out(origin, std::move(request), &wire::parse_error);
    if (host().is_azure())
        out.decorate(&detail::name_call);
    return out;
}

AUGUR_INLINE error client_state::explain(error failure, std::string_view deployment, std::string_view target,
                                         phase_limits::duration patience, bool streams) const
{
    wire::call_facts facts;
    facts.deployment = deployment;
    facts.key_source = ready->key_source;
    facts.has_fixed_auth = shared.auth && !shared.auth->is_refreshable();
    facts.target = target;
    facts.patience = patience;
    facts.streams = streams;
    return wire::explain(std::move(failure), host(), facts);
}

AUGUR_INLINE net::task<result<call::answer>> client_state::exchange(net::operation& op, http_request request,
                                                                    std::string deployment, call_options options)
{
    std::string const target(request.head.target());
    auto const patience = call::limits_of(shared, options).first_byte;
    auto what = plan_for(std::move(request));
    if (!what)
        co_return what.error();
    call::answer answer;
    auto answered = co_await call::perform(op, shared, *what, options, answer);
    if (!answered)
        co_return explain(answered.error(), deployment, target, patience);
    co_return std::move(answer);
}

AUGUR_INLINE net::task<result<call::opened>> client_state::open(net::operation& op, std::shared_ptr<client_state> self,
                                                                http_request request, std::string deployment,
                                                                call_options options)
{
    std::string const target(request.head.target());
    auto const patience = call::limits_of(shared, options).first_byte;
    auto what = plan_for(std::move(request));
    if (!what)
        co_return what.error();
    what->read_meta(&wire::read_meta);
    std::shared_ptr<call::core> core(std::move(self), &shared);
    auto opened = co_await call::open(op, std::move(core), std::move(*what), std::move(options));
    if (!opened)
        co_return explain(opened.error(), deployment, target, patience, true);
    co_return std::move(*opened);
}

AUGUR_INLINE net::task<result<chat_response>> client_state::chat(net::operation& op, chat_request request,
                                                                 call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    if (request.model().empty())
        request.model(ready->deployment);
    auto built = wire::build_request(request, host(), wire::delivery::whole, shared.heads.take());
    if (!built)
        co_return built.error();
    auto const deployment = request.model();
    auto answered = co_await exchange(op, std::move(*built), deployment, std::move(options));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_chat(std::move(answered->response), answered->received_at);
    co_return finish(std::move(*answered), std::move(parsed), deployment);
}

AUGUR_INLINE net::task<result<chat_stream>> client_state::stream(net::operation& op, chat_request request,
                                                                 call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    if (request.model().empty())
        request.model(ready->deployment);
    auto built = wire::build_request(request, host(), wire::delivery::stream, shared.heads.take());
    if (!built)
        co_return built.error();
    auto const choices = augur::detail::fields_of::get(request).choices.value_or(1);
    auto deployment = request.model();
    auto opened = co_await open(op, shared_from_this(), std::move(*built), std::move(deployment), std::move(options));
    if (!opened)
        co_return opened.error();
    co_return detail::chat_stream_of(std::move(*opened), choices);
}

AUGUR_INLINE net::task<result<embedding_response>> client_state::embed(net::operation& op, embedding_request request,
                                                                       call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    if (request.model().empty())
        request.model(ready->deployment);
    auto built = wire::build_request(request, host(), shared.heads.take());
    if (!built)
        co_return built.error();
    auto const deployment = request.model();
    auto answered = co_await exchange(op, std::move(*built), deployment, std::move(options));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_embeddings(std::move(answered->response), answered->received_at, request.size());
    co_return finish(std::move(*answered), std::move(parsed), deployment);
}

AUGUR_INLINE net::task<result<inference_response>> client_state::infer(net::operation& op, inference_request request,
                                                                       call_options options)
{
    auto asked = detail::chat_of(std::move(request));
    if (!asked)
        co_return asked.error();
    auto answer = co_await chat(op, std::move(*asked), std::move(options));
    if (!answer)
        co_return answer.error();
    co_return detail::text_of(std::move(*answer));
}

AUGUR_INLINE net::task<result<model_list>> client_state::list_models(net::operation& op, call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto built = wire::build_list_models(host(), shared.heads.take());
    if (!built)
        co_return built.error();
    auto again = detail::harmless(std::move(options));
    auto answered = co_await exchange(op, std::move(*built), std::string(), std::move(again));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_model_list(std::move(answered->response), answered->received_at);
    co_return finish(std::move(*answered), std::move(parsed), std::string());
}

AUGUR_INLINE net::task<result<model_info>> client_state::get_model(net::operation& op, std::string name,
                                                                   call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto built = wire::build_get_model(name, host(), shared.heads.take());
    if (!built)
        co_return built.error();
    auto again = detail::harmless(std::move(options));
    auto answered = co_await exchange(op, std::move(*built), name, std::move(again));
    if (!answered)
        co_return answered.error();
    auto parsed = wire::parse_model(std::move(answered->response), answered->received_at);
    co_return finish(std::move(*answered), std::move(parsed), std::string());
}

AUGUR_INLINE net::task<result<net::warm_handle>> client_state::warm(net::operation& op, std::size_t connections,
                                                                    call_options options)
{
    if (auto settled = settle(); !settled)
        co_return settled.error();
    auto to = *origin;
    auto kept = co_await call::warm(op, shared, std::move(to), connections, std::move(options));
    co_return std::move(kept);
}

} // namespace augur::inline AUGUR_ABI::azure_openai

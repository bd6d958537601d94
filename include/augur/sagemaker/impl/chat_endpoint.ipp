#pragma once

#include <augur/core/impl/unreadable_answer.hpp>
#include <augur/openai_wire/impl/wrong_body.hpp>
#include <augur/sagemaker/chat_endpoint.hpp>
#include <augur/sagemaker/impl/runtime_client.ipp>

namespace augur::inline AUGUR_ABI::sagemaker {

struct chat_settings
{
    std::string name;
    chat_form form;
    prompt_function prompt;
    std::string target_variant, inference_component;

    result<invoke_endpoint_request> invocation(chat_request const& request, bool stream) const
    {
        auto text = wire::write_chat(request, form, stream, prompt);
        if (!text)
            return text.error();
        invoke_endpoint_request out(name, body(std::move(*text)));
        out.content_type("application/json");
        if (!target_variant.empty())
            out.target_variant(target_variant);
        if (!inference_component.empty())
            out.inference_component(inference_component);
        return out;
    }

    /// Of `chat_form::openai`.
    result<http_request> openai_request(chat_request const& request, bool stream, url const& base) const
    {
        if (!target_variant.empty())
            return make_error(augur::errc::unsupported, phase::prepare, outcome::not_sent,
                              "the OpenAI-compatible path has no place for a target variant");
        auto text = wire::write_chat(request, form, stream, prompt);
        if (!text)
            return text.error();
        return wire::build_openai_chat(name, inference_component, std::move(*text), base);
    }
};

namespace detail {

inline runtime_config runtime_config_of(chat_config const& from)
{
    runtime_config out;
    out.region = from.region;
    out.profile = from.profile;
    out.endpoint_url = from.endpoint_url;
    out.allow_plain_http = from.allow_plain_http;
    out.credentials = from.credentials;
    out.client = from.client;
    return out;
}

inline std::shared_ptr<chat_settings const> settings_of(std::string name, chat_config from)
{
    auto out = std::make_shared<chat_settings>();
    out->name = std::move(name);
    out->form = from.form;
    out->prompt = std::move(from.prompt);
    out->target_variant = std::move(from.target_variant);
    out->inference_component = std::move(from.inference_component);
    return out;
}

/// Keeps the client alive while its call runs.
class chat_call
{
public:
    chat_call(std::shared_ptr<runtime_state> state, std::shared_ptr<chat_settings const> settings, chat_request request,
              call_options options) noexcept
        : state_(std::move(state)),
          settings_(std::move(settings)),
          request_(std::move(request)),
          options_(std::move(options))
    {
    }

    net::task<result<chat_response>> operator()(net::operation& op)
    {
        return settings_->form == chat_form::openai ? over_openai_path(op) : over_invocations(op);
    }

private:
    net::task<result<chat_response>> over_invocations(net::operation& op)
    {
        auto invocation = settings_->invocation(request_, false);
        if (!invocation)
            co_return invocation.error();
        auto answered = co_await state_->invoke(op, *invocation, options_);
        if (!answered)
            co_return answered.error();
        co_return read_answer(std::move(answered->body), answered->content_type, std::move(answered->meta));
    }

    net::task<result<chat_response>> over_openai_path(net::operation& op)
    {
        if (auto settled = state_->settle(); !settled)
            co_return settled.error();
        auto built = settings_->openai_request(request_, false, state_->host->base);
        if (!built)
            co_return built.error();
        call::plan what(state_->origin, std::move(*built), &wire::parse_error);
        what.decorate(&detail::number_attempt);
        call::answer answer;
        auto answered = co_await call::perform(op, state_->token_core(), what, options_, answer);
        if (!answered)
            co_return answered.error();
        augur::meta meta;
        wire::read_meta(meta, answer.response.fields);
        call::merge_meta(meta, answer.meta);
        auto const type = answer.response.fields["content-type"];
        co_return read_answer(std::move(answer.response.content), type, std::move(meta));
    }

    result<chat_response> read_answer(std::string content, std::string_view content_type, augur::meta meta) const
    {
        auto const what = openai_wire::detail::wrong_body_of(content_type, content);
        auto read = wire::parse_chat(std::move(content), settings_->form);
        if (!read)
            return augur::detail::unreadable_answer(
                openai_wire::detail::about_wrong_body(read.error(), what, content_type), meta);
        read->meta = std::move(meta);
        return read;
    }

    std::shared_ptr<runtime_state> state_;
    std::shared_ptr<chat_settings const> settings_;
    chat_request request_;
    call_options options_;
};

// Functions of their own, because g++ gives no linkage to what a coroutine's lambda makes.

/// What the container says, in the frames of the runtime.
inline result<chat_stream> framed_stream_of(call::opened from, chat_form form, std::int64_t choices)
{
    using decoder = wire::reframed<wire::chat_decoder>;
    auto const make = [form, choices](call::opened const& opened, chat_source&) -> result<decoder> {
        auto const head = wire::parse_stream_head(opened.fields());
        if (!head)
            return head.error();
        return decoder(wire::chat_decoder(form, head->content_type, choices, opened.largest_event()));
    };
    return call::make_stream<chat_stream, chat_source>(std::move(from), make);
}

/// The container's own bytes, in no frames.
inline result<chat_stream> bare_stream_of(call::opened from, std::int64_t choices)
{
    auto const make = [choices](call::opened const& head, chat_source&) -> result<wire::chat_decoder> {
        return wire::chat_decoder(chat_form::openai, head.fields()["content-type"], choices, head.largest_event());
    };
    return call::make_stream<chat_stream, chat_source>(std::move(from), make);
}

class chat_opening
{
public:
    chat_opening(std::shared_ptr<runtime_state> state, std::shared_ptr<chat_settings const> settings,
                 chat_request request, call_options options) noexcept
        : state_(std::move(state)),
          settings_(std::move(settings)),
          request_(std::move(request)),
          options_(std::move(options))
    {
    }

    net::task<result<chat_stream>> operator()(net::operation& op)
    {
        return settings_->form == chat_form::openai ? over_openai_path(op) : over_invocations(op);
    }

private:
    net::task<result<chat_stream>> over_invocations(net::operation& op)
    {
        auto invocation = settings_->invocation(request_, true);
        if (!invocation)
            co_return invocation.error();
        auto opened = co_await runtime_state::open(op, state_, std::move(*invocation), std::move(options_));
        if (!opened)
            co_return opened.error();
        auto const choices = augur::detail::fields_of::get(request_).choices.value_or(1);
        co_return framed_stream_of(std::move(*opened), settings_->form, choices);
    }

    net::task<result<chat_stream>> over_openai_path(net::operation& op)
    {
        if (auto settled = state_->settle(); !settled)
            co_return settled.error();
        auto built = settings_->openai_request(request_, true, state_->host->base);
        if (!built)
            co_return built.error();
        call::plan what(state_->origin, std::move(*built), &wire::parse_error);
        what.decorate(&detail::number_attempt).read_meta(&wire::read_meta);
        std::shared_ptr<call::core> core(state_, &state_->token_core());
        auto opened = co_await call::open(op, std::move(core), std::move(what), std::move(options_));
        if (!opened)
            co_return opened.error();
        auto const choices = augur::detail::fields_of::get(request_).choices.value_or(1);
        co_return bare_stream_of(std::move(*opened), choices);
    }

    std::shared_ptr<runtime_state> state_;
    std::shared_ptr<chat_settings const> settings_;
    chat_request request_;
    call_options options_;
};

} // namespace detail

AUGUR_INLINE chat_endpoint::chat_endpoint(boost::asio::any_io_executor executor, std::string name)
    : chat_endpoint(std::move(executor), std::move(name), chat_config())
{
}

AUGUR_INLINE chat_endpoint::chat_endpoint(runtime_client client, std::string name)
    : chat_endpoint(std::move(client), std::move(name), chat_config())
{
}

AUGUR_INLINE chat_endpoint::chat_endpoint(boost::asio::any_io_executor executor, std::string name, chat_config config)
    : state_(std::make_shared<runtime_state>(std::move(executor), detail::runtime_config_of(config))),
      settings_(detail::settings_of(std::move(name), std::move(config)))
{
}

AUGUR_INLINE chat_endpoint::chat_endpoint(runtime_client client, std::string name, chat_config config)
    : state_(std::move(client.state_)), settings_(detail::settings_of(std::move(name), std::move(config)))
{
}

AUGUR_INLINE boost::asio::any_io_executor chat_endpoint::get_executor() const
{
    return state_->shared.executor;
}

AUGUR_INLINE runtime_client chat_endpoint::client() const
{
    return runtime_client(state_);
}

AUGUR_INLINE std::string const& chat_endpoint::name() const noexcept
{
    return settings_->name;
}

AUGUR_INLINE net::pool_statistics chat_endpoint::statistics() const noexcept
{
    return client().statistics();
}

AUGUR_INLINE void chat_endpoint::start_chat(chat_request request, call_options options, bool here, chat_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::chat_call body(state_, settings_, std::move(request), std::move(options));
    net::start<chat_response>(shared.arena, shared.timers, shared.executor, total, std::move(body), std::move(handler),
                              here);
}

AUGUR_INLINE void chat_endpoint::start_stream(chat_request request, call_options options, bool here,
                                              stream_handler handler)
{
    auto& shared = state_->shared;
    auto const total = call::limits_of(shared, options).total;
    detail::chat_opening body(state_, settings_, std::move(request), std::move(options));
    net::start<chat_stream>(shared.arena, shared.timers, shared.executor, total, std::move(body), std::move(handler),
                            here);
}

AUGUR_INLINE boost::asio::awaitable<result<chat_response>> chat_endpoint::chat(chat_request request,
                                                                               call_options options) &
{
    return async_chat(std::move(request), std::move(options), boost::asio::use_awaitable);
}

AUGUR_INLINE boost::asio::awaitable<result<chat_stream>> chat_endpoint::stream(chat_request request,
                                                                               call_options options) &
{
    return async_stream(std::move(request), std::move(options), boost::asio::use_awaitable);
}

static_assert(ChatClient<chat_endpoint>); // here and not in the header: it costs its reader time

} // namespace augur::inline AUGUR_ABI::sagemaker

#pragma once

#include "support/doubles.hpp"

#include <augur/call/impl/stream_source.hpp>
#include <augur/model/chat_stream.hpp>
#include <augur/openai_wire/stream.hpp>

#include <boost/asio/post.hpp>

namespace test {

using chat_item = result<std::optional<chat_event>>;

inline std::string chat_piece(std::string const& text)
{
    return R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":")" +
           text + "\"},\"finish_reason\":null}]}\n\n";
}

inline std::string chat_finish()
{
    return R"(data: {"id":"c1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{},)"
           "\"finish_reason\":\"stop\"}]}\n\n";
}

inline std::string const chat_end = "data: [DONE]\n\n";

/// "Blue, says \u00fc." in three events, with all that servers like to put between them.
inline std::string chat_answer()
{
    return ": hello\n\n" + chat_piece("Blue") + ": ping\n\nevent: message\n" + chat_piece(", says ") + "\r\n" +
           chat_piece("\xc3\xbc.") + chat_finish() + chat_end;
}

/// Holds what a streaming call needs while it is opened, as the clients do.
class open_call
{
public:
    open_call(std::shared_ptr<call::core> shared, call::plan what, call_options options)
        : core_(std::move(shared)), plan_(std::move(what)), options_(std::move(options))
    {
    }
    net::task<result<chat_stream>> operator()(net::operation& op)
    {
        auto opened = co_await call::open(op, core_, std::move(plan_), std::move(options_));
        if (!opened)
            co_return opened.error();
        using decoder = openai_wire::chat_stream_decoder;
        auto const make = [](call::opened const&, chat_source&) -> result<decoder> { return decoder(); };
        co_return call::make_stream<chat_stream, chat_source>(std::move(*opened), make);
    }

private:
    std::shared_ptr<call::core> core_;
    call::plan plan_;
    call_options options_;
};

/// Streams on a scripted transport and the manual clock.
class stream_bench : public call_bench
{
public:
    std::optional<body> payload; ///< in place of the plan's

    std::shared_ptr<inbox<chat_stream>> start_open(call_options options = {}, asio::cancellation_slot slot = {})
    {
        auto to = std::make_shared<inbox<chat_stream>>();
        auto const& shared = core();
        auto const total = call::limits_of(*shared, options).total;
        auto what = plan();
        if (payload)
            what.request().payload = *payload;
        what.read_meta([](augur::meta& into, headers const& fields) { into.request_id = fields["x-request-id"]; });
        open_call body(shared, std::move(what), std::move(options));
        net::start<chat_stream>(
            shared->arena, shared->timers, io.get_executor(), total, std::move(body),
            asio::bind_cancellation_slot(slot, [to](result<chat_stream> r) { to->put(std::move(r)); }));
        return to;
    }

    result<chat_stream> open(call_options options = {})
    {
        auto const to = start_open(std::move(options));
        if (!run_until(io, *time, [&] { return to->completions > 0; }))
            return make_error(errc::internal, phase::prepare, outcome::unknown, "the call can never end");
        return std::move(*to->value);
    }

    std::shared_ptr<inbox<std::optional<chat_event>>> start_next(chat_stream& from, asio::cancellation_slot slot = {})
    {
        auto to = std::make_shared<inbox<std::optional<chat_event>>>();
        from.async_next(asio::bind_cancellation_slot(slot, [to](chat_item r) { to->put(std::move(r)); }));
        return to;
    }

    chat_item next(chat_stream& from)
    {
        auto const to = start_next(from);
        if (!run_until(io, *time, [&] { return to->completions > 0; }))
            return make_error(errc::internal, phase::prepare, outcome::unknown, "the stream can never go on");
        return std::move(*to->value);
    }

    /// Reads to the end: the pieces, joined by '|'; then "." or the error.
    std::string read_all(chat_stream& from)
    {
        std::string out;
        for (;;) {
            auto item = next(from);
            if (!item)
                return out + std::string(to_string(static_cast<errc>(item.error().code().value())));
            if (!*item)
                return out + ".";
            out.append((*item)->text().value_or("-")).append("|");
        }
    }

    /// Nothing waits, nothing is kept.
    bool is_clean()
    {
        run_ready(io);
        return time->armed() == 0 && core()->arena->live_blocks() == 0 && io.stopped();
    }
};

} // namespace test

#pragma once

#include <augur/call/impl/core.ipp>
#include <augur/call/stream.hpp>
#include <augur/core/impl/unreadable_answer.hpp>

#include <utility>

namespace augur::inline AUGUR_ABI::call {

namespace detail {

/// All that a streaming call keeps from its first attempt to the end of its body.
class stream_call
{
public:
    stream_call(std::shared_ptr<core> s, plan p, call_options o, steady_time end)
        : shared(std::move(s)),
          what(std::move(p)),
          options(std::move(o)),
          deadline(end),
          one(*shared, what, options, true)
    {
    }
    stream_call(stream_call const&) = delete;
    stream_call& operator=(stream_call const&) = delete;
    ~stream_call()
    {
        error const left(make_error_code(errc::cancelled), phase::body, outcome::partial);
        end(&left);
    }

    net::task<result<void>> send(net::operation& op)
    {
        answer head;
        auto out = co_await one.run(op, head);
        if (!out)
            co_return out.error();
        status = head.response.status;
        fields = std::move(head.response.fields);
        meta = std::move(head.meta);
        received_at = head.received_at;
        content = one.take_content();
        is_open = true;
        if (what.read_meta() != nullptr)
            what.read_meta()(meta, fields);
        auto& payload = what.request().payload;
        if (!one.may_repeat_streams())
            payload = body(); // a stream may last: do not keep what will not be sent again
        else if (payload.is_borrowed()) // until the call that opens the stream has completed, which is now
            payload = body(std::string(payload.bytes()));
        co_return result<void>();
    }

    void end(error const* failure) noexcept
    {
        if (std::exchange(has_ended, true))
            return;
        if (is_open) {
            auto const stop = policy::retry_decision::stop(policy::stop_reason::committed);
            attempt_end const ended{meta.attempts, status, failure, one.stream_report(),
                                    failure != nullptr ? &stop : nullptr};
            for (auto const& o : shared->config.observers)
                o->on_attempt_end(ended);
        }
        tell_end(*shared, is_open ? meta : one.meta(), failure);
    }

    std::shared_ptr<core> shared;
    plan what;
    call_options options;
    steady_time deadline;
    loop one;
    std::unique_ptr<net::body_stream> content;
    int status = 0;
    headers fields;
    augur::meta meta;
    wall_time received_at{};
    bool is_open = false; ///< the last attempt got its head
    bool has_ended = false;
};

/// The last attempt did nothing, but one before it may have.
inline error with_replays(error failure, augur::meta const& known)
{
    if (known.replayed && (failure.outcome() == outcome::not_sent || failure.outcome() == outcome::refused))
        failure.with(outcome::unknown);
    return failure;
}

} // namespace detail

AUGUR_INLINE opened::opened(std::unique_ptr<detail::stream_call> call) noexcept : call_(std::move(call)) {}
AUGUR_INLINE opened::opened(opened&&) noexcept = default;
AUGUR_INLINE opened& opened::operator=(opened&&) noexcept = default;
AUGUR_INLINE opened::~opened() = default;

AUGUR_INLINE int opened::status() const noexcept
{
    return call_->status;
}

AUGUR_INLINE headers const& opened::fields() const noexcept
{
    return call_->fields;
}

AUGUR_INLINE augur::meta const& opened::meta() const noexcept
{
    return call_->meta;
}

AUGUR_INLINE wall_time opened::received_at() const noexcept
{
    return call_->received_at;
}

AUGUR_INLINE call::core& opened::core() const noexcept
{
    return *call_->shared;
}

AUGUR_INLINE phase_limits const& opened::limits() const noexcept
{
    return call_->one.limits();
}

AUGUR_INLINE std::size_t opened::largest_event() const noexcept
{
    return call_->shared->config.sizes.stream_event;
}

AUGUR_INLINE steady_time opened::deadline() const noexcept
{
    return call_->deadline;
}

AUGUR_INLINE bool opened::may_repeat() const noexcept
{
    return call_->one.may_repeat_streams();
}

AUGUR_INLINE net::task<result<std::string_view>> opened::read(net::operation& op, steady_time until)
{
    auto const started = op.now(); // also when pieces come without end and none is an event
    if (!call_->content)
        co_return std::string_view();
    if (op.stopped() != net::stop_reason::none || started >= until)
        co_return op.interrupted(phase::body, outcome::partial, errc::idle_timeout);
    auto const left = until - started;
    auto piece = co_await call_->content->read(op, left);
    auto const spent = op.seen() - started;
    if (spent > std::chrono::nanoseconds(0)) {
        call_->meta.time[static_cast<std::size_t>(phase::body)] += spent;
        call_->one.add_body_time(spent);
    }
    co_return std::move(piece);
}

AUGUR_INLINE net::task<result<void>> opened::again(net::operation& op, error failure)
{
    if (!may_repeat())
        co_return failure;
    if (call_->content)
        call_->content->reject();
    let_go();
    auto& call = *call_;
    auto may = co_await call.one.recover(op, std::move(failure), nullptr, call.one.stream_report());
    call.is_open = false; // its observers know by now how this attempt ended
    if (!may)
        co_return may.error();
    auto sent = co_await call.send(op);
    if (!sent) {
        call.meta = call.one.meta();
        co_return detail::with_replays(sent.error(), call.meta);
    }
    co_return result<void>();
}

AUGUR_INLINE error opened::explain(error failure) const
{
    auto const& known = call_->meta;
    failure = detail::with_activity(std::move(failure), call_->what.to());
    if (call_->is_open) {
        failure.with(outcome::partial);
        if (failure.http_status() == 0)
            failure.with_http_status(call_->status);
    }
    if (failure.attempts() == 0)
        failure.with_attempts(known.attempts);
    return augur::detail::with_request_id(std::move(failure), known.request_id);
}

AUGUR_INLINE void opened::delivered() noexcept
{
    call_->one.delivered();
}

AUGUR_INLINE error opened::fail(error failure)
{
    auto out = explain(std::move(failure));
    bool const is_left = out == errc::cancelled || out == errc::client_closed;
    if (call_->content && !is_left)
        call_->content->reject();
    let_go();
    end(&out);
    return out;
}

AUGUR_INLINE void opened::let_go() noexcept
{
    call_->content.reset();
}

AUGUR_INLINE void opened::end(error const* failure) noexcept
{
    call_->end(failure);
}

AUGUR_INLINE net::task<result<opened>> open(net::operation& op, std::shared_ptr<core> shared, plan what,
                                            call_options options)
{
    auto const deadline = op.deadline();
    auto call = std::make_unique<detail::stream_call>(std::move(shared), std::move(what), std::move(options), deadline);
    try {
        auto sent = co_await call->send(op);
        if (sent)
            co_return opened(std::move(call));
        auto const failure = detail::with_replays(sent.error(), call->one.meta());
        call->end(&failure);
        co_return failure;
    }
    catch (...) { // becomes an error at the boundary
        auto const failure = net::detail::error_of(std::current_exception());
        if (call)
            call->end(&failure);
        throw;
    }
}

} // namespace augur::inline AUGUR_ABI::call

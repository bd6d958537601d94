#pragma once

#include <augur/call/stream.hpp>
#include <augur/net/event_stream.hpp>
#include <augur/net/start.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

/// @file
/// From a call that streams and a decoder to a stream of events. For the library's own sources.

namespace augur::inline AUGUR_ABI::call {

/// `Base`: an `event_source<E>` or derived from one. `Make` is asked at the head of each attempt,
///
///     result<Decoder> make(opened const& from, Base& base)
///
/// since a repeat may be answered in another content type, or by another variant, which it tells the base. A decoder is
/// something with feed, finish and next() -> result<optional<E>> that keep to `codec::stream_decoder`. It may have
/// ended(): its end was seen, though the body may go on; and last_has_content(): false for an event that is only a sign
/// of life. If it has response() and the base show(), the base is shown it.
template <class Base, class Make>
class stream_source final : public Base, public std::enable_shared_from_this<stream_source<Base, Make>>
{
public:
    using decoder = typename std::invoke_result_t<Make&, opened const&, Base&>::value_type;
    using item = typename Base::item;
    using event = typename item::value_type;

    stream_source(opened from, Make make) : call_(std::move(from)), make_(std::move(make)) {}
    ~stream_source() override { call_.let_go(); }

    /// At the head of an attempt. Before all else; an error ends the stream.
    result<void> begin()
    {
        auto made = make_(call_, *this);
        if (!made)
            return made.error();
        decoder_.emplace(std::move(*made));
        body_ended_ = false;
        if constexpr (requires(decoder const& d) { this->show(d.response()); })
            this->show(decoder_->response());
        return {};
    }
    error fail(error failure) { return *(failure_ = call_.fail(std::move(failure))); }

    boost::asio::awaitable<item> next() override { return next_of(this->shared_from_this()); }

    void start_next(typename Base::pointer self, typename Base::handler to, bool here) override
    {
        auto& shared = call_.core();
        auto const now = shared.timers->now();
        next_call body(std::static_pointer_cast<stream_source>(std::move(self)));
        net::start_until<event>(shared.arena, shared.timers, shared.executor, now, call_.deadline(), std::move(body),
                                std::move(to), here);
    }

    void close() noexcept override
    {
        if (std::exchange(closed_, true) || is_over_)
            return;
        if (op_ == nullptr)
            return leave(errc::cancelled);
        try { // its completion must not run inside whoever closes
            boost::asio::post(call_.core().executor, [self = this->shared_from_this()] { self->stop(); });
        }
        catch (...) {
            stop();
        }
    }

    augur::meta const& meta() const noexcept override { return call_.meta(); }
    boost::asio::any_io_executor get_executor() const override { return call_.core().executor; }

private:
    /// One next() that has to wait.
    class next_call
    {
    public:
        explicit next_call(std::shared_ptr<stream_source> self) noexcept : self_(std::move(self)) {}
        net::task<item> operator()(net::operation& op) { return self_->run(op); }

    private:
        std::shared_ptr<stream_source> self_;
    };

    /// While a next() runs; also when its chain is destroyed or something throws.
    class running
    {
    public:
        running(stream_source& source, net::operation& op) noexcept : source_(&source) { source.op_ = &op; }
        running(running const&) = delete;
        running& operator=(running const&) = delete;
        ~running()
        {
            source_->op_ = nullptr;
            if (!answered_)
                source_->leave(errc::internal);
        }
        void answered() noexcept { answered_ = true; }

    private:
        stream_source* source_;
        bool answered_ = false;
    };

    static boost::asio::awaitable<item> next_of(std::shared_ptr<stream_source> self)
    {
        if (net::detail::is_inside(self->call_.core().executor))
            if (auto now = self->next_now())
                co_return std::move(*now);
        co_return co_await wait_for(std::move(self)); // on another executor it must not be the last to let go
    }

    static boost::asio::awaitable<item> wait_for(std::shared_ptr<stream_source> self)
    {
        return boost::asio::async_initiate<boost::asio::use_awaitable_t<> const, void(item)>(
            [](auto handler, std::shared_ptr<stream_source> source) {
                auto& from = *source;
                bool const here = net::completes_on(handler, from.get_executor());
                from.start_next(std::move(source), typename Base::handler(std::move(handler)), here);
            },
            boost::asio::use_awaitable, std::move(self));
    }

    void stop() noexcept
    {
        if (op_ != nullptr)
            op_->stop(net::stop_reason::caller);
    }

    /// Nobody reads on, or nobody can.
    void leave(errc why) noexcept
    {
        if (is_over_ || failure_)
            return;
        failure_.emplace(make_error_code(why), phase::body, outcome::partial);
        call_.let_go();
        call_.end(&*failure_);
    }

    item settle(item with)
    {
        if (!with)
            return fail(with.error());
        if (!delivered_)
            call_.delivered();
        if (!*with) {
            is_over_ = true;
            call_.let_go();
            call_.end(nullptr);
        }
        else {
            delivered_ = true;
            if (last_has_content())
                quiet_ = {};
        }
        return with;
    }

    bool last_has_content() const noexcept
    {
        if constexpr (requires(decoder const& d) { d.last_has_content(); })
            return decoder_->last_has_content();
        else
            return true;
    }

    /// What the bytes that are here give: an event or an error.
    std::optional<item> decode()
    {
        auto got = decoder_->next();
        if (!got || *got)
            return std::optional<item>(std::move(got));
        return std::nullopt;
    }

    bool has_end() const
    {
        if constexpr (requires(decoder const& d) { d.ended(); })
            return body_ended_ || decoder_->ended();
        else
            return body_ended_;
    }

    bool may_repeat() const noexcept { return !delivered_ && call_.may_repeat(); }

    /// What needs no waiting. After an exception the decoder may be in any state: it is not asked again.
    std::optional<item> next_now()
    {
        auto why = errc::internal;
        try {
            return look();
        }
        catch (std::bad_alloc const&) {
            why = errc::resource_exhausted;
        }
        catch (...) {
        }
        if (op_ == nullptr) // else it belongs to the next() that runs, and was not asked
            leave(why);
        return item(error(make_error_code(why), phase::body, outcome::partial));
    }

    std::optional<item> look()
    {
        if (op_ != nullptr)
            return item(make_error(errc::invalid_argument, phase::prepare, outcome::partial,
                                   "the next() before this one has not ended yet: one at a time"));
        if (failure_)
            return item(*failure_);
        if (is_over_)
            return item(event());
        auto got = decode();
        if (got && !*got && may_repeat())
            return std::nullopt;
        if (got)
            return settle(std::move(*got));
        if (body_ended_)
            return settle(item(event()));
        return std::nullopt;
    }

    error too_late(error failure, bool first) const
    {
        if (failure != errc::idle_timeout)
            return failure;
        using std::chrono::milliseconds;
        auto const limit = first ? call_.limits().first_event : call_.limits().idle;
        auto const text = std::to_string(std::chrono::duration_cast<milliseconds>(limit).count()) + " ms";
        if (first)
            return make_error(errc::first_event_timeout, phase::body, outcome::partial,
                              "the response began, but its first event did not come within " + text +
                                  "; allow more with `first_event`");
        return make_error(errc::idle_timeout, phase::body, outcome::partial,
                          "nothing further came within " + text +
                              "; keep-alives and events without content do not count; what came before is kept; "
                              "allow more with `idle`");
    }

    net::task<item> run(net::operation& op)
    {
        if (auto now = next_now())
            co_return std::move(*now);
        running guard(*this, op);
        auto const began = op.seen();
        bool const is_first = !delivered_;
        auto const& limits = call_.limits();
        auto until =
            op.until(is_first ? limits.first_event : std::max(limits.idle - quiet_, limits.idle.zero()), began);
        for (;;) {
            auto got = decode();
            if (!got && has_end()) {
                if (!body_ended_)
                    co_await drain(op);
                got.emplace(event());
            }
            if (!got) {
                auto piece = co_await call_.read(op, until);
                if (closed_)
                    piece = op.interrupted(phase::body, outcome::partial, errc::cancelled);
                if (!piece) {
                    got.emplace(too_late(piece.error(), !delivered_));
                }
                else {
                    if (piece->empty())
                        decoder_->finish();
                    else
                        decoder_->feed(*piece);
                    body_ended_ = piece->empty();
                    continue;
                }
            }
            if (!*got && may_repeat()) {
                auto failure = call_.explain(got->error());
                auto sent = co_await call_.again(op, std::move(failure));
                if (sent)
                    sent = begin();
                if (sent) {
                    until = op.until(call_.limits().first_event);
                    continue;
                }
                got.emplace(sent.error());
            }
            guard.answered();
            if (!is_first)
                quiet_ += op.seen() - began; // settle() forgets it if there is content
            co_return settle(std::move(*got));
        }
    }

    /// The answer is whole. What is left of the body is worth a moment: then the connection can be kept.
    net::task<void> drain(net::operation& op)
    {
        constexpr std::size_t enough = 16 * 1024;
        auto const until =
            op.until(std::min<phase_limits::duration>(call_.limits().idle, std::chrono::milliseconds(250)));
        for (std::size_t size = 0; size < enough;) {
            auto piece = co_await call_.read(op, until);
            if (!piece || piece->empty())
                co_return;
            size += piece->size();
        }
    }

    opened call_;
    Make make_;
    std::optional<decoder> decoder_; ///< of the attempt; there since the first began
    net::operation* op_ = nullptr; ///< of the next() that runs
    std::optional<error> failure_;
    phase_limits::duration quiet_{}; ///< how long next() has waited since there was content
    bool delivered_ = false;
    bool body_ended_ = false;
    bool is_over_ = false;
    bool closed_ = false;
};

/// See `call::open`.
template <class Stream, class Base, class Make>
result<Stream> make_stream(opened from, Make make_decoder)
{
    auto source = std::make_shared<stream_source<Base, Make>>(std::move(from), std::move(make_decoder));
    if (auto begun = source->begin(); !begun)
        return source->fail(begun.error());
    return Stream(std::shared_ptr<Base>(std::move(source)));
}

} // namespace augur::inline AUGUR_ABI::call

#pragma once

#include <augur/core/meta.hpp>
#include <augur/core/result.hpp>
#include <augur/net/completion.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace augur::inline AUGUR_ABI {

namespace net {

/// What stands behind an `event_stream`. Implemented by `call::stream_source`, and by test doubles.
template <class Event>
class event_source
{
public:
    using pointer = std::shared_ptr<event_source>;
    using item = result<std::optional<Event>>;
    using handler = completion<std::optional<Event>>;

    event_source() = default;
    event_source(event_source const&) = delete;
    event_source& operator=(event_source const&) = delete;
    virtual ~event_source() = default;

    virtual boost::asio::awaitable<item> next() = 0;
    /// `self`: of this source. Whoever calls keeps no other: the last one may go only on the source's executor.
    /// `here`: the answer of `completes_on`.
    virtual void start_next(pointer self, handler to, bool here) = 0;
    virtual void close() noexcept = 0;
    virtual augur::meta const& meta() const noexcept = 0;
    virtual boost::asio::any_io_executor get_executor() const = 0;
};

} // namespace net

/// The events of one streamed answer, as they come.
///
///     while (auto event = (co_await stream.next()).value())
///         use(*event);                                 // says itself how long its views live
///
/// Errors: every failure is an error of next(), with outcome `partial` (or `unknown`, when a
/// repeat under `replay::replay_unknown` got no answer), and comes again at each further next(): a
/// stream that was cut is never a quiet end. `errc::first_event_timeout`, `errc::idle_timeout`,
/// `errc::deadline_exceeded` (of the call, counted from its start), `errc::truncated`, what the service says.
/// Time: the first two count only while next() waits, and only events restart them, not keep-alives. A reader may
/// pause as long as it likes; the service then feels the back-pressure of TCP.
/// Lifetime: move-only. Destroying it never blocks: its connection is closed, and a pending next() ends with
/// `errc::cancelled`. Read to its end, the connection goes back to the pool. It may outlive its client.
/// Threads: belongs to the executor of its client, where it is destroyed, too. One next() at a time: another
/// gets `errc::invalid_argument`.
/// Cancellation: every type, at any time; it ends the stream.
template <class Event>
class event_stream
{
public:
    using event_type = Event;
    using item = result<std::optional<Event>>;

    explicit event_stream(std::shared_ptr<net::event_source<Event>> from) noexcept : source_(std::move(from)) {}
    event_stream(event_stream&&) noexcept = default;
    event_stream& operator=(event_stream&& other) noexcept
    {
        if (this != &other) {
            close();
            source_ = std::move(other.source_);
        }
        return *this;
    }
    ~event_stream() { close(); }

    /// The next event; nothing at the end of a whole answer, and again whenever it is asked then. Does not
    /// suspend for an event that has come already.
    boost::asio::awaitable<item> next() & { return source_->next(); }
    boost::asio::awaitable<item> next() && = delete;

    /// The same for any completion token; the signature is `void(result<std::optional<Event>>)`.
    template <class Token>
    auto async_next(Token&& token) &
    {
        return boost::asio::async_initiate<Token, void(item)>(
            [](auto handler, std::shared_ptr<net::event_source<Event>> from) {
                bool const here = net::completes_on(handler, from->get_executor());
                auto& source = *from;
                source.start_next(std::move(from), typename net::event_source<Event>::handler(std::move(handler)),
                                  here);
            },
            token, source_);
    }

    /// What the destructor does, earlier. Later next() gives `errc::cancelled`.
    void close() noexcept
    {
        if (source_)
            source_->close();
    }
    /// Of the call so far: request id, attempts, times. Lives as long as the stream.
    augur::meta const& meta() const noexcept { return source_->meta(); }
    boost::asio::any_io_executor get_executor() const { return source_->get_executor(); }

protected:
    net::event_source<Event>& source() const noexcept { return *source_; }

private:
    std::shared_ptr<net::event_source<Event>> source_; ///< null when moved from
};

} // namespace augur::inline AUGUR_ABI

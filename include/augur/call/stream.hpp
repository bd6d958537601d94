#pragma once

#include <augur/call/core.hpp>

#include <memory>
#include <string_view>

namespace augur::inline AUGUR_ABI::call {

namespace detail {
class stream_call;
}

/// A call whose response is being streamed: its head is here, its body is read piece by piece. Ends for its
/// observers when it is told to, or is destroyed.
///
/// Lifetime: keeps its core alive. Destroyed before its end, the connection is closed.
class opened
{
public:
    explicit opened(std::unique_ptr<detail::stream_call> call) noexcept;
    opened(opened&&) noexcept;
    opened& operator=(opened&&) noexcept;
    ~opened();

    int status() const noexcept;
    headers const& fields() const noexcept;
    augur::meta const& meta() const noexcept;
    wall_time received_at() const noexcept; ///< the head

    call::core& core() const noexcept;
    phase_limits const& limits() const noexcept;
    std::size_t largest_event() const noexcept; ///< `size_limits::stream_event`, for the decoder
    steady_time deadline() const noexcept; ///< of the whole call

    /// The next piece of the body, which lives until the following read; empty at its end. `errc::idle_timeout`
    /// when there is none at `until`. All errors have outcome `partial`.
    net::task<result<std::string_view>> read(net::operation& op, steady_time until);
    /// Whether `again` could ever succeed: for calls with `replay::replay_unknown`.
    bool may_repeat() const noexcept;
    /// Sends the request once more, if the retry policy allows it after `failure`. For a caller that has passed
    /// nothing on yet. After an error, which is `failure` or a later one, nothing more can be read.
    net::task<result<void>> again(net::operation& op, error failure);
    /// The first event, or the end of an answer without one: from here on the call counts as one that went well for the
    /// retry quota.
    void delivered() noexcept;
    /// Adds what is known of the call; the outcome becomes `partial`.
    error explain(error failure) const;
    /// The call ends with this: explains it, lets go and tells the observers.
    error fail(error failure);
    /// Lets go of the response. Its connection is closed, unless the body was read to its end.
    void let_go() noexcept;
    /// Tells the observers, once; null: success.
    void end(error const* failure) noexcept;

private:
    std::unique_ptr<detail::stream_call> call_;
};

/// `perform` for a response that is read as it comes: ends when the head of a 2xx is here.
///
/// Until then the same loop and the same rules. A 2xx commits: later failures have outcome `partial` and are not
/// repeated, except under `replay::replay_unknown` while no event was delivered.
///
/// What a provider does with it:
///
///     call::plan what(origin, std::move(request), &wire::parse_error);
///     what.read_meta(&wire::read_meta);                                     // request id and so on
///     auto opened = co_await call::open(op, shared, std::move(what), std::move(options));
///     if (!opened)
///         co_return opened.error();
///     using decoder = openai_wire::chat_stream_decoder;
///     auto const make = [choices](call::opened const&, chat_source&) -> result<decoder> { // at the head of each
///     attempt
///         return decoder(choices);
///     };
///     co_return call::make_stream<chat_stream, chat_source>(std::move(*opened), make);
///
/// `shared` is a `std::shared_ptr<call::core>`, for instance one that shares ownership of the client's whole state;
/// `make_stream` is in augur/call/impl/stream_source.hpp.
net::task<result<opened>> open(net::operation& op, std::shared_ptr<core> shared, plan what, call_options options);

} // namespace augur::inline AUGUR_ABI::call

#if AUGUR_HEADER_ONLY
#include <augur/call/impl/stream.ipp>
#endif

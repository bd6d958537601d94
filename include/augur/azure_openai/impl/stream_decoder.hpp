#pragma once

#include <augur/core/headers.hpp>
#include <augur/core/result.hpp>
#include <augur/model/chat_accumulator.hpp>
#include <augur/openai_wire/stream.hpp>
#include <augur/openai_wire/wire.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai::detail {

/// What a response with status 2xx holds by its content type.
enum class streamed : std::uint8_t
{
    events, ///< also without a type, or with a wrong one: some servers say text/plain
    json,   ///< one whole body: an error, or the answer of a server that does not stream
    page,   ///< HTML: not the service
};

inline streamed streamed_of(headers const& fields) noexcept
{
    auto type = fields["content-type"];
    type = type.substr(0, type.find_first_of("; "));
    if (equal_ignoring_case(type, "application/json") || equal_ignoring_case(type, "application/problem+json"))
        return streamed::json;
    return equal_ignoring_case(type, "text/html") ? streamed::page : streamed::events;
}

/// A decoder of events in front of which the content type is obeyed: a body that is no stream becomes an error
/// that tells what it is, and not a stream without an end.
template <class Inner>
class typed_decoder
{
public:
    using item = decltype(std::declval<Inner&>().next());

    typed_decoder(Inner inner, streamed what) : inner_(std::move(inner)), what_(what) {}

    void feed(std::string_view piece)
    {
        if (what_ == streamed::events)
            return inner_.feed(piece);
        constexpr std::size_t enough = 64 * 1024; // of an error; a whole answer is not read from here
        whole_.append(piece.substr(0, enough - std::min(enough, whole_.size())));
    }
    void finish()
    {
        if (what_ == streamed::events)
            return inner_.finish();
        finished_ = true;
    }
    item next()
    {
        if (what_ == streamed::events)
            return inner_.next();
        if (finished_)
            return why();
        return typename item::value_type();
    }
    bool ended() const noexcept
    {
        if (what_ != streamed::events)
            return false;
        if constexpr (requires(Inner const& d) { d.ended(); })
            return inner_.ended();
        else
            return inner_.progress().complete();
    }
    bool last_has_content() const noexcept { return inner_.last_has_content(); }
    decltype(auto) response() const noexcept
    {
        if constexpr (requires(Inner const& d) { d.response(); })
            return inner_.response();
        else
            return inner_.progress();
    }

private:
    error why() const
    {
        if (auto told = openai_wire::parse_stream_error(whole_))
            return std::move(*told);
        return make_error(augur::errc::decode_error, phase::decode, outcome::partial,
                          what_ == streamed::page
                              ? "the answer is a web page (text/html) and no stream of events: is this the address of "
                                "the service, or of a portal or proxy?"
                              : "the answer is one JSON body and no stream of events: this server does not stream");
    }

    Inner inner_;
    streamed what_;
    std::string whole_;
    bool finished_ = false;
};

/// The events of the Responses API in the neutral vocabulary.
class neutral_decoder
{
public:
    explicit neutral_decoder(std::size_t max_event_size = codec::sse::default_max_event_size)
        : inner_(openai_wire::response_accumulator(), max_event_size)
    {
    }

    void feed(std::string_view piece) { inner_.feed(piece); }
    void finish() noexcept { inner_.finish(); }
    result<std::optional<chat_event>> next()
    {
        auto event = inner_.next();
        if (!event)
            return event.error();
        if (!*event)
            return std::optional<chat_event>();
        auto out = openai_wire::to_chat_event(**event);
        if (auto added = all_.add(out); !added)
            return added.error();
        return std::optional(std::move(out));
    }
    bool ended() const noexcept { return inner_.progress().complete(); }
    bool last_has_content() const noexcept { return inner_.last_has_content(); }
    chat_response const& response() const noexcept { return all_.response(); }

private:
    openai_wire::response_stream_decoder inner_;
    chat_accumulator all_;
};

} // namespace augur::inline AUGUR_ABI::azure_openai::detail

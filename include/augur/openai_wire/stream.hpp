#pragma once

#include <augur/codec/sse.hpp>
#include <augur/model/chat_accumulator.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/responses.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

/// From the bytes of a streamed body to the events of an answer. No I/O: who reads the body feeds its pieces.
namespace augur::inline AUGUR_ABI::openai_wire {

/// A stream of chat completions.
///
///     openai_wire::chat_stream_decoder stream;
///     stream.feed(piece);                            // or finish(), when the body has ended as HTTP says
///     while (auto event = stream.next().value())     // nullopt: the piece is used up
///         std::cout << event->text().value_or("");
///
/// Where the pieces were cut never changes what comes out. After `[DONE]`, and after finish(), next() gives
/// nullopt only if every choice that was asked for has its finish reason; otherwise `errc::truncated`. All errors have
/// outcome `partial`, come after every event in front of them, and come again at each further next(): those of the
/// service, see `parse_stream_error`, also where only the type of the event says that it is one; `errc::event_limit`,
/// `errc::body_limit`, `errc::decode_error`. Lifetime: a piece must stay until next() has returned nullopt or an error.
class chat_stream_decoder
{
public:
    explicit chat_stream_decoder(std::int64_t choices = 1,
                                 std::size_t max_event_size = codec::sse::default_max_event_size)
        : events_(max_event_size), all_(choices)
    {
    }

    void feed(std::string_view piece);
    void finish() noexcept;
    result<std::optional<chat_event>> next();

    /// The end mark was seen; what comes after it is not looked at.
    bool ended() const noexcept { return ended_; }
    /// The last event added to the answer. False: it was no more than a sign of life.
    bool last_has_content() const noexcept { return has_content_; }
    /// What has come so far, also after an error.
    chat_response const& response() const noexcept { return all_.response(); }
    /// The whole answer, or why there is none.
    result<chat_response> take() &&;

private:
    error fail(error why);
    result<std::optional<chat_event>> at_end();
    result<std::optional<chat_event>> read(std::string_view data);

    codec::sse::decoder events_;
    chat_event_reader reader_;
    chat_accumulator all_;
    std::optional<error> failure_;
    bool has_content_ = false;
    bool ended_ = false;
    bool finished_ = false;
};

/// A stream of the Responses API. As chat_stream_decoder, but the end is an event. After a break a new
/// decoder goes on with `progress()` of the old one, fed with what `starting_after` brings.
class response_stream_decoder
{
public:
    explicit response_stream_decoder(response_accumulator progress = response_accumulator(),
                                     std::size_t max_event_size = codec::sse::default_max_event_size)
        : events_(max_event_size), all_(std::move(progress))
    {
    }

    void feed(std::string_view piece);
    void finish() noexcept;
    /// Failed responses and error events are errors here. Events that were seen before the break do not come again.
    result<std::optional<response_event>> next();
    /// The event that ends the answer was seen; what comes after it is not looked at.
    bool ended() const noexcept { return all_.complete(); }
    /// As chat_stream_decoder. What is no sign of life by its name is content: each step of the service is.
    bool last_has_content() const noexcept { return has_content_; }
    response_accumulator const& progress() const noexcept { return all_; }
    result<response> take() &&;

private:
    error fail(error why);

    codec::sse::decoder events_;
    response_event_reader reader_;
    response_accumulator all_;
    std::optional<error> failure_;
    bool has_content_ = false;
    bool finished_ = false;
};

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/stream.ipp>
#endif

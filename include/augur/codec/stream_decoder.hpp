#pragma once

#include <augur/core/result.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// What the decoders of streams have in common: `sse::decoder`, `eventstream::decoder`, `ndjson::decoder`.
///
///     decoder.feed(chunk);                              // or finish(), when no more bytes will come
///     while (auto event = decoder.next().value())       // nullopt: the chunk is used up
///         use(*event);
///
/// Where the chunks were cut never changes what comes out. The time is linear in the input whatever it is,
/// and no more than one event of the allowed size and a chunk are held. An event whose bytes lie in one chunk is a view
/// of that chunk; others are put together in a buffer that is used again.
///
/// Errors: `errc::event_limit`, `errc::frame_error`, `errc::truncated` after finish() when the input ended inside an
/// event. They come after every event in front of them, have outcome `partial`, and come again at each further next().
/// Lifetime: a chunk must stay until next() has returned nullopt or an error; what next() returned stays until the
/// following call, and no longer than its chunk.
/// Threads: an object belongs to one thread at a time.
class stream_decoder
{
public:
    /// std::logic_error when the last chunk is not used up or the input was finished. After an error the bytes are
    /// not looked at.
    void feed(std::string_view bytes);
    /// No more bytes will come: the next call of next() tells what that means for the bytes before.
    void finish() noexcept { finished_ = true; }

protected:
    stream_decoder() = default;
    ~stream_decoder() = default;
    stream_decoder(stream_decoder const&) = default;
    stream_decoder& operator=(stream_decoder const&) = default;

    error const& fail(errc code, phase where, std::string message);

    std::string_view input_; ///< what is not decoded yet
    std::optional<error> failure_;
    bool finished_ = false;
};

template <class D>
concept StreamDecoder = std::derived_from<D, stream_decoder> && requires(D decoder) { decoder.next().value().value(); };

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/stream_decoder.ipp>
#endif

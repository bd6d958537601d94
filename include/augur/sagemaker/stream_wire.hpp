#pragma once

#include <augur/codec/eventstream.hpp>
#include <augur/codec/ndjson.hpp>
#include <augur/codec/sse.hpp>
#include <augur/sagemaker/wire.hpp>

#include <optional>
#include <string_view>
#include <utility>

/// The body of a response stream: frames to parts, and parts to what they were before they were cut. No I/O.
namespace augur::inline AUGUR_ABI::sagemaker::wire {

/// As build_request, for InvokeEndpointWithResponseStream.
///
/// Errors: as there, and `errc::unsupported` for what this operation has no place for: TargetModel,
/// EnableExplanations and opening a session.
result<http_request> build_stream_request(invoke_endpoint_request const& request, url const& base,
                                          request_head memory = {});

/// Request id, variant and rate limits.
void read_meta(augur::meta& into, headers const& fields);
/// The head of a 2xx. Errors: `errc::decode_error`, outcome `partial`, for a body that is no event stream.
result<stream_head> parse_stream_head(headers const& fields);

/// What a frame with ":message-type" of "exception" or "error" says; outcome `partial`.
error parse_stream_error(codec::eventstream::frame const& frame);

/// The parts in a body. `codec::stream_decoder` says how to use it.
///
/// Errors: those of frames; `parse_stream_error`; `errc::frame_error` for a message type that nobody knows. Events of
/// another type than PayloadPart are passed over.
class part_decoder
{
public:
    void feed(std::string_view bytes) { frames_.feed(bytes); }
    void finish() noexcept { frames_.finish(); }
    result<std::optional<payload_part>> next();

private:
    codec::eventstream::decoder frames_;
    std::optional<error> failure_;
};

/// What `Inner` reads in the bytes of the parts, wherever these were cut.
template <class Inner>
class reframed
{
public:
    using decoder = Inner;

    explicit reframed(Inner inner = Inner()) : inner_(std::move(inner)) {}

    void feed(std::string_view bytes) { parts_.feed(bytes); }
    void finish() noexcept
    {
        is_last_ = true;
        parts_.finish();
    }
    auto next() -> decltype(std::declval<Inner&>().next())
    {
        for (;;) {
            auto item = inner_.next();
            if (!item || *item || inner_ended_ || ended())
                return item;
            auto part = parts_.next();
            if (!part)
                return part.error();
            if (*part) {
                inner_.feed((*part)->bytes);
                continue;
            }
            if (!is_last_)
                return item;
            inner_.finish();
            inner_ended_ = true;
        }
    }
    bool ended() const noexcept
    {
        if constexpr (requires(Inner const& i) { i.ended(); })
            return inner_.ended();
        else
            return false;
    }
    bool last_has_content() const noexcept
        requires requires(Inner const& i) { i.last_has_content(); }
    {
        return inner_.last_has_content();
    }
    auto const& response() const noexcept
        requires requires(Inner const& i) { i.response(); }
    {
        return inner_.response();
    }

private:
    part_decoder parts_;
    Inner inner_;
    bool is_last_ = false;
    bool inner_ended_ = false;
};

using line_decoder = reframed<codec::ndjson::decoder>;
using sse_decoder = reframed<codec::sse::decoder>;

} // namespace augur::inline AUGUR_ABI::sagemaker::wire

#if AUGUR_HEADER_ONLY
#include <augur/sagemaker/impl/stream_wire.ipp>
#endif

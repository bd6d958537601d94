#pragma once

#include <augur/net/event_stream.hpp>
#include <augur/openai_wire/responses.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI::azure_openai {

/// What stands behind a `response_stream`.
class response_source : public net::event_source<openai_wire::response_event>
{
public:
    /// What has come so far; to be set before the source is used. It lives as long as the source.
    void show(openai_wire::response_accumulator const& so_far) noexcept { so_far_ = &so_far; }
    openai_wire::response_accumulator const& progress() const noexcept { return *so_far_; }

private:
    openai_wire::response_accumulator const* so_far_ = nullptr;
};

/// A response as it is made. `event_stream` says how it behaves; a response that failed is an error of next().
///
///     auto stream = co_await responses.stream_response(request);
///     while (auto event = (co_await stream->next()).value())
///         if (event->kind == augur::openai_wire::event_kind::output_text_delta)
///             std::cout << event->delta << std::flush;
///     auto whole = stream->take();
class response_stream : public event_stream<openai_wire::response_event>
{
public:
    explicit response_stream(std::shared_ptr<response_source> from) noexcept
        : event_stream<openai_wire::response_event>(std::move(from))
    {
    }

    /// What `resume_request` needs after a break. Lives as long as the stream and grows with next().
    openai_wire::response_accumulator const& progress() const noexcept
    {
        return static_cast<response_source&>(source()).progress();
    }
    /// The text so far.
    std::string const& text() const noexcept { return progress().text(); }
    /// The response of the last event, with the `meta` of the call; `errc::truncated` before the end.
    result<openai_wire::response> take() const;
};

} // namespace augur::inline AUGUR_ABI::azure_openai

#if AUGUR_HEADER_ONLY
#include <augur/azure_openai/impl/response_stream.ipp>
#endif

#pragma once

#include <augur/codec/sse.hpp>
#include <augur/net/event_stream.hpp>
#include <augur/sagemaker/response.hpp>

#include <memory>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI::sagemaker {

/// What stands behind a `model_stream`.
template <class Event>
class model_source : public net::event_source<Event>
{
public:
    stream_head head;
};

/// The output of a model as it is made: `event_stream` says how it behaves.
///
/// Ends well when the service ends the response behind a whole frame; there is no other end mark. What the service
/// reports on the way is `errc::model_stream_error` or `errc::internal_stream_failure`, outcome `partial`.
template <class Event>
class model_stream : public event_stream<Event>
{
public:
    explicit model_stream(std::shared_ptr<model_source<Event>> from) noexcept : event_stream<Event>(std::move(from)) {}
    stream_head const& head() const noexcept { return static_cast<model_source<Event>&>(this->source()).head; }
};

using part_stream = model_stream<payload_part>;
/// Lines without their ends, of JSON for instance; blank ones are left out. Views live until the following next() or
/// close(), and no longer than the stream.
using line_stream = model_stream<std::string_view>;
using sse_stream = model_stream<codec::sse::event>;

} // namespace augur::inline AUGUR_ABI::sagemaker

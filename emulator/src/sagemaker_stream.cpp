// Successful answers: whole, as an event stream, or as the container streams them on the path of OpenAI.

#include "event_frames.hpp"
#include "sagemaker_plan.hpp"

#include <algorithm>

namespace augur::emulator {

namespace {

constexpr std::size_t largest_part = 64u << 10;

std::string joined(std::vector<std::string> const& pieces)
{
    std::string whole;
    for (auto const& p : pieces)
        whole += p;
    return whole;
}

std::vector<std::string> cut(std::string_view whole, std::size_t size)
{
    std::vector<std::string> parts;
    for (; !whole.empty(); whole.remove_prefix(std::min(size, whole.size())))
        parts.emplace_back(whole.substr(0, size));
    return parts;
}

} // namespace

void sagemaker_service::set_stream_quirks(sagemaker_stream_quirks quirks)
{
    std::scoped_lock const lock(mutex_);
    quirks_ = std::move(quirks);
}

void sagemaker_service::add_success(plan const& p, container_reply reply, response& answer)
{
    std::string const type = reply.content_type.empty() ? "application/octet-stream" : reply.content_type;
    switch (p.operation) {
    case sagemaker_operation::invoke:
        answer.headers.add("Content-Type", type);
        answer.body = reply.pieces.empty() ? std::move(reply.body) : joined(reply.pieces);
        break;
    case sagemaker_operation::chat:
        answer.headers.add("Content-Type", type);
        answer.body = std::move(reply.body);
        for (auto& piece : reply.pieces)
            answer.pieces.push_back({std::move(piece)});
        break;
    case sagemaker_operation::invoke_with_stream:
        answer.headers.add("Content-Type", "application/vnd.amazon.eventstream");
        answer.headers.add("X-Amzn-SageMaker-Content-Type", type);
        add_frames(std::move(reply), answer);
        break;
    }
}

void sagemaker_service::add_frames(container_reply reply, response& answer)
{
    sagemaker_stream_quirks quirks;
    {
        std::scoped_lock const lock(mutex_);
        quirks = quirks_;
    }
    auto parts = reply.pieces.empty() ? cut(reply.body, largest_part) : std::move(reply.pieces);
    if (quirks.part_bytes > 0)
        parts = cut(joined(parts), quirks.part_bytes);
    auto const add = [&](std::string frame) { answer.pieces.push_back({std::move(frame)}); };
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (quirks.exception_after == i)
            break;
        if (i > 0 && quirks.empty_parts)
            add(payload_part({}));
        if (i > 0 && quirks.unknown_events) {
            add(event_frame({{":message-type", "event"}, {":event-type", "SomethingNew"}, {"x-future", "yes"}}, "{}"));
            add(event_frame({{"x-future", "yes"}, {":event-type", "PayloadPart"}, {":message-type", "event"}}, {}));
        }
        add(payload_part(parts[i]));
    }
    if (quirks.exception_after && *quirks.exception_after <= parts.size()) {
        constexpr std::string_view message = "The model container closed the stream before it was complete.";
        if (quirks.as_error)
            add(event_frame(
                {{":message-type", "error"}, {":error-code", quirks.exception}, {":error-message", message}}, {}));
        else
            add(exception_frame(quirks.exception, message,
                                quirks.exception == "ModelStreamError" ? quirks.error_code : std::string()));
    }
    if (quirks.bad_checksum && !answer.pieces.empty())
        answer.pieces.front().bytes.back() ^= 1;
    if (answer.pieces.empty())
        add({}); // a stream without a part is a chunked body without a byte
}

} // namespace augur::emulator

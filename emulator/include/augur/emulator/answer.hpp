#pragma once

#include <augur/emulator/http.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace augur::emulator {

/// What a test wants the server to do instead of, or before, asking the service.
///
///     server.script("/score", answer(503).header("retry-after", "2"));
///     server.script("/score", answer().after(50ms));              // late, but the service's own answer
///     server.script("/score", answer().hang_up(hang_up::reset));
///     server.script("/v1/chat/completions", answer().cut_stream(3, stream_cut::ending::reset));
class answer
{
public:
    /// Lets the service answer; what follows only delays or damages it.
    answer() = default;
    /// Answers in the service's place.
    explicit answer(int status) { fixed().status = status; }
    explicit answer(response whole) : fixed_(std::move(whole)) {}

    answer header(std::string name, std::string value) &&;
    answer body(std::string bytes, std::string content_type = "application/json") &&;
    /// Adds one flush of a chunked body.
    answer piece(std::string bytes, std::chrono::milliseconds before = std::chrono::milliseconds(0)) &&;
    /// Writes exactly these bytes, valid HTTP or not, then closes.
    answer raw(std::string bytes) &&;
    /// Waits before the answer.
    answer after(std::chrono::milliseconds delay) &&;
    answer hang_up(emulator::hang_up how) &&;
    /// Sends the first `bytes` bytes of the whole answer (head included), then closes.
    answer cut_after(std::size_t bytes) &&;

    /// Streams end early: after `pieces` of the answer's pieces (an SSE event or an event-stream frame is one).
    answer cut_stream(std::size_t pieces, stream_cut::ending how = stream_cut::ending::close) &&;
    /// The pieces of a stream follow each other at this distance.
    answer pace(std::chrono::milliseconds between) &&;
    /// One more piece at this place of a stream, such as an error event.
    answer insert(std::size_t at, std::string bytes) &&;
    /// Sends the streamed bytes in pieces of this size, wherever that cuts them.
    answer split(std::size_t bytes) &&;

    /// The fixed answer, or nothing when the service is to answer.
    std::optional<response> const& fixed_answer() const noexcept { return fixed_; }
    /// Puts delay and damage on an answer of the service.
    void damage(response& r) const;

private:
    response& fixed();

    std::optional<response> fixed_;
    std::chrono::milliseconds delay_{0};
    std::optional<emulator::hang_up> hang_up_;
    std::size_t cut_after_ = 0;
    std::optional<stream_cut> cut_;
    std::optional<std::pair<std::size_t, std::string>> inserted_;
    std::optional<std::chrono::milliseconds> pace_;
    std::size_t split_ = 0;
};

} // namespace augur::emulator

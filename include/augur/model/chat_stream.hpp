#pragma once

#include <augur/model/chat_event.hpp>
#include <augur/net/event_stream.hpp>

#include <memory>
#include <string>
#include <utility>

namespace augur::inline AUGUR_ABI {

/// What stands behind a `chat_stream`.
class chat_source : public net::event_source<chat_event>
{
public:
    /// The answer as it grows; to be set before the source is used. It lives as long as the source.
    void show(chat_response const& so_far) noexcept { so_far_ = &so_far; }
    chat_response const& response() const noexcept { return *so_far_; }

private:
    chat_response const* so_far_ = nullptr;
};

/// A chat answer as it is made, whatever service makes it. `event_stream` says how it behaves.
///
///     auto stream = co_await client.stream(augur::chat_request().user("Why is the sky blue?"), options);
///     while (auto event = (co_await stream->next()).value())
///         if (auto text = event->text())
///             std::cout << *text << std::flush;
class chat_stream : public event_stream<chat_event>
{
public:
    explicit chat_stream(std::shared_ptr<chat_source> from) noexcept : event_stream<chat_event>(std::move(from)) {}

    /// What has come so far, put together: the whole answer after the end, and after an error what there was
    /// before it. Lives as long as the stream and grows with next().
    chat_response const& response() const noexcept { return static_cast<chat_source&>(source()).response(); }
    /// The text so far, of the first choice.
    std::string text() const { return response().text(); }
};

} // namespace augur::inline AUGUR_ABI

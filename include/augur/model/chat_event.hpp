#pragma once

#include <augur/model/chat_response.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI {

/// What one event of a stream adds to one of the answers.
struct chat_delta
{
    std::int64_t index = 0;
    std::string role, content, reasoning, refusal; ///< pieces; empty if this event has none
    bool short_reasoning_name = false; ///< the server says `reasoning`, not `reasoning_content`
    std::vector<tool_call> tool_calls; ///< pieces: those of one `tool_call::index` belong together
    std::string finish_reason; ///< the service's word, once per answer
    std::vector<token_probability> log_probabilities;
    std::vector<token_probability> refusal_log_probabilities;
    content_filters filters;
    /// Which characters of the answer `filters` speaks of, where a filter runs behind the model.
    std::optional<std::int64_t> filter_check_offset, filter_start_offset, filter_end_offset;
    std::string extra; ///< a JSON object of what else the service sent; empty if nothing

    friend bool operator==(chat_delta const&, chat_delta const&) = default;
};

namespace detail {

struct chat_event_data
{
    std::string id, model;
    std::int64_t created = 0;
    std::string service_tier, system_fingerprint;
    std::vector<chat_delta> choices;
    std::optional<augur::usage> usage;
    std::vector<prompt_filter> prompt_filters;
    std::string extra, source;
};

class chat_event_shelf;

struct chat_event_block
{
    chat_event_data data;
    std::uint64_t likeness = 0; ///< what a reader remembers of the data; 0: nothing, or they were changed since
    std::shared_ptr<chat_event_shelf> shelf; ///< where it goes when its event is gone; null: nowhere
};

/// Has room for the block of one event that is gone. The next event of the same reader then needs no memory of its
/// own, and mostly only another text. put() may be called on any thread, the others belong to the reader.
class chat_event_shelf
{
public:
    static constexpr std::size_t most_kept = 16 * 1024; ///< bytes of an event's source

    /// Null if there is none.
    chat_event_block* take() noexcept;
    /// False: the caller keeps it.
    bool put(chat_event_block* block) noexcept;
    /// There is no room any more.
    void close() noexcept;

private:
    chat_event_block* closed() noexcept { return reinterpret_cast<chat_event_block*>(this); } // no block stands here
    std::atomic<chat_event_block*> kept_{nullptr};
};

struct chat_event_return
{
    void operator()(chat_event_block* block) const noexcept;
};
using chat_event_owner = std::unique_ptr<chat_event_block, chat_event_return>;

class chat_event_maker;

} // namespace detail

/// One event of a streamed answer, as large as a pointer. Owns all it tells: views and references live as long as the
/// event or what it was moved to, whatever becomes of the stream. Moved from, it tells nothing. Of a stream of chat
/// completions, who destroys an event before asking for the next one reads texts of one shape without allocations.
///
///     while (auto event = (co_await stream->next()).value())
///         if (auto text = event->text())
///             std::cout << *text;
class chat_event
{
public:
    chat_event() noexcept = default;
    chat_event(chat_event const& other);
    chat_event(chat_event&& other) noexcept = default;
    chat_event& operator=(chat_event const& other);
    chat_event& operator=(chat_event&& other) noexcept = default;
    ~chat_event() = default;

    /// A piece of the text of one answer, of whole characters. Never empty.
    std::optional<std::string_view> text(std::int64_t choice = 0) const noexcept;
    /// A piece of what the model thinks, where a server shows it. Never empty.
    std::optional<std::string_view> reasoning(std::int64_t choice = 0) const noexcept;
    /// A piece of why the model does not answer. Never empty.
    std::optional<std::string_view> refusal(std::int64_t choice = 0) const noexcept;
    std::vector<tool_call> const& tool_calls(std::int64_t choice = 0) const noexcept;
    /// `none` unless this event ends the answer.
    finish finished(std::int64_t choice = 0) const noexcept;
    /// Null in all events but one, which is the last or near it.
    augur::usage const* usage() const noexcept { return fields().usage ? &*fields().usage : nullptr; }

    std::vector<chat_delta> const& choices() const noexcept { return fields().choices; }
    std::vector<prompt_filter> const& prompt_filters() const noexcept { return fields().prompt_filters; }
    std::string const& id() const noexcept { return fields().id; }
    std::string const& model() const noexcept { return fields().model; }
    std::int64_t created() const noexcept { return fields().created; }
    std::string const& service_tier() const noexcept { return fields().service_tier; }
    std::string const& system_fingerprint() const noexcept { return fields().system_fingerprint; }
    std::string const& extra() const noexcept { return fields().extra; }
    /// The event as the service sent it, a JSON text.
    std::string const& raw() const noexcept { return fields().source; }

private:
    friend struct detail::fields_of;
    friend class detail::chat_event_maker;
    explicit chat_event(detail::chat_event_owner block) noexcept : block_(std::move(block)) {}
    detail::chat_event_data const& fields() const noexcept { return block_ ? block_->data : none(); }
    /// Makes them, if there are none.
    detail::chat_event_data& fields();
    static detail::chat_event_data const& none() noexcept;
    chat_delta const* find(std::int64_t choice) const noexcept;

    detail::chat_event_owner block_; ///< may be null
};

namespace detail {

/// Makes the events of one stream.
class chat_event_maker
{
public:
    chat_event_maker() : shelf_(std::make_shared<chat_event_shelf>()) {}
    chat_event_maker(chat_event_maker const&) = delete;
    chat_event_maker& operator=(chat_event_maker const&) = delete;
    ~chat_event_maker() { shelf_->close(); }

    /// An event that holds what one before it held, or nothing; likeness() tells.
    chat_event make();
    static std::uint64_t likeness(chat_event const& event) noexcept { return event.block_->likeness; }
    /// After the last change to its data.
    static void set_likeness(chat_event& event, std::uint64_t likeness) noexcept { event.block_->likeness = likeness; }

private:
    std::shared_ptr<chat_event_shelf> shelf_;
};

} // namespace detail

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/model/impl/chat_event.ipp>
#endif

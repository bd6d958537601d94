#pragma once

#include <augur/codec/stream_decoder.hpp>
#include <augur/core/chrono.hpp>

#include <string>

namespace augur::inline AUGUR_ABI::codec::sse {

/// A server-sent event.
struct event
{
    std::string_view type; ///< of the field "event"; empty when there is none, which a browser calls "message"
    std::string_view data; ///< the lines of "data", joined by LF; bytes as they came, not checked to be UTF-8
    std::string_view id;   ///< the last "id" so far, of this event or one before

    friend bool operator==(event const&, event const&) = default;
};

inline constexpr std::size_t default_max_event_size = std::size_t{1} << 20;

namespace detail {

/// A text that is a view of the chunk until it has to outlive it.
class kept_text
{
public:
    void set(std::string_view text, bool stays);
    /// A view of the chunk.
    void refer(std::string_view text) noexcept { view_ = text, is_kept_ = false; }
    /// Adds LF and `text`.
    void add_line(std::string_view text);
    /// The chunk goes away.
    void keep() { set(view(), false); }
    void clear() noexcept { refer({}); }
    std::string_view view() const noexcept { return is_kept_ ? std::string_view(kept_) : view_; }

private:
    std::string_view view_;
    std::string kept_;
    bool is_kept_ = false;
};

} // namespace detail

/// Reads the event stream format of the WHATWG HTML standard; `stream_decoder` says how to use it.
///
/// Lines end at CR, LF or CRLF. An event ends at a blank line; without data it is no event. Comments, fields
/// nobody knows, an id with NUL and a retry that is no number are passed over, as the standard says. Unlike a
/// browser it does not pass over an event that the end of the input cut off: that is `errc::truncated`, for a
/// model's answer would otherwise look complete.
///
///     codec::sse::decoder decoder;
///     decoder.feed(chunk);
///     while (auto event = decoder.next().value())
///         std::cout << event->data << "\n";
class decoder : public stream_decoder
{
public:
    /// `max_event_size` counts the bytes of an event's lines without their ends; of comments only the current one.
    explicit decoder(std::size_t max_event_size = default_max_event_size) noexcept : max_event_size_(max_event_size) {}

    /// nullopt: no event is complete yet.
    result<std::optional<event>> next();

    /// The last "retry" so far: how long to wait before connecting again.
    std::optional<std::chrono::milliseconds> retry() const noexcept { return retry_; }

private:
    /// The end of the line that begins with the input, or npos.
    std::size_t find_line_end() noexcept;
    /// An event of one line of data, both its lines whole in the chunk: most are. False: it is another, and nothing was
    /// taken.
    bool take_plain_event() noexcept;
    /// True when the line completes an event. `stays`: the line is a part of the chunk.
    bool take_line(std::string_view line, bool stays);
    void take_data(std::string_view value, bool stays);
    void take_field(std::string_view name, std::string_view value, bool stays);
    /// A byte order mark in front of everything does not count.
    std::string_view without_mark(std::string_view line, bool is_complete) const noexcept;
    void start_event() noexcept;
    void consume(std::size_t size) noexcept;
    result<std::optional<event>> at_end_of_chunk();

    std::size_t max_event_size_;
    std::size_t event_size_ = 0; ///< of the complete lines of the current event
    char const* next_lf_ = nullptr; ///< in or at the end of the input, so that each byte is searched once for either
    char const* next_cr_ = nullptr;
    detail::kept_text data_;
    detail::kept_text type_;
    std::string id_;
    std::string cut_; ///< the beginning of a line from earlier chunks
    std::optional<std::chrono::milliseconds> retry_;
    bool has_data_ = false;
    bool is_delivered_ = false;
    bool skip_lf_ = false; ///< the last line ended at a CR that an LF may follow
    bool is_first_line_ = true;
};

} // namespace augur::inline AUGUR_ABI::codec::sse

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/sse.ipp>
#endif

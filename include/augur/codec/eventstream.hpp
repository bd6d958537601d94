#pragma once

#include <augur/codec/stream_decoder.hpp>
#include <augur/core/chrono.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <variant>

namespace augur::inline AUGUR_ABI::codec::eventstream {

/// A value of type 6: anything.
struct bytes
{
    std::string_view value;
    friend bool operator==(bytes const&, bytes const&) = default;
};

using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;
using uuid = std::array<std::uint8_t, 16>;

/// The ten types of the wire: 0 and 1 (bool), 2 to 5 (integers of 8 to 64 bits), 6 (bytes), 7 (UTF-8, not
/// checked), 8 (milliseconds since 1970), 9.
using header_value =
    std::variant<bool, std::int8_t, std::int16_t, std::int32_t, std::int64_t, bytes, std::string_view, timestamp, uuid>;

/// A view: the name and the text belong to somebody else.
struct header
{
    std::string_view name;
    header_value value;
    friend bool operator==(header const&, header const&) = default;
};

/// The headers of one frame, checked when the frame was decoded and taken apart when asked for:
/// `for (eventstream::header h : frame.headers)`.
class headers
{
public:
    class iterator
    {
    public:
        using value_type = header;
        using difference_type = std::ptrdiff_t;
        iterator() = default;
        header operator*() const noexcept;
        iterator& operator++() noexcept;
        iterator operator++(int) noexcept
        {
            auto const before = *this;
            return ++*this, before;
        }
        friend bool operator==(iterator const& a, iterator const& b) noexcept
        {
            return a.rest_.size() == b.rest_.size();
        }

    private:
        friend class headers;
        explicit iterator(std::string_view rest) noexcept : rest_(rest) {}
        std::string_view rest_;
    };

    headers() = default;
    iterator begin() const noexcept { return iterator(encoded_); }
    iterator end() const noexcept { return iterator(); }
    bool empty() const noexcept { return encoded_.empty(); }

    std::optional<header_value> find(std::string_view name) const noexcept;
    /// A header that is wanted only when it is a string, such as ":event-type".
    std::optional<std::string_view> find_string(std::string_view name) const noexcept;

private:
    friend class decoder;
    explicit headers(std::string_view encoded) noexcept : encoded_(encoded) {}
    std::string_view encoded_;
};

/// One message of an event stream.
struct frame
{
    eventstream::headers headers;
    std::string_view payload;
};

inline constexpr std::size_t max_frame_size = std::size_t{24} << 20; ///< of the protocol: the whole frame
inline constexpr std::size_t max_headers_size = std::size_t{128} << 10;
inline constexpr std::size_t max_value_size = 32'767; ///< of a text or bytes that we write; more can be read

/// Reads frames of `application/vnd.amazon.eventstream`; `stream_decoder` says how to use it.
///
/// Nothing of a frame is believed, held or allocated before the checksum of its first twelve bytes fits, and
/// nothing is delivered before that of the whole frame does. A frame that is not right is `errc::frame_error`, and
/// so is a header name that occurs twice: there is no way to find the next frame. What the headers mean, such as
/// ":message-type" with "exception", is the provider's question.
///
///     codec::eventstream::decoder decoder;
///     decoder.feed(chunk);
///     while (auto frame = decoder.next().value())
///         if (frame->headers.find_string(":event-type") == "PayloadPart")
///             model_output.append(frame->payload);
class decoder : public stream_decoder
{
public:
    /// A frame of more than `max_size` bytes is `errc::event_limit`; above `max_frame_size` there is none.
    explicit decoder(std::size_t max_size = max_frame_size) noexcept : max_size_(max_size) {}

    /// nullopt: no frame is complete yet.
    result<std::optional<frame>> next();

private:
    /// Checks the first twelve bytes. False: there is a failure.
    bool open(char const* prelude);
    result<std::optional<frame>> close(std::string_view whole);
    /// Adds to the cut frame until it has `size` bytes; false when the input ends before.
    bool fill(std::size_t size);

    std::size_t max_size_;
    std::size_t total_size_ = 0; ///< of the frame that is open; 0: its first twelve bytes are not complete
    std::size_t headers_size_ = 0;
    std::uint32_t prelude_crc_ = 0;
    std::string right_headers_; ///< those of the last frame, if short: most are followed by the same
    std::string cut_; ///< the beginning of a frame from earlier chunks
    bool cut_is_delivered_ = false;
};

/// Appends one frame. `errc::invalid_argument`, and nothing appended, for a name that is empty, longer than 255
/// bytes or there twice, a value longer than `max_value_size`, and a frame larger than the protocol allows.
result<void> encode_to(std::string& out, std::span<header const> headers, std::string_view payload);
/// Appends the headers alone; a signature of an event covers its ":date" in this form.
result<void> encode_headers_to(std::string& out, std::span<header const> headers);

} // namespace augur::inline AUGUR_ABI::codec::eventstream

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/eventstream.ipp>
#include <augur/codec/impl/eventstream_encode.ipp>
#endif

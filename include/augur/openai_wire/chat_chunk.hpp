#pragma once

#include <augur/core/result.hpp>

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace augur::inline AUGUR_ABI::openai_wire {

/// What a chunk adds to one choice. Empty where it says nothing.
struct chunk_delta
{
    std::uint64_t choice = 0; ///< its index
    std::string_view content; ///< text, unescaped; may end anywhere between two characters
    std::string_view refusal;
    std::string_view tool_calls; ///< the JSON array as it came; its "arguments" are fragments
    std::string_view finish_reason; ///< "stop", "length", "tool_calls", "content_filter"; others may come

    friend bool operator==(chunk_delta const&, chunk_delta const&) = default;
};

struct chunk_usage
{
    std::uint64_t prompt_tokens = 0;
    std::uint64_t completion_tokens = 0;
    std::uint64_t total_tokens = 0;

    friend bool operator==(chunk_usage const&, chunk_usage const&) = default;
};

/// One `chat.completion.chunk`. A stream is complete when `is_end` came, and only then.
struct chat_chunk
{
    std::span<chunk_delta const> deltas; ///< mostly one; none in chunks that carry only usage or filter results
    std::optional<chunk_usage> usage;   ///< in the last chunk, when "include_usage" was asked for
    std::string_view error; ///< the JSON value of "error": the service failed though its status was 200
    bool is_end = false;    ///< "[DONE]"
};

namespace detail {

/// Most chunks of a stream differ in their text and in the padding that hides its length, and nowhere else. One that
/// does is known by comparing bytes, at a tenth of the cost of reading it.
class chunk_frame
{
public:
    /// As they stand in a chunk, between their quotes.
    struct texts
    {
        std::string_view content, padding;
        bool is_padded = false;
        bool has_escapes = false; ///< the content
    };

    /// Those of a chunk that says one text to one choice and nothing else; `padding` behind it or not at all.
    static std::optional<texts> texts_of(std::string_view data);
    /// Later chunks are compared with this one; its texts are views of `data`.
    void learn(std::string_view data, texts const& of);
    void forget() noexcept { before_.clear(); }
    /// Those of a chunk like the one that was learned.
    std::optional<texts> compare(std::string_view data) const noexcept;

private:
    std::string before_, between_, after_; ///< the content, it and the padding, the padding
    bool is_padded_ = false;
};

} // namespace detail

/// Reads the data of the events of a chat completion stream, one after the other.
///
///     codec::sse::decoder events;
///     openai_wire::chat_chunk_reader chunks;
///     while (auto event = events.next().value())
///         for (auto const& delta : chunks.read(event->data).value().deltas)
///             std::cout << delta.content;
///
/// As strict as `codec::json::reader`; fields and members nobody knows are passed over. Errors: `errc::decode_error`
/// with the path of the place, such as "$.choices[].delta.content". Lifetime: what read() returned stays until the
/// next read(), and no longer than `data`, for text without escapes is a view of it. Its buffers grow to the largest
/// chunk so far and to the largest of each of its parts; after that it does not allocate.
class chat_chunk_reader
{
public:
    result<chat_chunk> read(std::string_view data);

private:
    std::vector<chunk_delta> deltas_;
    std::string unescaped_;
    detail::chunk_frame frame_; ///< of the last chunk, if it had nothing but text to tell
};

} // namespace augur::inline AUGUR_ABI::openai_wire

#if AUGUR_HEADER_ONLY
#include <augur/openai_wire/impl/chat_chunk.ipp>
#endif

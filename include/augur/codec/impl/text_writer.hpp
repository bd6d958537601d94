#pragma once

#include <augur/config.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec::detail {

/// memcpy for pieces that are mostly shorter than 32 bytes: no call for them.
[[gnu::always_inline]] inline void copy_short(char* to, char const* from, std::size_t size) noexcept
{
    // The two halves of each pair may overlap; together they are the whole piece.
    if (size > 32) {
        std::memcpy(to, from, size);
    }
    else if (size >= 16) {
        std::memcpy(to, from, 16);
        std::memcpy(to + size - 16, from + size - 16, 16);
    }
    else if (size >= 8) {
        std::memcpy(to, from, 8);
        std::memcpy(to + size - 8, from + size - 8, 8);
    }
    else if (size >= 4) {
        std::memcpy(to, from, 4);
        std::memcpy(to + size - 4, from + size - 4, 4);
    }
    else {
        for (std::size_t i = 0; i < size; ++i)
            to[i] = from[i];
    }
}

/// Writes from the start of a string that is never shortened, so that a buffer used again is neither
/// allocated nor cleared. Cheaper than std::string::append for many short pieces.
class text_writer
{
public:
    explicit text_writer(std::string& buffer) noexcept
        : buffer_(buffer), next_(buffer.data()), end_(buffer.data() + buffer.size())
    {
    }

    std::size_t size() const noexcept { return static_cast<std::size_t>(next_ - buffer_.data()); }

    [[gnu::always_inline]] void append(std::string_view text)
    {
        room(text.size());
        copy_short(next_, text.data(), text.size());
        next_ += text.size();
    }
    [[gnu::always_inline]] void append(char c)
    {
        room(1);
        *next_++ = c;
    }

    /// At least `count` bytes that may be written, then `advance` up to where they were.
    [[gnu::always_inline]] char* room(std::size_t count)
    {
        if (static_cast<std::size_t>(end_ - next_) < count)
            grow(count);
        return next_;
    }
    void advance(char* end) noexcept { next_ = end; }

private:
    [[gnu::noinline]] void grow(std::size_t count)
    {
        std::size_t const used = size();
        buffer_.resize(std::max(2 * buffer_.size(), used + count + 256));
        next_ = buffer_.data() + used;
        end_ = buffer_.data() + buffer_.size();
    }

    std::string& buffer_;
    char* next_;
    char* end_;
};

} // namespace augur::inline AUGUR_ABI::codec::detail

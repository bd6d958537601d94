#pragma once

#include <augur/config.hpp>

#include <cstddef>
#include <iosfwd>
#include <string>
#include <string_view>
#include <utility>

namespace augur::inline AUGUR_ABI {

/// Overwrites memory in a way the optimiser may not remove.
void cleanse(void* data, std::size_t size) noexcept;

/// A text that must not be seen: a key, a token, a password.
///
/// It has no printer and no conversion; `reveal()` is the one way in and easy to search for. Its
/// memory is overwritten when it is destroyed, moved from or assigned. Short texts too: there is no
/// small-buffer copy that could stay behind on a stack.
class secret
{
public:
    secret() noexcept = default;
    explicit secret(std::string_view text);
    explicit secret(char const* text) : secret(std::string_view(text)) {}
    /// Takes the text and overwrites the source.
    explicit secret(std::string&& text);
    secret(secret const& other) : secret(other.reveal()) {}
    secret(secret&& other) noexcept : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0))
    {
    }
    secret& operator=(secret other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        return *this;
    }
    ~secret();

    std::string_view reveal() const noexcept { return {data_, size_}; }
    bool empty() const noexcept { return size_ == 0; }

    /// Takes the same time for every wrong guess of the right length.
    friend bool operator==(secret const& a, secret const& b) noexcept { return equal(a, b); }

    template <class Stream>
    friend Stream& operator<<(Stream&, secret const&) = delete;

private:
    static bool equal(secret const& a, secret const& b) noexcept;

    char* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace augur::inline AUGUR_ABI

#if AUGUR_HEADER_ONLY
#include <augur/core/impl/secret.ipp>
#endif

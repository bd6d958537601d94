#pragma once

#include <augur/core/impl/secret_watch.hpp>
#include <augur/core/secret.hpp>

#include <cstring>

namespace augur::inline AUGUR_ABI {

AUGUR_INLINE void cleanse(void* data, std::size_t size) noexcept
{
    if (size == 0)
        return;
#if defined(__GNUC__)
    std::memset(data, 0, size);
    __asm__ __volatile__("" : : "r"(data) : "memory");
#else
    auto volatile* bytes = static_cast<unsigned char volatile*>(data);
    while (size-- > 0)
        *bytes++ = 0;
#endif
}

AUGUR_INLINE secret::secret(std::string_view text)
{
    if (text.empty())
        return;
    data_ = new char[text.size()];
    size_ = text.size();
    std::memcpy(data_, text.data(), text.size());
    detail::secret_made(text);
}

AUGUR_INLINE secret::secret(std::string&& text) : secret(std::string_view(text))
{
    cleanse(text.data(), text.size());
    text.clear();
}

AUGUR_INLINE secret::~secret()
{
    cleanse(data_, size_);
    delete[] data_;
}

AUGUR_INLINE bool secret::equal(secret const& a, secret const& b) noexcept
{
    if (a.size_ != b.size_)
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < a.size_; ++i)
        difference |= static_cast<unsigned>(a.data_[i] ^ b.data_[i]);
    return difference == 0;
}

} // namespace augur::inline AUGUR_ABI

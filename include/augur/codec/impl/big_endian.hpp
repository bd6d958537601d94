#pragma once

#include <augur/config.hpp>

#include <cstddef>
#include <string>

namespace augur::inline AUGUR_ABI::codec::detail {

/// The unsigned number in the first sizeof(T) bytes. Compilers make one load and one swap of it.
template <class T>
constexpr T load_big_endian(char const* from) noexcept
{
    T out = 0;
    for (std::size_t i = 0; i < sizeof(T); ++i)
        out = static_cast<T>(out << 8 | static_cast<unsigned char>(from[i]));
    return out;
}

template <class T>
void append_big_endian(std::string& out, T value)
{
    for (std::size_t i = sizeof(T); i-- != 0;)
        out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

} // namespace augur::inline AUGUR_ABI::codec::detail

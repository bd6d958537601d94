#pragma once

#include <augur/codec/crc32.hpp>
#include <augur/codec/impl/crc32_kernels.hpp>

namespace augur::inline AUGUR_ABI::codec {

AUGUR_INLINE std::uint32_t crc32(std::string_view bytes, std::uint32_t before) noexcept
{
#if defined(__x86_64__)
    if (bytes.size() >= 16 && detail::has_carryless_multiply())
        return ~detail::crc32_carryless(~before, bytes);
#endif
    return ~detail::crc32_by_eight(~before, bytes);
}

} // namespace augur::inline AUGUR_ABI::codec

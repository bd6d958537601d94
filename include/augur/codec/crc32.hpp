#pragma once

#include <augur/config.hpp>

#include <cstdint>
#include <string_view>

namespace augur::inline AUGUR_ABI::codec {

/// CRC-32 of IEEE 802.3, as in zlib and AWS event streams. `before` continues: the value for the bytes in front.
/// Multiplies without carry where the processor can.
std::uint32_t crc32(std::string_view bytes, std::uint32_t before = 0) noexcept;

} // namespace augur::inline AUGUR_ABI::codec

#if AUGUR_HEADER_ONLY
#include <augur/codec/impl/crc32.ipp>
#endif

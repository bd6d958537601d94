#pragma once

#include <augur/config.hpp>

#include <cstddef>

namespace augur::inline AUGUR_ABI::codec::json {

/// What a reader accepts at most.
struct limits
{
    std::size_t max_depth = 64; ///< at most hard_max_depth
    std::size_t max_size = std::size_t{256} << 20; ///< bytes of text; always below 4 GiB
    /// NaN, Infinity and -Infinity are numbers, which they are not in JSON. The scoring decoders set it.
    bool not_finite = false;
};
inline constexpr std::size_t hard_max_depth = 512;

} // namespace augur::inline AUGUR_ABI::codec::json

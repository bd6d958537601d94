#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>

namespace augur::emulator {

/// A number from [0, 1), the same on every platform for the same generator state.
inline double random_unit(std::mt19937_64& random)
{
    return static_cast<double>(random() >> 11) * 0x1.0p-53;
}

/// "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" from 128 random bits (RFC 9562, version 4).
std::string make_uuid(std::uint64_t high, std::uint64_t low);

/// A UUID from the system's secure generator.
std::string random_uuid();

/// Letters and digits from the system's secure generator.
std::string random_text(std::size_t size);

} // namespace augur::emulator

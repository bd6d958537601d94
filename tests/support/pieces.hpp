#pragma once

#include "sanitized.hpp"

#include <cstddef>
#include <string>

/// @file
/// The body of an answer in all the pieces that a network can make of it.
namespace test_support {

/// `read(size)` reads a body of `bytes` bytes in pieces of that size and tells all that came of it. "" when whole, cut
/// at every byte and a byte at a time are the same; else the first size that is not. Under a sanitizer the larger sizes
/// are tried in steps.
template <class Read>
std::string where_pieces_matter(std::size_t bytes, Read read)
{
    auto const whole = read(bytes);
    constexpr std::size_t all_up_to = 8;
    for (std::size_t size = 1; size < bytes; size += is_sanitized && size >= all_up_to ? 1 + bytes / 24 : 1)
        if (auto const told = read(size); told != whole)
            return "pieces of " + std::to_string(size) + ": " + told + "\nand whole: " + whole;
    return {};
}

} // namespace test_support

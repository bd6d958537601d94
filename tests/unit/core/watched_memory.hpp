#pragma once

#include <cstddef>
#include <string_view>

namespace test {

/// The last look at a block of memory before it goes back: every operator delete of this program copies what a
/// watched block still holds. Tests of one program run one by one.
struct watched_block
{
    void const* block = nullptr;
    std::size_t size = 0;
    char last_words[256] = {};
    bool freed = false;
};

extern watched_block watched;
/// Unless it is empty, blocks that still hold it when they go back are counted, whosever they are, and overwritten:
/// they are not found again in the unused part of what takes their place.
extern std::string_view sought;
extern std::size_t spilled;
extern long fail_after; ///< the allocation that fails, counted down; negative: none

} // namespace test

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

/// Blocks that went back with `text` in them while `what` ran. It runs once before: at its first time a build that
/// watches secrets makes copies of them, and so may a test that makes some.
template <class What>
std::size_t spilled_by(std::string_view text, What what)
{
    sought = text;
    what();
    spilled = 0;
    what();
    sought = {};
    return spilled;
}

} // namespace test

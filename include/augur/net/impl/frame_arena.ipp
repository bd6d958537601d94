#pragma once

#include <augur/net/frame_arena.hpp>

#include <new>

namespace augur::inline AUGUR_ABI::net {

AUGUR_INLINE frame_arena::~frame_arena()
{
    for (auto* head : free_)
        while (head != nullptr)
            ::operator delete(std::exchange(head, head->next));
}

AUGUR_INLINE void* frame_arena::allocate(std::size_t size)
{
    auto const index = (size + step - 1) / step;
    void* block = nullptr;
    if (index == 0 || index > classes) {
        block = ::operator new(size);
    }
    else if (auto*& head = free_[index - 1]; head != nullptr) {
        block = std::exchange(head, head->next);
    }
    else {
        block = ::operator new(index * step);
    }
    ++live_;
    ++references_;
    return block;
}

AUGUR_INLINE void frame_arena::deallocate(void* block, std::size_t size) noexcept
{
    auto const index = (size + step - 1) / step;
    if (index == 0 || index > classes)
        ::operator delete(block);
    else
        free_[index - 1] = ::new (block) free_block{free_[index - 1]};
    --live_;
    release();
}

AUGUR_INLINE void frame_arena::release() noexcept
{
    if (--references_ == 0)
        delete this;
}

} // namespace augur::inline AUGUR_ABI::net

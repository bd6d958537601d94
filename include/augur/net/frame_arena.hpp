#pragma once

#include <augur/config.hpp>

#include <array>
#include <cstddef>
#include <utility>

namespace augur::inline AUGUR_ABI::net {

/// Recycles the memory of coroutine frames of one client.
///
/// Blocks up to 4 KiB go back to a free list by size; larger ones to the heap. One client's calls run
/// on one executor, so nothing here is synchronised. The arena lives until its owner and its last
/// block are gone: a frame may outlive the client that made it.
class frame_arena
{
public:
    static frame_arena* make() { return new frame_arena; }
    frame_arena(frame_arena const&) = delete;
    frame_arena& operator=(frame_arena const&) = delete;

    void* allocate(std::size_t size);
    void deallocate(void* block, std::size_t size) noexcept;
    void add_reference() noexcept { ++references_; }
    void release() noexcept;

    std::size_t live_blocks() const noexcept { return live_; }

private:
    struct free_block
    {
        free_block* next;
    };
    static constexpr std::size_t step = 128;
    static constexpr std::size_t classes = 32;

    frame_arena() = default;
    ~frame_arena();

    std::array<free_block*, classes> free_{};
    std::size_t references_ = 1;
    std::size_t live_ = 0;
};

/// Shared ownership of a `frame_arena`, counted without atomics.
class arena_handle
{
public:
    arena_handle() : arena_(frame_arena::make()) {}
    explicit arena_handle(frame_arena& shared) noexcept : arena_(&shared) { arena_->add_reference(); }
    arena_handle(arena_handle const& other) noexcept : arena_(other.arena_) { arena_->add_reference(); }
    arena_handle& operator=(arena_handle other) noexcept
    {
        std::swap(arena_, other.arena_);
        return *this;
    }
    ~arena_handle() { arena_->release(); }

    frame_arena& operator*() const noexcept { return *arena_; }
    frame_arena* operator->() const noexcept { return arena_; }

private:
    frame_arena* arena_;
};

} // namespace augur::inline AUGUR_ABI::net

#if AUGUR_HEADER_ONLY
#include <augur/net/impl/frame_arena.ipp>
#endif

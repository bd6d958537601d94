#include "unit/core/watched_memory.hpp"

#include <augur/core/secret.hpp>

#include <malloc.h>

#include <cstdlib>
#include <cstring>
#include <new>

namespace test {

watched_block watched;
std::string_view sought;
std::size_t spilled = 0;
long fail_after = -1;

} // namespace test

namespace {

void about_to_free(void* block) noexcept
{
    if (block != nullptr && !test::sought.empty()) {
        std::size_t const size = ::malloc_usable_size(block);
        if (std::string_view(static_cast<char const*>(block), size).find(test::sought) != std::string_view::npos) {
            ++test::spilled;
            augur::cleanse(block, size);
        }
    }
    if (block == nullptr || block != test::watched.block || test::watched.freed)
        return;
    std::memcpy(test::watched.last_words, block, test::watched.size);
    test::watched.freed = true;
}

void* allocate(std::size_t size)
{
    if (test::fail_after >= 0 && test::fail_after-- == 0)
        throw std::bad_alloc();
    if (void* const block = std::malloc(size == 0 ? 1 : size))
        return block;
    throw std::bad_alloc();
}

} // namespace

void* operator new(std::size_t size)
{
    return allocate(size);
}
void* operator new[](std::size_t size)
{
    return allocate(size);
}
void operator delete(void* block) noexcept
{
    about_to_free(block), std::free(block);
}
void operator delete[](void* block) noexcept
{
    about_to_free(block), std::free(block);
}
void operator delete(void* block, std::size_t) noexcept
{
    about_to_free(block), std::free(block);
}
void operator delete[](void* block, std::size_t) noexcept
{
    about_to_free(block), std::free(block);
}
void* operator new(std::size_t size, std::nothrow_t const&) noexcept
{
    return std::malloc(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, std::nothrow_t const&) noexcept
{
    return std::malloc(size == 0 ? 1 : size);
}
void operator delete(void* block, std::nothrow_t const&) noexcept
{
    about_to_free(block), std::free(block);
}
void operator delete[](void* block, std::nothrow_t const&) noexcept
{
    about_to_free(block), std::free(block);
}

#pragma once

/// OpenSSL's allocations, counted apart from ours. For the source that defines BENCH_COUNT_ALLOCATIONS.

#include "bench.hpp"

#include <openssl/crypto.h>

namespace bench {

/// To be called before anything else touches OpenSSL.
inline void count_openssl_apart()
{
#if defined(__GLIBC__)
    CRYPTO_set_mem_functions(
        [](std::size_t size, char const*, int) -> void* {
            openssl_allocations.fetch_add(1, std::memory_order_relaxed);
            return __libc_malloc(size);
        },
        [](void* block, std::size_t size, char const*, int) -> void* {
            openssl_allocations.fetch_add(1, std::memory_order_relaxed);
            return __libc_realloc(block, size);
        },
        [](void* block, char const*, int) { std::free(block); });
#endif
}

} // namespace bench

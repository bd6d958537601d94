#include "random.hpp"

#include <openssl/rand.h>

#include <cstdio>
#include <stdexcept>

namespace augur::emulator {

namespace {

void fill(void* to, std::size_t size)
{
    if (RAND_bytes(static_cast<unsigned char*>(to), static_cast<int>(size)) != 1)
        throw std::runtime_error("the system gives no random numbers");
}

} // namespace

std::string make_uuid(std::uint64_t high, std::uint64_t low)
{
    high = (high & ~0xF000ULL) | 0x4000ULL;
    low = (low & ~(3ULL << 62)) | (2ULL << 62);
    char text[37];
    std::snprintf(text, sizeof text, "%08llx-%04llx-%04llx-%04llx-%012llx", static_cast<unsigned long long>(high >> 32),
                  static_cast<unsigned long long>((high >> 16) & 0xFFFF),
                  static_cast<unsigned long long>(high & 0xFFFF), static_cast<unsigned long long>(low >> 48),
                  static_cast<unsigned long long>(low & 0xFFFFFFFFFFFFULL));
    return text;
}

std::string random_uuid()
{
    std::uint64_t bits[2];
    fill(bits, sizeof bits);
    return make_uuid(bits[0], bits[1]);
}

std::string random_text(std::size_t size)
{
    static constexpr char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    std::string text;
    while (text.size() < size) {
        unsigned char bytes[64];
        fill(bytes, sizeof bytes);
        for (auto const b : bytes)
            if ((b & 63) < 62 && text.size() < size)
                text += letters[b & 63];
    }
    return text;
}

} // namespace augur::emulator

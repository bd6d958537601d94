// Every secret of a test program, and every text that an error, a log or an observer shows: the second must not hold
// the first. Called only in builds with AUGUR_WATCH_SECRETS; see augur/core/impl/secret_watch.hpp.
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

namespace {

/// Shorter ones are words of tests such as "key", which stand in honest sentences.
constexpr std::size_t shortest = 8;
constexpr std::size_t most_secrets = 4096;

std::mutex mutex;

// Never destroyed: secrets of static objects are made and shown until the end.
std::set<std::string, std::less<>>& secrets()
{
    static auto* const all = new std::set<std::string, std::less<>>();
    return *all;
}

} // namespace

extern "C" {

void augur_secret_made(char const* text, std::size_t size) noexcept;
void augur_text_shown(char const* text, std::size_t size) noexcept;

void augur_secret_made(char const* text, std::size_t size) noexcept
try {
    std::string_view const value(text, size);
    std::scoped_lock const lock(mutex);
    if (size >= shortest && secrets().size() < most_secrets && !secrets().contains(value))
        secrets().emplace(value);
}
catch (...) { // a test that lets memory run out
}

void augur_text_shown(char const* text, std::size_t size) noexcept
{
    std::string_view const shown(text, size);
    std::scoped_lock const lock(mutex);
    for (auto const& one : secrets()) {
        if (shown.find(one) == shown.npos)
            continue;
        std::fprintf(stderr, "a secret was shown: \"%s\" in \"%.*s\"\n", one.c_str(), static_cast<int>(size), text);
        std::abort();
    }
}
}

// Every secret of a test program, and every text that an error, a log or an observer shows: the second must not hold
// the first, neither plain nor in base64. Called only in builds with AUGUR_WATCH_SECRETS; see
// augur/core/impl/secret_watch.hpp.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace {

/// Shorter ones are words of tests such as "key", which stand in honest sentences.
constexpr std::size_t shortest = 8;
/// Of a secret, for its base64: nobody shows the rest without the beginning.
constexpr std::size_t encoded_at_most = 4096;

struct watched
{
    std::string text;          ///< that must not be shown
    std::string const* secret; ///< of which it is a form
};

/// By their first eight bytes, so that a text is read once however many secrets there are.
class watch_list
{
public:
    void add(std::string_view secret)
    {
        if (secret.size() < shortest || known_.contains(secret))
            return;
        auto const& kept = *known_.emplace(secret).first;
        enter(kept, kept);
        // In the middle of something longer its base64 has three forms, which begin behind what they share with that.
        auto const front = secret.substr(0, encoded_at_most);
        for (std::size_t shift = 0; shift < 3; ++shift) {
            auto const whole = base64(std::string(shift, '\0').append(front));
            std::size_t const begin = shift == 0 ? 0 : shift + 1;
            auto const plain = whole.substr(begin, (shift + front.size()) * 8 / 6 - begin);
            auto url = plain;
            for (auto& c : url)
                c = c == '+' ? '-' : c == '/' ? '_' : c;
            if (url != plain)
                enter(std::move(url), kept);
            enter(plain, kept);
        }
    }
    watched const* find_in(std::string_view shown) const
    {
        for (std::size_t at = 0; at + shortest <= shown.size(); ++at) {
            auto const found = by_front_.find(front_of(shown.substr(at)));
            if (found == by_front_.end())
                continue;
            for (auto const& one : found->second)
                if (shown.substr(at).starts_with(one.text))
                    return &one;
        }
        return nullptr;
    }

private:
    static std::uint64_t front_of(std::string_view text) noexcept
    {
        std::uint64_t out = 0;
        std::memcpy(&out, text.data(), shortest);
        return out;
    }
    /// Without padding.
    static std::string base64(std::string_view bytes)
    {
        constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        std::string out;
        unsigned bits = 0;
        int count = 0;
        for (auto const c : bytes) {
            bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xFFFFU;
            for (count += 8; count >= 6; count -= 6)
                out += letters[bits >> (count - 6) & 0x3FU];
        }
        if (count > 0)
            out += letters[bits << (6 - count) & 0x3FU];
        return out;
    }
    void enter(std::string text, std::string const& secret)
    {
        if (text.size() < shortest)
            return;
        auto const front = front_of(text);
        by_front_[front].push_back({std::move(text), &secret});
    }

    std::set<std::string, std::less<>> known_;
    std::unordered_map<std::uint64_t, std::vector<watched>> by_front_;
};

std::mutex mutex;

// Never destroyed: secrets of static objects are made and shown until the end.
watch_list& secrets()
{
    static auto* const all = new watch_list();
    return *all;
}

} // namespace

extern "C" {

void augur_secret_made(char const* text, std::size_t size) noexcept;
void augur_text_shown(char const* text, std::size_t size) noexcept;

void augur_secret_made(char const* text, std::size_t size) noexcept
try {
    std::scoped_lock const lock(mutex);
    secrets().add({text, size});
}
catch (...) { // a test that lets memory run out
}

void augur_text_shown(char const* text, std::size_t size) noexcept
{
    std::string_view const shown(text, size);
    std::scoped_lock const lock(mutex);
    if (auto const* const one = secrets().find_in(shown)) {
        std::fprintf(stderr, "a secret was shown: \"%s\", as \"%s\", in \"%.*s\"\n", one->secret->c_str(),
                     one->text.c_str(), static_cast<int>(size), text);
        std::abort();
    }
}
}

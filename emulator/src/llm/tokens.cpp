#include <augur/emulator/llm/tokens.hpp>

#include <algorithm>
#include <array>

namespace augur::emulator::llm {

namespace {

constexpr std::size_t longest_word = 16;
constexpr std::size_t most_digits = 3;

/// Words that say nothing about the subject.
constexpr std::array<std::string_view, 65> common = {
    "a",    "about", "an",   "and",  "any",  "are",   "as",    "at",   "be",    "been", "but",  "by",  "can",
    "did",  "do",    "does", "for",  "from", "had",   "has",   "have", "he",    "her",  "his",  "how", "i",
    "in",   "is",    "it",   "its",  "me",   "my",    "not",   "of",   "on",    "or",   "our",  "she", "so",
    "some", "tell",  "than", "that", "the",  "their", "them",  "then", "there", "they", "this", "to",  "very",
    "was",  "we",    "were", "what", "when", "where", "which", "who",  "why",   "will", "with", "you", "your"};

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}

bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r';
}

bool continues_utf8(char c) noexcept
{
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

template <class Is>
std::size_t run(std::string_view text, std::size_t at, Is is)
{
    while (at < text.size() && is(text[at]))
        ++at;
    return at;
}

/// The end of the token that begins at `at`.
std::size_t token_end(std::string_view text, std::size_t at)
{
    auto const begin = at;
    if (is_blank(text[at])) {
        auto const end = run(text, at, is_blank);
        if (end == text.size())
            return end;
        bool const space_belongs_to_next = text[end - 1] == ' ';
        if (!space_belongs_to_next)
            return end;
        if (end - 1 > begin)
            return end - 1;
        at = end; // one space, then something
    }
    if (is_letter(text[at])) {
        auto end = std::min(run(text, at, is_letter), at + longest_word);
        while (end < text.size() && end > at + 1 && continues_utf8(text[end]))
            --end;
        if (end == at + 1 && end < text.size() && continues_utf8(text[end])) // nothing but continuations: foreign bytes
            end = std::min(at + longest_word, text.size());
        return end;
    }
    if (is_digit(text[at]))
        return std::min(run(text, at, is_digit), at + most_digits);
    return at + 1;
}

bool in_word(char c) noexcept
{
    return is_letter(c) || is_digit(c);
}

template <class Visit>
void each_token(std::string_view text, Visit visit)
{
    for (std::size_t at = 0; at < text.size();) {
        auto const end = token_end(text, at);
        visit(text.substr(at, end - at));
        at = end;
    }
}

} // namespace

std::vector<std::string_view> tokenize(std::string_view text)
{
    std::vector<std::string_view> tokens;
    each_token(text, [&](std::string_view token) { tokens.push_back(token); });
    return tokens;
}

std::size_t count_tokens(std::string_view text)
{
    std::size_t count = 0;
    each_token(text, [&](std::string_view) { ++count; });
    return count;
}

std::vector<std::string_view> words_of(std::string_view text)
{
    std::vector<std::string_view> words;
    for (std::size_t at = 0; at < text.size();) {
        at = run(text, at, [](char c) { return !in_word(c); });
        auto const end = run(text, at, in_word);
        if (end > at)
            words.push_back(text.substr(at, end - at));
        at = end;
    }
    return words;
}

bool is_common_word(std::string_view lower) noexcept
{
    return std::binary_search(common.begin(), common.end(), lower);
}

} // namespace augur::emulator::llm

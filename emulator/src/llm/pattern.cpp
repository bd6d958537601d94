#include "schema.hpp"

#include <charconv>
#include <random>

namespace augur::emulator::llm {

namespace {

/// Reads an expression and writes a text that it matches, in one pass; a part that is not taken is read without
/// writing.
class writer
{
public:
    writer(std::string_view pattern, std::uint64_t seed) : pattern_(pattern), random_(seed) {}

    bool write(std::string& text)
    {
        while (peek() == '^')
            ++at_;
        return alternatives(text, 0) && at_ == pattern_.size();
    }

private:
    char peek() const { return at_ < pattern_.size() ? pattern_[at_] : '\0'; }
    std::size_t below(std::size_t n) { return static_cast<std::size_t>(random_() % n); }

    /// One of the branches up to the end or to ')'.
    bool alternatives(std::string& text, int depth)
    {
        if (depth > 16)
            return false;
        std::vector<std::string> branches;
        for (;;) {
            auto& branch = branches.emplace_back();
            while (at_ < pattern_.size() && peek() != '|' && peek() != ')')
                if (!term(branch, depth))
                    return false;
            if (peek() != '|')
                break;
            ++at_;
        }
        text += branches[below(branches.size())];
        return text.size() < 10'000;
    }

    /// An atom with its quantifier. The atom is read once for each repetition, so that repetitions differ.
    bool term(std::string& text, int depth)
    {
        if (peek() == '$') {
            ++at_;
            return true;
        }
        auto const start = at_;
        std::string scrap;
        if (!atom(scrap, depth))
            return false;
        auto const atom_end = at_;
        std::size_t least = 1, most = 1;
        if (!quantifier(least, most))
            return false;
        auto const end = at_;
        auto const times = least + below(most - least + 1);
        for (std::size_t i = 0; i < times; ++i) {
            at_ = start;
            if (!atom(text, depth) || at_ != atom_end || text.size() > 10'000)
                return false;
        }
        at_ = end;
        return true;
    }

    bool quantifier(std::size_t& least, std::size_t& most)
    {
        switch (peek()) {
        case '*': least = 0, most = 4, ++at_; break;
        case '+': least = 1, most = 4, ++at_; break;
        case '?': least = 0, most = 1, ++at_; break;
        case '{': {
            ++at_;
            if (!number(least))
                return false;
            most = least;
            if (peek() == ',') {
                ++at_;
                if (peek() == '}')
                    most = least + 4;
                else if (!number(most))
                    return false;
            }
            if (peek() != '}' || most < least || most > 1000)
                return false;
            ++at_;
            break;
        }
        default: return true;
        }
        if (peek() == '?') // lazy is the same for a writer
            ++at_;
        return true;
    }

    bool number(std::size_t& value)
    {
        auto const [stop, failure] = std::from_chars(pattern_.data() + at_, pattern_.data() + pattern_.size(), value);
        at_ = static_cast<std::size_t>(stop - pattern_.data());
        return failure == std::errc();
    }

    bool atom(std::string& text, int depth)
    {
        if (++steps_ > 100'000) // repetitions of repetitions
            return false;
        char const c = peek();
        ++at_;
        switch (c) {
        case '(': {
            if (peek() == '?') {
                if (!pattern_.substr(at_).starts_with("?:"))
                    return false; // assertions and names are not written
                at_ += 2;
            }
            bool const good = alternatives(text, depth + 1) && peek() == ')';
            ++at_;
            return good;
        }
        case '[': return bracket(text);
        case '\\': {
            auto const set = escape();
            return pick(set, text);
        }
        case '.': text += "abcdefghij"[below(10)]; return true;
        case '\0':
        case '*':
        case '+':
        case '?':
        case '{': return false;
        default: text += c; return true;
        }
    }

    /// The characters that an escape stands for.
    std::string escape()
    {
        char const c = peek();
        if (at_ < pattern_.size())
            ++at_;
        switch (c) {
        case 'd': return "0123456789";
        case 'w': return "abcdefghijklmnopqrstuvwxyz0123456789_";
        case 's': return " ";
        case 'D':
        case 'W':
        case 'S': return c == 'W' ? "-" : "x";
        case 'n': return "\n";
        case 't': return "\t";
        case '\0':
        case 'b':
        case 'B':
        case 'u':
        case 'x':
        case 'p':
        case 'P': return {};
        default: return {c};
        }
    }

    bool bracket(std::string& text)
    {
        bool const negated = peek() == '^';
        if (negated)
            ++at_;
        std::string set;
        for (bool first = true; first || peek() != ']'; first = false) {
            if (at_ >= pattern_.size())
                return false;
            char const c = pattern_[at_++];
            std::string const some = c == '\\' ? escape() : std::string(1, c);
            if (some.size() == 1 && peek() == '-' && at_ + 1 < pattern_.size() && pattern_[at_ + 1] != ']') {
                ++at_;
                char last = pattern_[at_++];
                if (last == '\\') {
                    auto const escaped = escape();
                    if (escaped.size() != 1)
                        return false;
                    last = escaped[0];
                }
                for (int x = static_cast<unsigned char>(some[0]); x <= static_cast<unsigned char>(last); ++x)
                    set += static_cast<char>(x);
            }
            else {
                set += some;
            }
        }
        ++at_;
        if ((read_ += set.size()) > 400'000) // repetitions of large sets
            return false;
        if (negated) {
            std::string rest;
            for (char c = ' '; c < '\x7F'; ++c)
                if (set.find(c) == set.npos)
                    rest += c;
            set = rest;
        }
        return pick(set, text);
    }

    bool pick(std::string const& set, std::string& text)
    {
        if (set.empty())
            return false;
        text += set[below(set.size())];
        return true;
    }

    std::string_view pattern_;
    std::size_t at_ = 0;
    std::size_t steps_ = 0;
    std::size_t read_ = 0; ///< characters of sets
    std::mt19937_64 random_;
};

} // namespace

bool make_matching(std::string_view pattern, std::uint64_t seed, std::string& text)
{
    text.clear();
    return writer(pattern, seed).write(text);
}

} // namespace augur::emulator::llm

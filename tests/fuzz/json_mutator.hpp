#pragma once

// How libFuzzer changes inputs that are JSON: besides its own changes of bytes it moves whole values and members, so
// that doubled names, wrong types and foreign objects are met in seconds. Replays have nothing to change.
#ifdef AUGUR_LIBFUZZER

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace json_mutator {

struct span
{
    std::size_t begin, end;
};

/// Where whole values and members stand in a text that is more or less JSON, and where others can be put in.
class outline
{
public:
    explicit outline(std::string_view text)
    {
        std::size_t i = 0;
        while (i < text.size()) {
            char const c = text[i];
            if (c == '"')
                i = string(text, i);
            else if (c == '{' || c == '[') {
                open_.push_back({i, name_});
                (c == '{' ? objects : arrays).push_back(++i);
                name_ = none;
            }
            else if ((c == '}' || c == ']') && !open_.empty()) {
                auto const begun = open_.back();
                open_.pop_back();
                name_ = begun.name;
                value({begun.at, ++i});
            }
            else if (std::isalnum(static_cast<unsigned char>(c)) || c == '-') {
                auto const begin = i;
                while (i < text.size() && (std::isalnum(static_cast<unsigned char>(text[i])) || text[i] == '-' ||
                                           text[i] == '+' || text[i] == '.'))
                    ++i;
                value({begin, i});
            }
            else
                ++i;
        }
    }

    std::vector<span> values;         ///< of any kind
    std::vector<span> members;        ///< names with their values
    std::vector<std::size_t> objects; ///< behind the brace
    std::vector<std::size_t> arrays;  ///< behind the bracket

private:
    static constexpr std::size_t none = static_cast<std::size_t>(-1);
    struct opened
    {
        std::size_t at;
        std::size_t name; ///< where the name of the member begins whose value this is
    };

    std::size_t string(std::string_view text, std::size_t begin)
    {
        auto i = begin + 1;
        while (i < text.size() && text[i] != '"')
            i += text[i] == '\\' ? 2 : 1;
        auto const end = std::min(i + 1, text.size());
        auto const next = text.find_first_not_of(" \t\r\n", end);
        if (next != text.npos && text[next] == ':')
            name_ = begin;
        else
            value({begin, end});
        return end;
    }

    void value(span found)
    {
        values.push_back(found);
        if (name_ != none)
            members.push_back({name_, found.end});
        name_ = none;
    }

    std::vector<opened> open_;
    std::size_t name_ = none;
};

/// `text` with something of `other` in it; unchanged where there is nothing to take or no place to put it.
inline std::string cross(std::string text, std::string_view other, std::minstd_rand& random)
{
    auto const here = outline(text);
    auto const there = outline(other);
    auto const pick = [&random](auto const& all) { return all[random() % all.size()]; };
    auto const cut = [&other](span s) { return std::string(other.substr(s.begin, s.end - s.begin)); };
    auto const insert = [&text](std::size_t at, std::string what) {
        auto const next = text.find_first_not_of(" \t\r\n", at);
        if (next != text.npos && text[next] != '}' && text[next] != ']')
            what += ',';
        text.insert(at, what);
    };
    switch (random() % 4) {
    case 0:
        if (!here.objects.empty() && !there.members.empty())
            insert(pick(here.objects), cut(pick(there.members)));
        break;
    case 1:
        if (!here.arrays.empty() && !there.values.empty())
            insert(pick(here.arrays), cut(pick(there.values)));
        break;
    case 2:
        if (!here.members.empty() && !there.members.empty()) {
            auto const place = pick(here.members);
            text.replace(place.begin, place.end - place.begin, cut(pick(there.members)));
        }
        break;
    default:
        if (!here.values.empty() && !there.values.empty()) {
            auto const place = pick(here.values);
            text.replace(place.begin, place.end - place.begin, cut(pick(there.values)));
        }
    }
    return text;
}

/// One value becomes another, or goes away with its comma.
inline std::string change(std::string text, std::minstd_rand& random)
{
    static constexpr std::string_view others[] = {
        "null", "true", "0", "1", "-1", "0.5", "9223372036854775808", "1e9", "\"\"", "[]", "{}", "\"0\"", "[null,[]]"};
    auto const here = outline(text);
    if (here.values.empty())
        return text;
    auto const place = here.values[random() % here.values.size()];
    auto const what = random() % (std::size(others) + 1);
    if (what < std::size(others))
        return text.replace(place.begin, place.end - place.begin, others[what]);
    auto const comma = text.find_first_not_of(" \t\r\n", place.end);
    auto const end = comma != text.npos && text[comma] == ',' ? comma + 1 : place.end;
    return text.erase(place.begin, end - place.begin);
}

inline std::size_t put(std::string const& text, std::uint8_t* out, std::size_t max_size)
{
    auto const size = std::min(text.size(), max_size);
    std::memcpy(out, text.data(), size);
    return size;
}

} // namespace json_mutator

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed)
{
    std::minstd_rand random(seed + 1);
    std::string const text(reinterpret_cast<char const*>(data), size);
    switch (random() % 4) {
    case 0: return json_mutator::put(json_mutator::cross(text, text, random), data, max_size);
    case 1: return json_mutator::put(json_mutator::change(text, random), data, max_size);
    default: return LLVMFuzzerMutate(data, size, max_size);
    }
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(std::uint8_t const* data, std::size_t size, std::uint8_t const* other,
                                                 std::size_t other_size, std::uint8_t* out, std::size_t max_size,
                                                 unsigned int seed)
{
    std::minstd_rand random(seed + 1);
    std::string text(reinterpret_cast<char const*>(data), size);
    std::string_view const from(reinterpret_cast<char const*>(other), other_size);
    return json_mutator::put(json_mutator::cross(std::move(text), from, random), out, max_size);
}

#endif

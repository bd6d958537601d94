#include "schema_words.hpp"

#include <augur/emulator/llm/ngram.hpp>
#include <augur/emulator/llm/tokens.hpp>

#include "../random.hpp"

#include <algorithm>
#include <charconv>

namespace augur::emulator::llm {

namespace {

bool is_ascii(std::string_view text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

} // namespace

material::material(std::string_view prompt)
{
    bool first = true;
    for (auto const word : words_of(prompt.substr(0, 20'000))) {
        double number{};
        auto const [stop, failure] = std::from_chars(word.data(), word.data() + word.size(), number);
        if (failure == std::errc() && stop == word.data() + word.size())
            numbers.push_back(number);
        else if (!first && word.front() >= 'A' && word.front() <= 'Z' && word.size() > 1)
            names.emplace_back(word);
        else if (word.size() > 3)
            words.emplace_back(word);
        first = false;
    }
    if (words.empty())
        words = {"word", "light", "river"};
}

std::string make_formatted(std::string_view format, material const& from, std::mt19937_64& random)
{
    auto const below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
    auto const two = [&](std::size_t least, std::size_t most) {
        auto const n = least + below(most - least + 1);
        return std::string(n < 10 ? "0" : "") + std::to_string(n);
    };
    auto const date = [&] {
        auto const year = "20" + two(20, 29);
        auto const month = two(1, 12);
        return year + "-" + month + "-" + two(1, 28);
    };
    auto const time = [&] {
        auto const hour = two(0, 23);
        auto const minute = two(0, 59);
        return hour + ":" + minute + ":" + two(0, 59) + "Z";
    };
    auto const host = [&] {
        auto const& word = from.words[below(from.words.size())];
        return (is_ascii(word) ? lower_case(word) : std::string("river")) + ".example.com";
    };
    if (format == "date-time") {
        auto const day = date();
        return day + "T" + time();
    }
    if (format == "date")
        return date();
    if (format == "time")
        return time();
    if (format == "duration")
        return "PT" + std::to_string(1 + below(59)) + "M";
    if (format == "email")
        return "somebody@" + host();
    if (format == "hostname")
        return host();
    if (format == "uri")
        return "https://" + host() + "/";
    if (format == "ipv4")
        return "192.0.2." + std::to_string(1 + below(254));
    if (format == "ipv6")
        return "2001:db8::" + std::to_string(1 + below(9));
    if (format == "uuid") {
        auto const high = random();
        return make_uuid(high, random());
    }
    return {};
}

} // namespace augur::emulator::llm

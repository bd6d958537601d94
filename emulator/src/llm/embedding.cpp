#include <augur/emulator/llm/embedding.hpp>

#include <augur/emulator/llm/ngram.hpp>
#include <augur/emulator/llm/tokens.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

namespace augur::emulator::llm {

namespace {

constexpr double word_weight = 2;
constexpr double common_weight = 0.1;

std::map<std::string, double> features(std::string_view text)
{
    std::map<std::string, double> counts;
    for (auto const word : words_of(text)) {
        auto const lower = lower_case(word.substr(0, 64));
        double const weight = is_common_word(lower) ? common_weight : 1;
        counts["w" + lower] += weight * word_weight;
        auto const padded = "<" + lower + ">";
        for (std::size_t n = 3; n <= 5; ++n)
            for (std::size_t at = 0; at + n <= padded.size(); ++at)
                counts[padded.substr(at, n)] += weight / static_cast<double>(padded.size());
    }
    if (counts.empty()) // nothing but blanks and signs
        counts["s" + std::string(text.substr(0, 64))] = 1;
    return counts;
}

} // namespace

std::vector<float> embed(std::string_view text, std::size_t dimensions)
{
    std::vector<double> sums(dimensions);
    for (auto const& [feature, count] : features(text)) {
        auto const hash = hash_of(feature) * 0x9E3779B97F4A7C15ULL; // FNV's upper bits alone are not mixed enough
        auto const sign = (hash >> 20) & 1 ? 1.0 : -1.0;
        sums[(hash >> 32) % dimensions] += sign * std::sqrt(count);
    }
    double squares = 0;
    for (auto const x : sums)
        squares += x * x;
    if (squares == 0) { // features that cancelled each other in very few dimensions
        sums[0] = 1;
        squares = 1;
    }
    std::vector<float> unit;
    unit.reserve(dimensions);
    for (auto const x : sums)
        unit.push_back(static_cast<float>(x / std::sqrt(squares)));
    return unit;
}

double similarity(std::vector<float> const& a, std::vector<float> const& b)
{
    double sum = 0;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
        sum += double{a[i]} * double{b[i]};
    return sum;
}

} // namespace augur::emulator::llm

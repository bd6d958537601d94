#include "json.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace augur::emulator {

namespace {

/// Visits the bytes outside of strings.
template <class Visit>
void outside_strings(std::string_view text, Visit visit)
{
    bool inside = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (inside && text[i] == '\\')
            ++i;
        else if (text[i] == '"')
            inside = !inside;
        else if (!inside)
            visit(i);
    }
}

bool too_deep(std::string_view text)
{
    std::size_t depth = 0;
    std::size_t deepest = 0;
    outside_strings(text, [&](std::size_t i) {
        if (text[i] == '[' || text[i] == '{')
            deepest = std::max(deepest, ++depth);
        else if ((text[i] == ']' || text[i] == '}') && depth > 0)
            --depth;
    });
    return deepest > json_max_depth;
}

std::string without_nan(std::string_view text)
{
    std::vector<std::pair<std::size_t, std::size_t>> words; // where, how long
    outside_strings(text, [&](std::size_t i) {
        for (std::string_view const word : {"NaN", "-Infinity", "Infinity"}) {
            bool const covered = !words.empty() && i < words.back().first + words.back().second;
            if (!covered && text.substr(i, word.size()) == word)
                words.emplace_back(i, word.size());
        }
    });
    std::string result;
    std::size_t done = 0;
    for (auto const& [at, size] : words) {
        result.append(text.substr(done, at - done)).append("null");
        done = at + size;
    }
    return result.append(text.substr(done));
}

} // namespace

parsed_json parse_json(std::string_view text, bool nan_is_null)
{
    if (too_deep(text))
        return {std::nullopt, "the JSON nests deeper than " + std::to_string(json_max_depth)};
    auto value = json::parse(text, nullptr, false);
    if (value.is_discarded() && nan_is_null)
        value = json::parse(without_nan(text), nullptr, false);
    if (value.is_discarded())
        return {std::nullopt, "the body is not valid JSON"};
    return {std::move(value), {}};
}

std::string dump(json const& value)
{
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace augur::emulator

#pragma once

#include "../json.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

/// How deep a schema may go.
inline constexpr int deepest_schema = 24;

/// A value that a JSON schema allows, drawn by the seed. Texts are taken from `prompt` where they fit: capitalised
/// words first, then the longer ones; numbers that stand in it are used when they are in range.
///
/// Knows type, enum, const, properties, required, items, prefixItems, minItems, maxItems, uniqueItems, minLength,
/// maxLength, pattern, format, the bounds of numbers, multipleOf, anyOf, oneOf, allOf, $ref into the document.
struct made_value
{
    json value;
    std::string problem; ///< why there is none: the place and the keyword
};
made_value make_value(json const& schema, std::string_view prompt, std::uint64_t seed);

/// What keeps a schema from being used with `strict`: the services demand of every object that
/// additionalProperties is false and that each property is required. Empty when there is nothing.
std::string strict_problem(json const& schema);

/// A text that a regular expression matches as a whole; knows literals, classes, escapes, groups, alternatives and
/// quantifiers. False when it cannot be read.
bool make_matching(std::string_view pattern, std::uint64_t seed, std::string& text);

} // namespace augur::emulator::llm

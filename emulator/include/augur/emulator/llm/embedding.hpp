#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

/// A text as a unit vector: the hashed counts of its words and of their letter sequences of three to five letters.
/// Texts that share words, or parts of words, are near each other. The same text gives the same vector.
/// `dimensions` must not be 0.
std::vector<float> embed(std::string_view text, std::size_t dimensions);

/// The cosine of the angle between two unit vectors of one size.
double similarity(std::vector<float> const& a, std::vector<float> const& b);

} // namespace augur::emulator::llm

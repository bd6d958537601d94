#pragma once

#include <cstddef>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

/// What a prompt offers to fill a value with.
struct material
{
    explicit material(std::string_view prompt);

    std::vector<std::string> names; ///< capitalised, and not the first word
    std::vector<std::string> words; ///< the other ones of more than three letters; never empty
    std::vector<double> numbers;
};

/// A text of one of the formats of JSON schema, empty for an unknown one.
std::string make_formatted(std::string_view format, material const& from, std::mt19937_64& random);

} // namespace augur::emulator::llm

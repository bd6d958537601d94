#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace augur::emulator::llm {

/// The n-gram model's tokeniser. The tokens are views into `text`, and joined they are the text again.
/// A token is a word of at most 16 bytes, at most three digits, one other character, or blanks; a space before
/// a word, a number or a character belongs to it. Bytes from 0x80 are parts of words, and a cut never falls into a
/// UTF-8 sequence. The boundary between two tokens depends on these two only.
std::vector<std::string_view> tokenize(std::string_view text);

/// How many tokens a text has: what `usage` counts.
std::size_t count_tokens(std::string_view text);

/// The words of letters and digits, as they are written, without anything between them.
std::vector<std::string_view> words_of(std::string_view text);

/// Whether a lower-case English word says nothing about the subject, such as "the".
bool is_common_word(std::string_view lower) noexcept;

} // namespace augur::emulator::llm

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace augur::emulator::llm {

/// How a completion is drawn.
struct sampling
{
    double temperature = 1; ///< 0: always the most likely token
    double top_p = 1;       ///< only the most likely tokens that have this share together
    double presence_penalty = 0;
    double frequency_penalty = 0;
    std::size_t max_tokens = 512;
    std::size_t min_tokens = 0; ///< the text does not end by itself before; at least 16
    std::vector<std::string> stop;
    std::size_t top_logprobs = 0; ///< alternatives to keep for each token
    std::uint64_t seed = 0;
};

struct scored_token
{
    std::string text;
    double logprob = 0; ///< natural logarithm, at temperature 1
    std::vector<std::pair<std::string, double>> top = {};
};

enum class finish
{
    stop,   ///< the model ended its text, or a stop sequence came
    length, ///< max_tokens
};

struct completion
{
    std::string text;
    std::vector<scored_token> tokens; ///< joined they are the text, and `tokenize(text)` gives them again
    emulator::llm::finish finish = finish::stop;
};

/// A word trigram model. It is trained on paragraphs that blank lines separate, and interpolates the counts of the
/// last two tokens and of the last one. The counts are weighted by the prompt: a sentence counts the more, the more
/// rare words it shares with the prompt, so the text is about what was asked as far as the training text knows
/// anything about it. The seed of the draws is mixed with the prompt.
///
/// The same text, prompt and sampling give the same completion. Immutable after construction: any thread.
class ngram_model
{
public:
    explicit ngram_model(std::string_view training_text);

    /// The last turn of the prompt counts most, each one before it half of the next.
    completion generate(std::vector<std::string> const& turns, sampling const& how) const;

    std::size_t vocabulary_size() const noexcept { return words_.size(); }
    std::size_t trained_tokens() const noexcept { return sequence_.size(); }

private:
    using id = std::uint32_t;
    using distribution = std::vector<std::pair<id, double>>; ///< by id
    struct attention;

    attention attend(std::vector<std::string> const& turns) const;
    void weigh(attention& a, std::vector<std::size_t> const& positions, double share,
               std::map<id, double>& weights) const;
    distribution next(attention& a, id before, id last, bool may_end) const;

    std::vector<std::string> words_; ///< by id; 0 begins and 1 ends a paragraph
    std::vector<id> sequence_;
    std::vector<std::size_t> sentence_of_; ///< by position in the sequence
    std::size_t sentences_ = 0;
    std::unordered_map<id, std::vector<std::size_t>> after_one_;
    std::unordered_map<std::uint64_t, std::vector<std::size_t>> after_two_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> sentences_with_; ///< by lower-case word
};

/// The text that the emulator's models are trained on: emulator/data/prose.txt, embedded when building.
std::string_view embedded_prose() noexcept;

/// A number from bytes; FNV-1a, 64 bits.
std::uint64_t hash_of(std::string_view bytes, std::uint64_t start = 0xCBF29CE484222325ULL) noexcept;

std::string lower_case(std::string_view text);

} // namespace augur::emulator::llm

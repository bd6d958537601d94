#include <augur/emulator/llm/ngram.hpp>

#include <augur/emulator/llm/tokens.hpp>

#include "../random.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <random>

namespace augur::emulator::llm {

namespace {

constexpr std::uint32_t begin_mark = 0;
constexpr std::uint32_t end_mark = 1;
constexpr std::size_t shortest_text = 16; // so that a small max_tokens is always reached
constexpr double share_of_two = 0.7;      // what the last two tokens count beside the last one
constexpr double untouched = 0.02;        // the weight of a sentence that has nothing to do with the prompt
constexpr double used_again = 0.15;       // a place in the training text that was used already

std::uint64_t pair_of(std::uint32_t a, std::uint32_t b)
{
    return (std::uint64_t{a} << 32) | b;
}

bool ends_sentence(std::string_view token)
{
    return token == "." || token == "!" || token == "?";
}

/// One line: paragraphs may be wrapped.
std::string unwrapped(std::string_view paragraph)
{
    std::string line(paragraph);
    std::replace(line.begin(), line.end(), '\n', ' ');
    return line;
}

template <class Visit>
void each_paragraph(std::string_view text, Visit visit)
{
    while (!text.empty()) {
        auto const gap = std::min(text.find("\n\n"), text.size());
        auto paragraph = text.substr(0, gap);
        while (!paragraph.empty() && paragraph.back() == '\n')
            paragraph.remove_suffix(1);
        while (!paragraph.empty() && paragraph.front() == '\n')
            paragraph.remove_prefix(1);
        if (!paragraph.empty())
            visit(unwrapped(paragraph));
        text.remove_prefix(std::min(gap + 2, text.size()));
    }
}

/// Where the first stop sequence begins that the last token completed.
std::optional<std::size_t> stopped_at(std::string const& text, std::size_t new_from,
                                      std::vector<std::string> const& stops)
{
    std::optional<std::size_t> first;
    for (auto const& stop : stops) {
        if (stop.empty())
            continue;
        auto const from = new_from >= stop.size() - 1 ? new_from - (stop.size() - 1) : 0;
        auto const at = text.find(stop, from);
        if (at != text.npos && (!first || at < *first))
            first = at;
    }
    return first;
}

/// What is left of a completion when its text ends here.
void cut(completion& c, std::size_t size)
{
    c.text.resize(size);
    std::vector<scored_token> kept;
    std::size_t i = 0;
    for (auto const token : tokenize(c.text)) {
        scored_token t = i < c.tokens.size() ? std::move(c.tokens[i++]) : scored_token{};
        t.text = token;
        kept.push_back(std::move(t));
    }
    c.tokens = std::move(kept);
}

} // namespace

std::uint64_t hash_of(std::string_view bytes, std::uint64_t start) noexcept
{
    for (auto const c : bytes)
        start = (start ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return start;
}

std::string lower_case(std::string_view text)
{
    std::string out(text);
    for (auto& c : out)
        if (c >= 'A' && c <= 'Z')
            c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// What one call keeps: how much each sentence counts, and which places it has used.
struct ngram_model::attention
{
    std::vector<double> sentence;
    std::vector<double> place;
};

ngram_model::ngram_model(std::string_view training_text)
{
    words_ = {"", ""};
    std::map<std::string, id, std::less<>> ids;
    each_paragraph(training_text, [&](std::string const& paragraph) {
        auto const add = [&](id token) {
            sequence_.push_back(token);
            sentence_of_.push_back(sentences_);
        };
        add(begin_mark);
        for (auto const token : tokenize(paragraph)) {
            auto found = ids.find(token);
            if (found == ids.end()) {
                found = ids.emplace(std::string(token), static_cast<id>(words_.size())).first;
                words_.emplace_back(token);
            }
            add(found->second);
            for (auto const word : words_of(token)) {
                auto& where = sentences_with_[lower_case(word)];
                if (where.empty() || where.back() != sentences_)
                    where.push_back(sentences_);
            }
            if (ends_sentence(token))
                ++sentences_;
        }
        add(end_mark);
        ++sentences_;
    });
    for (std::size_t i = 1; i < sequence_.size(); ++i) {
        if (sequence_[i] == begin_mark)
            continue;
        after_one_[sequence_[i - 1]].push_back(i);
        if (sequence_[i - 1] != begin_mark)
            after_two_[pair_of(sequence_[i - 2], sequence_[i - 1])].push_back(i);
    }
}

ngram_model::attention ngram_model::attend(std::vector<std::string> const& turns) const
{
    attention a;
    a.sentence.assign(sentences_ + 1, untouched);
    a.place.assign(sequence_.size(), 1);
    double weight = 1;
    constexpr std::size_t most_turns = 8;
    for (std::size_t i = 0; i < std::min(most_turns, turns.size()); ++i, weight /= 2) {
        std::vector<std::string> seen;
        for (auto const word : words_of(turns[turns.size() - 1 - i])) {
            auto lower = lower_case(word);
            auto const found = sentences_with_.find(lower);
            if (found == sentences_with_.end() || std::find(seen.begin(), seen.end(), lower) != seen.end())
                continue;
            auto const share = static_cast<double>(found->second.size()) / static_cast<double>(sentences_);
            auto const rarity = is_common_word(lower) || share > 0.05 ? 0 : -std::log(share);
            for (auto const s : found->second)
                a.sentence[s] += weight * rarity;
            seen.push_back(std::move(lower));
            if (seen.size() > 200)
                break;
        }
    }
    // What stands beside a fitting sentence fits a little.
    auto const own = a.sentence;
    for (std::size_t s = 0; s < own.size(); ++s) {
        if (s > 0)
            a.sentence[s] += own[s - 1] / 3;
        if (s + 1 < own.size())
            a.sentence[s] += own[s + 1] / 6;
    }
    return a;
}

void ngram_model::weigh(attention& a, std::vector<std::size_t> const& positions, double share,
                        std::map<id, double>& weights) const
{
    double total = 0;
    for (auto const p : positions)
        total += a.sentence[sentence_of_[p]] * a.place[p];
    for (auto const p : positions)
        weights[sequence_[p]] += share * a.sentence[sentence_of_[p]] * a.place[p] / total;
}

ngram_model::distribution ngram_model::next(attention& a, id before, id last, bool may_end) const
{
    std::map<id, double> weights;
    auto const two = after_two_.find(pair_of(before, last));
    auto const one = after_one_.find(last);
    if (two != after_two_.end())
        weigh(a, two->second, share_of_two, weights);
    if (one != after_one_.end())
        weigh(a, one->second, two != after_two_.end() ? 1 - share_of_two : 1, weights);
    if (!may_end)
        weights.erase(end_mark);
    if (weights.empty()) { // only the end ever followed: begin another sentence
        for (std::size_t i = 1; i < sequence_.size(); ++i)
            if (words_[sequence_[i]].starts_with(" ") && ends_sentence(words_[sequence_[i - 1]]))
                weights[sequence_[i]] += a.sentence[sentence_of_[i]] * a.place[i];
    }
    double total = 0;
    for (auto const& [token, weight] : weights)
        total += weight;
    distribution d(weights.begin(), weights.end());
    for (auto& entry : d)
        entry.second /= total;
    return d;
}

namespace {

using distribution = std::vector<std::pair<std::uint32_t, double>>;

/// The place in the distribution that is drawn.
std::size_t draw(distribution const& d, sampling const& how, std::map<std::uint32_t, std::size_t> const& counts,
                 std::mt19937_64& random)
{
    std::vector<double> weights;
    for (auto const& [token, share] : d) {
        auto const found = counts.find(token);
        double logit = std::log(share);
        if (found != counts.end())
            logit -= how.presence_penalty + how.frequency_penalty * static_cast<double>(found->second);
        weights.push_back(logit);
    }
    auto const best = static_cast<std::size_t>(std::max_element(weights.begin(), weights.end()) - weights.begin());
    if (how.temperature < 1e-6)
        return best;
    auto const highest = weights[best];
    double total = 0;
    for (auto& w : weights)
        total += w = std::exp((w - highest) / how.temperature);
    if (how.top_p < 1) {
        std::vector<std::size_t> order(weights.size());
        for (std::size_t i = 0; i < order.size(); ++i)
            order[i] = i;
        std::sort(order.begin(), order.end(),
                  [&](auto x, auto y) { return weights[x] != weights[y] ? weights[x] > weights[y] : x < y; });
        double kept = 0;
        for (auto const i : order) {
            if (kept > 0 && kept >= how.top_p * total)
                weights[i] = 0;
            kept += weights[i];
        }
        total = kept;
    }
    double at = random_unit(random) * total;
    for (std::size_t i = 0; i < weights.size(); ++i)
        if (weights[i] > 0 && (at -= weights[i]) < 0)
            return i;
    return best;
}

} // namespace

completion ngram_model::generate(std::vector<std::string> const& turns, sampling const& how) const
{
    auto a = attend(turns);
    auto seed = how.seed;
    for (auto const& t : turns)
        seed = hash_of(t, seed * 0x9E3779B97F4A7C15ULL + 0xCBF29CE484222325ULL);
    std::mt19937_64 random(seed);
    completion result;
    std::map<id, std::size_t> counts;
    id before = begin_mark, last = begin_mark;
    auto const least = std::max(how.min_tokens, shortest_text);
    for (;;) {
        if (result.tokens.size() >= how.max_tokens) {
            result.finish = finish::length;
            break;
        }
        auto const d = next(a, before, last, result.tokens.size() >= least);
        auto const [token, share] = d[draw(d, how, counts, random)];
        if (token == end_mark)
            break;
        scored_token scored{words_[token], std::log(share)};
        if (how.top_logprobs > 0) {
            auto ranked = d;
            std::sort(ranked.begin(), ranked.end(), [](auto const& x, auto const& y) {
                return x.second != y.second ? x.second > y.second : x.first < y.first;
            });
            ranked.resize(std::min(ranked.size(), how.top_logprobs));
            for (auto const& [other, p] : ranked)
                scored.top.emplace_back(other == end_mark ? "<|end|>" : words_[other], std::log(p));
        }
        auto const size = result.text.size();
        result.text += words_[token];
        result.tokens.push_back(std::move(scored));
        ++counts[token];
        for (auto const p : after_one_.at(last))
            if (sequence_[p] == token)
                a.place[p] *= used_again;
        before = last;
        last = token;
        if (auto const end = stopped_at(result.text, size, how.stop)) {
            cut(result, *end);
            break;
        }
    }
    return result;
}

} // namespace augur::emulator::llm

#include <augur/emulator/llm/ngram.hpp>
#include <augur/emulator/llm/tokens.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace augur::emulator::llm;

namespace {

ngram_model const& model()
{
    static ngram_model const one(embedded_prose());
    return one;
}

sampling seeded(std::uint64_t seed)
{
    sampling how;
    how.seed = seed;
    return how;
}

std::vector<std::string> const prompts = {"Why is the sky blue?",     "Hello", "What is the weather in Paris?",
                                          "The player drew a sword.", "",      "Übersetze „Grüße“ 🦜"};

std::string joined(completion const& c)
{
    std::string text;
    for (auto const& t : c.tokens)
        text += t.text;
    return text;
}

} // namespace

TEST_CASE("tokens: joined they are the text, whatever its bytes")
{
    std::mt19937_64 random(7);
    static constexpr std::string_view letters = "ab Z\n\t.,12\xC3\xA4\xF0\x9F\xA6\x9C\xFF\"";
    for (int round = 0; round < 3000; ++round) {
        std::string text;
        for (auto size = random() % 60; size > 0; --size)
            text += letters[random() % letters.size()];
        std::string again;
        for (auto const token : tokenize(text)) {
            REQUIRE(!token.empty());
            again += token;
        }
        CAPTURE(round);
        REQUIRE(again == text);
        REQUIRE(count_tokens(text) == tokenize(text).size());
    }
}

TEST_CASE("tokens: words, numbers and signs, with the space before them")
{
    auto const tokens = tokenize("The sky, 2026:\n\n Grüße an antidisestablishmentarianism!");
    std::vector<std::string_view> const expected = {
        "The", " sky", ",", " 202", "6", ":", "\n\n", " Grüße", " an", " antidisestablish", "mentarianism", "!"};
    CHECK(tokens == expected);
}

TEST_CASE("tokens: no cut falls into a UTF-8 sequence")
{
    std::string text;
    for (int i = 0; i < 40; ++i)
        text += i % 3 == 0 ? "ä" : i % 3 == 1 ? "語" : "🦜";
    for (auto const token : tokenize(text))
        CHECK((static_cast<unsigned char>(token.front()) & 0xC0) != 0x80);
}

TEST_CASE("n-gram model: the same seed gives the same text, another seed or prompt another one")
{
    std::set<std::string> texts;
    for (auto const& prompt : prompts)
        for (std::uint64_t seed = 0; seed < 5; ++seed) {
            auto const once = model().generate({prompt}, seeded(seed));
            CHECK(once.text == model().generate({prompt}, seeded(seed)).text);
            texts.insert(once.text);
        }
    CHECK(texts.size() == prompts.size() * 5);
}

TEST_CASE("n-gram model: a model trained again gives the same text")
{
    ngram_model const another(embedded_prose());
    CHECK(another.generate({"Hello"}, seeded(3)).text == model().generate({"Hello"}, seeded(3)).text);
    CHECK(another.vocabulary_size() == model().vocabulary_size());
}

TEST_CASE("n-gram model: the tokens are those that a recount finds")
{
    for (auto const& prompt : prompts)
        for (std::uint64_t seed = 0; seed < 40; ++seed)
            for (double const temperature : {0.0, 0.7, 1.0, 2.0}) {
                auto how = seeded(seed);
                how.temperature = temperature;
                auto const c = model().generate({prompt}, how);
                CAPTURE(c.text);
                REQUIRE(joined(c) == c.text);
                REQUIRE(count_tokens(c.text) == c.tokens.size());
            }
}

TEST_CASE("n-gram model: max_tokens 7 gives 7 tokens and the reason length")
{
    for (auto const& prompt : prompts)
        for (std::uint64_t seed = 0; seed < 100; ++seed) {
            auto how = seeded(seed);
            how.max_tokens = 7;
            auto const c = model().generate({prompt}, how);
            REQUIRE(c.tokens.size() == 7);
            REQUIRE(count_tokens(c.text) == 7);
            REQUIRE(c.finish == finish::length);
        }
}

TEST_CASE("n-gram model: a text is about its prompt")
{
    auto const mentions = [](std::string const& prompt, std::string const& word) {
        int found = 0;
        for (std::uint64_t seed = 0; seed < 50; ++seed)
            found += model().generate({prompt}, seeded(seed)).text.find(word) != std::string::npos ? 1 : 0;
        return found;
    };
    CHECK(mentions("Tell me about the dragon", "dragon") > 40);
    CHECK(mentions("Tell me about an iris", "dragon") < 15);
    CHECK(mentions("Tell me about an iris and its petals", "petals") > 40);
}

TEST_CASE("n-gram model: it says new sentences, not only those it has read")
{
    int copies = 0;
    for (std::uint64_t seed = 0; seed < 50; ++seed) {
        auto const text = model().generate({"Why is the sky blue?"}, seeded(seed)).text;
        copies += embedded_prose().find(text) != std::string_view::npos ? 1 : 0;
    }
    CHECK(copies < 10);
}

TEST_CASE("n-gram model: temperature 0 takes the most likely token and needs no seed")
{
    auto how = seeded(1);
    how.temperature = 0;
    how.top_logprobs = 2;
    auto const cold = model().generate({"The player drew a sword."}, how);
    how.seed = 2;
    CHECK(cold.text == model().generate({"The player drew a sword."}, how).text);
    for (auto const& t : cold.tokens) {
        auto const best = t.top.front().first == "<|end|>" ? t.top.at(1).first : t.top.front().first;
        CHECK((t.text == best || t.top.at(0).second == t.top.at(1).second));
    }
}

TEST_CASE("n-gram model: a stop sequence ends the text before it, also across tokens")
{
    auto const whole = model().generate({"Why is the sky blue?"}, seeded(1)).text;
    for (std::size_t at = 1; at + 6 < whole.size(); at += 5) {
        auto how = seeded(1);
        how.stop = {whole.substr(at, 6)};
        auto const c = model().generate({"Why is the sky blue?"}, how);
        CAPTURE(how.stop.front());
        REQUIRE(c.text == whole.substr(0, whole.find(how.stop.front())));
        REQUIRE(c.finish == finish::stop);
        REQUIRE(count_tokens(c.text) == c.tokens.size());
    }
}

TEST_CASE("n-gram model: log probabilities are those of a distribution")
{
    auto how = seeded(5);
    how.top_logprobs = 1000;
    for (auto const& t : model().generate({"Hello"}, how).tokens) {
        double sum = 0;
        bool found = false;
        for (auto const& [text, logprob] : t.top) {
            sum += std::exp(logprob);
            found = found || (text == t.text && std::abs(logprob - t.logprob) < 1e-12);
        }
        CHECK(sum == doctest::Approx(1));
        CHECK(found);
        CHECK(t.logprob <= 1e-12);
    }
}

TEST_CASE("n-gram model: min_tokens makes a long text, and a recount still finds them")
{
    auto how = seeded(9);
    how.min_tokens = 2000;
    how.max_tokens = 5000;
    auto const c = model().generate({"Hello"}, how);
    CHECK(c.tokens.size() >= 2000);
    CHECK(count_tokens(c.text) == c.tokens.size());
}

TEST_CASE("n-gram model: a small top_p leaves only likely tokens")
{
    auto how = seeded(1);
    how.top_p = 1e-9;
    auto cold = seeded(1);
    cold.temperature = 0;
    CHECK(model().generate({"Hello"}, how).text == model().generate({"Hello"}, cold).text);
}

// Events own what they tell: whatever becomes of their stream, of each other and of the blocks that go from one to the
// next, each says what its bytes said.
#include "digest.hpp"

#include <augur/openai_wire/chat.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <deque>
#include <numeric>
#include <optional>
#include <string>
#include <utility>
#include <vector>

using namespace augur;
using openai_wire::chat_event_reader;

namespace {

std::string say(std::string const& content, std::string const& back = "")
{
    return R"({"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":")" +
           content + R"("},"finish_reason":null}])" + back + "}";
}

/// Alike, alike but for the padding, with other members, with tools, with filters, large and small by turns.
std::vector<std::string> event_texts()
{
    std::vector<std::string> out;
    for (char const* back : {"", R"(,"obfuscation":"a")", R"(,"obfuscation":"abcdefghijklmnopqrstuvwxyz")",
                             R"(,"obfuscation":"")", R"(,"system_fingerprint":"fp","new":[1])"})
        for (char const* content : {"a", "a longer text than any short string holds", R"(\u00fc)", "", "b"})
            out.push_back(say(content, back));
    out.push_back(say(std::string(20'000, 'x')));
    out.push_back(say("after a large one"));
    out.push_back(say(std::string(20'000, 'y'), R"(,"obfuscation":"z")"));
    for (int i = 0; i < 3; ++i)
        out.push_back(
            R"({"id":"chatcmpl-1","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{"}}]}}]})");
    for (char const* content : {"one", "two", "three"})
        out.push_back(
            R"({"id":"f","choices":[{"index":0,"content_filter_results":{"hate":{"filtered":false,"severity":"safe"}},"delta":{"content":")" +
            std::string(content) + R"("}}]})");
    out.push_back(R"({"id":"u","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
    return out;
}

std::string told(chat_event const& event)
{
    return digest::of(event) + openai_wire::write_chat_event(event).value() + event.raw();
}

std::string told_alone(std::string const& text)
{
    return told(chat_event_reader().read(text).value());
}

} // namespace

TEST_CASE("chat event: however many a user keeps, each says what its bytes said")
{
    auto const all = event_texts();
    for (std::size_t const kept : {std::size_t{0}, std::size_t{1}, std::size_t{2}, std::size_t{5}, all.size() * 3}) {
        CAPTURE(kept);
        std::deque<std::pair<std::string, chat_event>> held;
        std::optional<chat_event_reader> reader(std::in_place);
        for (std::size_t const step : {std::size_t{1}, std::size_t{4}, std::size_t{11}}) { // each an order of all
            REQUIRE(std::gcd(step, all.size()) == 1);
            for (std::size_t i = 0; i < all.size(); ++i) {
                auto const& text = all[i * step % all.size()];
                held.emplace_back(told_alone(text), reader->read(text).value());
                CHECK(told(held.back().second) == held.back().first);
                if (held.size() > kept)
                    held.pop_front();
            }
        }
        reader.reset();
        for (auto const& [expected, event] : held)
            CHECK(told(event) == expected);
    }
}

TEST_CASE("chat event: a text that is no event changes none, and the next one is read as ever")
{
    chat_event_reader reader;
    auto const first = reader.read(say("a")).value();
    for (char const* broken :
         {R"({"choices":[{"delta":{"content":)", R"({"choices":7})", "", R"({"error":{"code":"x"}})"}) {
        CHECK(!reader.read(broken).has_value());
        CHECK(told(reader.read(say("b")).value()) == told_alone(say("b")));
        CHECK(!reader.read(say(R"(\x)")).has_value());
        CHECK(told(reader.read(say("c")).value()) == told_alone(say("c")));
    }
    CHECK(told(first) == told_alone(say("a")));
}

TEST_CASE("chat event: copies are apart, one that was moved from tells nothing")
{
    std::optional<chat_event> copy;
    chat_event moved;
    auto const text = say("a text that no short string holds", R"(,"obfuscation":"ab")");
    {
        chat_event_reader reader;
        auto event = reader.read(text).value();
        copy = event;
        auto const words = event.text();
        moved = std::move(event);
        CHECK(words->data() == moved.text()->data()); // views go with it
        for (auto const& none : {chat_event(event), chat_event()}) { // NOLINT: that it was moved from is the question
            CHECK((!none.text() && !none.reasoning() && !none.refusal() && none.tool_calls().empty() && !none.usage()));
            CHECK((none.choices().empty() && none.prompt_filters().empty() && none.raw().empty() && none.id().empty()));
            CHECK((none.finished() == finish::none && none.created() == 0 && none.extra().empty()));
            CHECK(openai_wire::write_chat_event(none).value() == "{}");
        }
        for (int i = 0; i < 3; ++i)
            CHECK(told(reader.read(say("b", R"(,"obfuscation":"c")")).value()) ==
                  told_alone(say("b", R"(,"obfuscation":"c")")));
    }
    CHECK(told(*copy) == told_alone(text));
    CHECK(told(moved) == told_alone(text));
    auto again = *copy;
    copy = moved; // over one that is there
    moved = chat_event();
    CHECK(told(*copy) == told(again));
    auto& itself = again;
    again = itself;
    CHECK(told(again) == told_alone(text));
}

#include <augur/model/chat_accumulator.hpp>

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace augur;

namespace {

chat_event event_of(std::vector<chat_delta> choices)
{
    chat_event out;
    detail::fields_of::get(out).choices = std::move(choices);
    return out;
}

chat_delta text(std::string words, std::int64_t index = 0)
{
    chat_delta out;
    out.index = index;
    out.content = std::move(words);
    return out;
}

chat_delta end(std::string reason, std::int64_t index = 0)
{
    chat_delta out;
    out.index = index;
    out.finish_reason = std::move(reason);
    return out;
}

chat_delta finding(std::string category, std::string extra)
{
    chat_delta out;
    out.filters.categories.push_back({std::move(category), false, {}, "safe", std::move(extra)});
    return out;
}

tool_call piece(std::optional<std::int64_t> index, std::string id, std::string name, std::string arguments)
{
    tool_call out;
    out.index = index;
    out.id = std::move(id);
    out.name = std::move(name);
    out.arguments = std::move(arguments);
    return out;
}

/// The calls that come of pieces which arrive one per event.
std::string calls_of(std::vector<tool_call> const& pieces)
{
    chat_accumulator all;
    for (auto const& p : pieces) {
        chat_delta delta;
        delta.tool_calls.push_back(p);
        all.add(event_of({delta})).value();
    }
    std::string out;
    for (auto const& call : all.response().tool_calls())
        out += call.id + ":" + call.name + "(" + call.arguments + ") ";
    return out;
}

} // namespace

TEST_CASE("accumulator: complete is when every choice that was asked for has its end, and nothing else")
{
    struct row
    {
        char const* what;
        std::int64_t wanted;
        std::vector<chat_delta> deltas;
        bool complete;
    };
    row const rows[] = {
        {"nothing came", 1, {}, false},
        {"text without an end", 1, {text("a")}, false},
        {"text and its end", 1, {text("a"), end("stop")}, true},
        {"an end without text", 1, {end("content_filter")}, true},
        {"an end, then more text", 1, {end("stop"), text("a")}, true},
        {"one of two ended", 2, {text("a"), end("stop"), text("b", 1)}, false},
        {"one of two never began", 2, {text("a"), end("stop")}, false},
        {"both of two ended", 2, {end("stop", 1), end("length")}, true},
        {"a second that nobody asked for has not ended", 1, {end("stop"), text("b", 1)}, false},
    };
    for (auto const& row : rows) {
        CAPTURE(row.what);
        chat_accumulator all(row.wanted);
        for (auto const& delta : row.deltas)
            all.add(event_of({delta})).value();
        CHECK(all.complete() == row.complete);
        auto const so_far = all.response().text();
        auto const finished = std::move(all).finish();
        REQUIRE(finished.has_value() == row.complete);
        if (finished)
            CHECK(finished->text() == so_far);
        else {
            CHECK(finished.error() == errc::truncated);
            CHECK(finished.error().outcome() == outcome::partial);
        }
    }
}

TEST_CASE("accumulator: pieces of calls join by index, then by id, then by order")
{
    CHECK(calls_of({piece(0, "a", "f", ""), piece(0, "", "", "{\"x\":"), piece(0, "", "", "1}"),
                    piece(1, "b", "g", "{}")}) == "a:f({\"x\":1}) b:g({}) ");
    CHECK(calls_of({piece(0, "a", "f", "1"), piece(1, "b", "g", "2"), piece(0, "", "", "3"), piece(1, "", "", "4")}) ==
          "a:f(13) b:g(24) ");
    CHECK(calls_of({piece(0, "a", "f", "1"), piece(0, "b", "g", "2"), piece(0, "", "", "3")}) == "a:f(1) b:g(23) ");
    CHECK(calls_of({piece({}, "a", "f", "1"), piece({}, "", "", "2"), piece({}, "b", "g", "3"),
                    piece({}, "a", "", "4")}) == "a:f(124) b:g(3) ");
    CHECK(calls_of({piece(0, "a", "f", "1"), piece(0, "a", "f", "2")}) == "a:f(12) ");
    CHECK(calls_of({piece(1, "b", "g", "2"), piece(0, "a", "f", "1")}) == "b:g(2) a:f(1) ");
}

TEST_CASE("accumulator: everything that events hold arrives in the answer")
{
    chat_accumulator all;
    chat_event first;
    auto& data = detail::fields_of::get(first);
    data.prompt_filters.push_back({0, {{{"hate", false, {}, "safe", {}}}, {}, {}, {}}, {}});
    all.add(first).value();
    chat_event second = event_of({text("Hel")});
    auto& more = detail::fields_of::get(second);
    more.id = "i";
    more.model = "m";
    more.created = 5;
    more.service_tier = "flex";
    more.system_fingerprint = "fp";
    more.choices[0].role = "assistant";
    more.choices[0].reasoning = "th";
    more.choices[0].refusal = "n";
    more.choices[0].log_probabilities.push_back({"Hel", -1, {}, {}, {}});
    more.choices[0].filters.categories.push_back({"violence", true, {}, "high", {}});
    all.add(second).value();
    auto third = text("lo");
    third.reasoning = "ink";
    third.refusal = "o";
    third.filters.categories.push_back({"violence", false, {}, "safe", {}});
    third.filters.error_code = "e";
    all.add(event_of({third})).value();
    chat_event last = event_of({end("stop")});
    detail::fields_of::get(last).usage = usage{};
    detail::fields_of::get(last).usage->total_tokens = 9;
    all.add(last).value();

    auto const r = std::move(all).finish().value();
    CHECK(r.id == "i");
    CHECK(r.model == "m");
    CHECK(r.created == 5);
    CHECK(r.service_tier == "flex");
    CHECK(r.system_fingerprint == "fp");
    CHECK(r.text() == "Hello");
    CHECK(r.reasoning() == "think");
    CHECK(r.refusal() == "no");
    CHECK(r.choices[0].message.role() == "assistant");
    CHECK(r.choices[0].log_probabilities.size() == 1);
    CHECK(r.choices[0].filters.filtered()); // an earlier "filtered" is not taken back
    CHECK(r.choices[0].filters.error_code == "e");
    CHECK(r.usage->total_tokens == 9);
    CHECK(r.prompt_filters.size() == 1);
    CHECK(r.finished() == finish::stop);
}

TEST_CASE("accumulator: memory is bounded, and what came before the limit stays")
{
    chat_accumulator small(1, 10);
    CHECK(small.add(event_of({text("12345")})).has_value());
    auto const over = small.add(event_of({text("678901")}));
    REQUIRE(!over.has_value());
    CHECK(over.error() == errc::body_limit);
    CHECK(over.error().outcome() == outcome::partial);
    CHECK(small.response().text() == "12345");

    chat_accumulator many;
    for (std::int64_t i = 0; i < 128; ++i)
        CHECK(many.add(event_of({text("x", i * 1'000'000'000)})).has_value());
    CHECK(!many.add(event_of({text("x", -1)})).has_value());

    chat_accumulator calls;
    std::size_t taken = 0;
    for (std::int64_t i = 0; i < 2000; ++i) {
        chat_delta delta;
        delta.tool_calls.push_back(piece(i, "", "f", ""));
        taken += calls.add(event_of({delta})).has_value() ? 1U : 0U;
    }
    CHECK(taken == chat_accumulator::max_tool_calls);

    chat_accumulator kinds;
    taken = 0;
    for (int i = 0; i < 200; ++i)
        taken += kinds.add(event_of({finding(std::to_string(i), "")})).has_value() ? 1U : 0U;
    CHECK(taken == chat_accumulator::max_categories);
    CHECK(kinds.response().choices[0].filters.categories.size() == taken);
}

TEST_CASE("accumulator: whatever is kept of an event counts against the limit")
{
    std::string const words(1000, 'x');
    std::vector<token_probability> const small(50);
    std::vector<token_probability> named(1), told(1), more(1), nested(1);
    named[0].token = words;
    told[0].bytes = words;
    more[0].extra = words;
    nested[0].alternatives = named;
    std::vector<chat_delta> deltas;
    for (auto const& list : {small, named, told, more, nested}) {
        deltas.emplace_back().log_probabilities = list;
        deltas.emplace_back().refusal_log_probabilities = list;
    }
    deltas.emplace_back().role = words;
    deltas.emplace_back().finish_reason = words;
    deltas.emplace_back().filters.error_message = words;
    deltas.emplace_back().tool_calls.emplace_back().extra = words;
    deltas.push_back(finding(words, ""));
    deltas.push_back(finding("hate", words));
    for (std::size_t i = 0; i < deltas.size(); ++i) {
        CAPTURE(i);
        CHECK(!chat_accumulator(1, 999).add(event_of({deltas[i]})).has_value());
        CHECK(chat_accumulator(1, 10'000).add(event_of({deltas[i]})).has_value());
    }

    chat_event prompt;
    detail::fields_of::get(prompt).prompt_filters.emplace_back().filters.extra = words;
    CHECK(!chat_accumulator(1, 999).add(prompt).has_value());
    CHECK(chat_accumulator(1, 10'000).add(prompt).has_value());

    // A finding that replaces one takes only the room by which it is larger, so a filter may speak in every event.
    chat_accumulator all(1, 2000);
    for (int i = 0; i < 1000; ++i)
        CHECK(all.add(event_of({finding("hate", "")})).has_value());
    CHECK(all.add(event_of({finding("hate", words)})).has_value());
    CHECK(!all.add(event_of({finding("hate", words + words)})).has_value());
    CHECK(all.response().choices[0].filters.categories[0].extra == words);
}

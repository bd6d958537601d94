#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/errc.hpp>

#include <doctest/doctest.h>

#include <ctime>
#include <string>
#include <string_view>

using namespace augur;
using openai_wire::parse_chat_response;

namespace {

result<chat_event> read_event(std::string const& data)
{
    return openai_wire::chat_event_reader().read(data);
}

/// `before`, `one` as often as it fits into a MiB or two, `after`.
std::string repeated(std::string before, std::string_view one, std::string_view after)
{
    before += one;
    while (before.size() < (std::size_t{2} << 20))
        before.append(",").append(one);
    return before.append(after);
}

/// An object of about a MiB whose members have the names 0, 1, 2, ...
std::string numbered(std::string before, std::string_view value, std::string_view after)
{
    for (int i = 0; i < 80'000; ++i)
        before.append(i == 0 ? "\"" : ",\"").append(std::to_string(i)).append("\":").append(value);
    return before.append(after);
}

/// In seconds of the processor's time, which others on the machine do not take.
double cost_of_event(std::string const& data)
{
    auto const started = std::clock();
    CHECK(read_event(data).has_value());
    return static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC;
}

} // namespace

TEST_CASE("chat response: what a user asks for first is one call away")
{
    auto const r = parse_chat_response(R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Hi",)"
                                       R"("reasoning_content":"Hm","refusal":"No","tool_calls":[{"id":"c",)"
                                       R"("type":"function","function":{"name":"f","arguments":"{}"}}]},)"
                                       R"("finish_reason":"length"}]})")
                       .value();
    CHECK(r.text() == "Hi");
    CHECK(r.reasoning() == "Hm");
    CHECK(r.refusal() == "No");
    CHECK(r.tool_calls().size() == 1);
    CHECK(r.finished() == finish::length);
    auto const none = parse_chat_response(R"({"choices":[]})").value();
    CHECK((none.text().empty() && none.reasoning().empty() && none.refusal().empty() && none.tool_calls().empty()));
    CHECK(none.finished() == finish::none);
}

TEST_CASE("chat response: each word for an end")
{
    struct row
    {
        char const* word;
        finish what;
    };
    for (auto const& row : {row{"", finish::none}, row{"stop", finish::stop}, row{"length", finish::length},
                            row{"tool_calls", finish::tool_calls}, row{"function_call", finish::tool_calls},
                            row{"content_filter", finish::content_filter}, row{"eos_token", finish::other}})
        CHECK(finish_of(row.word) == row.what);
}

TEST_CASE("chat response: an essential member of the wrong kind is an error with its path, never silence")
{
    struct row
    {
        char const* json;
        char const* message;
    };
    row const rows[] = {
        {"", "$: the text is empty"},
        {"[]", "$: wanted a chat completion, found array"},
        {"{}", "$: there is no member \"choices\""},
        {R"({"choices":{}})", "$.choices: wanted array, found object"},
        {R"({"choices":[null]})", "$.choices[0]: wanted object, found null"},
        {R"({"choices":[{"index":"0"}]})", "$.choices[0].index: wanted number, found string"},
        {R"({"choices":[{"message":"hi"}]})", "$.choices[0].message: wanted object, found string"},
        {R"({"choices":[{"message":{"content":5}}]})", "$.choices[0].message.content: wanted string, found number"},
        {R"({"choices":[{"message":{"content":[5]}}]})",
         "$.choices[0].message.content[0]: wanted object, found number"},
        {R"({"choices":[{"message":{"content":[{"type":"text","text":1}]}}]})",
         "$.choices[0].message.content[0].text: wanted string, found number"},
        {R"({"choices":[{"message":{"refusal":true}}]})", "$.choices[0].message.refusal: wanted string, found boolean"},
        {R"({"choices":[{"message":{"tool_calls":{}}}]})",
         "$.choices[0].message.tool_calls: wanted array, found object"},
        {R"({"choices":[{"message":{"tool_calls":[{"function":{"arguments":{}}}]}}]})",
         "$.choices[0].message.tool_calls[0].function.arguments: wanted string, found object"},
        {R"({"choices":[{"finish_reason":1}]})", "$.choices[0].finish_reason: wanted string, found number"},
        {R"({"choices":[{"message":{"content":"a","content":"b"}}]})",
         "$.choices[0].message.content: the key is there more than once"},
        {R"({"choices":[]} x)", "$: there is more text after the value"},
    };
    for (auto const& row : rows) {
        CAPTURE(row.json);
        auto const r = parse_chat_response(row.json);
        REQUIRE(!r.has_value());
        CHECK(r.error() == errc::decode_error);
        CHECK(r.error().outcome() == outcome::complete);
        CHECK(r.error().message() == std::string(row.message));
    }
}

TEST_CASE("chat response: depth and number are bounded")
{
    std::string const open = R"({"choices":[],"x":)";
    CHECK(parse_chat_response(open + std::string(60, '[') + std::string(60, ']') + "}").has_value());
    CHECK(!parse_chat_response(open + std::string(100'000, '[') + std::string(100'000, ']') + "}").has_value());
    std::string many = R"({"choices":[{})";
    for (int i = 1; i < 128; ++i)
        many += ",{}";
    CHECK(parse_chat_response(many + "]}").has_value());
    CHECK(parse_chat_response(many + ",{}]}").error() == errc::decode_error);
    CHECK(read_event(many + ",{}]}").error().outcome() == outcome::partial);
}

TEST_CASE("chat event: what a filter found in more categories than there are is kept as it came")
{
    auto const filters_of = [](int count) {
        std::string out = "{";
        for (int i = 0; i < count; ++i)
            out += (i == 0 ? "\"" : ",\"") + std::to_string(i) + R"(":{"filtered":true})";
        return out + "}";
    };
    for (int const count : {64, 65}) {
        CAPTURE(count);
        auto const data = R"({"choices":[{"index":0,"content_filter_results":)" + filters_of(count) + "}]}";
        auto const event = read_event(data).value();
        auto const& filters = event.choices().at(0).filters;
        CHECK(filters.categories.size() == (count == 64 ? 64U : 0U));
        CHECK(filters.extra == (count == 64 ? "" : filters_of(count)));
        CHECK(openai_wire::write_chat_event(event).value() == data);
    }
}

TEST_CASE("chat event: what reading costs grows with the text and not with its square")
{
    // Each takes minutes if a member costs as much as all that stand before it.
    auto const choice = [](std::string const& members) { return R"({"choices":[{"index":0,)" + members; };
    auto const usual = cost_of_event(repeated(choice(R"("logprobs":{"content":[)"), R"({"bytes":[1]})", "]}}]}"));
    std::string const costly[] = {
        numbered(choice(R"("content_filter_results":{)"), R"({"":0})", "}}]}"),
        numbered(R"({"choices":[],"prompt_filter_results":[{"content_filter_results":{)", R"({"":0})", "}}]}"),
        repeated(choice(R"("logprobs":{"content":[)"), R"({"bytes":[""]})", "]}}]}"),
        repeated(choice(R"("logprobs":{"refusal":[)"), R"({"logprob":1e999})", "]}}]}"),
        repeated(choice(R"("delta":{"tool_calls":[)"), R"({"index":0.5})", "]}}]}"),
        repeated(R"({"choices":[],"prompt_filter_results":[)", R"({"prompt_index":0.5})", "]}"),
    };
    for (auto const& data : costly) {
        CAPTURE(data.substr(0, 100));
        CHECK(cost_of_event(data) < 30 * usual + 1);
    }
}

TEST_CASE("chat response: a text of empty objects does not take a hundred times its size")
{
    auto const choice = [](std::string const& members) { return R"({"choices":[{"index":0,)" + members; };
    std::string const large[] = {
        repeated(R"({"choices":[)", "{}", "]}"),
        repeated(choice(R"("message":{"content":[)"), "{}", "]}}]}"),
        repeated(choice(R"("message":{"tool_calls":[)"), "{}", "]}}]}"),
        repeated(choice(R"("logprobs":{"content":[{"top_logprobs":[)"), "{}", "]}]}}]}"),
        repeated(choice(R"("logprobs":{"content":[)"), R"({"top_logprobs":[{},{},{},{},{},{},{},{},{},{}]})", "]}}]}"),
        repeated(R"({"choices":[],"prompt_filter_results":[)", "{}", "]}"),
    };
    for (auto const& text : large) {
        CAPTURE(text.substr(0, 100));
        auto const read = parse_chat_response(text);
        REQUIRE(!read.has_value());
        CHECK(read.error().message().find("too many objects") != std::string_view::npos);
    }
    // What a service says of its tokens is far from it.
    CHECK(parse_chat_response(repeated(choice(R"("logprobs":{"content":[)"),
                                       R"({"token":"a","logprob":-1,"bytes":[97],"top_logprobs":[]})", "]}}]}"))
              .has_value());
}

TEST_CASE("chat response: an error in the place of an answer is that error")
{
    auto const r = parse_chat_response(R"({"error":{"code":"429","message":"slow"}})");
    CHECK((r.error() == static_cast<openai_wire::errc>(429)));
    CHECK(r.error() == condition::throttled);
    CHECK(r.error().outcome() == outcome::complete);
    CHECK(r.error().service_message() == "slow");
    CHECK(parse_chat_response(R"({"error":null,"choices":[]})").has_value());
}

TEST_CASE("chat event: what a user asks for first is one call away, per choice")
{
    auto const e = read_event(R"({"id":"i","choices":[{"index":1,"delta":{"content":"b"},"finish_reason":"stop"},)"
                              R"({"index":0,"delta":{"content":"a","reasoning":"r","refusal":"n",)"
                              R"("tool_calls":[{"index":0,"function":{"arguments":"x"}}]}}],)"
                              R"("usage":{"total_tokens":3}})")
                       .value();
    CHECK(e.text() == "a");
    CHECK(e.text(1) == "b");
    CHECK(!e.text(2).has_value());
    CHECK(e.reasoning() == "r");
    CHECK(e.refusal() == "n");
    CHECK(e.tool_calls().front().arguments == "x");
    CHECK(e.tool_calls(1).empty());
    CHECK(e.finished() == finish::none);
    CHECK(e.finished(1) == finish::stop);
    CHECK(e.usage()->total_tokens == 3);
    auto const quiet =
        read_event(R"({"choices":[{"index":0,"delta":{"role":"assistant","content":""}}],"usage":null})").value();
    CHECK((!quiet.text() && !quiet.reasoning() && !quiet.refusal() && !quiet.usage()));
}

TEST_CASE("chat event: errors in a stream and what is no JSON leave a partial answer")
{
    for (auto const* const data :
         {R"({"error":{"message":"The server had an error","type":"server_error","code":null}})",
          R"({"id":"chatcmpl-AbC123","choi)", "[]", R"({"choices":[{"delta":{"content":1}}]})"}) {
        CAPTURE(data);
        auto const e = read_event(data);
        REQUIRE(!e.has_value());
        CHECK(e.error().outcome() == outcome::partial);
    }
}

TEST_CASE("chat event: the end mark")
{
    for (auto const* const data : {"[DONE]", " [DONE]", "[DONE] ", "[DONE]\r"})
        CHECK(openai_wire::is_end_mark(data));
    for (auto const* const data : {"", "[DONE", "[done]", "\"[DONE]\"", "[DONE]x"})
        CHECK(!openai_wire::is_end_mark(data));
}

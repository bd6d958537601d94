#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/errc.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace augur;
using openai_wire::parse_chat_response;

namespace {

result<chat_event> read_event(std::string const& data)
{
    return openai_wire::chat_event_reader().read(data);
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

#include <augur/model/chat_accumulator.hpp>
#include <augur/model/embedding.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/response_request.hpp>

#include <doctest/doctest.h>

#include <string>
#include <type_traits>
#include <vector>

using namespace augur;

// Braces inside a co_await expression are miscompiled by g++ 12 for aggregates: what users hand over is none.
template <class... T>
constexpr bool no_aggregates = (!std::is_aggregate_v<T> && ...);
static_assert(
    no_aggregates<message, content_part, tool, tool_choice, tool_call, answer_format, chat_request, embedding_request,
                  openai_wire::response_request, openai_wire::response_item, openai_wire::response_part>);

namespace {

std::string written(chat_request const& request)
{
    auto const text = openai_wire::write_chat_request(request);
    return text ? *text : text.error().to_string();
}

} // namespace

TEST_CASE("chat request: each setter has its member")
{
    struct row
    {
        chat_request request;
        char const* json;
    };
    row const rows[] = {
        {chat_request("m").user("Hi"), R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})"},
        {chat_request().system("s").developer("d").assistant("a").user(""),
         R"({"messages":[{"role":"system","content":"s"},{"role":"developer","content":"d"},)"
         R"({"role":"assistant","content":"a"},{"role":"user","content":""}]})"},
        {chat_request().user({content_part::text("t"), content_part::image_url("https://x", "low"),
                              content_part::image("\x89P", "image/png"), content_part::audio("ab", "wav"),
                              content_part::file("%PDF", "application/pdf", "a.pdf"), content_part::file_id("f1"),
                              content_part::json(R"({"type":"new","a":[1]})")}),
         R"({"messages":[{"role":"user","content":[{"type":"text","text":"t"},)"
         R"({"type":"image_url","image_url":{"url":"https://x","detail":"low"}},)"
         R"({"type":"image_url","image_url":{"url":"data:image/png;base64,iVA="}},)"
         R"({"type":"input_audio","input_audio":{"data":"YWI=","format":"wav"}},)"
         R"({"type":"file","file":{"filename":"a.pdf","file_data":"data:application/pdf;base64,JVBERg=="}},)"
         R"({"type":"file","file":{"file_id":"f1"}},{"type":"new","a":[1]}]}]})"},
        {chat_request().tool_result("c1", "22"),
         R"({"messages":[{"role":"tool","content":"22","tool_call_id":"c1"}]})"},
        {chat_request().add(message("user", "a").name("anna").add(content_part::text("b"))),
         R"({"messages":[{"role":"user","name":"anna","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]})"},
        {chat_request().add(message("assistant", std::vector<content_part>()).add(tool_call("c1", "f", "{}"))),
         R"({"messages":[{"role":"assistant","tool_calls":[)"
         R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]}]})"},
        {chat_request()
             .add(tool::function("f", "d", R"({"type": "object"})").strict())
             .add(tool::custom("c", ""))
             .add(tool::json(R"({"type":"web_search"})")),
         R"({"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type": "object"},"strict":true}},)"
         R"({"type":"custom","custom":{"name":"c"}},{"type":"web_search"}]})"},
        {chat_request().choose(tool_choice::none()), R"({"tool_choice":"none"})"},
        {chat_request().choose(tool_choice::automatic()), R"({"tool_choice":"auto"})"},
        {chat_request().choose(tool_choice::required()).parallel_tool_calls(false),
         R"({"tool_choice":"required","parallel_tool_calls":false})"},
        {chat_request().choose(tool_choice::function("f")),
         R"({"tool_choice":{"type":"function","function":{"name":"f"}}})"},
        {chat_request().choose(tool_choice::custom("f")), R"({"tool_choice":{"type":"custom","custom":{"name":"f"}}})"},
        {chat_request().choose(tool_choice::json(R"({"type":"allowed_tools"})")),
         R"({"tool_choice":{"type":"allowed_tools"}})"},
        {chat_request().format(answer_format::json_schema("n", "{}").description("d")),
         R"({"response_format":{"type":"json_schema","json_schema":{"name":"n","description":"d","schema":{},"strict":true}}})"},
        {chat_request().format(answer_format::json_object()), R"({"response_format":{"type":"json_object"}})"},
        {chat_request().format(answer_format::text()), R"({"response_format":{"type":"text"}})"},
        {chat_request().temperature(0.5).top_p(1).frequency_penalty(-2).presence_penalty(0),
         R"({"temperature":0.5,"top_p":1.0,"frequency_penalty":-2.0,"presence_penalty":0.0})"},
        {chat_request().max_tokens(7).old_max_tokens(8).choices(2).seed(-1),
         R"({"max_completion_tokens":7,"max_tokens":8,"n":2,"seed":-1})"},
        {chat_request().stop("a").stop("b").log_probabilities(3).logit_bias(R"({"1":-100})"),
         R"({"stop":["a","b"],"logprobs":true,"top_logprobs":3,"logit_bias":{"1":-100}})"},
        {chat_request().reasoning_effort("low").verbosity("high").service_tier("flex").prediction("p"),
         R"({"reasoning_effort":"low","verbosity":"high","service_tier":"flex","prediction":{"type":"content","content":"p"}})"},
        {chat_request().modality("text").modality("audio").speak("alloy", "mp3"),
         R"({"modalities":["text","audio"],"audio":{"voice":"alloy","format":"mp3"}})"},
        {chat_request().store().metadata("k", "v").user_name("u").safety_identifier("s").prompt_cache_key("c"),
         R"({"store":true,"metadata":{"k":"v"},"user":"u","safety_identifier":"s","prompt_cache_key":"c"})"},
    };
    for (auto const& row : rows)
        CHECK(written(row.request) == row.json);
}

TEST_CASE("chat request: a stream asks for its usage unless it may not")
{
    CHECK(*openai_wire::write_chat_stream_request(chat_request()) ==
          R"({"stream":true,"stream_options":{"include_usage":true}})");
    CHECK(*openai_wire::write_chat_stream_request(chat_request().include_usage(false)) == R"({"stream":true})");
}

TEST_CASE("chat request: options of streams are for streams alone")
{
    for (bool const on : {true, false})
        CHECK(written(chat_request("m").include_usage(on)) == R"({"model":"m"})");
    // What was read without a stream is the sender's own, and stays.
    std::string const odd = R"({"model":"m","stream_options":{"include_usage":true}})";
    auto const read = openai_wire::parse_chat_request(odd).value();
    CHECK(written(read) == odd);
    CHECK(*openai_wire::write_chat_stream_request(read) ==
          R"({"model":"m","stream":true,"stream_options":{"include_usage":true}})");
    std::string const silent = R"({"model":"m","stream":true,"stream_options":{"include_usage":false}})";
    CHECK(written(openai_wire::parse_chat_request(silent).value()) == silent);
}

TEST_CASE("chat request: extra members win over setters, and objects are merged")
{
    CHECK(written(chat_request("a").temperature(1).extra_body(R"({"model":"b","top_k":40})")) ==
          R"({"temperature":1.0,"model":"b","top_k":40})");
    CHECK(*openai_wire::write_chat_stream_request(
              chat_request().extra_body(R"({"stream_options":{"include_obfuscation":false}})")) ==
          R"({"stream":true,"stream_options":{"include_usage":true,"include_obfuscation":false}})");
    CHECK(*openai_wire::write_chat_stream_request(chat_request().extra_body(R"({"stream_options":null})")) ==
          R"({"stream":true,"stream_options":null})");
    CHECK(written(chat_request().add(message("user", "x").extra(R"({"cache":true})"))) ==
          R"({"messages":[{"role":"user","content":"x","cache":true}]})");
    CHECK(chat_request().extra_header("X-A", "b").extra_headers().front().second == "b");
}

TEST_CASE("chat request: what is no JSON and no UTF-8 is found before anything is sent")
{
    chat_request const bad[] = {
        chat_request().add(tool::function("f", "", "{")),
        chat_request().add(tool::function("f", "", R"({"a":1}, "b":2)")),
        chat_request().add(tool::json("[1]")),
        chat_request().format(answer_format::json_schema("n", "schema")),
        chat_request().extra_body("no"),
        chat_request().extra_body("[]"),
        chat_request().logit_bias("{1:2}"),
        chat_request().user("\xff"),
        chat_request().temperature(1e308 * 10),
        chat_request().add(tool::function("f", "", std::string(100'000, '['))),
    };
    for (auto const& request : bad) {
        auto const text = openai_wire::write_chat_request(request);
        REQUIRE(!text.has_value());
        CHECK(text.error() == errc::invalid_argument);
        CHECK(text.error().outcome() == outcome::not_sent);
    }
    CHECK(openai_wire::write_chat_request(bad[0]).error().message().starts_with("parameters is not usable JSON: $"));
}

TEST_CASE("chat request: the message of an answer goes back as it came")
{
    std::string const answer = R"({"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function",)"
                               R"("function":{"name":"f","arguments":"{}"}}],"refusal":null,"context":{"a":1}})";
    auto const response = openai_wire::parse_chat_response(R"({"choices":[{"index":0,"message":)" + answer + "}]}");
    auto const back = written(chat_request().add(response.value().choices.front().message));
    auto const again = openai_wire::parse_chat_request(back);
    CHECK(again.value().messages().front() == response.value().choices.front().message);
}

TEST_CASE("chat request: a call that came in pieces goes back whole")
{
    struct row
    {
        std::vector<char const*> pieces;
        char const* call;
    };
    row const rows[] = {
        {{R"({"index":0,"id":"c1","type":"function","function":{"name":"weather","arguments":""}})",
          R"({"index":0,"function":{"arguments":"{\"city\":"}})",
          R"({"index":0,"function":{"arguments":"\"Oslo\"}"}})"},
         R"({"id":"c1","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Oslo\"}"}})"},
        {{R"({"index":0,"id":"c1","type":"custom","custom":{"name":"sql","input":""}})",
          R"({"index":0,"custom":{"input":"select"}})"},
         R"({"id":"c1","type":"custom","custom":{"name":"sql","input":"select"}})"},
        {{R"({"index":0,"id":"c1","type":"function","function":{"name":"now","arguments":""}})"},
         R"({"id":"c1","type":"function","function":{"name":"now","arguments":""}})"},
        {{R"({"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"{"}})",
          R"({"index":0,"id":"","type":null,"function":{"name":null,"arguments":"}"}})"},
         R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}})"},
        {{R"({"index":0,"id":"c1","type":"function","function":null})",
          R"({"index":0,"function":{"name":"f","arguments":"{}"}})"},
         R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}})"},
        {{R"({"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":"","new":""},"more":null})",
          R"({"index":0,"function":{"arguments":"{}"}})"},
         R"({"id":"c1","type":"function","function":{"name":"f","arguments":"{}","new":""},"more":null})"},
    };
    for (auto const& row : rows) {
        CAPTURE(std::string(row.pieces.front()));
        openai_wire::chat_event_reader reader;
        chat_accumulator all;
        for (std::string const piece : row.pieces)
            all.add(reader.read(R"({"choices":[{"index":0,"delta":{"tool_calls":[)" + piece + "]}}]}").value()).value();
        CHECK(written(chat_request().add(all.response().choices.front().message)) ==
              R"({"messages":[{"role":"assistant","tool_calls":[)" + std::string(row.call) + "]}]}");
    }
}

#include "responses_table.hpp"

#include <augur/model/chat_accumulator.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/responses.hpp>

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace augur;
using openai_wire::event_kind;
using openai_wire::response_event;
using openai_wire::response_request;
using oa = openai_wire::errc;

namespace {

response_event read(std::string const& data)
{
    return openai_wire::response_event_reader().read(data).value();
}

std::string written(response_request const& request)
{
    auto const text = openai_wire::write_response_request(request);
    return text ? *text : text.error().to_string();
}

/// A whole stream in order; numbers begin at 0.
std::vector<std::string> const stream{
    R"({"type":"response.created","response":{"id":"resp_1","status":"in_progress","model":"m","created_at":5,"output":[]},"sequence_number":0})",
    R"({"type":"response.output_item.added","output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[]},"sequence_number":1})",
    R"({"type":"response.reasoning_summary_text.delta","item_id":"rs_1","output_index":0,"summary_index":0,"delta":"Hm","sequence_number":2})",
    R"({"type":"response.output_text.delta","item_id":"m_1","output_index":1,"content_index":0,"delta":"Hel","logprobs":[],"sequence_number":3})",
    R"({"type":"response.new_thing","sequence_number":4})",
    R"({"type":"response.output_text.delta","item_id":"m_1","output_index":1,"content_index":0,"delta":"lo","logprobs":[],"sequence_number":5})",
    R"({"type":"response.output_item.added","output_index":2,"item":{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":""},"sequence_number":6})",
    R"({"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"{\"a\":","sequence_number":7})",
    R"({"type":"response.function_call_arguments.delta","item_id":"fc_1","output_index":2,"delta":"1}","sequence_number":8})",
    R"({"type":"response.output_item.added","output_index":3,"item":{"id":"ct_1","type":"custom_tool_call","call_id":"call_2","name":"sql","input":""},"sequence_number":9})",
    R"({"type":"response.custom_tool_call_input.delta","item_id":"ct_1","output_index":3,"delta":"select","sequence_number":10})",
    R"({"type":"response.refusal.delta","item_id":"m_1","output_index":1,"content_index":1,"delta":"No","sequence_number":11})",
    R"({"type":"response.completed","response":{"id":"resp_1","status":"completed","model":"m","created_at":5,"output":[{"type":"reasoning","id":"rs_1","summary":[{"type":"summary_text","text":"Hm"}]},{"type":"message","id":"m_1","role":"assistant","content":[{"type":"output_text","text":"Hello","annotations":[]},{"type":"refusal","refusal":"No"}]},{"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"{\"a\":1}"},{"type":"custom_tool_call","id":"ct_1","call_id":"call_2","name":"sql","input":"select"}],"usage":{"input_tokens":1,"output_tokens":2,"total_tokens":3}},"sequence_number":12})",
};

/// What both ways to one answer must agree on.
std::string answer_of(chat_response const& r)
{
    auto out = r.id + "|" + r.model + "|" + r.text() + "|" + std::string(r.reasoning()) + "|" +
               std::string(r.refusal()) + "|" + std::string(to_string(r.finished()));
    for (auto const& call : r.tool_calls())
        out += "|" + call.id + ":" + call.name + "(" + call.arguments + ")" + (call.custom ? "!" : "");
    return out;
}

} // namespace

TEST_CASE("responses: all 59 types of events are known by their names")
{
    std::set<std::string> seen;
    for (int i = 1; i <= 59; ++i) {
        auto const kind = static_cast<event_kind>(i);
        auto const name = std::string(to_string(kind));
        CHECK(openai_wire::event_kind_of(name) == kind);
        seen.insert(name);
    }
    CHECK(seen.size() == 59);
    CHECK(seen.count("") == 0);
    CHECK(openai_wire::event_kind_of("response.output_text") == event_kind::unknown);
    CHECK(openai_wire::event_kind_of("") == event_kind::unknown);
    CHECK(to_string(event_kind::unknown).empty());
    CHECK(to_string(event_kind::web_search_call_searching) == "response.web_search_call.searching");
}

TEST_CASE("responses: a stream that ended is its last event's response, and every break is partial")
{
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        CAPTURE(cut);
        openai_wire::response_accumulator all;
        std::string text;
        for (std::size_t i = 0; i < cut; ++i) {
            auto const event = read(stream[i]);
            text += event.kind == event_kind::output_text_delta ? event.delta : "";
            CHECK(all.add(event).value());
        }
        CHECK(all.text() == text);
        CHECK(all.complete() == (cut == stream.size()));
        auto const done = std::move(all).finish();
        REQUIRE(done.has_value() == (cut == stream.size()));
        if (done) {
            CHECK(done->text() == "Hello");
            CHECK(done->reasoning() == "Hm");
            CHECK(done->refusal() == "No");
            CHECK(done->tool_calls().size() == 2);
            continue;
        }
        CHECK(done.error() == errc::truncated);
        CHECK(done.error().outcome() == outcome::partial);
        CHECK(done.error().attribute("response_id") == (cut > 0 ? "resp_1" : ""));
        CHECK(done.error().attribute("sequence_number") == (cut > 0 ? std::to_string(cut - 1) : ""));
    }
}

TEST_CASE("responses: a break that is mended anywhere, with events sent twice, gives the same answer")
{
    for (std::size_t cut = 1; cut < stream.size(); ++cut)
        for (std::size_t back = 0; back <= cut; ++back) {
            openai_wire::response_accumulator all;
            for (std::size_t i = 0; i < cut; ++i)
                CHECK(all.add(read(stream[i])).value());
            for (std::size_t i = back; i < stream.size(); ++i)
                CHECK(all.add(read(stream[i])).value() == (i >= cut));
            CHECK(all.text() == "Hello");
            CHECK(std::move(all).finish().has_value());
        }
}

TEST_CASE("responses: failures are typed, whichever way they come")
{
    struct row
    {
        char const* data;
        oa code;
        condition what;
    };
    row const rows[] = {
        {R"({"type":"error","code":"rate_limit_exceeded","message":"m","param":"p","sequence_number":1})",
         oa::rate_limited, condition::throttled},
        {R"({"type":"error","error":{"code":"server_error","message":"m"}})", oa::server_error,
         condition::server_error},
        {R"({"type":"error","code":"ERR_SOMETHING","message":"m"})", oa::stream_error, condition::server_error},
        {R"({"type":"error","error":{"type":"too_many_requests","code":"too_many_requests","message":"m","param":null}})",
         oa::rate_limited, condition::throttled},
        {R"({"type":"error","error":{"type":"server_error","message":"m"}})", oa::server_error,
         condition::server_error},
        {R"({"type":"error","error":{"code":429,"message":"m"}})", static_cast<oa>(429), condition::throttled},
        {R"({"type":"error","code":"429","message":"m"})", static_cast<oa>(429), condition::throttled},
        {R"({"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"server_error","message":"m"}}})",
         oa::server_error, condition::server_error},
        {R"({"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"content_filter","message":"m"}}})",
         oa::content_filter, condition::content_filtered},
        {R"({"type":"response.failed","response":{"id":"r","status":"failed","error":{"code":"image_parse_error","message":"m"}}})",
         oa::response_failed, condition::server_error},
    };
    for (auto const& row : rows) {
        CAPTURE(std::string(row.data));
        auto const event = read(row.data);
        CHECK(event.is_terminal());
        auto const failure = event.failure();
        REQUIRE(failure.has_value());
        CHECK((*failure == row.code));
        CHECK(*failure == row.what);
        CHECK(failure->service_message() == "m");
        CHECK(failure->outcome() == outcome::partial);
        openai_wire::response_accumulator all;
        CHECK((all.add(event).error() == row.code));
        CHECK(!std::move(all).finish().has_value());
    }
    auto const bare = openai_wire::response_event_reader().read(R"({"error":{"code":"429","message":"m"}})");
    CHECK(bare.error() == condition::throttled);
    CHECK(bare.error().outcome() == outcome::partial);
    for (auto const* const data :
         {"", "[1]", R"({"type":"response.completed)", R"({"type":"response.output_text.delta","delta":5})"})
        CHECK(openai_wire::response_event_reader().read(data).error().outcome() == outcome::partial);
}

TEST_CASE("responses: an end counts whatever number it has")
{
    // Gateways that fail in the middle add an event of their own, which they number from 0.
    auto const stray = R"({"type":"error","sequence_number":0,"error":{"code":"server_error","message":"died"}})";
    openai_wire::response_accumulator failing;
    CHECK(failing.add(read(stream[3])).value());
    CHECK(failing.add(read(stream[5])).value());
    CHECK((failing.add(read(stray)).error() == oa::server_error));

    openai_wire::response_accumulator ending;
    CHECK(ending.add(read(stream[3])).value());
    CHECK(ending.add(read(stream[5])).value());
    auto last = read(stream.back());
    REQUIRE(last.is_terminal());
    last.sequence_number = 0;
    CHECK(ending.add(last).value());
    CHECK_FALSE(ending.add(last).value());
    CHECK(std::move(ending).finish().has_value());

    // An end without a response ends nothing, and is a repetition all the same.
    openai_wire::response_accumulator empty;
    auto const nothing = read(R"({"type":"response.incomplete","sequence_number":42})");
    CHECK(empty.add(nothing).value());
    CHECK_FALSE(empty.add(nothing).value());
    CHECK_FALSE(std::move(empty).finish().has_value());
}

TEST_CASE("responses: text is bounded")
{
    openai_wire::response_accumulator small(4);
    CHECK(small.add(read(stream[3])).value());
    auto const over = small.add(read(stream[5]));
    CHECK(over.error() == errc::body_limit);
    CHECK(small.text() == "Hel");
}

TEST_CASE("responses: what is no response is an error, a failed one is a value")
{
    CHECK((openai_wire::parse_response(R"({"error":{"code":"DeploymentNotFound","message":"m"}})").error() ==
           oa::deployment_not_found));
    CHECK(openai_wire::parse_response("{}").error() == errc::decode_error);
    CHECK(openai_wire::parse_response("[]").error() == errc::decode_error);
    CHECK(openai_wire::parse_response(R"({"id":"r","output":{}})").error().message() ==
          "$.output: wanted array, found object");
    auto const failed =
        openai_wire::parse_response(R"({"id":"r","status":"failed","error":{"code":"c","message":"m"},"output":[]})");
    CHECK(failed->error_code == "c");
    CHECK(failed->ended());
    CHECK(!openai_wire::parse_response(R"({"id":"r","status":"queued"})")->ended());
    CHECK(openai_wire::parse_item_list(R"({"error":{"code":"401"}})").error() == condition::unauthenticated);
}

TEST_CASE("responses: in the neutral vocabulary a stream and its response are one answer")
{
    chat_accumulator all;
    std::string text;
    for (auto const& data : stream) {
        auto const event = openai_wire::to_chat_event(read(data));
        text += event.text().value_or("");
        CHECK(event.raw() == data);
        all.add(event).value();
    }
    CHECK(text == "Hello");
    auto const streamed = std::move(all).finish().value();
    auto const whole = openai_wire::to_chat_response(*read(stream.back()).response);
    CHECK(answer_of(streamed) == "resp_1|m|Hello|Hm|No|tool_calls|call_1:f({\"a\":1})|call_2:sql(select)!");
    CHECK(answer_of(whole) == answer_of(streamed));
    CHECK(streamed.usage == whole.usage);
    CHECK(whole.usage->total_tokens == 3);
}

TEST_CASE("responses: how a response ended, in the words of chat completions")
{
    struct row
    {
        char const* json;
        finish what;
    };
    for (auto const& row :
         {row{R"({"id":"r","status":"completed"})", finish::stop},
          row{R"({"id":"r","status":"in_progress"})", finish::none},
          row{R"({"id":"r","status":"completed","output":[{"type":"function_call","name":"f"}]})", finish::tool_calls},
          row{R"({"id":"r","status":"incomplete","incomplete_details":{"reason":"max_output_tokens"}})",
              finish::length},
          row{R"({"id":"r","status":"incomplete","incomplete_details":{"reason":"content_filter"}})",
              finish::content_filter},
          row{R"({"id":"r","status":"cancelled"})", finish::other}})
        CHECK(openai_wire::to_chat_response(openai_wire::parse_response(row.json).value()).finished() == row.what);
}

TEST_CASE("responses: each setter has its member")
{
    CHECK(written(response_request("m", "Hi").instructions("i").previous_response_id("r").conversation("c")) ==
          R"({"model":"m","input":"Hi","instructions":"i","previous_response_id":"r","conversation":"c"})");
    CHECK(
        written(response_request("m", "Hi").add(openai_wire::response_item::function_output("c1", "22"))) ==
        R"({"model":"m","input":[{"role":"user","content":"Hi"},{"type":"function_call_output","call_id":"c1","output":"22"}]})");
    CHECK(written(response_request("m")
                      .add(openai_wire::response_item::reference("i"))
                      .add(openai_wire::response_item::json(R"({"type":"x"})"))) ==
          R"({"model":"m","input":[{"id":"i","type":"item_reference"},{"type":"x"}]})");
    CHECK(
        written(
            response_request("m").background().store(true).max_tool_calls(1).max_output_tokens(2).temperature(0).top_p(
                1)) ==
        R"({"model":"m","background":true,"store":true,"max_tool_calls":1,"max_output_tokens":2,"temperature":0.0,"top_p":1.0})");
    CHECK(written(response_request("m")
                      .add(tool::function("f", "d", "{}").strict(false))
                      .choose(tool_choice::function("f"))
                      .parallel_tool_calls(true)) ==
          R"({"model":"m","tools":[{"type":"function","name":"f","description":"d","parameters":{},"strict":false}],)"
          R"("tool_choice":{"type":"function","name":"f"},"parallel_tool_calls":true})");
    CHECK(written(response_request("m")
                      .reasoning_effort("low")
                      .reasoning_summary("auto")
                      .format(answer_format::json_schema("n", "{}"))
                      .verbosity("high")) ==
          R"({"model":"m","reasoning":{"effort":"low","summary":"auto"},)"
          R"("text":{"format":{"type":"json_schema","name":"n","schema":{},"strict":true},"verbosity":"high"}})");
    CHECK(
        written(response_request("m")
                    .truncation("auto")
                    .include("a")
                    .metadata("k", "v")
                    .service_tier("flex")
                    .prompt_cache_key("p")
                    .safety_identifier("s")
                    .user_name("u")
                    .top_log_probabilities(2)
                    .extra_body(R"({"x":1})")) ==
        R"({"model":"m","top_logprobs":2,"truncation":"auto","include":["a"],"metadata":{"k":"v"},"service_tier":"flex",)"
        R"("prompt_cache_key":"p","safety_identifier":"s","user":"u","x":1})");
    CHECK(*openai_wire::write_response_request(response_request("m", "x"), true) ==
          R"({"model":"m","input":"x","stream":true})");
    CHECK(response_request("m").extra_header("X-A", "b").extra_headers().size() == 1);
}

TEST_CASE("responses: a neutral request says the same here, or says what it cannot")
{
    auto const full = response_request::from(
        chat_request("m")
            .developer("d")
            .user({content_part::text("t"), content_part::image_url("https://x"), content_part::file_id("f")})
            .add(message("assistant", std::vector<content_part>()).add(tool_call("c1", "f", "{}")))
            .tool_result("c1", "22")
            .add(tool::function("f", "d"))
            .max_tokens(7)
            .reasoning_effort("low")
            .log_probabilities(1)
            .extra_body(R"({"x":1})"));
    CHECK(
        written(full.value()) ==
        R"({"model":"m","input":[{"role":"developer","content":"d"},{"role":"user","content":[{"type":"input_text","text":"t"},)"
        R"({"type":"input_image","image_url":"https://x"},{"type":"input_file","file_id":"f"}]},)"
        R"({"type":"function_call","name":"f","call_id":"c1","arguments":"{}"},)"
        R"({"type":"function_call_output","call_id":"c1","output":"22"}],)"
        R"("tools":[{"type":"function","name":"f","description":"d"}],"max_output_tokens":7,"top_logprobs":1,)"
        R"("reasoning":{"effort":"low"},"include":["message.output_text.logprobs"],"x":1})");
    for (auto const& request :
         {chat_request().stop("x"), chat_request().seed(1), chat_request().choices(2), chat_request().logit_bias("{}"),
          chat_request().frequency_penalty(1), chat_request().presence_penalty(1), chat_request().prediction("p"),
          chat_request().modality("audio"), chat_request().speak("v", "f"),
          chat_request().user({content_part::audio("x", "wav")})})
        CHECK(response_request::from(request).error() == errc::unsupported);
    CHECK(response_request::from(chat_request().seed(1)).error().message().ends_with("option seed"));
}

TEST_CASE("responses: the query of a stored response")
{
    CHECK(openai_wire::response_query({}).empty());
    CHECK(openai_wire::response_query(6) == "stream=true&starting_after=6");
    CHECK(openai_wire::response_query({}, {"a.b", "c&d"}) == "include%5B%5D=a.b&include%5B%5D=c%26d");
    CHECK(openai_wire::response_query({}, {}, true) == "stream=true");
}

TEST_CASE("responses: the result of a custom tool goes back as one")
{
    auto const request = response_request::from(chat_request("m")
                                                    .add(message("assistant", std::vector<content_part>())
                                                             .add([] {
                                                                 tool_call call("c1", "sql", "select");
                                                                 call.custom = true;
                                                                 return call;
                                                             }())
                                                             .add(tool_call("c2", "f", "{}")))
                                                    .tool_result("c2", "22")
                                                    .tool_result("c1", "one row")
                                                    .tool_result("c3", "of a call that the service has kept"));
    CHECK(written(request.value()) ==
          R"({"model":"m","input":[{"type":"custom_tool_call","name":"sql","call_id":"c1","input":"select"},)"
          R"({"type":"function_call","name":"f","call_id":"c2","arguments":"{}"},)"
          R"({"type":"function_call_output","call_id":"c2","output":"22"},)"
          R"({"type":"custom_tool_call_output","call_id":"c1","output":"one row"},)"
          R"({"type":"function_call_output","call_id":"c3","output":"of a call that the service has kept"}]})");
}

TEST_CASE("responses: a refusal goes back, and what a message cannot say here is an error")
{
    auto const answer = openai_wire::parse_chat_response(
        R"({"choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":null,)"
        R"("refusal":"I will not.","annotations":[{"type":"url_citation"}]}}]})");
    auto said = answer.value().choices.front().message;
    CHECK(written(response_request::from(chat_request("m").user("Do it").add(said)).value()) ==
          R"({"model":"m","input":[{"role":"user","content":"Do it"},{"role":"assistant","content":[)"
          R"({"type":"refusal","refusal":"I will not."}]}]})");
    auto const both = openai_wire::parse_chat_response(
        R"({"choices":[{"index":0,"message":{"role":"assistant","content":"Well.","refusal":"No."}}]})");
    CHECK(written(response_request::from(chat_request("m").add(both.value().choices.front().message)).value()) ==
          R"({"model":"m","input":[{"role":"assistant","content":[{"type":"output_text","text":"Well."},)"
          R"({"type":"refusal","refusal":"No."}]}]})");

    auto result = message::tool_result("c1", "Look:");
    result.add(content_part::image_url("https://x"));
    for (auto const& one : {result, message("user", "Hi").name("anna"), message("user", "Hi").extra(R"({"a":1})")}) {
        auto const request = response_request::from(chat_request("m").add(one));
        REQUIRE_FALSE(request.has_value());
        CHECK(request.error() == errc::unsupported);
        CHECK(request.error().outcome() == outcome::not_sent);
    }
    auto words = message::tool_result("c1", "a");
    words.add(content_part::text("b"));
    CHECK(written(response_request::from(chat_request("m").add(words)).value()) ==
          R"({"model":"m","input":[{"type":"function_call_output","call_id":"c1","output":"ab"}]})");
}

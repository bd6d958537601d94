// What containers are asked and what they answer, in both forms, whole and cut everywhere.

#include "stream_support.hpp"
#include "support/stream_decoder.hpp"

#include <augur/core/error_details.hpp>
#include <augur/sagemaker/chat_wire.hpp>
#include <augur/sagemaker/errc.hpp>
#include <augur/sagemaker/stream_wire.hpp>

#include <doctest/doctest.h>

#include <algorithm>

using namespace augur;
using namespace augur::sagemaker;
using namespace test;
using test_support::decode_whole;
using test_support::where_cuts_matter;

namespace {

std::string asked(chat_request const& request, chat_form form, bool stream = false, prompt_function prompt = {})
{
    auto out = wire::write_chat(request, form, stream, prompt);
    return out ? *out : std::string(out.error().code().message());
}

using framed_decoder = wire::reframed<wire::chat_decoder>;

struct heard
{
    std::string pieces; ///< joined by '|', then "." or the error
    std::string text;   ///< put together
    finish why = finish::none;

    friend bool operator==(heard const&, heard const&) = default;
    friend std::ostream& operator<<(std::ostream& out, heard const& h)
    {
        return out << h.pieces << " / " << h.text << " / " << to_string(h.why);
    }
};

auto const piece = [](chat_event const& e) { return std::string(e.text().value_or("-")) + "|"; };
auto const whole_answer = [](auto& decoder) {
    return decoder.response().text() + " / " + std::string(to_string(decoder.response().finished()));
};

heard hear(chat_form form, std::string_view type, std::string const& body)
{
    heard out;
    auto const last = [&out](auto& decoder) {
        out.text = decoder.response().text();
        out.why = decoder.response().finished();
        return std::string();
    };
    auto const make = [&] { return framed_decoder{wire::chat_decoder(form, type)}; };
    auto const all = test_support::decode_whole(make, body, piece, last);
    out.pieces = joined(all) + (all.find("error: ") == all.npos ? "." : "");
    return out;
}

std::string chunk(std::string const& text, std::string const& why = {})
{
    return R"({"id":"c","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":")" +
           text + "\"},\"finish_reason\":" + (why.empty() ? "null" : "\"" + why + "\"") + "}]}";
}

struct sample
{
    char const* name;
    chat_form form;
    char const* type;
    std::string output; ///< of the container
    heard whole;
};

std::vector<sample> const& samples()
{
    static std::vector<sample> const all{
        {"vLLM",
         chat_form::messages,
         "text/event-stream",
         "data: " + chunk("Blue") + "\n\n: ping\n\ndata: " + chunk(", \xc3\xbc") + "\n\ndata: " + chunk("", "stop") +
             "\n\ndata: [DONE]\n\n",
         {"Blue|, \xc3\xbc|-|.", "Blue, \xc3\xbc", finish::stop}},
        {"LMI, chat completions in lines",
         chat_form::messages,
         "application/jsonlines",
         chunk("Blue") + "\n" + chunk(", \xc3\xbc") + "\n" + chunk("", "length") + "\n",
         {"Blue|, \xc3\xbc|-|.", "Blue, \xc3\xbc", finish::length}},
        {"a container that does not stream",
         chat_form::messages,
         "application/json",
         R"({"id":"c","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant",)"
         R"("content":"Blue."},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":2,)"
         R"("total_tokens":5}})",
         {"Blue.|.", "Blue.", finish::stop}},
        {"TGI",
         chat_form::inputs,
         "text/event-stream",
         R"(data:{"index":1,"token":{"id":7,"text":"Blue","logprob":-0.1,"special":false},"generated_text":null})"
         "\n\n"
         R"(data:{"index":2,"token":{"id":8,"text":", \u00fc","logprob":-0.1,"special":false},"generated_text":null})"
         "\n\n"
         R"(data:{"index":3,"token":{"id":2,"text":"</s>","logprob":0,"special":true},"generated_text":"Blue, \u00fc",)"
         R"("details":{"finish_reason":"eos_token","generated_tokens":3,"input_length":5}})"
         "\n\n",
         {"Blue|, \xc3\xbc|-|.", "Blue, \xc3\xbc", finish::stop}},
        {"LMI, tokens in lines",
         chat_form::inputs,
         "application/jsonlines",
         R"({"token":{"id":7,"text":"Blue","log_prob":-0.1}})"
         "\n"
         R"({"token":{"id":8,"text":"!","log_prob":-0.1},"generated_text":"Blue!","details":{"finish_reason":"length"}})"
         "\n",
         {"Blue|!|.", "Blue!", finish::length}},
        {"LMI, outputs in lines",
         chat_form::inputs,
         "application/jsonlines",
         "{\"outputs\": [\" a\"]}\n{\"outputs\": [\" b\"]}\n\n{\"outputs\": [\" c\"]}\n",
         {" a| b| c|.", " a b c", finish::none}},
        {"one generated_text",
         chat_form::inputs,
         "application/json",
         R"([{"generated_text":"Blue."}])",
         {"Blue.|.", "Blue.", finish::stop}},
    };
    return all;
}

} // namespace

TEST_CASE("sagemaker chat: every form is heard the same, however container, service and network cut it")
{
    for (auto const& s : samples()) {
        CAPTURE(s.name);
        for (auto const* type : {s.type, "application/octet-stream", ""}) { // the first byte tells, too
            CAPTURE(type);
            CHECK(hear(s.form, type, part(s.output)) == s.whole);
            for (std::size_t size = 1; size < 70; ++size) {
                CAPTURE(size);
                CHECK(hear(s.form, type, parts_of(s.output, size)) == s.whole);
            }
        }
        auto const framed = [&s] { return framed_decoder{wire::chat_decoder(s.form, s.type)}; };
        CHECK(where_cuts_matter(framed, parts_of(s.output, 101), piece, whole_answer) == "");
        auto const bare = [&s] { return wire::chat_decoder(s.form, s.type); }; // as on the OpenAI-compatible path
        CHECK(where_cuts_matter(bare, s.output, piece, whole_answer) == "");
        CHECK(decode_whole(bare, s.output, piece, whole_answer) ==
              decode_whole(framed, part(s.output), piece, whole_answer));
    }
}

TEST_CASE("sagemaker chat: cut at any byte of the body it is truncated, with the text so far")
{
    for (auto const& s : samples()) {
        CAPTURE(s.name);
        auto const body = parts_of(s.output, 21);
        auto const frame_size = part(std::string(21, 'x')).size();
        for (std::size_t size = 0; size < body.size(); ++size) {
            if (size % frame_size == 0)
                continue; // the service ended its response well there; see the next case
            CAPTURE(size);
            auto const seen = hear(s.form, s.type, body.substr(0, size));
            bool const was_over = s.whole.pieces.ends_with("|.") && seen.pieces == s.whole.pieces &&
                                  s.output.find("[DONE]") != std::string::npos;
            if (was_over)
                continue; // the end mark was in the frames before
            CHECK((seen.pieces.ends_with("truncated") || seen.pieces.ends_with("decode_error")));
            CHECK(s.whole.text.starts_with(seen.text));
        }
    }
}

TEST_CASE("sagemaker chat: a container that ends its output early has not answered")
{
    for (auto const& s : samples()) {
        CAPTURE(s.name);
        // What LMI writes without an end mark ends where the container ends it, if that is behind a line.
        bool const has_mark = s.whole.why != finish::none;
        for (std::size_t size = 0; size + 1 < s.output.size(); ++size) {
            CAPTURE(size);
            auto const seen = hear(s.form, s.type, part(s.output.substr(0, size)));
            CHECK(s.whole.text.starts_with(seen.text));
            if (seen.pieces == s.whole.pieces)
                continue; // only blank lines or the end mark are missing: every choice has its reason
            bool const failed = seen.pieces.ends_with("truncated") || seen.pieces.ends_with("decode_error");
            bool const is_lmi = std::string_view(s.name).starts_with("LMI, ") && s.form == chat_form::inputs;
            CHECK((failed || is_lmi));
            if (has_mark && !is_lmi)
                CHECK(failed);
        }
        CHECK(hear(s.form, s.type, "").pieces == "truncated");
    }
}

TEST_CASE("sagemaker chat: events without an end mark end behind a whole one, and inside one they were cut")
{
    for (std::string const event : {R"(data:{"token":{"id":7,"text":"a"}})", R"(data:{"outputs":["a"]})"}) {
        std::string const output = event + "\n\n" + event + "\n\n";
        for (std::size_t size = 0; size <= output.size(); ++size) {
            CAPTURE(size);
            auto const seen = hear(chat_form::inputs, "text/event-stream", part(output.substr(0, size)));
            std::size_t const events = size / (event.size() + 2);
            bool const is_whole = size > 0 && size % (event.size() + 2) == 0;
            CHECK(seen.pieces == std::string(events > 1   ? "a|a|"
                                             : events > 0 ? "a|"
                                                          : "") +
                                     (is_whole ? "." : "truncated"));
        }
    }
}

TEST_CASE("sagemaker chat: a failure of the container in the place of a token is an error after the text")
{
    std::string const token = R"(data:{"token":{"text":"Blue"},"generated_text":null})"
                              "\n\n";
    std::string const failure = R"(data:{"error":"Model is overloaded","error_type":"overloaded"})"
                                "\n\n";
    framed_decoder one{wire::chat_decoder(chat_form::inputs, "text/event-stream")};
    auto const body = part(token + failure);
    one.feed(body);
    CHECK(one.next().value()->text() == "Blue");
    auto const item = one.next();
    REQUIRE_FALSE(item.has_value());
    CHECK(item.error() == sagemaker::errc::model_stream_error);
    CHECK(item.error().service_message() == "Model is overloaded");
    CHECK(item.error().provider_code() == "overloaded");
    CHECK(one.response().text() == "Blue");

    framed_decoder other{wire::chat_decoder(chat_form::messages, "text/event-stream")};
    auto const second = part("data: " + chunk("Blue") + "\n\n" +
                             R"(data: {"error":{"message":"engine died","type":"server_error","code":500}})" + "\n\n");
    other.feed(second);
    CHECK(other.next().value()->text() == "Blue");
    auto const failed = other.next();
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().outcome() == outcome::partial);
    CHECK(failed.error().service_message().find("engine died") != std::string_view::npos);

    framed_decoder third{wire::chat_decoder(chat_form::messages, "text/event-stream")};
    auto const broken = part("data: " + chunk("Blue") + "\n\nda") + exception_frame("ModelStreamError", "{}");
    third.feed(broken);
    CHECK(third.next().value()->text() == "Blue");
    CHECK(third.next().error() == sagemaker::errc::model_stream_error);
    CHECK(third.response().text() == "Blue");
}

TEST_CASE("sagemaker chat: lines that mean nothing are errors, not silence")
{
    for (auto const* line :
         {"{}", "[]", "1", "null", "{\"token\":{}}", "{\"token\":{\"text\":1}}", "{\"outputs\":[1]}",
          "{\"outputs\":[]}", "{\"outputs\":[\"a\",\"b\"]}", "{\"generated_text\":1}", "{", "data"}) {
        CAPTURE(line);
        auto const seen = hear(chat_form::inputs, "application/jsonlines", part(std::string(line) + "\n"));
        CHECK(seen.pieces == "decode_error");
    }
}

TEST_CASE("sagemaker chat: usage and details come with the last token")
{
    framed_decoder one{wire::chat_decoder(chat_form::inputs, "text/event-stream")};
    auto const body = part(samples()[3].output);
    one.feed(body);
    one.finish();
    std::optional<augur::usage> seen;
    while (auto event = one.next().value())
        if (event->usage() != nullptr)
            seen = *event->usage();
    REQUIRE(seen);
    CHECK(seen->output_tokens == 3);
    CHECK(seen->input_tokens == 5);
    CHECK(seen->total_tokens == 8);
    CHECK(one.response().usage == seen);
}

TEST_CASE("sagemaker chat: messages are asked as chat completions")
{
    chat_request request;
    request.system("Briefly.").user("Why?").max_tokens(7);
    auto const once = asked(request, chat_form::messages);
    CHECK(once.find("\"messages\":[{\"role\":\"system\"") != std::string::npos);
    CHECK(once.find("\"stream\"") == std::string::npos);
    CHECK(asked(request, chat_form::messages, true).find("\"stream\":true") != std::string::npos);
    request.extra_header("x-mine", "1");
    CHECK(asked(request, chat_form::messages) == "unsupported");
    CHECK(asked(request, chat_form::inputs) == "unsupported");
}

TEST_CASE("sagemaker chat: inputs are asked with a text and parameters")
{
    CHECK(asked(chat_request().user("Why?"), chat_form::inputs) == R"({"inputs":"Why?","parameters":{}})");
    chat_request full;
    full.system("Briefly.").user("Why \"blue\"?").max_tokens(7).temperature(0.5).top_p(0.9).frequency_penalty(0.1);
    full.seed(42).stop("\n").stop("END");
    CHECK(asked(full, chat_form::inputs, true) ==
          R"({"inputs":"Briefly.\n\nWhy \"blue\"?","parameters":{"max_new_tokens":7,"temperature":0.5,"top_p":0.9,)"
          R"("frequency_penalty":0.1,"seed":42,"do_sample":true,"stop":["\n","END"]},"stream":true})");
    chat_request more;
    more.user("Why?").temperature(0.5).extra_body(R"({"parameters":{"temperature":0.7,"details":true},"model":"a"})");
    CHECK(asked(more, chat_form::inputs) ==
          R"({"inputs":"Why?","parameters":{"do_sample":true,"temperature":0.7,"details":true},"model":"a"})");
}

TEST_CASE("sagemaker chat: a conversation needs the model's template")
{
    chat_request talk;
    talk.user("Hi").assistant("Hello").user("Why?");
    auto const refused = wire::write_chat(talk, chat_form::inputs, false, {});
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error() == augur::errc::unsupported);
    CHECK(refused.error().message().find("chat_config::prompt") != std::string_view::npos);
    auto const marks = [](std::vector<message> const& messages) -> result<std::string> {
        std::string out;
        for (auto const& m : messages)
            out += "<|" + m.role() + "|>" + m.text();
        return out;
    };
    CHECK(asked(talk, chat_form::inputs, false, marks) ==
          R"({"inputs":"<|user|>Hi<|assistant|>Hello<|user|>Why?","parameters":{}})");
    CHECK(asked(chat_request().user("a").choices(2), chat_form::inputs) == "unsupported");
    CHECK(asked(chat_request().user("a").log_probabilities(), chat_form::inputs) == "unsupported");
    CHECK(asked(chat_request().user("a").format(answer_format::json_object()), chat_form::inputs) == "unsupported");
    CHECK(asked(chat_request().user("a").extra_body("[1]"), chat_form::inputs) == "invalid_argument");
}

TEST_CASE("sagemaker chat: whole answers of both forms")
{
    auto const tgi = wire::parse_chat(
        R"([{"generated_text":"Blue.","details":{"finish_reason":"length","generated_tokens":2}}])", chat_form::inputs);
    REQUIRE(tgi.has_value());
    CHECK(tgi->text() == "Blue.");
    CHECK(tgi->finished() == finish::length);
    CHECK(tgi->usage->output_tokens == 2);
    CHECK(wire::parse_chat(R"({"generated_text":"Blue."})", chat_form::inputs)->finished() == finish::stop);
    CHECK(wire::parse_chat(R"({"outputs":["Blue."]})", chat_form::inputs)->text() == "Blue.");
    CHECK(wire::parse_chat(R"({"outputs":"Blue."})", chat_form::inputs)->text() == "Blue.");
    auto const failed = wire::parse_chat(R"({"error":"no","error_type":"generation"})", chat_form::inputs);
    CHECK(failed.error() == sagemaker::errc::model_stream_error);
    CHECK(failed.error().outcome() == outcome::complete);
    CHECK(wire::parse_chat("<html>", chat_form::inputs).error() == augur::errc::decode_error);
    CHECK(wire::parse_chat("[1]", chat_form::inputs).error() == augur::errc::decode_error);
    CHECK(wire::parse_chat("<html>", chat_form::messages).error() == augur::errc::decode_error);
}

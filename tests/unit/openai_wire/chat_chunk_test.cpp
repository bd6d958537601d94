#include <augur/codec/sse.hpp>
#include <augur/openai_wire/chat_chunk.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>
#include <string_view>

using namespace augur::openai_wire;
using namespace std::string_view_literals;

namespace {

/// "choice:content|refusal|tool_calls|finish_reason" per delta, then usage, error and end.
std::string show(chat_chunk const& chunk)
{
    std::string out;
    for (auto const& d : chunk.deltas)
        (((((((out += std::to_string(d.choice)) += ":") += d.content) += "|") += d.refusal) += "|") += d.tool_calls)
            .append("|")
            .append(d.finish_reason)
            .append(" ");
    if (chunk.usage)
        out += "usage " + std::to_string(chunk.usage->prompt_tokens) + "+" +
               std::to_string(chunk.usage->completion_tokens) + "=" + std::to_string(chunk.usage->total_tokens) + " ";
    if (!chunk.error.empty())
        (out += "error ").append(chunk.error) += " ";
    return out + (chunk.is_end ? "end" : "");
}

std::string read(std::string_view data)
{
    chat_chunk_reader reader;
    auto const chunk = reader.read(data);
    return chunk ? show(*chunk) : std::string(chunk.error().message());
}

} // namespace

TEST_CASE("chat chunk: what a chunk adds, in any order of members")
{
    CHECK(read(R"({"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,)"
               R"("delta":{"role":"assistant","content":"Hi"},"finish_reason":null,"logprobs":null}],"usage":null})") ==
          "0:Hi||| ");
    CHECK(read(R"({"choices":[{"finish_reason":"stop","delta":{},"index":2}]})") == "2:|||stop ");
    CHECK(read(R"({"choices":[{"delta":{"content":null,"refusal":"No."}}]})") == "0:|No.|| ");
    CHECK(read(R"({"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]})") ==
          "0:a||| 1:b||| ");
    CHECK(read(R"({"choices":[{"delta":{"tool_calls":[{"index":0,"function":{"arguments":"{\"a"}}]}}]})") ==
          R"(0:||[{"index":0,"function":{"arguments":"{\"a"}}]| )");
    CHECK(read("[DONE]") == "end");
}

TEST_CASE("chat chunk: text is unescaped")
{
    CHECK(read(R"({"choices":[{"delta":{"content":"\"\\\/\n\u00e9\ud83e\udd9c"}}]})") ==
          "0:\"\\/\n\xC3\xA9\xF0\x9F\xA6\x9C||| ");
    CHECK(read("{\"choices\":[{\"delta\":{\"content\":\"Gr\xC3\xBC\xC3\x9F\"}}]}") == "0:Gr\xC3\xBC\xC3\x9F||| ");
    CHECK(read(R"({"cho\u0069ces":[{"delta":{"content":"x"}}]})") == "0:x||| ");
}

TEST_CASE("chat chunk: Azure's chunks without choices, without delta, and with usage alone")
{
    CHECK(read(R"({"id":"","choices":[],"prompt_filter_results":[{"prompt_index":0,"content_filter_results":{}}]})") ==
          "");
    CHECK(read(R"({"choices":[{"index":0,"finish_reason":null,"content_filter_offsets":{"check_offset":44}}]})") ==
          "0:||| ");
    CHECK(read(R"({"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":5,"total_tokens":17,)"
               R"("prompt_tokens_details":{"cached_tokens":0}}})") == "usage 12+5=17 ");
    CHECK(read(R"({"choices":null,"usage":null,"error":null})") == "");
    CHECK(read(R"({"error":{"message":"busy","code":null}})") == R"(error {"message":"busy","code":null} )");
    CHECK(read(R"({"error": "busy" })") == "error \"busy\" ");
}

TEST_CASE("chat chunk: what is no chunk is a decode_error that names the place")
{
    struct row
    {
        std::string_view text;
        std::string_view place;
    };
    for (auto const& [text, place] : {
             row{"", "$"},
             row{"x", "$: wanted object"},
             row{"[]", "$: wanted object"},
             row{"\"DONE\"", "$: wanted object"},
             row{"[DONE", "$: wanted object"},
             row{R"({"choices":{}})", "$.choices: wanted array"},
             row{R"({"choices":[1]})", "$.choices[]: wanted object"},
             row{R"({"choices":[],"choices":[]})", "$: choices: the name occurs twice"},
             row{R"({"choices":[{"index":-1}]})", "$.choices[].index"},
             row{R"({"choices":[{"index":"0"}]})", "$.choices[].index"},
             row{R"({"choices":[{"delta":[]}]})", "$.choices[].delta: wanted object"},
             row{R"({"choices":[{"delta":{"content":1}}]})", "$.choices[].delta.content: wanted string"},
             row{R"({"choices":[{"delta":{"content":"\ud800"}}]})", "$.choices[].delta.content"},
             row{R"({"choices":[{"finish_reason":true}]})", "$.choices[].finish_reason"},
             row{R"({"usage":{"total_tokens":1.5}})", "$.usage"},
             row{R"({"usage":7})", "$.usage: wanted object"},
             row{R"({"choices":[{"delta":{"content":"a")", "$"},
             row{R"({"choices":[]}})", "$: there is more text"},
             row{R"({"choices":[]} 1)", "$: there is more text"},
             row{R"({"choices":[] "usage":null})", "$: a comma or a closing bracket is missing"},
             row{R"({"choices":[],})", "$: the name of a member is missing"},
             row{R"({"id":tru})", "$: neither a value"},
             row{R"({"id":01})", "$: wanted number"},
             row{R"({"x":[1,2}})", "$: a comma or a closing bracket is missing"},
             row{R"({"x":[1,]})", "$: wanted number"},
             row{R"({"x":{"a" 1}})", "$: a colon is missing"},
             row{"{\"choices\":[{\"delta\":{\"content\":\"\xFF\"}}]}", "$"},
             row{"{\"choices\":[{\"delta\":{\"content\":\"a\nb\"}}]}", "$"},
         }) {
        CAPTURE(text);
        chat_chunk_reader reader;
        auto const chunk = reader.read(text);
        REQUIRE_FALSE(chunk.has_value());
        CHECK(chunk.error() == augur::errc::decode_error);
        CHECK(chunk.error().outcome() == augur::outcome::partial);
        CHECK(chunk.error().message().starts_with("chat chunk: " + std::string(place)));
    }
}

TEST_CASE("chat chunk: a reader goes on after an error, and after a chunk larger than any before")
{
    chat_chunk_reader reader;
    CHECK_FALSE(reader.read("{").has_value());
    std::string const large(100'000, 'x');
    CHECK(reader.read("{\"choices\":[{\"delta\":{\"content\":\"" + large + "\"}}]}").value().deltas[0].content ==
          large);
    CHECK(reader.read(R"({"choices":[{"delta":{"content":"a"}}]})").value().deltas[0].content == "a");
    auto const nested = [](std::size_t levels) {
        return R"({"x":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    CHECK(reader.read(nested(63)).has_value());
    CHECK(reader.read(nested(64)).error() == augur::errc::decode_error);
    CHECK(reader.read(nested(100'000)).error() == augur::errc::decode_error);
    CHECK(show(reader.read(R"({"choices":[]})").value()) == "");
}

TEST_CASE("chat chunk: what a chunk says does not depend on the chunks before it")
{
    std::string_view const front = R"({"id":"c","choices":[{"index":1,"delta":{"content":")";
    std::string_view const back = R"("},"finish_reason":null}],"usage":null})";
    auto const like = [&](std::string_view content) { return std::string(front).append(content).append(back); };
    chat_chunk_reader reader;
    int errors = 0;
    for (auto const& chunk : {
             like("a"),
             like("b"),
             like(""),
             like(R"(\u00e9\n)"),
             like("Gr\xC3\xBC\xC3\x9F"),
             like("c"), // all alike
             like("\""),
             like("\\"),
             like("a\nb"),
             like("\xFF"),
             like("\\ud800"),                       // not a string
             like(R"(x"},"finish_reason":"stop"}]})"),
             like(R"(x","refusal":"no)"),
             like("d"),
             std::string(front).append("e").append(back).append(" "),
             like("f"),
             like("g").substr(1),
             like("h"),
             std::string(R"({"choices":[{"index":1,"delta":{"content":"x","refusal":"y"}}]})"),
             std::string(R"({"choices":[{"index":1,"delta":{"content":"x","refusal":"z"}}]})"),
             std::string(R"({"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}]})"),
             std::string(R"({"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"length"}]})"),
             std::string(R"({"choices":[{"index":1,"delta":{"content":"x"},"finish_reason":"stop"}]})"),
             std::string(R"({"choices":[{"delta":{"content":"x"}}],"usage":{"total_tokens":7}})"),
             std::string(R"({"choices":[{"delta":{"content":"y"}}],"usage":{"total_tokens":7}})"),
             std::string("[DONE]"),
             like("i"),
             like("j"),
         }) {
        CAPTURE(chunk);
        auto const read_again = reader.read(chunk);
        auto const seen = read_again ? show(*read_again) : std::string(read_again.error().message());
        CHECK(seen == read(chunk));
        errors += !read_again.has_value();
    }
    CHECK(errors == 7);
}

TEST_CASE("chat chunk: text without escapes is a view of the chunk")
{
    std::string const chunk = R"({"choices":[{"delta":{"content":"abc"}}]})";
    chat_chunk_reader reader;
    for (int i = 0; i < 2; ++i)
        CHECK(reader.read(chunk).value().deltas[0].content.data() == chunk.data() + chunk.find("abc"));
}

TEST_CASE("chat chunk: the recorded streams give their text, their usage and their end")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root || !*root) {
        std::cout << "chat chunk: AUGUR_SPECS_DIR not set: own tables only\n";
        return;
    }
    auto const play = [&](std::string const& name) {
        std::ifstream in(std::string(root) + "/azure/fixtures/" + name, std::ios::binary);
        REQUIRE_MESSAGE(in.good(), "cannot read " << name);
        std::string const text{std::istreambuf_iterator<char>(in), {}};
        augur::codec::sse::decoder events;
        chat_chunk_reader chunks;
        std::string out;
        for (char const byte : text) { // one byte at a time
            std::string const chunk(1, byte);
            events.feed(chunk);
            while (auto event = events.next().value()) {
                auto const read = chunks.read(event->data).value();
                for (auto const& d : read.deltas)
                    (out += d.content).append(d.finish_reason.empty() ? "" : "(").append(d.finish_reason);
                if (read.usage)
                    out += " " + std::to_string(read.usage->total_tokens);
                out += read.error.empty() ? "" : " error";
                out += read.is_end ? " end" : "";
            }
        }
        events.finish();
        return out + (events.next().has_value() ? "" : " truncated");
    };
    CHECK(play("azure-chat-stream.sse") == "Gr\xC3\xBC\xC3\x9F dich \xF0\x9F\xA6\x9C(stop 17 end");
    CHECK(play("azure-chat-stream.crlf.sse") == "Gr\xC3\xBC\xC3\x9F dich \xF0\x9F\xA6\x9C(stop 17 end");
    CHECK(play("azure-chat-midstream-error.sse") == "Hel error");
    CHECK(play("azure-chat-truncated.sse") == "Hel truncated");
    CHECK(play("azure-chat-tools-stream.sse") == "(tool_calls end");
    std::cout << "chat chunk: five recorded streams, one byte at a time\n";
}

// Samples through the client: what is asked reaches the transport as it was, what is answered reaches the caller as it
// was, unknown members included. Our own tables always, and the public samples when $AUGUR_SPECS_DIR names their
// folder.
#include "unit/azure_openai/support.hpp"
#include "unit/openai_wire/chat_table.hpp"
#include "unit/openai_wire/other_table.hpp"
#include "unit/openai_wire/responses_table.hpp"

#include <augur/codec/sse.hpp>
#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/wire.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace fs = std::filesystem;
using namespace test;
using nlohmann::json;
using testing::reply;

namespace {

testing::reply::field_list const json_fields{{"content-type", "application/json"}};
testing::reply::field_list const event_fields{{"content-type", "text/event-stream"}};

/// One client for all samples of a test case.
struct sampler
{
    openai_bench b;
    std::size_t count = 0;

    sampler() { b.config.client.max_attempts = 1; }

    /// Lets `start` call the client, which is answered with this.
    template <class T, class Start>
    result<T> ask(std::string const& answer, Start with, testing::reply::field_list const& fields = json_fields)
    {
        ++count;
        b.transport->expect(reply::with(200, fields, answer));
        return b.start<T>([&](auto handler) { with(std::move(handler)); });
    }
    /// What the last request carried.
    json sent() const { return json::parse(b.transport->seen().back().content); }

    template <class T, class Write>
    void same(result<T> const& got, Write write, std::string const& text)
    {
        REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.error().to_string()));
        auto const written = write(*got);
        REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().to_string()));
        CHECK(json::parse(*written) == json::parse(text));
    }

    void chat_answer(std::string const& text)
    {
        auto c = b.client();
        same(ask<chat_response>(text, [&](auto h) { c.async_chat(chat_request().user("?"), {}, std::move(h)); }),
             openai_wire::write_chat_response, text);
    }
    void chat_question(std::string const& text)
    {
        auto const request = openai_wire::parse_chat_request(text);
        REQUIRE(request.has_value());
        auto c = b.client();
        auto expected = json::parse(text);
        if (!expected.contains("model"))
            expected["model"] = b.config.deployment; // a deployment of the path, in older samples
        if (expected.value("stream", false)) {
            static_cast<void>(
                ask<chat_stream>("", [&](auto h) { c.async_stream(*request, {}, std::move(h)); }, event_fields));
            if (!expected.contains("stream_options"))
                expected["stream_options"] = {{"include_usage", true}}; // asked for unless the caller says otherwise
        }
        else {
            expected.erase("stream");
            static_cast<void>(ask<chat_response>("{}", [&](auto h) { c.async_chat(*request, {}, std::move(h)); }));
        }
        auto seen = sent();
        if (seen.contains("stream") && !seen["stream"].get<bool>())
            seen.erase("stream");
        CHECK(seen == expected);
    }
    void embedding_answer(std::string const& text)
    {
        auto c = b.client();
        auto const data = json::parse(text).at("data");
        std::vector<bool> answered(std::max<std::size_t>(data.size(), 1));
        for (auto const& one : data)
            if (auto const at = one.value("index", std::size_t{0}); at < answered.size())
                answered[at] = true;
        auto const got = ask<embedding_response>(text, [&](auto h) {
            c.async_embed(embedding_request(std::vector<std::string>(answered.size(), "?")), {}, std::move(h));
        });
        if (std::find(answered.begin(), answered.end(), false) == answered.end())
            same(got, openai_wire::write_embedding_response, text);
        else // one of the texts has no vector in it
            CHECK((!got && got.error() == errc::decode_error));
    }
    void embedding_question(std::string const& text)
    {
        auto const request = openai_wire::parse_embedding_request(text);
        REQUIRE(request.has_value());
        auto c = b.client();
        auto const before = b.transport->seen().size();
        auto const got = ask<embedding_response>("{}", [&](auto h) { c.async_embed(*request, {}, std::move(h)); });
        if (request->size() == 0) { // pictures, which this client does not know how to count
            CHECK(b.transport->seen().size() == before);
            CHECK((!got && got.error().outcome() == outcome::not_sent));
            *b.transport = testing::replay_transport();
            return;
        }
        auto expected = json::parse(text);
        if (!expected.contains("model"))
            expected["model"] = b.config.deployment;
        CHECK(sent() == expected);
    }
    void models(std::string const& text)
    {
        auto c = b.client();
        same(ask<openai_wire::model_list>(text, [&](auto h) { c.async_list_models({}, std::move(h)); }),
             openai_wire::write_model_list, text);
    }
    void model(std::string const& text)
    {
        auto c = b.client();
        same(ask<openai_wire::model_info>(text, [&](auto h) { c.async_get_model("m", {}, std::move(h)); }),
             openai_wire::write_model, text);
    }
    void response_answer(std::string const& text)
    {
        azure_openai::responses_client c(b.client());
        auto const id = azure_openai::get_response_request("resp_1");
        same(ask<openai_wire::response>(text, [&](auto h) { c.async_get(id, {}, std::move(h)); }),
             openai_wire::write_response, text);
    }
    void response_question(std::string const& text)
    {
        auto const request = openai_wire::parse_response_request(text);
        REQUIRE(request.has_value());
        azure_openai::responses_client c(b.client());
        auto expected = json::parse(text);
        if (!expected.contains("model"))
            expected["model"] = b.config.deployment;
        bool const streams = expected.value("stream", false);
        if (streams)
            static_cast<void>(ask<azure_openai::response_stream>(
                "", [&](auto h) { c.async_stream_response(*request, {}, std::move(h)); }, event_fields));
        else
            static_cast<void>(
                ask<openai_wire::response>("{}", [&](auto h) { c.async_create(*request, {}, std::move(h)); }));
        auto seen = sent();
        for (auto* one : {&seen, &expected})
            if (!one->value("stream", false))
                one->erase("stream");
        CHECK(seen == expected);
    }
    void items(std::string const& text)
    {
        azure_openai::responses_client c(b.client());
        auto const of = azure_openai::input_items_request("resp_1");
        same(ask<openai_wire::item_list>(text, [&](auto h) { c.async_input_items(of, {}, std::move(h)); }),
             openai_wire::write_item_list, text);
    }
    void deletion(std::string const& text)
    {
        azure_openai::responses_client c(b.client());
        same(ask<openai_wire::deletion>(text, [&](auto h) { c.async_remove("resp_1", {}, std::move(h)); }),
             openai_wire::write_deletion, text);
    }

    /// Every event of a body, as `write` has it, on a line; then "." or the error.
    template <class Stream, class Write>
    std::string stream(std::string const& body, std::size_t pieces, Write write)
    {
        ++count;
        b.transport->expect(reply::with(200, event_fields, body).in_pieces_of(pieces));
        auto c = b.client();
        azure_openai::responses_client responses(c);
        auto opened = b.start<Stream>([&](auto handler) {
            if constexpr (std::is_same_v<Stream, chat_stream>)
                c.async_stream(chat_request().user("?"), {}, std::move(handler));
            else
                responses.async_stream_response(azure_openai::response_request("", "?"), {}, std::move(handler));
        });
        REQUIRE_MESSAGE(opened.has_value(), (opened ? "" : opened.error().to_string()));
        return testing::run(b.io, *b.time, read_all(*opened, write));
    }
    template <class Stream, class Write>
    static asio::awaitable<std::string> read_all(Stream& from, Write write)
    {
        std::string out;
        for (;;) {
            auto item = co_await from.next();
            if (!item)
                co_return out + item.error().code().message();
            if (!*item)
                co_return out + ".";
            out += json::parse(write(**item).value()).dump() + "\n";
        }
    }
    std::string chat_events(std::string const& body, std::size_t pieces = 1 << 20)
    {
        return stream<chat_stream>(body, pieces, openai_wire::write_chat_event);
    }
    std::string response_events(std::string const& body, std::size_t pieces = 1 << 20)
    {
        return stream<azure_openai::response_stream>(body, pieces, openai_wire::write_response_event);
    }

    void chat_event(std::string const& text)
    {
        CHECK(chat_events("data: " + text + "\n\n").starts_with(json::parse(text).dump() + "\n"));
    }
    void response_event(std::string const& text)
    {
        auto const value = json::parse(text);
        auto const told = response_events("data: " + value.dump() + "\n\n");
        auto const type = value.at("type").get<std::string>();
        if (type == "error" || type == "response.failed") // the end of the stream and no event of it
            CHECK(told.find('\n') == told.npos);
        else
            CHECK(told.starts_with(value.dump() + "\n"));
    }
};

template <std::size_t N, class Check>
void each(wire_table::row const (&rows)[N], Check check)
{
    for (auto const& row : rows) {
        CAPTURE(row.what);
        check(std::string(row.json));
    }
}

std::string read_file(fs::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read " << path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

std::optional<fs::path> samples_folder()
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (root != nullptr && *root != '\0')
        return fs::path(root) / "azure";
    static bool const said =
        static_cast<bool>(std::cout << "azure_openai samples: AUGUR_SPECS_DIR is not set: own tables only\n");
    static_cast<void>(said);
    return std::nullopt;
}

/// The data of each event of a body, as JSON on a line.
std::string data_of(std::string const& body)
{
    std::string out;
    codec::sse::decoder events;
    events.feed(body);
    while (auto event = events.next().value())
        if (event->data != "[DONE]")
            out += json::parse(event->data).dump() + "\n";
    return out;
}

} // namespace

TEST_CASE("azure_openai samples: every row of our tables through the client, both ways")
{
    sampler s;
    each(wire_table::chat_requests, [&](std::string const& t) { s.chat_question(t); });
    each(wire_table::chat_responses, [&](std::string const& t) { s.chat_answer(t); });
    each(wire_table::chat_chunks, [&](std::string const& t) { s.chat_event(t); });
    each(wire_table::embedding_requests, [&](std::string const& t) { s.embedding_question(t); });
    each(wire_table::embeddings, [&](std::string const& t) { s.embedding_answer(t); });
    each(wire_table::model_lists, [&](std::string const& t) { s.models(t); });
    each(wire_table::response_requests, [&](std::string const& t) { s.response_question(t); });
    each(wire_table::responses, [&](std::string const& t) { s.response_answer(t); });
    each(wire_table::item_lists, [&](std::string const& t) { s.items(t); });
    each(wire_table::response_events, [&](std::string const& t) { s.response_event(t); });
    CHECK(s.count >= 150);
    std::cout << "azure_openai samples: " << s.count << " rows of our own tables through the client\n";
}

TEST_CASE("azure_openai samples: every public sample of these APIs through the client, both ways")
{
    auto const folder = samples_folder();
    if (!folder)
        return;
    sampler s;
    for (auto const& entry : fs::directory_iterator(*folder / "openai/examples")) {
        auto const name = entry.path().filename().string();
        CAPTURE(name);
        auto const is_about = [&name](std::string_view what) { return name.find(what) != name.npos; };
        bool const is_chat = is_about("_chat_completions_");
        // Compaction and counting are routes of their own that nobody here speaks yet.
        bool const is_response = is_about("_responses_") && !is_about("_compact_") && !is_about("_input_tokens_");
        bool const is_other = is_about("_embeddings_") || is_about("_models_model_");
        if (!entry.is_regular_file() || !(is_chat || is_response || is_other))
            continue;
        auto const text = read_file(entry.path());
        bool const is_request = name.ends_with(".request.json");
        if (name.ends_with(".sse"))
            CHECK(s.response_events(text + "\n\n") == data_of(text + "\n\n") + ".");
        else if (!name.ends_with(".json"))
            continue; // with an elision in it; the chunks of these are read below
        else if (is_chat && name.starts_with("get_"))
            for (auto const& stored : json::parse(text).at("data"))
                s.chat_answer(stored.dump());
        else if (is_chat)
            is_request ? s.chat_question(text) : s.chat_answer(text);
        else if (name.starts_with("delete_"))
            s.deletion(text);
        else if (is_response && is_about("_input_items_"))
            s.items(text);
        else if (is_response)
            is_request ? s.response_question(text) : s.response_answer(text);
        else if (is_about("_models_model_"))
            s.model(text);
        else
            is_request ? s.embedding_question(text) : s.embedding_answer(text);
    }
    std::istringstream elided(read_file(*folder / "openai/examples/post_chat_completions__streaming.response.txt"));
    for (std::string line; std::getline(elided, line);)
        if (line.starts_with('{'))
            s.chat_event(line);
    for (auto const& entry : fs::directory_iterator(*folder / "openai/examples/schema")) {
        auto const name = entry.path().filename().string();
        CAPTURE(name);
        if (name.starts_with("Response") && name.ends_with("Event.json"))
            s.response_event(read_file(entry.path()));
    }
    s.chat_answer(read_file(*folder / "openai/examples/schema/CreateChatCompletionResponse.json"));
    s.model(read_file(*folder / "openai/examples/schema/Model.json"));
    for (std::string const name :
         {"azure-openai/examples-dated/chat_completions", "azure-openai/examples-dated/embeddings",
          "azure-openai/examples-dated/chat_completions_azure_search_advanced",
          "azure-openai/examples-dated/chat_completions_azure_search_minimum",
          "azure-ai-inference/examples/GetChatCompletions_MaximumSet_Gen",
          "azure-ai-inference/examples/GetEmbeddings_MaximumSet_Gen"}) {
        CAPTURE(name);
        auto const sample = json::parse(read_file(*folder / (name + ".json")));
        auto const question = sample.at("parameters").at("body").dump();
        auto const answer = sample.at("responses").at("200").at("body").dump();
        bool const is_chat = name.find("mbeddings") == name.npos;
        is_chat ? s.chat_question(question) : s.embedding_question(question);
        is_chat ? s.chat_answer(answer) : s.embedding_answer(answer);
    }
    for (auto const& exchange : json::parse(read_file(*folder / "fixtures/embeddings-base64.json")).at("exchanges")) {
        s.embedding_question(exchange.at("request").at("body").dump());
        s.embedding_answer(exchange.at("response").at("body").dump());
    }
    CHECK(s.count >= 100);
    std::cout << "azure_openai samples: " << s.count << " public samples through the client\n";
}

TEST_CASE("azure_openai samples: the public streams through the client, whole and a byte at a time")
{
    auto const folder = samples_folder();
    if (!folder)
        return;
    sampler s;
    struct row
    {
        char const* name;
        char const* end;
        bool is_chat = true;
    };
    for (auto const& r :
         {row{"azure-chat-stream.sse", "."}, row{"azure-chat-stream.crlf.sse", "."},
          row{"azure-chat-tools-stream.sse", "."}, row{"azure-chat-truncated.sse", "truncated"},
          row{"azure-chat-midstream-error.sse", "server_error"}, row{"responses-stream-full.sse", ".", false},
          row{"responses-stream-dropped-after-6.sse", "truncated", false},
          row{"responses-stream-resumed-starting_after-6.sse", ".", false}}) {
        CAPTURE(r.name);
        auto const body = read_file(*folder / "fixtures" / r.name);
        auto const whole = r.is_chat ? s.chat_events(body) : s.response_events(body);
        CHECK((r.is_chat ? s.chat_events(body, 1) : s.response_events(body, 1)) == whole);
        auto expected = data_of(body);
        if (std::string_view(r.end) == "server_error") // the error is no event
            expected.resize(expected.rfind('\n', expected.size() - 2) + 1);
        CHECK(whole == expected + r.end);
    }
    std::cout << "azure_openai samples: " << s.count / 2 << " public streams through the client\n";
}

TEST_CASE("azure_openai samples: the public errors through the client")
{
    auto const folder = samples_folder();
    if (!folder)
        return;
    using oa = azure_openai::errc;
    std::vector<oa> const wanted{oa::content_filter,       static_cast<oa>(401), static_cast<oa>(401),
                                 oa::deployment_not_found, static_cast<oa>(404), static_cast<oa>(429),
                                 static_cast<oa>(429),     static_cast<oa>(503)};
    sampler s;
    auto const script = json::parse(read_file(*folder / "fixtures/azure-openai-errors.json")).at("exchanges");
    REQUIRE(script.size() == wanted.size());
    for (std::size_t i = 0; i < script.size(); ++i) {
        CAPTURE(i);
        auto const& answer = script[i].at("response");
        testing::reply::field_list fields;
        for (auto const& [name, value] : answer.at("headers").items())
            fields.emplace_back(name, value.get<std::string>());
        auto const& body = answer.at("body");
        s.b.transport->expect(
            reply::with(answer.at("status"), fields, body.is_string() ? body.get<std::string>() : body.dump()));
        auto const got = s.b.chat(chat_request().user("?"));
        REQUIRE_FALSE(got.has_value());
        CHECK(got.error() == wanted[i]);
        CHECK(got.error().outcome() == outcome::refused);
        CHECK(!got.error().message().empty());
    }
}

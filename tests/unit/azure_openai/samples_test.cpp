// Samples through the client: what is asked reaches the transport as it was, what is answered reaches the caller as it
// was, unknown members included. Our own tables always, and the public samples when $AUGUR_SPECS_DIR names their
// folder.
#include "support/pieces.hpp"
#include "unit/azure_openai/sampler.hpp"
#include "unit/openai_wire/chat_table.hpp"
#include "unit/openai_wire/other_table.hpp"
#include "unit/openai_wire/responses_table.hpp"

#include <augur/codec/sse.hpp>

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
    each(wire_table::token_counts, [&](std::string const& t) { s.token_count(t); });
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
        bool const is_response = is_about("_responses_") && !is_about("_compact_"); // that route nobody speaks here yet
        bool const is_other = is_about("_embeddings_") || is_about("_models_model_");
        if (!entry.is_regular_file() || !(is_chat || is_response || is_other))
            continue;
        auto const text = read_file(entry.path());
        bool const is_request = name.ends_with(".request.json");
        if (name.ends_with(".sse"))
            CHECK(s.response_events(text + "\n\n") == data_of(text + "\n\n") + ".");
        else if (!name.ends_with(".json"))
            continue; // with an elision in it; the chunks of these are read below
        else if (is_chat && name.starts_with("get_")) {
            auto const list = json::parse(text);
            for (auto const& stored : list.at("data"))
                s.chat_answer(stored.dump());
        }
        else if (is_chat)
            is_request ? s.chat_question(text) : s.chat_answer(text);
        else if (name.starts_with("delete_"))
            s.deletion(text);
        else if (is_response && is_about("_input_items_"))
            s.items(text);
        else if (is_response && is_about("_input_tokens_"))
            is_request ? s.counted_question(text) : s.token_count(text);
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
    auto const recorded = json::parse(read_file(*folder / "fixtures/embeddings-base64.json"));
    for (auto const& exchange : recorded.at("exchanges")) {
        s.embedding_question(exchange.at("request").at("body").dump());
        s.embedding_answer(exchange.at("response").at("body").dump());
    }
    CHECK(s.count >= 100);
    std::cout << "azure_openai samples: " << s.count << " public samples through the client\n";
}

TEST_CASE("azure_openai samples: the public streams through the client, whole, cut at every byte and a byte at a time")
{
    auto const folder = samples_folder();
    if (!folder)
        return;
    struct row
    {
        char const* name;
        char const* end;
        bool is_chat = true;
    };
    std::size_t streams = 0, readings = 0;
    for (auto const& r :
         {row{"fixtures/azure-chat-stream.sse", "."}, row{"fixtures/azure-chat-stream.crlf.sse", "."},
          row{"fixtures/azure-chat-tools-stream.sse", "."}, row{"fixtures/azure-chat-truncated.sse", "truncated"},
          row{"fixtures/azure-chat-midstream-error.sse", "server_error"},
          row{"fixtures/responses-stream-full.sse", ".", false},
          row{"fixtures/responses-stream-dropped-after-6.sse", "truncated", false},
          row{"fixtures/responses-stream-resumed-starting_after-6.sse", ".", false},
          row{"openai/examples/post_responses__streaming.response.sse", ".", false}}) {
        CAPTURE(r.name);
        auto body = read_file(*folder / r.name);
        if (body.ends_with("}\n")) // the blank line behind the last event is left out
            body += "\n";
        sampler s;
        auto const written = [&](std::size_t pieces) {
            return r.is_chat ? s.written_chat(body, pieces) : s.written_response(body, pieces);
        };
        CHECK(test_support::where_pieces_matter(body.size(), written) == "");
        auto expected = data_of(body);
        if (std::string_view(r.end) == "server_error") // the error is no event
            expected.resize(expected.rfind('\n', expected.size() - 2) + 1);
        CHECK(sampler::normal(written(body.size())) == expected + r.end);
        ++streams;
        readings += s.count;
    }
    std::cout << "azure_openai samples: " << streams << " public streams through the client, " << readings
              << " times\n";
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

// What is read is written again as the same JSON, unknown members included: our own tables always, and every public
// sample of these APIs when $AUGUR_SPECS_DIR names the folder that holds them.
#include "chat_table.hpp"
#include "digest.hpp"
#include "other_table.hpp"
#include "responses_table.hpp"

#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/errc.hpp>
#include <augur/openai_wire/models.hpp>
#include <augur/openai_wire/responses.hpp>
#include <augur/openai_wire/wire.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace augur;
using nlohmann::json;

namespace {

/// Reads with one function, compares the typed value, writes with the other and compares the JSON.
template <class Read, class Write>
void check(std::string const& text, Read read, Write write, char const* digest = nullptr)
{
    auto const value = read(text);
    REQUIRE_MESSAGE(value.has_value(), (value ? "" : value.error().to_string()));
    if (digest)
        CHECK(digest::of(*value) == digest);
    auto const written = write(*value);
    REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.error().to_string()));
    CHECK(json::parse(*written) == json::parse(text));
}

void check_request(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_chat_request, openai_wire::write_chat_request, digest);
}

void check_response(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_chat_response, openai_wire::write_chat_response, digest);
    CHECK(openai_wire::parse_chat_response(text)->raw() == text);
}

void check_chunk(std::string const& text, char const* digest = nullptr)
{
    auto const read = [](std::string const& data) { return openai_wire::chat_event_reader().read(data); };
    check(text, read, openai_wire::write_chat_event, digest);
    CHECK(read(text)->raw() == text);
}

void check_embedding_request(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_embedding_request, openai_wire::write_embedding_request, digest);
}

void check_embeddings(std::string const& text, char const* digest = nullptr)
{
    auto const read = [](std::string const& t) { return openai_wire::parse_embedding_response(t); };
    check(text, read, openai_wire::write_embedding_response, digest);
}

void check_models(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_model_list, openai_wire::write_model_list, digest);
}

void check_model(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_model, openai_wire::write_model, digest);
}

void check_deletion(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_deletion, openai_wire::write_deletion, digest);
}

void check_response_request(std::string const& text, char const* digest = nullptr)
{
    auto const write = [](openai_wire::response_request const& r) { return openai_wire::write_response_request(r); };
    check(text, openai_wire::parse_response_request, write, digest);
}

void check_responses_answer(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_response, openai_wire::write_response, digest);
}

void check_items(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_item_list, openai_wire::write_item_list, digest);
}

void check_token_count(std::string const& text, char const* digest = nullptr)
{
    check(text, openai_wire::parse_input_tokens, openai_wire::write_input_tokens, digest);
}

void check_event(std::string const& text, char const* digest = nullptr)
{
    auto const read = [](std::string const& data) { return openai_wire::response_event_reader().read(data); };
    check(text, read, openai_wire::write_response_event, digest);
}

template <std::size_t N, class Check>
std::size_t run(wire_table::row const (&rows)[N], Check check_row)
{
    for (auto const& row : rows) {
        CAPTURE(row.what);
        check_row(row.json, row.digest);
    }
    return N;
}

std::string read_file(fs::path const& path)
{
    std::ifstream in(path, std::ios::binary);
    REQUIRE_MESSAGE(in.good(), "cannot read " << path.string());
    return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<fs::path> files_in(fs::path const& folder)
{
    std::vector<fs::path> out;
    for (auto const& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file())
            out.push_back(entry.path());
    return out;
}

/// The official samples of Azure: one request and one answer in one file.
template <class CheckRequest, class CheckAnswer>
std::size_t check_azure_sample(fs::path const& path, CheckRequest check_body, CheckAnswer check_answer)
{
    CAPTURE(path.string());
    auto const sample = json::parse(read_file(path));
    check_body(sample.at("parameters").at("body").dump());
    check_answer(sample.at("responses").at("200").at("body").dump());
    return 2;
}

bool is_about(std::string const& name, std::string_view what)
{
    return name.find(what) != name.npos;
}

} // namespace

TEST_CASE("openai_wire: each row of the tables becomes typed values and the same JSON again")
{
    std::size_t rows = run(wire_table::chat_responses, check_response);
    rows += run(wire_table::chat_chunks, check_chunk);
    rows += run(wire_table::chat_requests, check_request);
    rows += run(wire_table::embedding_requests, check_embedding_request);
    rows += run(wire_table::embeddings, check_embeddings);
    rows += run(wire_table::model_lists, check_models);
    rows += run(wire_table::response_requests, check_response_request);
    rows += run(wire_table::responses, check_responses_answer);
    rows += run(wire_table::item_lists, check_items);
    rows += run(wire_table::token_counts, check_token_count);
    rows += run(wire_table::response_events, check_event);
    std::cout << "openai_wire: " << rows << " rows of our own tables\n";
}

// A number that is always written must not join those that say it twice already: each trip would add one.
TEST_CASE("openai_wire: a member that is there twice is written twice, whatever its kind")
{
    for (std::string const text : {
             R"({"choices":[{"index":0,"logprobs":{"content":[{"token":"H","logprob":"?","logprob":-1.5}]}}]})",
             R"({"choices":[{"index":0,"logprobs":{"content":[{"token":"H","logprob":-1,"logprob":-1}]}}]})",
             R"({"choices":[{"index":0,"logprobs":{"refusal":null},"logprobs":{"content":[]}}]})",
             R"({"id":"a","id":"b","choices":[{"index":0,"message":{"name":"A","name":"B"}}],"usage":{},"usage":{}})",
         }) {
        CAPTURE(text);
        auto const first = openai_wire::parse_chat_response(text);
        REQUIRE_MESSAGE(first.has_value(), (first ? "" : first.error().to_string()));
        auto const written = openai_wire::write_chat_response(*first).value();
        CHECK(written.size() == text.size());
        auto const second = openai_wire::parse_chat_response(written);
        REQUIRE_MESSAGE(second.has_value(), (second ? "" : second.error().to_string()));
        CHECK(openai_wire::write_chat_response(*second).value() == written);
    }
}

TEST_CASE("openai_wire: every public sample of chat completions becomes typed values and the same JSON again")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root) {
        std::cout << "openai_wire: AUGUR_SPECS_DIR is not set: own tables only\n";
        return;
    }
    auto const azure = fs::path(root) / "azure";
    std::size_t samples = 0;
    for (auto const& path : files_in(azure / "openai/examples")) {
        auto const name = path.filename().string();
        CAPTURE(name);
        if (!is_about(name, "_chat_completions_"))
            continue;
        auto const text = read_file(path);
        ++samples;
        if (name.ends_with(".request.json"))
            check_request(text);
        else if (name.starts_with("get_")) { // the list of the stored ones
            auto const list = json::parse(text);
            for (auto const& stored : list.at("data"))
                check_response(stored.dump());
        }
        else if (name.ends_with(".response.json"))
            check_response(text);
        else if (name.ends_with(".response.txt")) { // chunks with an elision between them
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);)
                if (line.starts_with('{'))
                    check_chunk(line);
        }
        else
            FAIL("a sample of a kind that nothing reads");
    }
    auto const chat_request_check = [](std::string const& text) { check_request(text); };
    auto const chat_answer_check = [](std::string const& text) { check_response(text); };
    check_response(read_file(azure / "openai/examples/schema/CreateChatCompletionResponse.json"));
    for (std::string const name :
         {"chat_completions", "chat_completions_azure_search_advanced", "chat_completions_azure_search_minimum"})
        samples += check_azure_sample(azure / "azure-openai/examples-dated" / (name + ".json"), chat_request_check,
                                      chat_answer_check);
    samples += check_azure_sample(azure / "azure-ai-inference/examples/GetChatCompletions_MaximumSet_Gen.json",
                                  chat_request_check, chat_answer_check);
    CHECK(samples >= 19);
    std::cout << "openai_wire chat: " << samples + 1 << " public samples\n";
}

TEST_CASE("openai_wire: every public sample of embeddings and models becomes typed values and the same JSON again")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root)
        return; // said above
    auto const azure = fs::path(root) / "azure";
    auto const examples = azure / "openai/examples";
    check_embedding_request(read_file(examples / "post_embeddings__default.request.json"));
    check_model(read_file(examples / "get_models_model__default.response.json"));
    check_model(read_file(examples / "schema/Model.json"));
    check_deletion(read_file(examples / "delete_models_model__default.response.json"));
    std::size_t samples = 4;
    auto const request = [](std::string const& text) { check_embedding_request(text); };
    auto const answer = [](std::string const& text) { check_embeddings(text); };
    samples += check_azure_sample(azure / "azure-openai/examples-dated/embeddings.json", request, answer);
    samples +=
        check_azure_sample(azure / "azure-ai-inference/examples/GetEmbeddings_MaximumSet_Gen.json", request, answer);
    auto const recorded = json::parse(read_file(azure / "fixtures/embeddings-base64.json"));
    for (auto const& exchange : recorded.at("exchanges")) {
        check_embedding_request(exchange.at("request").at("body").dump());
        check_embeddings(exchange.at("response").at("body").dump());
        samples += 2;
    }
    std::cout << "openai_wire embeddings and models: " << samples << " public samples\n";
}

TEST_CASE("openai_wire: every public sample of responses becomes typed values and the same JSON again")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root)
        return; // said above
    auto const examples = fs::path(root) / "azure/openai/examples";
    std::size_t samples = 0;
    std::size_t events = 0;
    for (auto const& path : files_in(examples)) {
        auto const name = path.filename().string();
        CAPTURE(name);
        if (!is_about(name, "_responses_"))
            continue;
        auto const text = read_file(path);
        ++samples;
        if (name.ends_with(".request.json"))
            check_response_request(text);
        else if (name.starts_with("delete_"))
            check_deletion(text);
        else if (is_about(name, "_input_items_"))
            check_items(text);
        else if (is_about(name, "_input_tokens_"))
            check_token_count(text);
        else if (name.ends_with(".response.json"))
            check_responses_answer(text);
        else if (name.ends_with(".sse")) {
            std::istringstream lines(text);
            for (std::string line; std::getline(lines, line);)
                if (line.starts_with("data: ")) {
                    check_event(line.substr(6));
                    ++events;
                }
        }
        else
            FAIL("a sample of a kind that nothing reads");
    }
    for (auto const& path : files_in(examples / "schema")) {
        auto const name = path.filename().string();
        CAPTURE(name);
        if (name.starts_with("Response") && name.ends_with("Event.json")) {
            check_event(read_file(path));
            ++events;
        }
    }
    CHECK(samples >= 24);
    CHECK(events >= 57);
    std::cout << "openai_wire responses: " << samples << " public samples, " << events << " events\n";
}

TEST_CASE("openai_wire: the public script of Azure's errors gives these")
{
    char const* const root = std::getenv("AUGUR_SPECS_DIR");
    if (!root)
        return; // said above; error_test.cpp has the same facts
    using oa = openai_wire::errc;
    std::vector<std::pair<oa, outcome>> const wanted{
        {oa::content_filter, outcome::refused},   {static_cast<oa>(401), outcome::refused},
        {static_cast<oa>(401), outcome::refused}, {oa::deployment_not_found, outcome::refused},
        {static_cast<oa>(404), outcome::refused}, {static_cast<oa>(429), outcome::refused},
        {static_cast<oa>(429), outcome::refused}, {static_cast<oa>(503), outcome::refused},
    };
    auto const script = json::parse(read_file(fs::path(root) / "azure/fixtures/azure-openai-errors.json"));
    std::size_t at = 0;
    for (auto const& exchange : script.at("exchanges")) {
        CAPTURE(at);
        auto const& answer = exchange.at("response");
        http_response response;
        response.status = answer.at("status");
        for (auto const& [name, value] : answer.at("headers").items())
            response.fields.add(name, value.get<std::string>()).value();
        auto const& body = answer.at("body");
        response.content = body.is_string() ? body.get<std::string>() : body.dump();
        auto const e = openai_wire::parse_error(response, wall_time());
        REQUIRE(at < wanted.size());
        CHECK((e == wanted[at].first));
        CHECK(static_cast<int>(e.outcome()) == static_cast<int>(wanted[at].second));
        CHECK(!e.service_message().empty());
        CHECK(!e.message().empty());
        ++at;
    }
    CHECK(at == wanted.size());
}

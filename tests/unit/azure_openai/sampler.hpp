#pragma once

#include "unit/azure_openai/support.hpp"

#include <augur/openai_wire/chat.hpp>
#include <augur/openai_wire/embeddings.hpp>
#include <augur/openai_wire/wire.hpp>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>
#include <sstream>
#include <string>
#include <type_traits>
#include <vector>

/// Sends samples through a client and compares what went out and what came back with what they say.
namespace test {

using nlohmann::json;

inline testing::reply::field_list const json_fields{{"content-type", "application/json"}};
inline testing::reply::field_list const event_fields{{"content-type", "text/event-stream"}};

/// One client for all samples of a test case.
struct sampler
{
    openai_bench b;
    std::size_t count = 0;
    std::optional<azure_openai::client> of_streams;

    sampler() { b.config.client.max_attempts = 1; }

    /// Lets `start` call the client, which is answered with this.
    template <class T, class Start>
    result<T> ask(std::string const& answer, Start with, testing::reply::field_list const& fields = json_fields)
    {
        ++count;
        b.transport->expect(testing::reply::with(200, fields, answer));
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
        CHECK(got->raw() == text);
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
        static_cast<void>(ask<embedding_response>("{}", [&](auto h) { c.async_embed(*request, {}, std::move(h)); }));
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
    void token_count(std::string const& text)
    {
        azure_openai::responses_client c(b.client());
        auto const of = azure_openai::response_request("", "?");
        same(ask<openai_wire::input_token_count>(text, [&](auto h) { c.async_count_tokens(of, {}, std::move(h)); }),
             openai_wire::write_input_tokens, text);
    }
    void counted_question(std::string const& text)
    {
        auto const request = openai_wire::parse_response_request(text);
        REQUIRE(request.has_value());
        azure_openai::responses_client c(b.client());
        static_cast<void>(ask<openai_wire::input_token_count>(
            "{}", [&](auto h) { c.async_count_tokens(*request, {}, std::move(h)); }));
        CHECK(sent() == json::parse(text));
    }
    void deletion(std::string const& text)
    {
        azure_openai::responses_client c(b.client());
        same(ask<openai_wire::deletion>(text, [&](auto h) { c.async_remove("resp_1", {}, std::move(h)); }),
             openai_wire::write_deletion, text);
    }

    /// Every event of a body, as `write` has it, on a line; then "." or the error. In pieces of so many bytes.
    template <class Stream, class Write>
    std::string stream(std::string const& body, std::size_t pieces, Write write)
    {
        ++count;
        b.transport->expect(testing::reply::with(200, event_fields, body).in_pieces_of(pieces));
        if (!of_streams)
            of_streams.emplace(b.client());
        auto& c = *of_streams;
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
            out += write(**item).value() + "\n";
        }
    }
    std::string written_chat(std::string const& body, std::size_t pieces)
    {
        return stream<chat_stream>(body, pieces, openai_wire::write_chat_event);
    }
    std::string written_response(std::string const& body, std::size_t pieces)
    {
        return stream<azure_openai::response_stream>(body, pieces, openai_wire::write_response_event);
    }
    /// Each event as nlohmann writes it.
    static std::string normal(std::string const& lines)
    {
        std::string out;
        std::istringstream in(lines);
        for (std::string line; std::getline(in, line);)
            out += line.starts_with('{') ? json::parse(line).dump() + "\n" : line;
        return out;
    }
    std::string chat_events(std::string const& body) { return normal(written_chat(body, body.size())); }
    std::string response_events(std::string const& body) { return normal(written_response(body, body.size())); }

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

} // namespace test

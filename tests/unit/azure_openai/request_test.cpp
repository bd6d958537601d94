#include <augur/azure_openai/wire.hpp>

#include <doctest/doctest.h>

#include <iterator>
#include <string>

using namespace augur;
using namespace azure_openai;
using wire::build_request;
using wire::delivery;

namespace {

resolved_host host(char const* endpoint = "https://contoso.openai.azure.com", char const* version = "")
{
    host_options options;
    options.endpoint = endpoint;
    options.api_version = version;
    return resolve_host(options).value();
}

resolved_host const v1 = host();
resolved_host const preview = host("https://contoso.openai.azure.com", "preview");
resolved_host const dated = host("https://contoso.openai.azure.com", "2024-10-21");
resolved_host const plain = host("https://api.openai.com/v1");

chat_request chat(char const* model = "gpt-4o-mini")
{
    return chat_request(model).user("hi");
}

std::string target(result<http_request> const& built)
{
    return std::string(built.value().head.method()) + " " + std::string(built.value().head.target());
}

} // namespace

TEST_CASE("request: chat in the v1 style, byte by byte")
{
    auto const built = build_request(chat(), v1);
    REQUIRE(built.has_value());
    CHECK(built->head.text() == "POST /openai/v1/chat/completions HTTP/1.1\r\n"
                                "host: contoso.openai.azure.com\r\n"
                                "Accept: application/json\r\n"
                                "Content-Type: application/json\r\n");
    CHECK(built->payload.bytes() == R"({"model":"gpt-4o-mini","messages":[{"role":"user","content":"hi"}]})");
    auto const streamed = build_request(chat(), v1, delivery::stream);
    REQUIRE(streamed.has_value());
    CHECK(streamed->head.find("accept") == "text/event-stream");
    CHECK(streamed->payload.bytes().find(R"("stream":true)") != std::string_view::npos);
    CHECK(streamed->payload.bytes().find(R"("include_usage":true)") != std::string_view::npos);
}

TEST_CASE("request: every operation has its method and path in every style")
{
    auto const embed = embedding_request("x").model("emb");
    response_request const ask("gpt-5-mini", "x");
    auto const get = get_response_request("resp_1").include("a.b");
    auto const items = input_items_request("resp_1").limit(5).oldest_first().after("msg_9").include("c");
    struct row
    {
        std::string built;
        char const* expected;
    };
    row const rows[] = {
        {target(build_request(chat(), v1)), "POST /openai/v1/chat/completions"},
        {target(build_request(chat(), preview)), "POST /openai/v1/chat/completions?api-version=preview"},
        {target(build_request(chat(), dated)),
         "POST /openai/deployments/gpt-4o-mini/chat/completions?api-version=2024-10-21"},
        {target(build_request(chat("org/model:tag"), plain)), "POST /v1/chat/completions"},
        {target(build_request(embed, v1)), "POST /openai/v1/embeddings"},
        {target(build_request(embed, dated)), "POST /openai/deployments/emb/embeddings?api-version=2024-10-21"},
        {target(build_request(embed, plain)), "POST /v1/embeddings"},
        {target(build_request(ask, v1)), "POST /openai/v1/responses"},
        {target(build_request(ask, dated)), "POST /openai/responses?api-version=2024-10-21"},
        {target(build_request(ask, plain)), "POST /v1/responses"},
        {target(build_request(get, v1)), "GET /openai/v1/responses/resp_1?include%5B%5D=a.b"},
        {target(build_request(get, dated)), "GET /openai/responses/resp_1?api-version=2024-10-21&include%5B%5D=a.b"},
        {target(build_request(get_response_request("resp_1"), v1, delivery::stream, 6)),
         "GET /openai/v1/responses/resp_1?stream=true&starting_after=6"},
        {target(build_request(get_response_request("resp_1"), v1, delivery::stream)),
         "GET /openai/v1/responses/resp_1?stream=true"},
        {target(build_request(items, v1)),
         "GET /openai/v1/responses/resp_1/input_items?include%5B%5D=c&limit=5&order=asc&after=msg_9"},
        {target(build_request(input_items_request("resp_1"), plain)), "GET /v1/responses/resp_1/input_items"},
        {target(wire::build_count_tokens(ask, v1)), "POST /openai/v1/responses/input_tokens"},
        {target(wire::build_count_tokens(ask, dated)), "POST /openai/responses/input_tokens?api-version=2024-10-21"},
        {target(wire::build_count_tokens(ask, plain)), "POST /v1/responses/input_tokens"},
        {target(wire::build_delete_response("resp_1", v1)), "DELETE /openai/v1/responses/resp_1"},
        {target(wire::build_cancel_response("resp_1", preview)),
         "POST /openai/v1/responses/resp_1/cancel?api-version=preview"},
        {target(wire::build_list_models(v1)), "GET /openai/v1/models"},
        {target(wire::build_list_models(dated)), "GET /openai/models?api-version=2024-10-21"},
        {target(wire::build_get_model("org/m:1", plain)), "GET /v1/models/org%2Fm%3A1"},
    };
    for (auto const& row : rows)
        CHECK(row.built == row.expected);
    MESSAGE("rows: " << std::size(rows));
}

TEST_CASE("request: a deployment is wanted and checked on Azure, elsewhere models are called anything")
{
    for (auto const* where : {&v1, &dated}) {
        auto const none = build_request(chat(""), *where);
        REQUIRE_FALSE(none.has_value());
        CHECK(none.error() == augur::errc::invalid_argument);
        CHECK(none.error().message().find("`deployment`") != std::string_view::npos);
        for (char const* name : {"a/b", "a b", "../x", "..", "a?b", "a#b", "a\r\nb", "\xC3\xBC"}) {
            CAPTURE(name);
            CHECK_FALSE(build_request(chat(name), *where).has_value());
            CHECK_FALSE(build_request(embedding_request("x").model(name), *where).has_value());
            CHECK_FALSE(build_request(response_request(name, "x"), *where).has_value());
            CHECK_FALSE(wire::build_count_tokens(response_request(name, "x"), *where).has_value());
        }
    }
    CHECK(build_request(chat("meta/llama:8b"), plain).has_value());
    CHECK(build_request(chat(""), plain).has_value()); // servers with one model want none
    CHECK(build_request(response_request("").extra_body(R"({"prompt":{"id":"p"}})"), v1).has_value());
}

TEST_CASE("request: ids become one segment of a path, whatever is in them")
{
    CHECK(target(build_request(get_response_request("a/../b?c#d e"), v1)) ==
          "GET /openai/v1/responses/a%2F..%2Fb%3Fc%23d%20e");
    for (auto const& bad : {std::string(), std::string("."), std::string(".."), std::string(513, 'a')}) {
        CAPTURE(bad);
        CHECK(build_request(get_response_request(bad), v1).error() == augur::errc::invalid_argument);
        CHECK(build_request(input_items_request(bad), v1).error() == augur::errc::invalid_argument);
        CHECK(wire::build_delete_response(bad, v1).error() == augur::errc::invalid_argument);
        CHECK(wire::build_cancel_response(bad, v1).error() == augur::errc::invalid_argument);
        CHECK(wire::build_get_model(bad, v1).error() == augur::errc::invalid_argument);
    }
    CHECK_FALSE(build_request(input_items_request("r").limit(0), v1).has_value());
    CHECK_FALSE(build_request(input_items_request("r").limit(101), v1).has_value());
}

TEST_CASE("request: extra headers go out, but not those of HTTP or of the key")
{
    auto const built =
        build_request(chat().extra_header("x-ms-user", "a").extra_header("X-Ms-Client-Request-Id", "c"), v1);
    REQUIRE(built.has_value());
    CHECK(built->head.find("x-ms-user") == "a");
    CHECK(built->head.find("x-ms-client-request-id") == "c");
    char const* const reserved[] = {"Host",
                                    "Api-Key",
                                    "Authorization",
                                    "Content-Length",
                                    "Transfer-Encoding",
                                    "Connection",
                                    "Expect",
                                    "Content-Type",
                                    "Accept",
                                    "User-Agent",
                                    "TE",
                                    "Trailer",
                                    "Upgrade",
                                    "Proxy-Authorization"};
    for (char const* name : reserved) {
        CAPTURE(name);
        auto const refused = build_request(chat().extra_header(name, "canary"), v1);
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error() == augur::errc::invalid_argument);
        CHECK(refused.error().to_string().find("canary") == std::string::npos);
        CHECK_FALSE(build_request(embedding_request("x").model("m").extra_header(name, "v"), v1).has_value());
        CHECK_FALSE(build_request(response_request("m", "x").extra_header(name, "v"), v1).has_value());
    }
    CHECK_FALSE(build_request(chat().extra_header("x-a", "b\r\nc: d"), v1).has_value());
    CHECK_FALSE(build_request(chat().extra_header("x a", "b"), v1).has_value());
}

TEST_CASE("request: what cannot be written is refused before sending")
{
    CHECK(build_request(chat_request("m").user("\xFF"), v1).error() == augur::errc::invalid_argument);
    CHECK(build_request(chat().extra_body("[1]"), v1).error() == augur::errc::invalid_argument);
    auto const pictures = R"({"input":[{"image":"data:image/png;base64,AA=="}]})";
    CHECK(build_request(embedding_request(std::vector<std::string>()).model("m").extra_body(pictures), v1)
              ->payload.bytes() ==
          R"({"model":"m","encoding_format":"base64","input":[{"image":"data:image/png;base64,AA=="}]})");
    for (std::string const extra : {"", "{}", R"({"truncate":true})", R"({"x":{"input":"a"}})", "[1]", "{"}) {
        CAPTURE(extra);
        auto const empty = embedding_request(std::vector<std::string>()).model("m").extra_body(extra);
        auto const refused = build_request(empty, v1);
        REQUIRE(!refused.has_value());
        CHECK(refused.error() == augur::errc::invalid_argument);
        CHECK(refused.error().outcome() == outcome::not_sent);
    }
    auto const chat_like = embedding_request(std::vector<std::string>()).extra_body(R"({"messages":[]})").model("m");
    CHECK(build_request(chat_like, v1).has_value());
}

TEST_CASE("request: embeddings are asked for in base64 unless the caller says otherwise")
{
    CHECK(build_request(embedding_request("x").model("m"), v1)->payload.bytes() ==
          R"({"model":"m","input":"x","encoding_format":"base64"})");
    CHECK(build_request(embedding_request("x").model("m").decimal(), v1)->payload.bytes() ==
          R"({"model":"m","input":"x","encoding_format":"float"})");
}
